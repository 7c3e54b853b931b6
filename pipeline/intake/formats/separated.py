"""separated: csv and its kin (comma, tab, semicolon, bar; UTF-8 with or without BOM, GB 18030, UTF-16).

A row that does not parse is named and reading goes on with the line after its first one, so that an unclosed
quote costs one row and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from typing import BinaryIO

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits, RefusedRow, Row
from pipeline.intake.formats import archives, values
from pipeline.intake.formats import columns as names
from pipeline.intake.formats.lines import Line, lines, told_once

DELIMITERS = (",", "\t", ";", "|")
HEADER_WITHIN = 10  # lines; offices put a table's title above its header


def read(stream: BinaryIO, limits: Limits, columns: Mapping[str, str], warn: names.Warn) -> Iterator[Row | RefusedRow]:
    """Its rows; `number` counts as a spreadsheet does, the header's lines included."""
    csv.field_size_limit(limits.row)
    feed = _Feed(_unix(lines(stream, limits.row)), limits)
    top = list(islice(feed.source, HEADER_WITHIN))
    feed.back(top)
    header = _header([line.text for line in top], columns)
    say = told_once(warn)
    for name in names.unknown(header.names, header.fields):
        say(f"“{name}”一列不认识，没有导入")
    for number, cells, lines_of, why in _records(feed, header.delimiter):
        if number <= header.at or (why is None and not any(cell.strip() for cell in cells)):
            continue
        try:
            yield Row(number, _draft(cells, why, header, number, say))
        except Refused as refused:
            yield RefusedRow(number, _placed(str(refused), number, lines_of))


def _unix(found: Iterator[Line]) -> Iterator[Line]:
    """The lines with LF alone; a lone CR (old Macintosh files) ends a line, too."""
    for line in found:
        text = line.text.replace("\r\n", "\n")
        if "\r" not in text:
            yield Line(line.number, text, line.why)
            continue
        for piece in StringIO(text.replace("\r", "\n")):
            yield Line(line.number, piece, line.why)


@dataclass(frozen=True, slots=True)
class _Header:
    at: int
    delimiter: str
    names: tuple[str, ...]
    fields: Mapping[str, str]


def _header(top: list[str], columns: Mapping[str, str]) -> _Header:
    best: _Header | None = None
    for at, text in enumerate(top, 1):
        for delimiter in DELIMITERS:
            cells = tuple(next(csv.reader([text], delimiter=delimiter), ()))
            here = _Header(at, delimiter, cells, names.mapped(cells, columns))
            if "text" in here.fields.values() and (best is None or len(here.fields) > len(best.fields)):
                best = here
        if best is not None:
            return best
    first = next((text for text in top if text.strip()), "")
    if not first:
        raise archives.empty()
    cells = max((next(csv.reader([first], delimiter=mark), []) for mark in DELIMITERS), key=len)
    raise Refused(names.missing_text(cells), fix=names.TEXT_FIX)


@dataclass
class _Feed:
    """Lines that can be given back; `used` are those of the record being read."""

    source: Iterator[Line]
    limits: Limits
    waiting: deque[Line] = field(default_factory=deque)
    used: list[Line] = field(default_factory=list)
    size: int = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.used) >= self.limits.lines or self.size > self.limits.row:
            raise csv.Error("unclosed")
        line = self.waiting.popleft() if self.waiting else next(self.source)
        self.used.append(line)
        self.size += len(line.text)
        return line.text

    def back(self, given: list[Line]) -> None:
        self.waiting.extendleft(reversed(given))

    def settle(self) -> list[Line]:
        used, self.used, self.size = self.used, [], 0
        return used


def _records(feed: _Feed, delimiter: str) -> Iterator[tuple[int, list[str], list[Line], str | None]]:
    """(number, cells, its physical lines, why it cannot be read) of each record."""
    number = 0
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
            used, why = feed.settle(), None
        except StopIteration:
            return
        except csv.Error:
            used, cells, why = feed.settle(), [], "引号不成对"
            feed.back(used[1:])
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
        number += 1
        yield number, cells, used, next((line.why for line in used[: 1 if why else None] if line.why), why)


def _draft(cells: list[str], why: str | None, header: _Header, number: int, say: names.Warn) -> Draft:
    if why is not None:
        raise Refused(why, fix="请改正这一行后单独再导入")
    width = len(header.names)
    if any(cell.strip() for cell in cells[width:]):
        raise Refused(f"有 {len(cells)} 列，表头只有 {width} 列", fix="正文里的分隔符要用引号括起来")
    if len(cells) < width:
        raise Refused(f"只有 {len(cells)} 列，表头有 {width} 列", fix="正文里的换行要用引号括起来")
    row = dict(zip(header.names, cells, strict=False))
    return values.draft(
        {taken: row[name] for name, taken in header.fields.items()}, lambda what: say(f"第 {number} 行：{what}")
    )


def _placed(why: str, number: int, used: list[Line]) -> str:
    return why if not used or used[0].number == number else f"{why}（文件第 {used[0].number} 行起）"
