"""forms: a sheet that is one filled-in form (标题 | 烘干难 | 反映人 | 李四) -> its fields; None for a list of rows.

A label's value stands to its right, or below it when nothing stands there. A list's header is told by its labels
standing side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.intake.formats.columns import field_of

ROWS = 60  # a form is no longer
PROSE = 20  # characters of a value that is prose
_PAIRS = 2  # labels with values, beside the text's


@dataclass
class _Form:
    values: dict[str, str] = field(default_factory=dict)
    prose: list[str] = field(default_factory=list)
    row: int = 0  # of the text's label, counted from 1


def read(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, str]] | None:
    """(row of the text, field -> value) of a form; `rows` are all of the sheet, None when they are no form."""
    if len(rows) > ROWS:
        return None
    form = _Form()
    for at, row in enumerate(rows):
        cells = [cell.strip() for cell in row if cell.strip()]
        kinds = [field_of(cell) for cell in cells]
        if _is_header(kinds):
            return None
        _take(form, rows, at, cells, kinds)
    if not form.row or len(form.values) < (_PAIRS if len(form.prose[0]) < PROSE else 1):
        return None
    text = "\n".join(form.prose)
    taken = len(form.prose) + sum(len(one) >= PROSE for one in form.values.values())
    if sum(len(cell.strip()) >= PROSE for row in rows for cell in row) > taken:
        return None  # nothing that somebody wrote may get lost
    return form.row, {**form.values, "text": text}


def _is_header(kinds: Sequence[str | None]) -> bool:
    """Whether a row names columns: the text's label is among labels that stand side by side."""
    labels = sum(kind is not None for kind in kinds)
    beside = any(a and b for a, b in pairwise(kinds))
    return "text" in kinds and labels > 1 and beside


def _take(
    form: _Form,
    rows: Sequence[Sequence[str]],
    at: int,
    cells: Sequence[str],
    kinds: Sequence[str | None],
) -> None:
    for index, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
        last = index + 1 == len(cells)
        given = "" if last or kinds[index + 1] else cells[index + 1]
        if kind == "text":
            if value := given or _below(rows, at):
                form.prose.append(value)
                form.row = form.row or at + 1
        elif kind and given:
            form.values.setdefault(kind, given)
        elif kind is None and form.row and index == 0 and len(given) >= PROSE:
            form.prose.append(f"{cell}：\n{given}")  # 建议 | …, below the text


def _below(rows: Sequence[Sequence[str]], at: int) -> str:
    """The prose below a label."""
    if at + 1 >= len(rows):
        return ""
    cells = [cell.strip() for cell in rows[at + 1] if cell.strip()]
    return cells[0] if len(cells) == 1 and not field_of(cells[0]) else ""
