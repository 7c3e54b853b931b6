"""The file and its version: made when missing, upgraded when older, refused when newer.

Opening compares one row; Alembic (half a second to import) is loaded only to upgrade. A revision's name is
four digits, so that names compare as text; the newest file under `migrations/versions` is what this program
knows. Beside the version the store keeps the oldest revision whose program may still work on it: a newer store
is refused by programs older than that alone (docs/decisions/0012).
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Connection, Engine, text

from pipeline.adapters.store_sql.dialects import Sqlite
from pipeline.adapters.store_sql.tables import counters, generations, metadata, notes
from pipeline.errors import Broken

MIGRATIONS = Path(__file__).parent / "migrations"
COUNTERS = ("outbox", "items", "signatures", "quarantine", "attempts", "alarms")
FIRST_GENERATION = "1"
HAS_VERSION = {  # gives a row where the table is
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'",
    "postgresql": "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL",
}
VERSION = "SELECT version_num FROM alembic_version"
OLDEST = "SELECT value FROM notes WHERE name = 'schema_oldest'"
# Revisions that expand: they add tables, indexes, or columns that are empty or have the server's default, so that a
# program of the revision before reads and writes as it did. Every other one contracts: older programs stop at it.
# What an older program does leaves the new alone: its batches are not in the counts of 0008 (the ledger has them),
# and a page that it fetches keeps the message of 0009 that was noted before, as without that column.
EXPANDS = frozenset({"0008", "0009"})
SWITCHING = 30.0  # seconds: processes that make one file at once wait for each other


@cache
def known() -> list[str]:
    """The revisions this program knows, oldest first."""
    return sorted(file.stem[:4] for file in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def head() -> str:
    """The newest of them."""
    return known()[-1]


def oldest(revision: str) -> str:
    """The oldest revision whose program may work on the tables of this one."""
    return max(name for name in known() if name <= revision and name not in EXPANDS)


@dataclass(frozen=True, slots=True)
class Version:
    """What a store says of itself: the revision of its tables, and the oldest that may work on them."""

    revision: str
    oldest: str

    @property
    def fits(self) -> bool:
        """Whether this program may work on it."""
        return self.revision == head() or (self.revision > head() and self.oldest <= head())

    def refused(self, place: str) -> Broken:
        """Of one that is too new."""
        return Broken(
            f"数据库是新版本程序（{self.revision}）留下的，本程序只认到 {head()}，库要求 {self.oldest} 以上",
            where=place,
            fix="请先升级本机的民意程序，数据没有改动",
        )


def refuse_copying(connection: Connection, place: str) -> None:
    """Tables and columns that this program does not know would be left out of a copy by name. Raises Broken."""
    found = version(connection)
    if found is not None and found > head():
        raise Broken(
            f"数据库已由新版本程序升级（{found}），本程序只认到 {head()}，不能由它备份、恢复或迁移",
            where=place,
            fix="请先升级本机的民意程序，或在已升级的机器上做；没有改动任何数据",
        )


def prepare(engine: Engine, dialect: Sqlite, now: datetime) -> list[str]:
    """Make or upgrade the file; the revisions taken. Raises Broken for a newer one or a foreign file."""
    path = dialect.path
    if _current(dialect):
        return []
    _write_ahead(dialect)
    with engine.begin() as connection:
        found = read(connection)
        if found is None:
            _refuse_foreign(connection, path)
            create(connection)
            return [head()]
        if found.fits:
            return []
        if found.revision > head():
            raise found.refused(str(path))
        copy(dialect, path.with_name(f"{path.stem}-{found.revision}-{now:%Y%m%d%H%M%S}{path.suffix}"))
        return upgrade(connection)


def _current(dialect: Sqlite) -> bool:
    # Without the write lock: a process that opens the store waits for no other.
    if not dialect.path.exists():
        return False
    try:
        with closing(sqlite3.connect(dialect.path, timeout=dialect.busy)) as connection:
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            if mode != "wal" or not connection.execute(HAS_VERSION["sqlite"]).fetchone():
                return False
            (revision,) = connection.execute(VERSION).fetchone()
            (least,) = connection.execute(OLDEST).fetchone() or (revision,)
            return Version(revision, least).fits
    except sqlite3.Error as error:
        raise dialect.fault(error) or error from error


def version(connection: Connection) -> str | None:
    """The revision the tables have; None when there are none."""
    there = connection.exec_driver_sql(HAS_VERSION[connection.dialect.name]).first()
    if not there:
        return None
    return connection.exec_driver_sql(VERSION).scalar_one()


def read(connection: Connection) -> Version | None:
    """The version; None where there are no tables. One that says no oldest is for its own program alone."""
    found = version(connection)
    return Version(found, connection.exec_driver_sql(OLDEST).scalar() or found) if found else None


def create(connection: Connection) -> None:
    """All tables at once, with the first rows: what the revisions lead to, a test says."""
    metadata.create_all(connection)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head()})
    seed(connection)
    _note_oldest(connection)


def seed(connection: Connection) -> None:
    """The rows that must be there: counters, the first generation, the store's id."""
    connection.execute(counters.insert(), [{"name": name, "value": 0} for name in COUNTERS])
    names = orjson.dumps([FIRST_GENERATION]).decode()
    connection.execute(generations.insert(), {"list": "search", "live": FIRST_GENERATION, "names": names, "version": 1})
    connection.execute(notes.insert(), {"name": "store_id", "value": uuid4().hex})


def upgrade(connection: Connection, target: str = "head") -> list[str]:
    """Run the revisions that are missing, in the connection's transaction; their names."""
    from alembic import command
    from alembic.config import Config

    before = version(connection) or ""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", MIGRATIONS.as_posix().replace("%", "%%"))
    command.upgrade(config, target)
    after = version(connection) or ""
    _note_oldest(connection)
    return [name for name in known() if before < name <= after]


def _note_oldest(connection: Connection) -> None:
    least = oldest(version(connection) or head())
    connection.execute(text("DELETE FROM notes WHERE name = 'schema_oldest'"))
    connection.execute(text("INSERT INTO notes (name, value) VALUES ('schema_oldest', :oldest)"), {"oldest": least})


def copy(dialect: Sqlite, target: Path) -> None:
    """A consistent copy by SQLite's backup API, whatever is written meanwhile; complete or not there."""
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(dialect.path)) as old, closing(sqlite3.connect(part)) as new:
            # One step: in several, every commit of another process would start the copy again.
            old.backup(new, pages=-1)
            # One file without its neighbours; opening it as a store switches it back.
            new.execute("PRAGMA journal_mode=DELETE").close()
        part.replace(target)
    except sqlite3.Error as error:
        raise Sqlite(target, dialect.busy).fault(error) or error from error
    except OSError as error:
        raise Broken("副本写不成", where=str(target), fix="请核对该文件夹的路径和权限") from error


def make_folder(folder: Path) -> None:
    """Make it if it is not there. Raises Broken."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Broken("文件夹建不了", where=str(folder), fix="请核对路径和权限") from error


def _refuse_foreign(connection: Connection, path: Path) -> None:
    tables: Any = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if tables:
        raise Broken("这个文件不是民意的数据库", where=str(path), fix="请核对 MINYI_STORE 的路径，或移走该文件")


def _write_ahead(dialect: Sqlite) -> None:
    """Switch the file to WAL; the switch itself does not wait for others as statements do."""
    make_folder(dialect.path.parent)
    deadline = time.monotonic() + SWITCHING
    while True:
        try:
            with closing(sqlite3.connect(dialect.path, timeout=dialect.busy)) as connection:
                connection.execute("PRAGMA journal_mode=WAL").close()
                return
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise dialect.fault(error) or error from error
            time.sleep(0.01)
