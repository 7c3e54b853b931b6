"""The store: two engines, sessions on them, and what keeps the file well."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from pipeline.adapters.store_sql import engines, schema
from pipeline.adapters.store_sql.dialects import Dialect, Sqlite
from pipeline.adapters.store_sql.health import SqliteUpkeep
from pipeline.adapters.store_sql.session import SqlSession
from pipeline.clock import SHANGHAI, Clock, system_clock
from pipeline.errors import MinyiError, Terminal, Transient
from pipeline.ports.moving import Tables, Unfinished
from pipeline.records.items import Finding
from pipeline.records.names import Step
from pipeline.settings import Address

BUSY_SECONDS = 5.0


class Upkeep(Protocol):
    """What an engine does for its tables and files; `pipeline.ports.store.Store` says what."""

    def ready(self) -> None: ...

    def migrate(self) -> list[str]: ...

    def check(self) -> list[Finding]: ...

    def backup(self, folder: Path) -> list[str]: ...

    def tidy(self) -> None: ...

    def others(self) -> list[str]: ...

    def unfinished(self) -> Unfinished | None: ...

    def fill(self, source: Tables, unfinished: Unfinished) -> dict[str, int]: ...

    def load(self, folder: Path, name: str, unfinished: Unfinished) -> str: ...

    def finish(self) -> None: ...


class SqlStore:
    """The store on SQL."""

    def __init__(
        self, dialect: Dialect, writer: Engine, noter: Engine, reader: Engine, upkeep: Upkeep, clock: Clock
    ) -> None:
        self._dialect = dialect
        self._writer = writer
        self._noter = noter
        self._reader = reader
        self._upkeep = upkeep
        self._clock = clock

    @classmethod
    def sqlite(
        cls,
        path: Path,
        *,
        clock: Clock = system_clock,
        zone: ZoneInfo = SHANGHAI,
        busy: float = BUSY_SECONDS,
        max_pages: int | None = None,
    ) -> Self:
        """The store in one file, made or upgraded when it is not there or older. Raises Broken for a newer or
        foreign one. `busy` seconds a statement waits for a lock; `max_pages` bounds the file, for tests."""
        dialect = Sqlite(Path(path), busy)
        writer, reader = engines.writer(dialect, max_pages), engines.reader(dialect)
        try:
            with faults(dialect):
                taken = schema.prepare(writer, dialect, clock().astimezone(zone))
        except BaseException:
            writer.dispose()
            raise
        return cls(dialect, writer, engines.noter(writer), reader, SqliteUpkeep(dialect, reader, taken), clock)

    @classmethod
    def postgresql(cls, address: Address, *, clock: Clock = system_clock) -> Self:
        """The store on a server; nothing is asked of it before the first session, which refuses tables that
        `minyi migrate` has to make or upgrade first."""
        from pipeline.adapters.store_sql.postgres import engines as made
        from pipeline.adapters.store_sql.postgres_upkeep import PostgresUpkeep

        dialect, writer, noter, reader, own = made(address)
        return cls(dialect, writer, noter, reader, PostgresUpkeep(dialect, writer, address, own), clock)

    @property
    def one_writer(self) -> bool:
        """See the port."""
        return self._dialect.one_writer

    @contextmanager
    def reading(self) -> Generator[SqlSession]:
        """A snapshot, from its first look-up on."""
        with self._session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Generator[SqlSession]:
        """The write lock; commits on leaving, rolls back on any error."""
        with self._session(self._writer) as session:
            yield session

    @contextmanager
    def noting(self) -> Generator[SqlSession]:
        """Like `writing`, without waiting for the disk."""
        with self._session(self._noter) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Generator[SqlSession]:
        with faults(self._dialect):
            self._upkeep.ready()
        with faults(self._dialect), engine.begin() as connection:
            yield SqlSession(connection, self._dialect, self._clock)

    def migrate(self) -> list[str]:
        """The revisions taken."""
        with faults(self._dialect):
            return self._upkeep.migrate()

    def check(self) -> list[Finding]:
        """doctor's lines."""
        return self._upkeep.check()

    def backup(self, folder: str) -> list[str]:
        """Copy by the engine's own means; the names of the files."""
        return self._upkeep.backup(Path(folder))

    def tidy(self) -> None:
        """maintain's work."""
        self._upkeep.tidy()

    def others(self) -> list[str]:
        """Who else is connected."""
        with faults(self._dialect):
            return self._upkeep.others()

    def unfinished(self) -> Unfinished | None:
        """What is not over since the store was replaced."""
        with faults(self._dialect):
            return self._upkeep.unfinished()

    def fill(self, source: Tables, unfinished: Unfinished) -> dict[str, int]:
        """Replace it by another store's rows."""
        with faults(self._dialect):
            return self._upkeep.fill(source, unfinished)

    def load(self, folder: str, name: str, unfinished: Unfinished) -> str:
        """Replace it by a backup."""
        with faults(self._dialect):
            return self._upkeep.load(Path(folder), name, unfinished)

    def finish(self) -> None:
        """Others may work on it again."""
        with faults(self._dialect):
            self._upkeep.finish()

    def close(self) -> None:
        """Release every connection."""
        self._reader.dispose()
        self._writer.dispose()


@contextmanager
def faults(dialect: Dialect) -> Generator[None]:
    """No error of SQLAlchemy's passes: the engine's own were mapped where they arose, these are what is left."""
    try:
        yield
    except SQLAlchemyError as error:
        raise fault(dialect, error) from error


def fault(dialect: Dialect, error: SQLAlchemyError) -> MinyiError:
    """What an error of SQLAlchemy's own means."""
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    if isinstance(error, DBAPIError) and error.orig and (found := dialect.fault(error.orig)):
        return found
    if isinstance(error, PoolTimeout):
        return Transient("等待写入的事务太多，没有轮到", where=dialect.place, fix="请稍后再试")
    return Terminal(f"数据库操作没有做成（{type(error).__name__}）", step=Step.STORE, where=dialect.place)
