"""Statements compiled once an engine and run over many rows of plain values: half the cost of an item in the
batch transaction was SQLAlchemy's work on each row (measured)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam

from pipeline.adapters.store_sql.dialects import Dialect, InsertOf

Row = tuple[Any, ...]
Build = Callable[[InsertOf], Any]
PARAMETERS = 32_766  # SQLite's limit for a statement; PostgreSQL's is twice that
SMALL = 16
VALUES = re.compile(r"VALUES (\((?:[^()]|\([^()]*\))*\))")  # a type may have brackets of its own


class Statement:
    """One statement with positional parameters named in `keys`, in the order in which they stand in it."""

    def __init__(self, keys: Sequence[str], build: Build) -> None:
        self._keys = tuple(keys)
        self._build = build
        self._compiled: dict[str, str] = {}

    def many(self, connection: Connection, dialect: Dialect, rows: Sequence[Row]) -> int:
        """Run it for each row; how many rows it touched."""
        if not rows:
            return 0
        return connection.exec_driver_sql(self.sql(connection, dialect), list(rows)).rowcount

    def one(self, connection: Connection, dialect: Dialect, row: Row) -> Any:
        """Run it once; the result."""
        return connection.exec_driver_sql(self.sql(connection, dialect), row)

    def sql(self, connection: Connection, dialect: Dialect) -> str:
        """Its text for this engine."""
        if dialect.name not in self._compiled:
            compiled = self._build(dialect.insert).compile(dialect=connection.dialect, column_keys=list(self._keys))
            order = tuple(compiled.positiontup or ())
            if order != self._keys:
                raise AssertionError(f"parameters stand as {order}, not as {self._keys}")
            self._compiled[dialect.name] = str(compiled)
        return self._compiled[dialect.name]


class Insert(Statement):
    """An insert: many rows a statement, which costs a third less than a statement a row and gives the interpreter
    to other threads once, not once a row (measured). `unique` are the columns of an upsert's key: of several rows
    of one key the last is written, as if they had come one by one; in one statement PostgreSQL refuses them."""

    def __init__(self, keys: Sequence[str], build: Build, unique: Sequence[str] = (), table: str | None = None) -> None:
        super().__init__(keys, build)
        self._table = table  # of one that is nothing but an insert
        self._unique = itemgetter(*(self._keys.index(name) for name in unique)) if unique else None

    def many(self, connection: Connection, dialect: Dialect, rows: Sequence[Row]) -> int:
        """See Statement."""
        if self._table and dialect.copy(connection, self._table, self._keys, rows):
            return len(rows)
        if self._unique is not None and len(rows) > 1:
            rows = list({self._unique(row): row for row in rows}.values())
        one, touched, at = self.sql(connection, dialect), 0, 0
        while left := len(rows) - at:
            # Powers of two and one rest: few texts, so that the driver's cache has them compiled.
            share = left if left < SMALL else 1 << (min(left, PARAMETERS // len(self._keys)).bit_length() - 1)
            values = tuple(value for row in rows[at : at + share] for value in row)
            touched += connection.exec_driver_sql(_repeated(one, share), values).rowcount
            at += share
        return touched


@lru_cache(maxsize=256)
def _repeated(insert: str, rows: int) -> str:
    found = VALUES.search(insert)
    if found is None:
        raise AssertionError(f"no VALUES in {insert}")
    return f"{insert[: found.end()]}{f', {found[1]}' * (rows - 1)}{insert[found.end() :]}"


def inserting(table: Table, *, names: Sequence[str] | None = None) -> Insert:
    """A plain insert of every column (or of `names`)."""
    keys = [column.name for column in table.columns] if names is None else list(names)
    return Insert(keys, lambda insert: insert(table), table=table.name)


def upserting(table: Table, keep: Sequence[str] = (), **special: Callable[[Any, Any], Any]) -> Insert:
    """An insert of every column that replaces the row of the same primary key, but for the columns in `keep`;
    `special` gives a column's new value from (table's columns, the new row's)."""
    keys = [column.name for column in table.columns]
    primary = [column.name for column in table.primary_key]

    def build(insert: InsertOf) -> Any:
        statement = insert(table)
        new = statement.excluded
        values = {name: new[name] for name in keys if name not in {*primary, *keep}}
        values |= {name: value(table.c, new) for name, value in special.items()}
        return statement.on_conflict_do_update(index_elements=primary, set_=values)

    return Insert(keys, build, primary)


def ensuring(table: Table) -> Insert:
    """An insert of every column that leaves a row of the same key as it is."""
    keys = [column.name for column in table.columns]
    return Insert(keys, lambda insert: insert(table).on_conflict_do_nothing())


def matching(table: Table, *names: str) -> Any:
    """`name = :the_name` for each: an UPDATE keeps the bare names for its own values."""
    return and_(*(table.c[name] == bindparam(f"the_{name}") for name in names))


def matched(*names: str) -> list[str]:
    """The parameters of `matching`."""
    return [f"the_{name}" for name in names]
