"""doctor's lines for the store on PostgreSQL, its migration, its backup and replacement."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from pipeline.adapters.store_sql import postgres_fill, postgres_tools, schema
from pipeline.adapters.store_sql.health import LOOK_AGAIN, version_line
from pipeline.adapters.store_sql.postgres import APPLICATION, MIGRATION, Postgres
from pipeline.errors import Broken, MinyiError, NotAllowed
from pipeline.ports.moving import Tables, Unfinished
from pipeline.records.items import Finding
from pipeline.settings import Address

PART = "store"
COPY = "store.dump"
OLDEST = 140_000  # server_version_num
GOING = 2.0  # seconds in which the server lets go of a connection that was closed
OTHERS = """SELECT coalesce(host(client_addr), '本机'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = :name AND NOT pid = ANY(:own) AND NOT pid IN (
        SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :migration AND NOT granted
    ) GROUP BY 1 ORDER BY 1"""  # who waits to migrate, too, works on nothing


@dataclass(slots=True)
class PostgresUpkeep:
    """The upkeep of a store on a server. `own` are the server's processes of our connections."""

    dialect: Postgres
    writer: Engine
    address: Address
    own: Collection[int] = ()
    _good_until: float = field(default=0.0)
    _admitted: bool = field(default=False)

    def ready(self) -> None:
        """Refuse tables that are missing, older, or newer and no longer for this program, and a store that was
        replaced by a work that is not over. Raises Broken."""
        if time.monotonic() < self._good_until:
            return
        with self.writer.begin() as connection:
            found = schema.read(connection)
            if found is None or not found.fits:
                raise _other(found, self.dialect.place)
            unfinished = postgres_fill.noted(connection)
        if unfinished and not self._admitted:
            raise Broken("这个库的迁入或恢复还没有做完", where=self.dialect.place, fix=unfinished.fix)
        self._good_until = time.monotonic() + LOOK_AGAIN

    def migrate(self) -> list[str]:
        """Make or upgrade the tables, one at a time; the revisions taken. Raises NotAllowed while programs are
        connected that could not work on the new ones."""
        with self.writer.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION})
            found = schema.read(connection)
            if found is None:
                schema.create(connection)
                return [schema.head()]
            if found.revision >= schema.head():
                if not found.fits:
                    raise _other(found, self.dialect.place)
                return []
            if schema.oldest(schema.head()) > found.revision:
                self._refuse_others(connection)
            return schema.upgrade(connection)

    def _refuse_others(self, connection: Connection) -> None:
        if others := self._others(connection):
            raise NotAllowed(
                f"这次升级后旧程序不能再用这个库，而还有程序连着它（{'、'.join(others)}）",
                where=self.dialect.place,
                fix="请先停下它们，再运行 minyi migrate；没有改动任何数据",
            )

    def others(self) -> list[str]:
        """Where else programs of ours are connected from, and how many connections."""
        with self.writer.begin() as connection:
            return self._others(connection)

    def _others(self, connection: Connection) -> list[str]:
        ends = time.monotonic() + GOING
        while True:
            given = {"name": APPLICATION, "own": sorted(self.own), "migration": MIGRATION}
            found = [f"{host} {count} 个连接" for host, count in connection.execute(text(OTHERS), given)]
            if not found or time.monotonic() > ends:
                return found
            time.sleep(0.05)
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))

    def check(self) -> list[Finding]:
        """Server, tables, connections."""
        try:
            with self.writer.begin() as connection:
                return [_server(connection), _tables(connection, self.dialect), _connections(connection)]
        except MinyiError as error:
            return [Finding(PART, ok=False, what=error.found, fix=error.fix)]

    def backup(self, folder: Path) -> list[str]:
        """By pg_dump, whatever is written meanwhile. Raises Broken where there is none, or it is older, or this
        program is older than the tables."""
        self._refuse_copying()
        schema.make_folder(folder)
        postgres_tools.dump(self.address, self._space(), folder / COPY)
        return [COPY]

    def tidy(self) -> None:
        """Nothing: autovacuum does it."""

    # ------------------------------------------------------------ replaced as a whole

    def unfinished(self) -> Unfinished | None:
        """What is not over."""
        with self.writer.begin() as connection:
            return postgres_fill.noted(connection) if schema.version(connection) else None

    def fill(self, source: Tables, unfinished: Unfinished) -> dict[str, int]:
        """By another store's rows."""
        with self.writer.begin() as connection:
            counts = postgres_fill.fill(connection, self.dialect, source, unfinished)
        self._admitted = True
        with self.writer.begin() as connection:
            connection.execute(text("ANALYZE"))  # or the first queries are planned for empty tables
        return counts

    def load(self, folder: Path, name: str, unfinished: Unfinished) -> str:
        """By a backup; the schema to which the tables went that were there."""
        self._refuse_copying()
        space = self._space()
        with self.writer.begin() as connection:
            there = "SELECT tablename FROM pg_tables WHERE schemaname = :space AND tablename = ANY(:names)"
            given = {"space": space, "names": list(postgres_tools.TABLES)}
            tables = sorted(connection.execute(text(there), given).scalars())
            taken = set(connection.execute(text("SELECT nspname FROM pg_namespace")).scalars())
        aside = next(one for number in range(1, 1000) if (one := f"{name}_{number}") not in taken)
        postgres_tools.load(self.address, self.dialect, folder / COPY, (aside, tables), space, unfinished)
        self._admitted, self._good_until = True, 0.0
        self.migrate()
        return aside if tables else ""

    def finish(self) -> None:
        """Others may work on it again."""
        with self.writer.begin() as connection:
            connection.execute(text("DELETE FROM notes WHERE name = :name"), {"name": postgres_fill.NOTE})

    def _refuse_copying(self) -> None:
        with self.writer.begin() as connection:
            schema.refuse_copying(connection, self.address.masked)

    def _space(self) -> str:
        with self.writer.begin() as connection:
            return str(connection.execute(text("SELECT current_schema()")).scalar_one())


def _other(found: schema.Version | None, place: str) -> Broken:
    if found is None:
        return Broken("数据库里还没有民意的表", where=place, fix="请运行 minyi migrate")
    if found.revision < schema.head():
        return Broken(
            f"数据库版本 {found.revision}，本程序是 {schema.head()}",
            where=place,
            fix="请先备份数据库，再运行 minyi migrate",
        )
    return found.refused(place)


def _server(connection: Connection) -> Finding:
    number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    what = f"PostgreSQL {number // 10_000}，编码 {encoding}"
    if number >= OLDEST and encoding == "UTF8":
        return Finding(PART, ok=True, what=what)
    return Finding(PART, ok=False, what=what, fix="请使用 PostgreSQL 14 以上、编码 UTF8 的库")


def _tables(connection: Connection, dialect: Postgres) -> Finding:
    found = schema.read(connection)
    if found is not None and found.fits:
        return version_line(found)
    error = _other(found, dialect.place)
    return Finding(PART, ok=False, what=error.what, fix=error.fix)


def _connections(connection: Connection) -> Finding:
    used = connection.execute(text("SELECT count(*) FROM pg_stat_activity")).scalar_one()
    most = int(connection.execute(text("SHOW max_connections")).scalar_one())
    what = f"连接 {used} 个，上限 {most}"
    if used < most * 0.9:
        return Finding(PART, ok=True, what=what)
    return Finding(PART, ok=False, what=what, fix="请调高 max_connections，或减少同时运行的程序")
