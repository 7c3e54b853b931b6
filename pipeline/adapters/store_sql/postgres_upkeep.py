"""doctor's lines for the store on PostgreSQL, its migration, its backup by the server's own tools."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, text

from pipeline.adapters.store_sql import schema
from pipeline.adapters.store_sql.postgres import MIGRATION, Postgres
from pipeline.errors import Broken, MinyiError, Transient
from pipeline.records.items import Finding
from pipeline.settings import Address, environment

PART = "store"
COPY = "store.dump"
OLDEST = 140_000  # server_version_num


@dataclass(slots=True)
class PostgresUpkeep:
    """The upkeep of a store on a server."""

    dialect: Postgres
    writer: Engine
    address: Address
    _ready: bool = field(default=False)

    def ready(self) -> None:
        """Refuse tables that are missing, older or newer: `minyi migrate` makes and upgrades them. Raises Broken."""
        if self._ready:
            return
        with self.writer.connect() as connection, connection.begin():
            found = schema.version(connection)
        if found != schema.head():
            raise _other(found, self.dialect.place)
        self._ready = True

    def migrate(self) -> list[str]:
        """Make or upgrade the tables, one at a time; the revisions taken."""
        with self.writer.connect() as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION})
            found = schema.version(connection)
            if found is None:
                schema.create(connection)
                return [schema.head()]
            if found > schema.head():
                raise _other(found, self.dialect.place)
            return schema.upgrade(connection) if found < schema.head() else []

    def check(self) -> list[Finding]:
        """Server, tables, connections."""
        try:
            with self.writer.connect() as connection, connection.begin():
                return [_server(connection), _tables(connection, self.dialect), _connections(connection)]
        except MinyiError as error:
            return [Finding(PART, ok=False, what=str(error), fix=error.fix)]

    def backup(self, folder: Path) -> list[str]:
        """By pg_dump, whatever is written meanwhile. Raises Broken where there is none, or it is older."""
        schema.make_folder(folder)
        program = shutil.which("pg_dump") or _newest("pg_dump")
        if program is None:
            raise Broken("本机没有 pg_dump，备份不了数据库", fix="请安装 postgresql-client，或由数据库管理员备份")
        part = folder / f"{COPY}.part"
        words = [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}"]
        _run(words, self.address)
        part.replace(folder / COPY)
        return [COPY]

    def tidy(self) -> None:
        """Nothing: autovacuum does it."""


def _other(found: str | None, place: str) -> Broken:
    if found is None:
        return Broken("数据库里还没有民意的表", where=place, fix="请运行 minyi migrate")
    if found < schema.head():
        return Broken(
            f"数据库版本 {found}，本程序是 {schema.head()}", where=place, fix="请先备份数据库，再运行 minyi migrate"
        )
    return Broken(
        f"数据库是新版本程序（{found}）留下的，本程序只认到 {schema.head()}",
        where=place,
        fix="请先升级本机的民意程序，数据没有改动",
    )


def _server(connection: Connection) -> Finding:
    number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    what = f"PostgreSQL {number // 10_000}，编码 {encoding}"
    if number >= OLDEST and encoding == "UTF8":
        return Finding(PART, ok=True, what=what)
    return Finding(PART, ok=False, what=what, fix="请使用 PostgreSQL 14 以上、编码 UTF8 的库")


def _tables(connection: Connection, dialect: Postgres) -> Finding:
    found = schema.version(connection)
    if found == schema.head():
        return Finding(PART, ok=True, what=f"数据库版本 {found}")
    error = _other(found, dialect.place)
    return Finding(PART, ok=False, what=error.what, fix=error.fix)


def _connections(connection: Connection) -> Finding:
    used = connection.execute(text("SELECT count(*) FROM pg_stat_activity")).scalar_one()
    most = int(connection.execute(text("SHOW max_connections")).scalar_one())
    what = f"连接 {used} 个，上限 {most}"
    if used < most * 0.9:
        return Finding(PART, ok=True, what=what)
    return Finding(PART, ok=False, what=what, fix="请调高 max_connections，或减少同时运行的程序")


def _newest(program: str) -> str | None:
    # Debian keeps the server's programs off the PATH.
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda one: int(one.parts[-3]))
    return str(found[-1]) if found else None


def _run(words: list[str], address: Address) -> None:
    parts = urlsplit(address.url)
    target = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGPASSWORD": address.properties.get("password") or unquote(parts.password or ""),
    }
    # By the environment: a password among the words is everybody's to read.
    done = subprocess.run(words, env={**environment(), **target}, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise Transient(
            f"{Path(words[0]).name} 没有做成（退出码 {done.returncode}）",
            where=address.masked,
            fix="请核对数据库是否可连、客户端版本不低于服务器、磁盘有无空间",
        )
