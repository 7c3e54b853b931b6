"""One transaction and its parts."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from pipeline.adapters.store_sql.alarms import SqlAlarms
from pipeline.adapters.store_sql.arrivals import SqlArrivals
from pipeline.adapters.store_sql.contents import SqlContents
from pipeline.adapters.store_sql.copying import SqlTables
from pipeline.adapters.store_sql.crawls import SqlCrawls
from pipeline.adapters.store_sql.dialects import Dialect
from pipeline.adapters.store_sql.items import SqlItems
from pipeline.adapters.store_sql.keys import Keys
from pipeline.adapters.store_sql.ledger import SqlLedger
from pipeline.adapters.store_sql.marks import SqlMarks
from pipeline.adapters.store_sql.offsets import SqlOffsets
from pipeline.adapters.store_sql.quarantine import SqlQuarantine
from pipeline.adapters.store_sql.registry import SqlRegistry
from pipeline.adapters.store_sql.tallies import SqlTallies
from pipeline.clock import Clock

Base = tuple[Connection, Dialect, Clock, Keys]


class SqlSession:
    """One transaction."""

    def __init__(self, connection: Connection, dialect: Dialect, clock: Clock) -> None:
        self._base: Base = (connection, dialect, clock, Keys())

    @cached_property
    def arrivals(self) -> SqlArrivals:
        """Submissions and the outbox."""
        return SqlArrivals(*self._base)

    @cached_property
    def offsets(self) -> SqlOffsets:
        """The bus's books."""
        return SqlOffsets(*self._base)

    @cached_property
    def ledger(self) -> SqlLedger:
        """One row a message."""
        return SqlLedger(*self._base)

    @cached_property
    def items(self) -> SqlItems:
        """Items and what belongs to them."""
        return SqlItems(*self._base)

    @cached_property
    def marks(self) -> SqlMarks:
        """What search has not seen."""
        return SqlMarks(*self._base)

    @cached_property
    def registry(self) -> SqlRegistry:
        """The store's own facts."""
        return SqlRegistry(*self._base)

    @cached_property
    def quarantine(self) -> SqlQuarantine:
        """What was set aside."""
        return SqlQuarantine(*self._base)

    @cached_property
    def crawls(self) -> SqlCrawls:
        """What crawlers remember."""
        return SqlCrawls(*self._base)

    @cached_property
    def contents(self) -> SqlContents:
        """Whose contents lie in files."""
        return SqlContents(*self._base)

    @cached_property
    def tallies(self) -> SqlTallies:
        """Counts and durations."""
        return SqlTallies(*self._base)

    @cached_property
    def alarms(self) -> SqlAlarms:
        """Alarms."""
        return SqlAlarms(*self._base)

    @cached_property
    def desk(self) -> Any:
        """The desk's tables."""
        from pipeline.adapters.store_sql.desk import SqlDesk

        return SqlDesk(*self._base)

    @cached_property
    def tables(self) -> SqlTables:
        """Every table as rows."""
        return SqlTables(*self._base)

    def lock_batches(self) -> None:
        """The one lock of a batch transaction."""
        connection, dialect, *_ = self._base
        dialect.lock_batches(connection)
