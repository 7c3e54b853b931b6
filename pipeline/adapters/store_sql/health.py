"""doctor's lines for the store on SQLite, and what maintain does for its file."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from pipeline.adapters.store_sql import schema
from pipeline.adapters.store_sql.dialects import Sqlite
from pipeline.adapters.store_sql.folder import check_folder
from pipeline.errors import MinyiError, NotAllowed
from pipeline.ports.moving import Tables, Unfinished
from pipeline.records.items import Finding

PART = "store"
COPY = "store.db"
CUT_WAIT = 0.05  # seconds: as long as any writer may hold the lock
WAL_LIMIT = 256_000_000  # bytes: something reads for hours, or maintain does not run
FREE_LIMIT = 1_000_000_000  # bytes
LOOK_AGAIN = 10.0  # seconds: within them every program has seen that the tables are no longer for it


@dataclass(slots=True)
class SqliteUpkeep:
    """The upkeep of a store in one file."""

    dialect: Sqlite
    reader: Engine
    taken: Sequence[str]
    _good_until: float = field(default_factory=lambda: time.monotonic() + LOOK_AGAIN)

    def migrate(self) -> list[str]:
        """The revisions taken on opening: the embedded store upgrades itself."""
        return list(self.taken)

    def ready(self) -> None:
        """Opening saw to it; looked at again now and then, for a newer program may have upgraded the file since.
        Raises Broken."""
        if time.monotonic() < self._good_until:
            return
        with self.reader.begin() as connection:
            found = schema.read(connection)
        if found is not None and not found.fits:
            raise found.refused(str(self.dialect.path))
        self._good_until = time.monotonic() + LOOK_AGAIN

    def check(self) -> list[Finding]:
        """Every line, the folder's first."""
        folder = check_folder(self.dialect.path.parent)
        lines = [Finding(PART, folder.ok, folder.what, folder.fix)]
        try:
            lines += self._file()
        except MinyiError as error:
            lines.append(Finding(PART, ok=False, what=error.what, fix=error.fix))
        return [*lines, _wal(self.dialect), _space(self.dialect)]

    def _file(self) -> list[Finding]:
        with self.reader.connect() as connection:
            ask = connection.exec_driver_sql
            return [
                _integrity([row[0] for row in ask("PRAGMA quick_check(5)")]),
                _mode(ask("PRAGMA journal_mode").scalar_one()),
                version_line(schema.read(connection)),
            ]

    def backup(self, folder: Path) -> list[str]:
        """Copy by SQLite's backup API, whatever is written meanwhile."""
        schema.make_folder(folder)
        schema.copy(self.dialect, folder / COPY)
        return [COPY]

    def tidy(self) -> None:
        """Fold the write-ahead log into the file and cut it, unless somebody reads its end just now."""
        try:
            with closing(sqlite3.connect(self.dialect.path, timeout=CUT_WAIT)) as connection:
                # Folding waits for nobody; cutting holds writers up while it waits for readers.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        except sqlite3.Error as error:
            raise self.dialect.fault(error) or error from error

    def others(self) -> list[str]:
        """Nobody is told here: a file's users are seen by its lock."""
        return []

    def unfinished(self) -> Unfinished | None:
        """Never: files are replaced beside and swapped."""
        return None

    def fill(self, source: Tables, unfinished: Unfinished) -> dict[str, int]:
        """Refused."""
        raise NotAllowed("库只能迁到 PostgreSQL", where=self.dialect.place, fix="请把 MINYI_STORE 写成 postgresql://…")

    def load(self, folder: Path, name: str, unfinished: Unfinished) -> str:
        """Refused."""
        raise NotAllowed("本机的库由文件恢复", where=self.dialect.place)

    def finish(self) -> None:
        """Nothing."""


def _integrity(answers: list[str]) -> Finding:
    if answers == ["ok"]:
        return Finding(PART, ok=True, what="数据库完整")
    return Finding(PART, ok=False, what="数据库有损坏", fix="请停止使用，用 minyi restore 从最近的备份恢复")


def _mode(mode: str) -> Finding:
    if mode == "wal":
        return Finding(PART, ok=True, what="写前日志已启用，每次提交都落盘")
    return Finding(PART, ok=False, what=f"数据库的日志方式是 {mode}，应为 wal", fix="请关闭其他打开该文件的程序后重启")


def version_line(found: schema.Version | None) -> Finding:
    """The tables' version against the program's."""
    if found is None or not found.fits:
        what = f"数据库版本 {found.revision if found else '不详'}，本程序是 {schema.head()}"
        return Finding(PART, ok=False, what=what, fix="请重启程序，或运行 minyi migrate")
    newer = f"，比本程序（{schema.head()}）新，可以共用；请尽快升级本机的程序" if found.revision > schema.head() else ""
    return Finding(PART, ok=True, what=f"数据库版本 {found.revision}{newer}")


def _wal(dialect: Sqlite) -> Finding:
    log = dialect.path.with_name(dialect.path.name + "-wal")
    size = log.stat().st_size if log.exists() else 0
    if size <= WAL_LIMIT:
        return Finding(PART, ok=True, what=f"写前日志 {size // 1_000_000} MB")
    return Finding(
        PART, ok=False, what=f"写前日志已有 {size // 1_000_000} MB", fix="请运行 maintain，或重启长时间运行的程序"
    )


def _space(dialect: Sqlite) -> Finding:
    free = shutil.disk_usage(dialect.path.parent).free
    if free >= FREE_LIMIT:
        return Finding(PART, ok=True, what=f"磁盘剩余 {free // 1_000_000_000} GB")
    return Finding(
        PART, ok=False, what=f"磁盘只剩 {free // 1_000_000} MB", fix=f"请清理 {dialect.path.parent} 所在的磁盘"
    )
