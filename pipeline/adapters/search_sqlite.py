"""The embedded search: each generation a file `search-<name>.db` beside the path that is set.

What a generation's file holds says `search_sqlite_write`; how a query is answered, `search_sqlite_read`.
Which generation is live is the store's to know. A generation that is not there raises Transient: the store's
list of generations may have changed a moment ago, and is to be read again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.adapters import search_sqlite_read as reading
from pipeline.adapters import search_sqlite_write as writing
from pipeline.adapters.search_rules import HALF_CHARACTER, NO_DATE
from pipeline.adapters.sqlite import Database, translated
from pipeline.clock import SHANGHAI
from pipeline.errors import Broken, MinyiError, Transient, UsageError
from pipeline.records.items import Answer, Document, Finding, Hits, Query

# One transaction's share of what is to be written, so that other projectors wait but shortly.
CHUNK_DOCUMENTS = 500
CHUNK_CHARACTERS = 400_000
IDS_PAGE = 10_000
LARGE = 100_000  # documents from which a new generation is worth its pairs: phrases take over 10 ms there without


class SqliteSearch:
    """Search in files. Safe for threads and for many processes on one home."""

    def __init__(self, path: Path, *, zone: ZoneInfo = SHANGHAI, max_pages: int | None = None) -> None:
        self._path = path
        self._zone = zone
        self._max_pages = max_pages
        self._lock = threading.Lock()
        self._open: dict[str, Database] = {}

    @property
    def writers(self) -> int:
        """See the port."""
        return 1

    # ------------------------------------------------------------ generations

    def create(self, generation: str) -> None:
        """See the port."""
        if _is_dropped(self._database(generation, make=True)):
            self._remove(generation)
            self._database(generation, make=True)
        if characters := self._common_in_the_largest():
            with self._database(generation).writing() as connection:
                writing.index_pairs(connection, characters)

    def _common_in_the_largest(self) -> str:
        """The common characters of the largest generation; none while it is small, and none of what is damaged or
        dropped at this moment: a new one is what mends that."""
        with suppress(MinyiError):
            count, name = max(((self.count(name), name) for name in self.generations()), default=(0, ""))
            if count >= LARGE:
                with self._database(name).reading() as connection:
                    return writing.common_in(connection)
        return ""

    def drop(self, generation: str) -> None:
        """See the port. Whoever still holds the file open finds it marked."""
        if self._file_of(generation).exists():
            with suppress(Broken):  # what is damaged cannot be marked, but removed
                self._mark_dropped(generation)
            with suppress(Transient):
                self._remove(generation)

    def _mark_dropped(self, generation: str) -> None:
        file = self._database(generation)
        with file.writing() as connection:
            connection.execute("INSERT INTO dropped VALUES (datetime())")
        file.empty_log()

    def _remove(self, generation: str) -> None:
        path = self._file_of(generation)
        with self._lock:
            self._forget(generation)
        try:
            for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                each.unlink(missing_ok=True)
        except PermissionError as error:
            # Windows keeps a file that another process has open; marked, it counts as gone.
            what = "这一代检索库还被其他程序打开着，未能清除"
            raise Transient(what, where=str(path), fix="请稍候再试，或换一个代号") from error

    def promote(self, generation: str) -> None:
        """Nothing to do: nobody searches past us, and the store's list says which one is live."""

    def generations(self) -> list[str]:
        """See the port."""
        pattern = re.compile(re.escape(f"{self._path.stem}-") + r"(\w+)" + re.escape(self._path.suffix))
        with translated(str(self._path)):
            names = sorted(each.name for each in self._path.parent.glob(f"{self._path.stem}-*{self._path.suffix}"))
        found = [match[1] for name in names if (match := pattern.fullmatch(name))]
        return [name for name in found if not self._is_dropped(name)]

    def _is_dropped(self, generation: str) -> bool:
        try:
            return _is_dropped(self._database(generation))
        except Broken:
            return False  # damaged: whoever reads it is told

    # ------------------------------------------------------------ documents

    def write(self, generation: str, documents: Sequence[Document]) -> list[Answer]:
        """See the port. Refused are texts with a lone surrogate and dates that are none."""
        answers: list[Answer] = []
        newest: dict[str, writing.Entry] = {}
        for document in documents:
            try:
                entry = writing.entry(document)
            except ValueError as error:
                answers.append(Answer(document.id, document.version, ok=False, reason=_refusal(error)))
                continue
            answers.append(Answer(document.id, document.version, ok=True))
            if document.id not in newest or document.version >= newest[document.id].version:
                newest[document.id] = entry
        file = self._database(generation)
        for chunk in _chunks(list(newest.values())):
            with file.writing() as connection:
                if connection.execute("SELECT count(*) FROM dropped").fetchone()[0]:
                    raise _gone(file.path)
                writing.write(connection, chunk)
        if any(each.values is None for each in newest.values()):
            # What was removed stands in the log, too, until it is folded and cut; as far as readers allow.
            file.empty_log(tries=3)
        return answers

    def query(self, generation: str, query: Query) -> Hits:
        """See the port."""
        with self._database(generation).reading() as connection:
            return reading.find(connection, query, self._zone)

    def count(self, generation: str) -> int:
        """See the port."""
        with self._database(generation).reading() as connection:
            return writing.count(connection)

    def ids(self, generation: str) -> Iterator[tuple[str, int]]:
        """See the port. In the order of ids, in pages, so that no long read keeps the WAL."""
        last = ""
        while page := self._ids_after(generation, last):
            yield from page
            last = page[-1][0]

    def _ids_after(self, generation: str, last: str) -> list[tuple[str, int]]:
        with self._database(generation).reading() as connection:
            return connection.execute(
                "SELECT id, version FROM documents WHERE id > ? ORDER BY id LIMIT ?", (last, IDS_PAGE)
            ).fetchall()

    # ------------------------------------------------------------ upkeep

    def prove(self, generation: str) -> None:
        """Check the whole index against itself and against the documents. Raises Broken. Takes the write lock
        for long on a large generation."""
        file = self._database(generation)
        with file.writing() as connection:
            connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
            wrong = connection.execute(
                """SELECT count(*) FROM (SELECT place FROM documents EXCEPT SELECT id FROM words_docsize
                   UNION ALL SELECT id FROM words_docsize EXCEPT SELECT place FROM documents)"""
            ).fetchone()[0]
        if wrong:
            raise Broken(f"检索库有 {wrong} 篇与索引不符", where=str(file.path), fix="请运行 minyi reindex 重建")

    def check(self) -> list[Finding]:
        """See the port."""
        try:
            found = "、".join(map(self._told, self.generations()))
        except MinyiError as error:
            return [Finding("search", ok=False, what=error.found, fix=error.fix)]
        return [Finding("search", ok=True, what=f"本机检索库：{found or '尚未建立'}（{self._path.parent}）")]

    def _told(self, generation: str) -> str:
        with self._database(generation).reading() as connection:
            count, common = writing.count(connection), writing.common(connection)
        slow = count >= LARGE and not common
        return f"第 {generation} 代 {count} 篇" + ("，篇数已多，运行 minyi reindex 重建后检索更快" if slow else "")

    def close(self) -> None:
        """See the port."""
        with self._lock:
            for name in list(self._open):
                self._forget(name)

    def _file_of(self, generation: str) -> Path:
        if re.fullmatch(r"\w{1,40}", generation, re.ASCII) is None:
            raise UsageError(f"检索库的代号“{generation}”不能用", fix="请只用字母和数字")
        return self._path.with_name(f"{self._path.stem}-{generation}{self._path.suffix}")

    def _database(self, generation: str, *, make: bool = False) -> Database:
        path = self._file_of(generation)
        with self._lock:
            if not path.exists():
                self._forget(generation)
                if not make:
                    raise _gone(path)
            if generation not in self._open:
                self._open[generation] = Database(path, writing.GENERATION, max_pages=self._max_pages, make=make)
            return self._open[generation]

    def _forget(self, generation: str) -> None:
        if file := self._open.pop(generation, None):
            file.close()


def _is_dropped(file: Database) -> bool:
    with file.reading() as connection:
        return connection.execute("SELECT count(*) FROM dropped").fetchone()[0] > 0


def _gone(path: Path) -> Transient:
    return Transient("这一代检索库不在或已停用", where=str(path), fix="如一直出现，请运行 minyi reindex 重建")


def _refusal(error: ValueError) -> str:
    return HALF_CHARACTER if isinstance(error, UnicodeEncodeError) else NO_DATE


def _chunks(entries: Sequence[writing.Entry]) -> Iterator[list[writing.Entry]]:
    """Portions of at most CHUNK_DOCUMENTS and about CHUNK_CHARACTERS."""
    numbered, size = [], 0
    for index, entry in enumerate(entries):
        size += sum(map(len, entry.tokens))
        numbered.append(((index // CHUNK_DOCUMENTS, size // CHUNK_CHARACTERS), entry))
    for _, portion in groupby(numbered, key=lambda row: row[0]):
        yield [entry for _, entry in portion]
