"""What differs between the engines, and nothing else does: how a transaction begins, the insert that can meet a
row, the batch lock, and what an engine's error means. `FOR UPDATE` needs no branch: SQLite's compiler leaves
it out, and its write lock covers it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson
from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.dialects import sqlite

from pipeline.adapters.sqlite import is_full
from pipeline.errors import Broken, MinyiError, Terminal, Transient
from pipeline.records.names import Step

# An insert with on_conflict_do_update and on_conflict_do_nothing; each engine's construct has the same shape.
InsertOf = Callable[[Any], Any]


class Dialect(Protocol):
    """One engine."""

    @property
    def name(self) -> str: ...
    @property
    def place(self) -> str:
        """Where it is, for a sentence; without a password."""
        ...

    @property
    def insert(self) -> InsertOf: ...
    @property
    def one_writer(self) -> bool: ...

    def listed(self, values: Sequence[Any]) -> ColumnElement[Any]:
        """The values as a column to select from, as one parameter however many they are."""
        ...

    def among(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Whether the column is one of the values."""
        ...

    def holds(self, column: ColumnElement[Any], part: bytes) -> ColumnElement[bool]:
        """Whether the bytes stand somewhere in a column's."""
        ...

    def copy(self, connection: Connection, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
        """Insert rows in the engine's own way for many, in this transaction; False where it has none, or none that
        pays for so few."""
        ...

    def lock_batches(self, connection: Connection) -> None:
        """Take the one lock of a batch transaction."""
        ...

    def fault(self, error: BaseException) -> MinyiError | None:
        """What an engine's error means; None for what is not the engine's."""
        ...


@dataclass(frozen=True, slots=True)
class Sqlite:
    """SQLite in one file."""

    path: Path
    busy: float  # seconds a statement waits for a lock
    name: str = "sqlite"
    one_writer: bool = True

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    @property
    def insert(self) -> InsertOf:
        """SQLite's insert."""
        return sqlite.insert

    def listed(self, values: Sequence[Any]) -> ColumnElement[Any]:
        """Through SQLite's json_each: a list of 500 parameters costs SQLAlchemy 2 ms (measured)."""
        return func.json_each(dumped(values)).table_valued("value").c.value

    def among(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """In that list."""
        return column.in_(select(self.listed(values)))

    def holds(self, column: ColumnElement[Any], part: bytes) -> ColumnElement[bool]:
        """By SQLite's instr."""
        return func.instr(column, part) > 0

    def copy(self, connection: Connection, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
        """It has none."""
        return False

    def lock_batches(self, connection: Connection) -> None:
        """Held already: a writing session begins IMMEDIATE."""

    def fault(self, error: BaseException) -> MinyiError | None:
        """By SQLite's own result code (https://www.sqlite.org/rescode.html)."""
        if isinstance(error, UnicodeEncodeError | OverflowError):
            return _refused(self.path, error)
        if not isinstance(error, sqlite3.Error | sqlite3.Warning):
            return None
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            return self._uncoded(error)
        return self._coded(code & 0xFF, error)

    def _uncoded(self, error: BaseException) -> MinyiError:
        # The driver's own errors: a value it cannot bind, or a connection that is closed already.
        if "closed" in str(error):
            return Transient("数据库连接已关闭", where=str(self.path), fix="程序正在退出，稍后会从断点接着做")
        return _refused(self.path, error)

    def _coded(self, code: int, error: BaseException) -> MinyiError:
        where = str(self.path)
        if code in BUSY:
            return Transient(
                f"数据库正忙，等了 {self.busy:g} 秒仍未轮到",
                where=where,
                fix="请稍后再试；若一直如此，请查看是否有别的程序长时间占用该文件",
            )
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and is_full(self.path)):
            return Transient(
                "磁盘已满，数据写不进去",
                where=str(self.path.parent),
                fix="请清理该文件夹所在的磁盘，腾出空间后再试",
            )
        if code in DISK:
            return Transient("读写磁盘出错", where=where, fix="请稍后再试；若一直如此，请检查磁盘和该文件夹的权限")
        if code in CORRUPT:
            return Broken("数据库文件已损坏", where=where, fix="请停止使用，用 minyi restore 从最近的备份恢复")
        if code in UNOPENED:
            return Broken("数据库文件打不开或不能写", where=where, fix="请核对该文件夹的路径和读写权限")
        return _refused(self.path, error)


BUSY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_ABORT,
        sqlite3.SQLITE_SCHEMA,
    }
)
DISK = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM})
CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
UNOPENED = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOLFS,
    }
)


def dumped(value: object) -> str:
    """JSON text of plain values and records. Raises Terminal for what JSON cannot hold, such as half a character."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise Terminal("内容里有不成字的编码，无法保存", step=Step.STORE, fix="请在“待处理”中查看原文") from error


def _refused(path: Path, error: BaseException) -> MinyiError:
    # Class and code alone: the engine's text may quote a value, which may be somebody's words.
    kind = getattr(error, "sqlite_errorname", None) or type(error).__name__
    return Terminal(f"数据库不接受这条数据（{kind}）", step=Step.STORE, where=path.name, fix="请在“待处理”中查看原文")
