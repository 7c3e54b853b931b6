"""Two engines on one SQLite file: readers that see a snapshot, and one writer that begins IMMEDIATE."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import QueuePool

from pipeline.adapters.store_sql.dialects import Sqlite

# 64 MB of WAL (SQLite's own default is 4): a page of an index that every batch touches is folded into the file
# once for eight batches, a quarter of an item's cost at 40,000 items (measured).
CHECKPOINT_PAGES = 16_000
CACHE_KIB = 32_000  # of the one writer; a worker has one
READER_CACHE_KIB = 8_000
# Threads of this process queue for the one writing connection in order, before SQLite's own back-off begins.
WRITERS_WAIT = 30.0
LOOK_SECONDS = 0.001  # between looks at the write lock
SYNCHRONOUS = "minyi_synchronous"  # of one transaction


def writer(dialect: Sqlite, max_pages: int | None = None) -> Engine:
    """The engine whose transactions hold the write lock from their first moment."""
    engine = _engine(dialect, pool_size=1, max_overflow=0, pool_timeout=WRITERS_WAIT)
    pragmas = [
        *_shared(CACHE_KIB),
        "PRAGMA busy_timeout=0",
        "PRAGMA secure_delete=ON",
        f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}",
        *([f"PRAGMA max_page_count={max_pages}"] if max_pages else []),
    ]
    _prepare(engine, pragmas, _begin_writing(dialect))
    return engine


def noter(writer: Engine) -> Engine:
    """The writer, on the same connection, without the fsync: the log keeps its order, so a loss of power takes the
    newest such transactions and no other. (A connection of its own emptied the writer's cache with each write.)"""
    return writer.execution_options(**{SYNCHRONOUS: "NORMAL"})


def reader(dialect: Sqlite) -> Engine:
    """The engine whose transactions read one snapshot and can write nothing."""
    engine = _engine(dialect, pool_size=8, max_overflow=-1)
    _prepare(engine, [*_shared(READER_CACHE_KIB), "PRAGMA query_only=ON"], lambda one: one.exec_driver_sql("BEGIN"))
    return engine


def _shared(cache: int) -> list[str]:
    return [f"PRAGMA cache_size=-{cache}", "PRAGMA temp_store=MEMORY"]


def _engine(dialect: Sqlite, **pool: Any) -> Engine:
    url = "sqlite:///" + dialect.path.as_posix()
    engine = create_engine(
        url, poolclass=QueuePool, hide_parameters=True, connect_args={"timeout": dialect.busy}, **pool
    )
    event.listen(engine, "handle_error", _mapping(dialect))
    return engine


def _mapping(dialect: Sqlite) -> Any:
    def mapped(context: ExceptionContext) -> None:
        if fault := dialect.fault(context.original_exception):
            raise fault from context.original_exception

    return mapped


def _begin_writing(dialect: Sqlite) -> Callable[[Connection], object]:
    """Takes the write lock. SQLite's own waiting looks at growing intervals, up to 100 ms, and so loses to whoever
    writes often (a person's submission to a worker's batches: p99 110 ms): here it is looked at every millisecond."""

    def begin(connection: Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        level = connection.get_execution_options().get(SYNCHRONOUS, "FULL")
        # What is run past SQLAlchemy is not mapped by it.
        try:
            # Beside a busy thread each statement costs a wait for the interpreter: none that changes nothing.
            if connection.info.get(SYNCHRONOUS) != level:
                raw.execute(f"PRAGMA synchronous={level}").close()
                connection.info[SYNCHRONOUS] = level
            _lock(raw, time.monotonic() + dialect.busy)
        except sqlite3.Error as error:
            raise dialect.fault(error) or error from error

    return begin


def _lock(raw: Any, ends: float) -> None:
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            time.sleep(LOOK_SECONDS)
        else:
            return


def _prepare(engine: Engine, pragmas: list[str], begin: Callable[[Connection], object]) -> None:
    def connected(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin late and commit by themselves: ours begin by `begin` alone.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).close()

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
