"""PostgreSQL as the store's engine: its insert, its batch lock, what its errors mean (by SQLSTATE,
https://www.postgresql.org/docs/current/errcodes-appendix.html), and its two kinds of connections."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import ColumnElement, Connection, Engine, Text, bindparam, create_engine, event, func, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.pool import QueuePool

from pipeline.adapters.store_sql.dialects import InsertOf
from pipeline.adapters.store_sql.postgres_arrays import array
from pipeline.errors import Broken, MinyiError, Terminal, Transient
from pipeline.records.names import Step
from pipeline.settings import Address

BATCHES, MIGRATION = 0x4D79_0001, 0x4D79_0002  # advisory locks
WRITERS, READERS, SPARE = 4, 4, 8  # connections a process keeps, and may open beyond while many work
POOL_WAIT = 30.0  # seconds
APPLICATION = "minyi"  # every connection's name at the server
CONNECT_SECONDS = 5
COPIED = 8  # rows from which on COPY's two more messages are worth it
OPTIONS = {  # of each connection; milliseconds
    "statement_timeout": 60_000,
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 60_000,
    "default_transaction_isolation": "read\\ committed",
    "TimeZone": "UTC",
    "client_encoding": "UTF8",
}
ASYNCHRONOUS = "minyi_asynchronous"  # a transaction that waits for no disk
TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword")  # what a properties file may say
AGAIN = "请稍后再试"
# States, or classes of them, from the narrowest on. Last those after which the same work may be done again: connection,
# rollback (serialisation, deadlock), resources, an object in use, a time-out or a person, a server that is a standby.
MEANINGS: list[tuple[set[str], type[Broken | Transient], str, str]] = [
    ({"28", "42501"}, Broken, "数据库不认这个用户或口令", "请核对 MINYI_STORE 里的用户、口令和权限"),
    (
        {"3D000", "3F000", "42P01", "42703"},
        Broken,
        "数据库或其中的表不存在",
        "请核对 MINYI_STORE 的库名，并运行 minyi migrate",
    ),
    ({"XX001", "XX002"}, Broken, "数据库文件已损坏", "请停止使用，由数据库管理员检查并从备份恢复"),
    ({"53100"}, Transient, "数据库服务器磁盘已满，写不进去", "请腾出数据库服务器的磁盘空间后再试"),
    ({"53300"}, Transient, "数据库的连接数已用完", f"{AGAIN}；若一直如此，请调高 max_connections"),
    ({"08", "40", "53", "55", "57", "25006"}, Transient, "数据库暂时没有做成（{state}）", AGAIN),
]
DOOR = {
    "3D000": re.compile(r'database ".*" does not exist'),
    "28000": re.compile(r'authentication failed|role ".*" does not exist|no pg_hba.conf entry'),
    "53300": re.compile(r"too many (clients|connections)|connection slots"),
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """PostgreSQL at an address."""

    place: str  # without the password
    name: str = "postgresql"
    one_writer: bool = False

    @property
    def insert(self) -> InsertOf:
        """PostgreSQL's insert."""
        return postgresql.insert

    def listed(self, values: Sequence[Any]) -> ColumnElement[Any]:
        """As one array of texts, taken apart."""
        return func.unnest(array(values, Text())).column_valued("value")

    def among(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """As one array."""
        return column == func.any(array(values, column.type))

    def holds(self, column: ColumnElement[Any], part: bytes) -> ColumnElement[bool]:
        """Whether the bytes stand in the column's."""
        return func.position(bindparam(None, part, type_=column.type).op("IN")(column)) > 0

    def copy(self, connection: Connection, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
        """By COPY: of a statement with some thousand parameters the driver alone reads for longer than the server
        writes (220 of 440 µs an item, measured)."""
        if len(rows) < COPIED:
            return False
        try:
            with driver(connection).cursor() as cursor, cursor.copy(copying(table, names)) as into:
                for row in rows:
                    into.write_row(row)
        except (psycopg.Error, UnicodeEncodeError, OverflowError) as error:
            if driver(connection).closed:
                connection.invalidate()
            raise self.fault(error) or error from error
        return True

    def lock_batches(self, connection: Connection) -> None:
        """An advisory lock, until the transaction ends."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": BATCHES})

    def fault(self, error: BaseException) -> MinyiError | None:
        """By SQLSTATE; an error without one never reached the server, or lost it."""
        if isinstance(error, UnicodeEncodeError | OverflowError | psycopg.DataError):
            return self._refused(error)
        if not isinstance(error, psycopg.Error):
            return None
        state = error.sqlstate
        if state is None:
            lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
            return self._at_the_door(error) if lost else self._refused(error)
        return self.stated(state, error)

    def stated(self, state: str, error: BaseException | None = None) -> MinyiError:
        """What an SQLSTATE means."""
        for states, kind, what, fix in MEANINGS:
            if state in states or state[:2] in states:
                return kind(what.format(state=state), where=self.place, fix=fix)
        return self._refused(error, state)

    def _at_the_door(self, error: BaseException) -> MinyiError:
        # Of a connection refused by the server libpq gives its words alone, no SQLSTATE.
        for state, words in DOOR.items():
            if words.search(str(error)):
                return self.stated(state, error)
        fix = f"{AGAIN}；若一直如此，请核对地址，以及数据库服务是否在运行"
        return Transient("数据库连不上或连接中断", where=self.place, fix=fix)

    def _refused(self, error: BaseException | None, state: str | None = None) -> MinyiError:
        # Class and code alone: the engine's text may quote a value, which may be somebody's words.
        kind = state or type(error).__name__
        return Terminal(
            f"数据库不接受这条数据（{kind}）", step=Step.STORE, where=self.place, fix="请在“待处理”中查看原文"
        )


def driver(connection: Connection) -> psycopg.Connection:
    """The driver's own connection, in the same transaction."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


def copying(table: str, names: Sequence[str]) -> sql.Composed:
    """COPY's statement for rows of these columns."""
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)


def engines(address: Address) -> tuple[Postgres, Engine, Engine, Engine, set[int]]:
    """The dialect, the writer, the writer that waits for no disk, the reader; and which of the server's processes
    are their connections', as long as these are open."""
    dialect = Postgres(address.masked)
    own: set[int] = set()
    writer = _engine(dialect, address, WRITERS, own)
    _on_begin(writer)
    reader = _engine(dialect, address, READERS, own)
    snapshot = reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return dialect, writer, writer.execution_options(**{ASYNCHRONOUS: True}), snapshot, own


def _engine(dialect: Postgres, address: Address, size: int, own: set[int]) -> Engine:
    engine = create_engine(
        _url(address),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=SPARE,
        pool_timeout=POOL_WAIT,
        pool_pre_ping=True,  # a restarted server costs no batch
        paramstyle="format",
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": APPLICATION,
            "options": " ".join(f"-c {name}={value}" for name, value in OPTIONS.items()),
            **{name: address.properties[name] for name in TLS if name in address.properties},
        },
    )
    event.listen(engine, "handle_error", _mapping(dialect))
    event.listen(engine, "connect", lambda driver, _record: own.add(driver.info.backend_pid))
    return engine


def _url(address: Address) -> URL:
    found = make_url(address.url.partition("?")[0]).set(drivername="postgresql+psycopg")
    password = address.properties.get("password")
    return found.set(password=password) if password else found


def _on_begin(engine: Engine) -> None:
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(ASYNCHRONOUS):
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")

    event.listen(engine, "begin", begun)


def _mapping(dialect: Postgres) -> Callable[[ExceptionContext], None]:
    def mapped(context: ExceptionContext) -> None:
        if fault := dialect.fault(context.original_exception):
            raise fault from context.original_exception

    return mapped
