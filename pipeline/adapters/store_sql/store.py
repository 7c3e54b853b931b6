"""The store: two engines, sessions on them, and what keeps the file well."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from pipeline.adapters.store_sql import engines, health, schema
from pipeline.adapters.store_sql.dialects import Sqlite
from pipeline.adapters.store_sql.session import SqlSession
from pipeline.clock import SHANGHAI, Clock, system_clock
from pipeline.errors import MinyiError, Terminal, Transient
from pipeline.records.items import Finding
from pipeline.records.names import Step

BUSY_SECONDS = 5.0


class SqlStore:
    """The store on SQL."""

    def __init__(self, dialect: Sqlite, clock: Clock, zone: ZoneInfo, max_pages: int | None = None) -> None:
        self.dialect = dialect
        self.clock = clock
        self.zone = zone
        self._writer = engines.writer(dialect, max_pages)
        self._reader = engines.reader(dialect)
        self._taken: list[str] = []

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
        store = cls(Sqlite(Path(path), busy), clock, zone, max_pages)
        try:
            with faults(store.dialect):
                store._taken = schema.prepare(store._writer, store.dialect, clock())
        except BaseException:
            store.close()
            raise
        return store

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
    def _session(self, engine: Engine) -> Generator[SqlSession]:
        with faults(self.dialect), engine.connect() as connection, connection.begin():
            yield SqlSession(connection, self.dialect, self.clock)

    def migrate(self) -> list[str]:
        """The revisions taken on opening: the embedded store upgrades itself."""
        return list(self._taken)

    def check(self) -> list[Finding]:
        """doctor's lines."""
        return health.check(self.dialect, self._reader)

    def backup(self, folder: str) -> Iterable[str]:
        """Copy the file by SQLite's backup API, whatever is written meanwhile."""
        target = Path(folder) / "store.db"
        target.parent.mkdir(parents=True, exist_ok=True)
        schema.copy(self.dialect, target)
        return [target.name]

    def tidy(self) -> None:
        """Fold the write-ahead log into the file and truncate it; what still reads keeps its part of it."""
        with faults(self.dialect):
            health.truncate(self.dialect)

    def close(self) -> None:
        """Release every connection."""
        self._reader.dispose()
        self._writer.dispose()


@contextmanager
def faults(dialect: Sqlite) -> Generator[None]:
    """No error of SQLAlchemy's passes: the engine's own were mapped where they arose, these are what is left."""
    try:
        yield
    except SQLAlchemyError as error:
        raise fault(dialect, error) from error


def fault(dialect: Sqlite, error: SQLAlchemyError) -> MinyiError:
    """What an error of SQLAlchemy's own means."""
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    if isinstance(error, DBAPIError) and error.orig and (found := dialect.fault(error.orig)):
        return found
    if isinstance(error, PoolTimeout):
        return Transient("等待写入的事务太多，没有轮到", where=str(dialect.path), fix="会自动重试")
    return Terminal(f"数据库操作没有做成（{type(error).__name__}）", step=Step.STORE, where=dialect.path.name)
