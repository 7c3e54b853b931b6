"""Arrays written here are read by the server as the driver's own are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Connection, LargeBinary, Text, create_engine, func, literal, select
from sqlalchemy.types import TypeEngine

from pipeline.adapters.store_sql.postgres_arrays import array
from tests.services import postgres

pytestmark = postgres.TOGETHER
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    if not postgres.available():
        pytest.skip("PostgreSQL is not installed (postgresql-15 or newer)")
    with postgres.running() as server:
        url = server.create("arrays").replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(url)
        with engine.connect() as made:
            yield made
        engine.dispose()


def read_back(connection: Connection, values: list[Any], type_: TypeEngine[Any]) -> list[Any]:
    return list(connection.scalars(select(func.unnest(array(values, type_)))))


@given(st.lists(st.text(LETTERS | st.sampled_from('",\\{} \t\n')) | st.sampled_from(["null", "NULL", ""]), min_size=1))
def test_texts(connection: Connection, values: list[str]) -> None:
    assert read_back(connection, values, Text()) == values


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_numbers(connection: Connection, values: list[int]) -> None:
    assert read_back(connection, values, BigInteger()) == values


@pytest.mark.parametrize(
    ("values", "type_"),
    [([], Text()), ([], BigInteger()), (["a", None], Text()), ([1, None], BigInteger()), ([b"a"], LargeBinary())],
)
def test_empty_ones_keep_their_type_and_what_the_driver_makes(
    connection: Connection, values: list[Any], type_: TypeEngine[Any]
) -> None:
    assert read_back(connection, values, type_) == values
    assert not connection.scalar(select(literal(None, type_) == func.any(array(values, type_))))
