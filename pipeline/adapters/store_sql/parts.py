"""What each part of a session stands on: the connection of its transaction, the engine's dialect, the clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, update

from pipeline.adapters.store_sql.dialects import Dialect
from pipeline.adapters.store_sql.keys import Keys
from pipeline.adapters.store_sql.statements import Statement
from pipeline.adapters.store_sql.tables import counters
from pipeline.clock import Clock, stored

COUNT = Statement(
    ["by", "the_name"],
    lambda _insert: (
        update(counters)
        .where(counters.c.name == bindparam("the_name"))
        .values(value=counters.c.value + bindparam("by"))
        .returning(counters.c.value)
    ),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a session."""

    connection: Connection
    dialect: Dialect
    clock: Clock
    keys: Keys = field(default_factory=Keys)

    def now(self) -> str:
        """Now, as stored."""
        return stored(self.clock())

    def count(self, name: str, by: int) -> int:
        """Take the next `by` numbers of a counter; the first of them. The counter's row stays locked until the
        transaction ends, so that numbers become visible in their order."""
        last = COUNT.one(self.connection, self.dialect, (by, name)).scalar_one()
        return int(last) - by + 1

    def many(self, statement: Statement, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run a statement for each row; how many rows it touched."""
        return statement.many(self.connection, self.dialect, rows)

    def one(self, statement: Statement, row: tuple[Any, ...]) -> Any:
        """Run a statement once; the result."""
        return statement.one(self.connection, self.dialect, row)

    def where_in(self, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]) -> list[Row[Any]]:
        """The query's rows whose column is one of the values."""
        wanted = list(values)
        if not wanted:
            return []
        return list(self.connection.execute(query.where(self.dialect.among(column, wanted))).all())
