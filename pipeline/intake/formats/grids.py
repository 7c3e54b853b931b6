"""grids: the rows of a table -> lines. A form's pairs (反映人 | 张三) become `反映人：张三`, so that its particulars
are found as in running text; a table of data keeps its columns apart with tabs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.intake.formats.columns import field_of

# A cell of more characters is prose: it stands on lines of its own.
PROSE = 120
LABEL = 12
_MARKS = "：:"


def lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table's rows; a cell's own lines are parted by LF."""
    full = [list(row) for row in rows if any(cell.strip() for cell in row)]
    if len(full) == 2 and _is_header(full[0]) and len(full[0]) == len(full[1]):  # noqa: PLR2004
        yield from _pairs(list(zip(full[0], full[1], strict=True)))
        return
    for row in full:
        yield from _row(row)


def _is_header(cells: list[str]) -> bool:
    return len(cells) > 1 and all(field_of(cell) for cell in cells)


def _row(cells: list[str]) -> Iterator[str]:
    if (pairs := _as_form(cells)) is not None:
        yield from _pairs(pairs)
        return
    said = [cell for cell in cells if cell.strip()]
    if len(said) == 1 or any(len(cell) > PROSE for cell in said):
        yield from said
    else:
        yield "\t".join(" ".join(cell.split("\n")) for cell in cells).rstrip("\t")


def _as_form(cells: list[str]) -> list[tuple[str, str]] | None:
    """The row's (label, value) pairs; a heading that spans several rows may stand before them."""
    for first in (0, 1):
        own = cells[first:]
        before = cells[0] if first else ""
        if own and len(own) % 2 == 0 and len(before) <= LABEL and not field_of(before):
            labels, given = own[0::2], own[1::2]
            # A row of labels alone is a header.
            if all(field_of(one) for one in labels) and not all(field_of(one) for one in given):
                return list(zip(labels, given, strict=True))
    return None


def _pairs(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    for label, value in pairs:
        name = "".join(label.split()).rstrip(_MARKS)
        yield value if field_of(label) == "text" else f"{name}：{' '.join(value.split())}"
