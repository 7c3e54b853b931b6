"""sheets: xlsx and xls -> rows. Every visible sheet that has a column of texts, or is one filled-in form; the header
may stand below a table's title, and a cell merged over several rows stands for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits, RefusedRow, Row
from pipeline.intake.formats import archives, forms, values
from pipeline.intake.formats import columns as names
from pipeline.intake.formats.lines import told_once

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

HEADER_WITHIN = 10
MERGED = 60  # characters of a cell that stands for several rows


@dataclass(frozen=True, slots=True)
class _Table:
    name: str  # of the sheet, None-like "" when it is the only one
    first: int  # number of the first row below the header
    names: tuple[str, ...]
    fields: Mapping[str, str]
    rows: Iterator[Sequence[Any]]
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    row: int  # of the text's label
    values: Mapping[str, str]
    words: str  # of the whole sheet, for marks of secrecy


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
        if isinstance(table, _Form):
            yield from _read_form(table, len(tables) > 1, say)
        else:
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
) -> tuple[list[_Table | _Form], dict[str, list[str]]]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    tables: list[_Table | _Form] = []
    others: dict[str, list[str]] = {}
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        if about.visible != SheetVisibleEnum.Visible:
            warn(f"隐藏的工作表“{about.name}”没有导入")
            continue
        found = _table(_sheet(book, about.name), columns)
        if isinstance(found, _Table | _Form):
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


def _table(sheet: CalamineSheet, columns: Mapping[str, str]) -> _Table | _Form | list[str]:
    """The sheet's table or form, or the names in its widest early row when it has no column of texts."""
    if (form := _form(sheet)) is not None:
        return form
    rows = _unmerged(sheet)
    top: list[tuple[str, ...]] = []
    for at, row in enumerate(islice(rows, HEADER_WITHIN), 1):
        cells = tuple(values.as_text(cell) or "" for cell in row)
        fields = names.mapped([cell for cell in cells if cell], columns)
        if "text" in fields.values():
            return _Table(sheet.name, at + 1, cells, fields, rows, tuple("\n".join(line) for line in top))
        top.append(cells)
    return [cell for cell in max(top, key=lambda cells: sum(map(bool, cells)), default=()) if cell]


def _form(sheet: CalamineSheet) -> _Form | None:
    if (sheet.end or (0, 0))[0] >= forms.ROWS:
        return None
    rows = [[values.as_text(cell) or "" for cell in row] for row in sheet.iter_rows()]
    found = forms.read(rows)
    return found and _Form(sheet.name, *found, "\n".join("\n".join(filter(None, row)) for row in rows))


def _unmerged(sheet: CalamineSheet) -> Iterator[Sequence[Any]]:
    """The sheet's rows from its first on, empty ones too; a cell merged over rows is in each of them."""
    tall = sorted((top, bottom, left) for (top, left), (bottom, _) in sheet.merged_cell_ranges or () if bottom > top)
    held: dict[int, tuple[int, Any]] = {}  # column -> (last row, value)
    at = 0
    for number, row in enumerate(sheet.iter_rows()):
        cells = list(row)
        for column, (bottom, value) in held.items():
            if number <= bottom and column < len(cells) and cells[column] == "":
                cells[column] = value
        while at < len(tall) and tall[at][0] <= number:
            top, bottom, left = tall[at]
            # A text that is merged is one submission, with whatever stands beside it.
            if top == number and left < len(cells) and len(str(cells[left])) <= MERGED:
                held[left] = (bottom, cells[left])
            at += 1
        yield cells


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


def _read_form(form: _Form, several: bool, say: names.Warn) -> Iterator[Row | RefusedRow]:  # noqa: FBT001
    place = f"工作表“{form.name}”" if several else ""
    try:
        yield Row(form.row, _with_margins(values.draft(form.values, lambda what: say(f"{place}{what}")), (form.words,)))
    except Refused as refused:
        yield RefusedRow(form.row, f"{place}{refused}")


def _draft(table: _Table, cells: Sequence[Any], say: names.Warn) -> Draft:
    row = dict(zip(reversed(table.names), reversed(cells[: len(table.names)]), strict=False))
    found = values.draft({taken: row.get(name) for name, taken in table.fields.items()}, say)
    return found if not any(table.above) else _with_margins(found, table.above)


def _with_margins(draft: Draft, above: tuple[str, ...]) -> Draft:
    from dataclasses import replace

    return replace(draft, margins=above)
