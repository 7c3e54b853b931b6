"""Statements compiled once: the same for every engine, in the order in which their rows come."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import dialect as Psycopg  # noqa: N812 - SQLAlchemy names classes so

from pipeline.adapters import store_sql
from pipeline.adapters.store_sql.statements import Statement

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
