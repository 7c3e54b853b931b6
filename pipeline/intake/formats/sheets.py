"""sheets: xlsx and xls -> rows. Every visible sheet that has a column of texts; the header may stand below a
table's title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits, RefusedRow, Row
from pipeline.intake.formats import archives, values
from pipeline.intake.formats import columns as names
from pipeline.intake.formats.lines import told_once

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

HEADER_WITHIN = 10


@dataclass(frozen=True, slots=True)
class _Table:
    name: str  # of the sheet, None-like "" when it is the only one
    first: int  # number of the first row below the header
    names: tuple[str, ...]
    fields: Mapping[str, str]
    rows: Iterator[Sequence[Any]]
    above: tuple[str, ...]


def read(stream: BinaryIO, limits: Limits, columns: Mapping[str, str], warn: names.Warn) -> Iterator[Row | RefusedRow]:
    """Its rows; `number` is the sheet's own. Raises Refused naming the columns found when no sheet has texts."""
    names.check(columns)
    content = stream.read()
    if content.startswith(b"PK") or not content.startswith(archives.OLE):
        archives.check(content, ".xlsx", limits)
    tables, others = _tables(_opened(content), columns, warn)
    if not tables:
        raise Refused(_nothing(others), fix=names.TEXT_FIX)
    for sheet in others if tables else ():
        warn(f"工作表“{sheet}”没有正文一列，没有导入")
    say = told_once(warn)
    for table in tables:
        yield from _read_table(table, len(tables) > 1, say)


def _opened(content: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_filelike(BytesIO(content))
    except PasswordError as error:
        raise archives.locked(".xlsx") from error
    except (CalamineError, OSError, ValueError) as error:
        if archives.ENCRYPTED in content:
            raise archives.locked(".xlsx") from error
        raise _damaged() from error


def _damaged() -> Refused:
    return Refused("表格已损坏，打不开", fix="请用 Excel 或 WPS 打开后另存为 .xlsx 再导入")


def _tables(
    book: CalamineWorkbook, columns: Mapping[str, str], warn: names.Warn
) -> tuple[list[_Table], dict[str, list[str]]]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    tables: list[_Table] = []
    others: dict[str, list[str]] = {}
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        if about.visible != SheetVisibleEnum.Visible:
            warn(f"隐藏的工作表“{about.name}”没有导入")
            continue
        found = _table(_sheet(book, about.name), columns)
        if isinstance(found, _Table):
            tables.append(found)
        elif found:
            others[about.name] = found
    return tables, others


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged() from error


def _table(sheet: CalamineSheet, columns: Mapping[str, str]) -> _Table | list[str]:
    """The sheet's table, or the names in its widest early row when it has no column of texts."""
    rows = iter(sheet.iter_rows())  # from the sheet's first row on, empty ones too
    top: list[tuple[str, ...]] = []
    for at, row in enumerate(islice(rows, HEADER_WITHIN), 1):
        cells = tuple(values.as_text(cell) or "" for cell in row)
        fields = names.mapped([cell for cell in cells if cell], columns)
        if "text" in fields.values():
            return _Table(sheet.name, at + 1, cells, fields, rows, tuple("\n".join(line) for line in top))
        top.append(cells)
    return [cell for cell in max(top, key=lambda cells: sum(map(bool, cells)), default=()) if cell]


def _nothing(others: Mapping[str, list[str]]) -> str:
    if not others:
        return "表格是空的"
    return "；".join(f"工作表“{name}”{names.missing_text(found)}" for name, found in others.items())


def _read_table(table: _Table, several: bool, say: names.Warn) -> Iterator[Row | RefusedRow]:  # noqa: FBT001
    place = f"工作表“{table.name}”" if several else ""
    for name in names.unknown(table.names, table.fields):
        say(f"{place}“{name}”一列不认识，没有导入")
    for number, cells in enumerate(table.rows, table.first):
        if all(cell == "" for cell in cells):
            continue
        try:
            yield Row(number, _draft(table, cells, lambda what, at=number: say(f"{place}第 {at} 行：{what}")))
        except Refused as refused:
            yield RefusedRow(number, f"{place}{refused}")


def _draft(table: _Table, cells: Sequence[Any], say: names.Warn) -> Draft:
    row = dict(zip(reversed(table.names), reversed(cells[: len(table.names)]), strict=False))
    found = values.draft({taken: row.get(name) for name, taken in table.fields.items()}, say)
    return found if not any(table.above) else _with_margins(found, table.above)


def _with_margins(draft: Draft, above: tuple[str, ...]) -> Draft:
    from dataclasses import replace

    return replace(draft, margins=above)
