"""Statements compiled once: the same for every engine, in the order in which their rows come."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import dialect as Psycopg  # noqa: N812 - SQLAlchemy names classes so

from pipeline.adapters import store_sql
from pipeline.adapters.store_sql import SqlStore
from pipeline.adapters.store_sql.statements import Statement
from pipeline.records.names import Outcome
from tests.contract.store.rows import item, ledger_row

MODULES = [file.stem for file in Path(store_sql.__file__).parent.glob("[a-z]*.py")]
STATEMENTS = [
    pytest.param(one, id=f"{module}.{name}")
    for module in MODULES
    for name, one in vars(import_module(f"pipeline.adapters.store_sql.{module}")).items()
    if isinstance(one, Statement)
]


def test_there_are_statements() -> None:
    assert len(STATEMENTS) > 20


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_takes_its_parameters_in_one_order_on_every_engine(statement: Statement) -> None:
    for insert, engine in (
        (sqlite.insert, sqlite.dialect(paramstyle="qmark")),
        (postgresql.insert, Psycopg(paramstyle="format")),
    ):
        compiled = statement._build(insert).compile(dialect=engine, column_keys=list(statement._keys))
        assert tuple(compiled.positiontup or ()) == statement._keys


def steps_of_settling(store: SqlStore, ids: list[str]) -> int:
    """Hundreds of steps of SQLite's machine that settling these took."""
    found: list[int] = []
    with store.writing() as session:
        raw = session.ledger.connection.connection.dbapi_connection
        raw.set_progress_handler(lambda: found.append(1), 100)
        session.ledger.settle(dict.fromkeys(ids, 1))
        raw.set_progress_handler(None, 100)
    return len(found)


def test_settling_does_not_look_through_the_messages_that_gave_no_item(tmp_path: Path) -> None:
    with closing(SqlStore.sqlite(tmp_path / "store.db")) as store:
        with store.writing() as session:
            session.items.write([item("a"), item("b")])
            session.ledger.add([ledger_row(number, "b") for number in range(2)])
        before = steps_of_settling(store, ["a"])
        with store.writing() as session:
            pages = [ledger_row(number, f"page{number}", outcome=Outcome.REJECTED) for number in range(10, 3000)]
            session.ledger.add([*pages, ledger_row(3000, "c")])
            session.items.write([item("c")])
        assert steps_of_settling(store, ["a"]) <= before + 5
        with store.writing() as session:
            assert session.ledger.settle({"a": 1, "b": 1, "c": 1}) == 3
