"""SQLite files as the embedded adapters keep them: WAL, synchronous=FULL, many processes on one file.

A `Database` is one file with one writer (BEGIN IMMEDIATE, behind a lock of its own) and readers that are
used again, safe for threads. `meaning` turns sqlite3's errors into the project's two kinds. Standard library
alone, so that whoever only publishes a message starts quickly.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import Broken, Transient

# Nobody holds the write lock for more than 50 ms; a hundred waiting writers are still served in this time.
BUSY_SECONDS = 5.0
LOCK_SECONDS = 0.05
PARAMETERS = 32_766  # SQLite's limit for a statement
# The driver keeps statements with the values of their last run, of an `insert` for each number of rows.
KEPT_STATEMENTS = 20
# A reader may keep the WAL from being reset; once it is, the file is cut back to this size.
WAL_BYTES = 64 << 20
FULL_BYTES = 100_000  # free on the disk; a WAL's index grows by 32 KiB at a time
RESTORE = "请用最近的备份恢复：minyi restore"
_TRY_LATER = {
    sqlite3.SQLITE_BUSY: ("数据文件正被其他程序占用", "请稍候再试"),
    sqlite3.SQLITE_LOCKED: ("数据文件正被其他程序占用", "请稍候再试"),
    sqlite3.SQLITE_PROTOCOL: ("数据文件正被其他程序占用", "请稍候再试"),
    sqlite3.SQLITE_SCHEMA: ("数据文件的结构刚被改动", "请稍候再试"),
    sqlite3.SQLITE_INTERRUPT: ("操作被中断", "请再试一次"),
    sqlite3.SQLITE_FULL: ("磁盘已满，写不进去", "请腾出磁盘空间后再试"),
    sqlite3.SQLITE_NOMEM: ("内存不足", "请关闭其他程序后再试"),
    sqlite3.SQLITE_IOERR: ("读写磁盘出错", "请检查磁盘是否已满、是否仍连接着"),
    sqlite3.SQLITE_CANTOPEN: ("数据文件打不开", "请检查文件夹是否存在、有无权限，磁盘是否已满"),
}
_NEEDS_A_PERSON = {
    sqlite3.SQLITE_CORRUPT: ("数据文件已损坏", "{mend}"),
    sqlite3.SQLITE_NOTADB: ("这不是本程序的数据文件，或已损坏", "请先核对路径；确已损坏的，{mend}"),
    sqlite3.SQLITE_FORMAT: ("数据文件已损坏", "{mend}"),
    sqlite3.SQLITE_READONLY: ("数据文件只能读、不能写", "请给运行本程序的账户加上写入权限"),
    sqlite3.SQLITE_PERM: ("没有读写数据文件的权限", "请给运行本程序的账户加上读写权限"),
    sqlite3.SQLITE_AUTH: ("没有读写数据文件的权限", "请给运行本程序的账户加上读写权限"),
}


def is_full(path: Path) -> bool:
    """Whether the disk with this file has no room left: the WAL's index, which is mapped, meets that as an
    SQLITE_IOERR."""
    try:
        return shutil.disk_usage(path.parent).free < FULL_BYTES
    except OSError:
        return False


def meaning(error: sqlite3.Error, where: str, mend: str = RESTORE) -> Transient | Broken | None:
    """What an error of the engine means for the caller; None when it is neither, but a statement refused."""
    # The low byte is the primary code, the rest says more (SQLITE_IOERR_FSYNC is an SQLITE_IOERR).
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and is_full(Path(where)):
        code = sqlite3.SQLITE_FULL
    if code in _TRY_LATER:
        what, fix = _TRY_LATER[code]
        return Transient(what, where=where, fix=fix)
    if code in _NEEDS_A_PERSON:
        what, fix = _NEEDS_A_PERSON[code]
        return Broken(what, where=where, fix=fix.format(mend=mend))
    return None


@contextmanager
def translated(where: str, mend: str = RESTORE) -> Generator[None]:
    """Inside, an error of sqlite3 or of the file system leaves as Transient or Broken."""
    try:
        yield
    except sqlite3.Error as error:
        raise meaning(error, where, mend) or Broken(f"数据文件拒绝了操作：{error}", where=where) from error
    except OSError as error:
        raise Broken("数据文件所在的文件夹用不了", where=where, fix="请检查路径和权限") from error


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file must be: `application` marks whose it is, `version` its tables' format, `schema` makes them.
    `upgrades[n]` makes format n + 1 of format n; without them an older file is used as it is."""

    name: str  # as a person calls it
    application: int
    version: int
    schema: Sequence[str]
    pragmas: Sequence[str] = ()
    page_size: int = 4096
    upgrades: Mapping[int, Sequence[str]] = field(default_factory=dict[int, Sequence[str]])
    mend: str = RESTORE  # what a person does about a damaged one


class Database:
    """One SQLite file of a known layout. Opening makes it, unless `make` is off."""

    def __init__(self, path: Path, layout: Layout, *, max_pages: int | None = None, make: bool = True) -> None:
        self.path = path
        self.layout = layout
        self._max_pages = max_pages
        self._writer: sqlite3.Connection | None = None
        self._write_lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with translated(str(path), layout.mend):
            if make:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._idle.append(self.connect(make=make))

    def connect(self, *, make: bool = False) -> sqlite3.Connection:
        """A connection of the caller's own, to be closed by the caller."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return self._connected("rwc" if make else "rw")
            except sqlite3.OperationalError as error:
                # Turning WAL on meets the other openers of a new file without asking the busy handler.
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _connected(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=KEPT_STATEMENTS,
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        self._recognise(connection)
        # The size of pages is settled before a new file turns WAL on.
        always = (f"page_size={self.layout.page_size}", "journal_mode=WAL", "synchronous=FULL")
        for pragma in (*always, f"journal_size_limit={WAL_BYTES}", *self.layout.pragmas):
            connection.execute(f"PRAGMA {pragma}")
        if self._max_pages is not None:
            connection.execute(f"PRAGMA max_page_count={self._max_pages}")
        version = _pragma(connection, "user_version")
        if version == 0:
            self._make(connection)
        elif version in self.layout.upgrades:
            self._upgrade(connection)

    def _recognise(self, connection: sqlite3.Connection) -> None:
        # One snapshot: another process may be making the file at this moment.
        connection.execute("BEGIN")
        version, owner = _pragma(connection, "user_version"), _pragma(connection, "application_id")
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        connection.rollback()
        if owner != self.layout.application and (owner or version or tables):
            raise Broken(f"这不是{self.layout.name}文件", where=str(self.path), fix="请核对设置里的路径")
        if version > self.layout.version:
            raise Broken(
                f"{self.layout.name}由较新版本的程序建立（格式 {version}），本程序只认到格式 {self.layout.version}",
                where=str(self.path),
                fix="请先升级本机的民意程序",
            )

    def _make(self, connection: sqlite3.Connection) -> None:
        with transaction(connection):
            if _pragma(connection, "user_version"):
                return  # another process was quicker
            connection.execute(f"PRAGMA application_id={self.layout.application}")
            connection.execute(f"PRAGMA user_version={self.layout.version}")
            for statement in self.layout.schema:
                connection.execute(statement)

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        with transaction(connection):
            # Under the lock: another process may have been quicker.
            while statements := self.layout.upgrades.get(version := _pragma(connection, "user_version")):
                for statement in (*statements, f"PRAGMA user_version={version + 1}"):
                    connection.execute(statement)

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """The writer in a transaction: committed on leaving, rolled back on any error."""
        with self._write_lock, translated(str(self.path), self.layout.mend):
            self._writer = self._writer or self._open()
            with transaction(self._writer):
                yield self._writer

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """A reader in one snapshot."""
        with translated(str(self.path), self.layout.mend):
            connection = self._borrowed()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give_back(connection)

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise Transient("数据文件已经关闭", where=str(self.path))
        return self.connect()

    def _borrowed(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            connection.rollback()
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)

    def empty_log(self, *, tries: int = 10) -> bool:
        """Move what the WAL holds into the file and cut it to nothing; whether the readers allowed it."""
        return any(self._emptied() or time.sleep(LOCK_SECONDS) for _ in range(tries))

    def _emptied(self) -> bool:
        with self._write_lock, translated(str(self.path), self.layout.mend):
            self._writer = self._writer or self._open()
            # The engine holds the write lock while it waits for readers.
            self._writer.execute(f"PRAGMA busy_timeout={int(LOCK_SECONDS * 1000)}")
            try:
                return not self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                self._writer.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")

    def close(self) -> None:
        """Close every connection; harmless twice."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        with self._write_lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """BEGIN IMMEDIATE … COMMIT; rolled back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled it back already.
        with suppress(sqlite3.Error):
            connection.rollback()
        raise


def insert(connection: sqlite3.Connection, head: str, rows: Sequence[Sequence[Any]]) -> None:
    """`head` (INSERT INTO table (columns)) with as many rows a statement as it can take. A statement a row gives
    the interpreter away for each, and beside a busy thread waits its turn each time to have it back. (FTS5 writes
    out what it has collected at the beginning of such a statement: few of them, then.)"""
    share = PARAMETERS // max(1, len(rows[0])) if rows else 1
    for at in range(0, len(rows), share):
        some = rows[at : at + share]
        connection.execute(f"{head} VALUES {_places(len(some), len(some[0]))}", [each for row in some for each in row])


@lru_cache
def _places(rows: int, columns: int) -> str:
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
