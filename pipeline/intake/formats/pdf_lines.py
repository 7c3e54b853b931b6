"""pdf_lines: the pieces of text on a PDF's pages, with their places -> lines -> paragraphs of Chinese text.

A PDF knows no paragraphs and few blanks. A line goes on in the next when it reaches the right margin and the next is
not indented; between Han characters stays no blank that only the layout made. Page numbers and running heads are
told apart from the text. Lengths are points, widths are guessed from the characters: 1 em a Han character, half an
em an ASCII one.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from unicodedata import east_asian_width, normalize

COLUMN = 1.5  # em of blank that parts two cells, and a tenth more for each character that justifying may have spread
WIDEST = 3.5
SLACK = 2.2  # em by which a full line of Chinese may miss the margin: a mark must not begin a line
NARROWEST = 10  # em of a column; what is narrower is a list
_INDENT = 0.8
_APART = 0.45
_SPREAD = 3
_TELLING = 5  # lines that show how a block is set
_NUMBER = re.compile(
    r"[-—–－·•~\s第]{0,6}\d{1,4}(?:\s{0,3}[/／]\s{0,3}\d{1,4})?[-—–－·•~\s页]{0,6}(?:共\s?\d{1,4}\s?页)?"
)
_SPACED = re.compile(r"(?<=[⺀-鿿　-〿＀-￯]) (?=[⺀-鿿　-〿＀-￯])")
_ENDS = "。！？；：…"
_SUPPLEMENT = dict(
    zip(
        map(ord, "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰"),
        "民虎西见角贝车长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙",
        strict=True,
    )
)
# Radicals that font maps give in place of the characters.
_RADICALS = _SUPPLEMENT | {code: normalize("NFKC", chr(code)) for code in (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3)}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text where the page has it; `y` grows upward."""

    text: str
    x: float
    y: float
    size: float


@dataclass(slots=True)
class Line:
    """A line as printed, its cells parted by tabs."""

    text: str
    x: float
    y: float
    end: float
    size: float
    last: float = 0.0  # where its last piece begins


@dataclass(frozen=True, slots=True)
class Printed:
    """The text of the pages, and what stood around it: page numbers, running heads."""

    text: str
    margins: tuple[str, ...] = ()


def printed(pages: Iterable[Iterable[Piece]], heights: Sequence[float] = ()) -> Printed:
    """The text of pages in the order in which their pieces were drawn; `heights` are the pages'."""
    every = [lines(page) for page in pages]
    heads = _running(every) | {
        at for page, height in zip(every, heights, strict=False) for at in _opposite(page, height)
    }
    kept = [[line for line in page if id(line) not in heads] for page in every]
    margins = dict.fromkeys(line.text for page in every for line in page if id(line) in heads)
    return Printed("\n".join(paragraphs(kept)), tuple(margins))


def lines(pieces: Iterable[Piece]) -> list[Line]:
    """The lines of one page."""
    found: list[Line] = []
    blank = False  # whether a blank was drawn before this piece
    for piece in _single(pieces):
        text = _close(piece.text.translate(_RADICALS))
        if not text.strip():
            blank = blank or bool(text)
            continue
        last = found[-1] if found else None
        end = piece.x + _width(text.strip(" ")) * piece.size
        if last is None or not _beside(last, piece):
            found.append(Line(text.strip(), piece.x, piece.y, end, piece.size, piece.x))
        else:
            last.text += _between(last, piece, blank=blank or text[0] == " ") + text.strip(" ")
            last.end, last.last, last.size = end, piece.x, max(last.size, piece.size)
        blank = text[-1] == " "
    for line in found:
        line.text = _close(line.text)
    return [line for line in found if line.text.strip()]


def _single(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """One piece a line; without the second printing that some programs make bold type with."""
    last = Piece("", 0, 0, 0)
    for piece in pieces:
        for at, text in enumerate(piece.text.split("\n")):
            one = Piece(text, piece.x, piece.y - 1.3 * piece.size * at, piece.size) if at else replace(piece, text=text)
            again = one.text == last.text and abs(one.x - last.x) + abs(one.y - last.y) < one.size / 5
            if text and not (again and text.strip()):
                yield one
            last = one if text.strip() else last


def _beside(line: Line, piece: Piece) -> bool:
    size = max(line.size, piece.size)
    return abs(line.y - piece.y) <= size / 2 and piece.x > line.last - size / 5


def _between(line: Line, piece: Piece, *, blank: bool) -> str:
    gap = (piece.x - line.end) / piece.size if piece.size else 0.0
    spread = len(line.text.rpartition("\t")[2])
    if gap > min(COLUMN + spread / 10, WIDEST):
        return "\t"
    if line.text[-1].isascii() and piece.text.lstrip()[0].isascii():
        return " " if blank else ""
    return " " if gap > _APART + spread / 20 and blank else ""


def _close(text: str) -> str:
    """Without the blanks between Han characters when most of them are so parted: the type was spread out."""
    spaced = len(_SPACED.findall(text))
    return _SPACED.sub("", text) if spaced >= _SPREAD and spaced * 5 > len(text) - spaced else text


def _ascii(text: str) -> int:
    return sum(char.isascii() for char in text)


def _width(text: str) -> float:
    return sum(1.0 if east_asian_width(char) in "WFA" else 0.5 for char in text)


def _running(pages: Sequence[Sequence[Line]]) -> set[int]:
    """The ids of lines that are page numbers or running heads: alone at a page's edge, and alike on most pages."""
    ordered = [sorted(page, key=lambda line: -line.y) for page in pages]
    # Two lines deep: a head may have its rule or the year below it.
    edges = [edge for page in ordered for edge in {id(line): line for line in (*page[:2], *page[-2:])}.values()]
    alike = Counter(_pattern(line) for line in edges)
    often = max(2, len(pages) // 2)
    numbers = {id(line) for page in ordered for line in (*page[:1], *page[-1:]) if _NUMBER.fullmatch(line.text)}
    return numbers | {id(line) for line in edges if alike[_pattern(line)] >= often}


def _opposite(page: Sequence[Line], height: float) -> set[int]:
    """The ids of lines as near to the page's top as its number is to the bottom: a head, even on a single page."""
    lowest = min(page, key=lambda line: line.y, default=None)
    if lowest is None or not _NUMBER.fullmatch(lowest.text) or not 0 < lowest.y < height / 8:
        return set()
    body = median(line.size for line in page)
    edge = height - 1.15 * lowest.y
    return {id(line) for line in page if line.y + 0.8 * line.size >= edge and line.size <= 1.1 * body}


def _pattern(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "0", "".join(line.text.split())), round(line.y / 3)


@dataclass(frozen=True, slots=True)
class _Setting:
    """How lines are set: their margins, their distance, and whether paragraphs are indented."""

    left: float = 0.0
    right: float = 0.0
    leading: float = 0.0
    indented: bool = False

    @classmethod
    def of(cls, given: Sequence[Line]) -> _Setting:
        every = [line for line in given if "\t" not in line.text] or list(given)
        size = median(line.size for line in every) or 1.0
        left = _least(sorted(line.x for line in every), size / 3)
        steps = [a.y - b.y for a, b in pairwise(given) if 0 < a.y - b.y < 4 * size]
        indents = sum(1.5 <= (line.x - left) / size <= 2.7 for line in every)  # noqa: PLR2004
        right = _commonest([line.end for line in every], left, size)
        return cls(left, right, median(steps) if steps else 1.5 * size, indents > 1)

    def full(self, line: Line) -> bool:
        """Whether a line reaches the right margin: a mark must not begin a line, and digits are of any width."""
        wide = self.right - self.left >= NARROWEST * line.size
        return wide and line.end >= self.right - (SLACK + 0.12 * _ascii(line.text)) * line.size

    def central(self, line: Line) -> bool:
        """Whether it stands in the middle, away from both margins."""
        before, after = line.x - self.left, self.right - line.end
        return before > line.size and abs(before - after) < 1.5 * line.size + 0.12 * _ascii(line.text)


def paragraphs(pages: Sequence[Sequence[Line]]) -> Iterator[str]:
    """The paragraphs of the lines; one may go on in the next column or page."""
    every = [line for page in pages for line in page]
    if not every:
        return
    whole = here = _Setting.of(every)
    text, last, before = "", None, whole
    for block in (block for page in pages for block in _blocks(page)):
        here = _setting(block, here, whole)
        for at, line in enumerate(block):
            if last is not None and _goes_on(last, before, line, here, whole if at else None):
                text = _joined(text, line.text)
            else:
                yield from (text,) if last is not None else ()
                text = line.text
            last, before = line, here
    yield text


def _blocks(page: Sequence[Line]) -> Iterator[list[Line]]:
    """Columns: runs of lines that go down the page."""
    block: list[Line] = []
    for line in page:
        if block and line.y > block[-1].y + line.size:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _setting(block: Sequence[Line], before: _Setting, whole: _Setting) -> _Setting:
    """How a block is set; one of few lines is as wide as the one before it."""
    if len(block) >= _TELLING:
        return _Setting.of(block)
    left = min(line.x for line in block)
    size = block[0].size or 1.0
    if abs(left - before.left) < 3 * size:
        return before
    return whole if before is whole else replace(before, left=left, right=left + before.right - before.left)


def _goes_on(line: Line, own: _Setting, after: Line, its: _Setting, whole: _Setting | None) -> bool:
    """Whether a paragraph goes on in the line after; `whole` is how the document is set when they are in one block."""
    size = line.size or 1.0
    if "\t" in line.text or "\t" in after.text or abs(line.size - after.size) > size / 6 or not own.full(line):
        return False
    if whole is not None and not 0 < line.y - after.y < 1.45 * max(whole.leading, 1.2 * size):
        return False
    if after.x > its.left + _INDENT * size:
        # A title in two lines.
        return its.central(after) and line.text[-1] not in _ENDS and abs(after.x - its.left - 2 * size) > size / 4
    return own.indented or line.text[-1] not in _ENDS


def _least(values: Sequence[float], near: float) -> float:
    """The least of sorted values that has another near it; else the least."""
    return next((value for value, after in pairwise(values) if after - value <= near), values[0])


def _commonest(ends: Sequence[float], left: float, size: float) -> float:
    """Where most of the longer lines end."""
    ordered = sorted(ends)
    longer = [end for end in ordered if end - left >= 0.7 * (ordered[-1] - left)]
    around = [bisect(longer, end + 0.6 * size) - bisect(longer, end - 0.6 * size) for end in longer]
    return max(zip(around, longer, strict=True))[1] if longer else ordered[-1]


def _joined(text: str, after: str) -> str:
    if text[-1] in "-‐" and len(text) > 1 and text[-2].isascii() and text[-2].isalpha() and after[0].islower():
        return text[:-1] + after
    both = text[-1].isascii() and after[0].isascii() and (text[-1].isalpha() or after[0].isalpha())
    return f"{text} {after}" if both else text + after
