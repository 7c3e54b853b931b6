"""imports: files -> submissions, in groups of one transaction, with every refused row named.

A row already here is sent again and ends as `duplicate` behind the bus: its receipt is new, its item the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from pipeline.clock import Clock
from pipeline.errors import Transient
from pipeline.identity import Receipts, item_id
from pipeline.intake import formats
from pipeline.intake.drafts import Draft, Limits, RefusedRow, Row
from pipeline.intake.formats import columns as column_names
from pipeline.intake.submit import FILE, Kind, Prepared, Refusal, keep, origin_of, prepare, receive, revises
from pipeline.ports.files import Files
from pipeline.ports.store import Store

# Rows a transaction: some 20 ms under the write lock, which may be held for 50 (DESIGN, SQLite).
GROUP = 500
TRIES = 6
PAUSE = 0.2  # seconds before the second try, doubled each time


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be imported: a path, or bytes (standard input) with a name."""

    name: str
    content: Path | bytes

    @property
    def stem(self) -> str:
        """The default source."""
        return PurePath(self.name).stem


@dataclass(frozen=True, slots=True)
class Options:
    """How to import. `source` None: the file's stem, and rows that would revise stored items are refused
    unless `revise`."""

    source: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = "submission"
    revise: bool = False
    dry_run: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass
class ImportReport:
    """What became of one file. `stopped` says why reading ended early; what was accepted until then stays."""

    file: str
    accepted: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stopped: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every row was taken."""
        return not self.refused and self.stopped is None

    def as_json(self) -> dict[str, Any]:
        """`{file, accepted, refused:[{row,why}]}` (CONTRACT)."""
        refused = [{"row": one.row, "why": one.why} for one in self.refused]
        return {"file": self.file, "accepted": self.accepted, "refused": refused}


def broken_off(error: Transient, accepted: int) -> str:
    """Why an import ended early, how far it came, and what to do: nothing goes on with it by itself."""
    where = f"（{error.where}）" if error.where else ""
    return (
        f"导入中断：{error.what}{where}。已收 {accepted} 行；"
        "请先处理（磁盘已满的请腾出空间），再重新导入本文件，已收的不会重复"
    )


def import_files(
    store: Store, files: Files, contents: Iterable[Content], options: Options, *, clock: Clock, receipts: Receipts
) -> Iterator[ImportReport]:
    """Import files one after the other; a report each. Raises UsageError for a wrong column name."""
    column_names.check(options.columns)
    for content in contents:
        yield _Import(store, files, options, clock, receipts, content, ImportReport(content.name)).run()


@dataclass
class _Import:
    store: Store
    files: Files
    options: Options
    clock: Clock
    receipts: Receipts
    content: Content
    report: ImportReport
    seen: dict[int, tuple[int, int]] = field(default_factory=dict)  # item -> (content, row), as hashes

    @property
    def source(self) -> str:
        return self.options.source or self.content.stem

    def run(self) -> ImportReport:
        try:
            if self._guarded() and (numbers := self._revising()):
                self.report.refused = [RefusedRow(None, _would_revise(numbers))]
                return self.report
            for group in _grouped(self._rows(self.report.warnings.append), GROUP):
                self._take(group)
        except Transient as error:
            self.report.stopped = broken_off(error, self.report.accepted)
        return self.report

    def _guarded(self) -> bool:
        return self.options.source is None and not self.options.revise

    def _rows(self, warn: column_names.Warn) -> Iterator[Row | RefusedRow]:
        return formats.read(
            self.content.content, self.content.name, self.options.limits, columns=self.options.columns, warn=warn
        )

    def _revising(self) -> list[int]:
        """Rows that would change what is stored under their id: read before anything is written."""
        numbers: list[int] = []
        named = (row for row in self._rows(lambda _: None) if isinstance(row, Row) and _named(row.draft))
        for group in _grouped(named, GROUP):
            items = {item_id(self.source, origin_of(row.draft)): row for row in group}
            with self.store.reading() as session:
                stored = session.arrivals.by_items(list(items))
            numbers += [
                row.number for item, row in items.items() if item in stored and revises(stored[item], row.draft)
            ]
        return numbers

    def _take(self, group: Sequence[Row | RefusedRow]) -> None:
        found = [row if isinstance(row, RefusedRow) else self._prepared(row) for row in group]
        self.report.refused += [one for one in found if isinstance(one, RefusedRow)]
        prepared = [one for one in found if isinstance(one, Prepared)]
        if not self.options.dry_run:
            self._store(prepared)
        self.report.accepted += len(prepared)

    def _prepared(self, row: Row) -> Prepared | RefusedRow:
        if not self.options.revise and (other := self._told_otherwise(row)) is not None:
            return RefusedRow(row.number, f"与第 {other} 行编号相同而内容不同。请改正编号，或加 --revise 按修订导入")
        found = prepare(
            row.draft,
            channel="import",
            source=self.source,
            clock=self.clock,
            receipts=self.receipts,
            bounds=FILE,
            kind=self.options.kind,
        )
        return RefusedRow(row.number, found.sentence) if isinstance(found, Refusal) else found

    def _told_otherwise(self, row: Row) -> int | None:
        """The earlier row of this file with the same id and another text."""
        if not _named(row.draft):
            return None
        content = hash((row.draft.title, row.draft.text))
        first, number = self.seen.setdefault(hash(origin_of(row.draft)), (content, row.number))
        return number if first != content else None

    def _store(self, prepared: Sequence[Prepared]) -> None:
        for attempt in range(TRIES):
            try:
                keep(self.files, prepared)
                receive(self.store, [one.arrival for one in prepared])
            except Transient:
                if attempt == TRIES - 1:
                    raise
                time.sleep(PAUSE * 2**attempt)
            else:
                return


def _named(draft: Draft) -> bool:
    return draft.id is not None or draft.url is not None


def _would_revise(numbers: Sequence[int]) -> str:
    some = "、".join(map(str, numbers[:5])) + ("等" if len(numbers) > 5 else "")  # noqa: PLR2004
    return (
        f"有 {len(numbers)} 行（第 {some}行）的编号与库中已有来稿相同而内容不同，整个文件没有导入。"
        "若是另一份文件用了同样的序号，请用 --source 写明来源；若确是修订，请加 --revise"
    )


def _grouped(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while group := list(islice(iterator, size)):
        yield group
