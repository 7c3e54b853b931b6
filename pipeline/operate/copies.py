"""Copies of SQLite files by its backup API, whole files on disk, and whether somebody still has a file open."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from pipeline.errors import Broken, Transient

NEIGHBOURS = ("-wal", "-shm", "-journal")
BLOCK = 1 << 20
LOOKING = 0.2  # seconds: as long as others may look whether a file is in use, which locks it


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy, whatever is written meanwhile. Raises Transient (full disk, lock) or Broken."""
    try:
        with closing(_reader(source)) as old, closing(sqlite3.connect(target)) as new:
            # One step: in several, every commit of another process would start the copy again.
            old.backup(new, pages=-1)
            # One file without neighbours; opening it as what it is switches it back.
            new.execute("PRAGMA journal_mode=DELETE").close()
    except sqlite3.DatabaseError as error:
        raise _meaning(error, source) from error


def _reader(source: Path) -> sqlite3.Connection:
    return sqlite3.connect(source.absolute().as_uri() + "?mode=ro", uri=True, timeout=30)


def _meaning(error: sqlite3.DatabaseError, source: Path) -> Transient | Broken:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return Broken("数据文件已损坏，不能备份", where=str(source), fix="请用从前的备份恢复：minyi restore")
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return Transient("磁盘已满或读写出错", where=str(source), fix="请腾出空间后再试")
    return Transient("数据文件暂时读不了", where=str(source), fix="请稍候再试")


def in_use(path: Path) -> bool:
    """Whether any process has this SQLite file open: in WAL mode every open connection holds a shared lock on the
    file for its whole life, so that an exclusive one is refused. The system ends these locks with the process."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=LOOKING, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE").close()
            connection.execute("BEGIN EXCLUSIVE").close()
            connection.execute("ROLLBACK").close()
    except sqlite3.OperationalError as error:
        return (error.sqlite_errorcode & 0xFF) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    except sqlite3.DatabaseError:
        return False  # damaged: nobody works with it, and it is about to be replaced
    return False


@contextmanager
def held(path: Path) -> Generator[bool]:
    """Hold a lock file; False when somebody else does. SQLite's is the lock of all platforms that the system ends
    with a killed process."""
    with closing(sqlite3.connect(path, timeout=LOOKING, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE").close()
            ours = True
        except sqlite3.OperationalError:
            ours = False
        yield ours


def hash_of(path: Path) -> str:
    """sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sync_file(path: Path) -> None:
    """Until this returns, the file may be lost with the power."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """The same for a folder's names, where the platform can."""
    with suppress(OSError, AttributeError):
        number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def write_synced(path: Path, content: bytes) -> None:
    """A small file, durably."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def with_neighbours(path: Path) -> list[Path]:
    """The file and what SQLite keeps beside it, as far as they are there."""
    found = [path, *(path.with_name(path.name + ending) for ending in NEIGHBOURS)]
    return [one for one in found if one.exists()]
