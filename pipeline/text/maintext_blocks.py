"""A page as lines and the elements that hold them, read in one pass over the tree; judges nothing.

    read(tree) -> Blocks

Elements are numbered in reading order, so that a parent's number is lower than its children's: sums over subtrees
are one loop from the last to the first, however deep the page. A line belongs to the innermost element that holds it
whole. Linear in elements and characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from pipeline.text import markup

_LINKS = frozenset({"a", "button", "label", "option"})
_CELLS = frozenset({"td", "th"})
_FILE = re.compile(
    r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|ofd|rar|zip|7z|txt|csv)(?:$|[?#&])|/(?:down|attach|upload)", re.IGNORECASE
)
_HIDDEN = re.compile(r"display\s{0,3}:\s{0,3}none", re.IGNORECASE)
_LONGEST_NAME = 200  # characters of a class or id that are looked at
_CELL_LINES, _CELL_CHARACTERS = 3, 100  # of a cell of data, on average at most
# Between inline elements with nothing between them; a blank only in the short line that tells about a page, and where
# neither side is a piece of a word, number or date.
_SEAM = "\x01"
_SEAMS = re.compile(
    r"(?<=[\w)）】\]])\x01{1,9}(?=[^\W\d_年月日时分秒号次人条期]|[0-9]{1,2}:[0-9]{2}|(?:19|20)[0-9]{2}[-/.年]"
    r"|[0-9]{1,2}\s?(?:小时|分钟|天)前)"
)
_SENTENCE = re.compile("[，。；！？]")
_TELLS = re.compile(r"(?:19|20)[0-9]{2}\s?[-/.年]|[0-9]{1,2}:[0-9]{2}|[0-9]\s?(?:小时|分钟|天)前|[昨今]天")
_LONGEST_TELLING = 120
_PUNCTUATION = re.compile("[，。；：！？、“”…,;]")


@dataclass(slots=True)
class Line:
    """A visible line. `links`: its characters within links; `marks`: its punctuation; `row` and `cell`: numbers of the
    table row and cell that hold it, 0 for none; `file`: it links to a file."""

    text: str
    node: int
    links: int
    marks: int
    row: int
    cell: int
    file: bool


@dataclass(slots=True)
class Blocks:
    """Lines, and per element: parent (-1 for the root), tag, class and id, first line and the line after its last; per
    row of a table: its cells with text, their lines and characters."""

    lines: list[Line] = field(default_factory=list)
    rows: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    parents: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)

    def data(self, line: Line) -> bool:
        """Whether a line stands in a row of data; rows of long or many lines lay out a page."""
        cells, lines, characters = self.rows.get(line.row, (0, 0, 0))
        return cells > 1 and lines <= _CELL_LINES * cells and characters <= _CELL_CHARACTERS * cells


def read(tree: markup.Tree) -> Blocks:
    """The lines and elements of a page."""
    reader = _Reader()
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.end(element, tree)
        elif element.tag in markup.SILENT:
            walk.skip_subtree()
        else:
            reader.start(element)
    reader.flush()
    while reader.open:
        reader.blocks.last[reader.open.pop()] = len(reader.blocks.lines)
    return reader.blocks


class _Reader:
    """The pass: what is open, and the pieces of the line that is being read."""

    __slots__ = ("blocks", "cells", "file", "linked", "links", "open", "parts", "rows", "seam", "table_rows")

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.open: list[int] = []  # elements
        self.parts: list[str] = []
        self.links = 0  # characters within links so far
        self.linked = 0  # open links
        self.file = False
        self.seam = False  # an inline element has just ended
        self.rows = 0  # rows so far
        self.cells = 0
        self.table_rows: list[tuple[int, int]] = []  # open rows: number, and its present cell

    def start(self, element: markup.Tree) -> None:
        tag = element.tag
        if self.seam and self.parts:
            self.parts.append(_SEAM)
        self.seam = False
        if tag in markup.BLOCKS:
            if self.parts:
                self.flush()
            self._table(tag)
            self._push(element, tag)
        elif tag in _LINKS:
            self.linked += 1
            if not self.file and (target := element.get("href")):
                self.file = _FILE.search(target, max(0, len(target) - _LONGEST_NAME)) is not None
        elif len(element):
            self._push(element, tag)
        if text := element.text:
            self._add(text)

    def end(self, element: markup.Tree, tree: markup.Tree) -> None:
        tag = element.tag
        if tag in markup.BLOCKS:
            if self.parts:
                self.flush()
            self._pop()
            if tag == "tr" and self.table_rows:
                self.table_rows.pop()
        elif tag in _LINKS:
            self.linked -= 1
        elif tag not in markup.SILENT and len(element):
            self._pop()
        self.seam = not (text := element.tail)
        if text and element is not tree:
            self._add(text)

    def _push(self, element: markup.Tree, tag: str) -> None:
        blocks, number = self.blocks, len(self.blocks.parents)
        blocks.parents.append(self.open[-1] if self.open else -1)
        blocks.tags.append(tag)
        blocks.names.append(_name(element))
        blocks.first.append(len(blocks.lines))
        blocks.last.append(0)
        self.open.append(number)

    def _pop(self) -> None:
        self.blocks.last[self.open.pop()] = len(self.blocks.lines)

    def _table(self, tag: str) -> None:
        if tag == "tr":
            self.rows += 1
            self.table_rows.append((self.rows, 0))
        elif tag in _CELLS and self.table_rows:
            self.cells += 1
            self.table_rows[-1] = (self.table_rows[-1][0], self.cells)

    def _count(self, row: int, cell: int, characters: int) -> None:
        last = self.blocks.lines[-1] if self.blocks.lines else None
        other = last is None or last.row != row or last.cell != cell
        before = self.blocks.rows.get(row, (0, 0, 0))
        self.blocks.rows[row] = (before[0] + other, before[1] + 1, before[2] + characters)

    def _add(self, text: str) -> None:
        if not self.parts and text.isspace():
            return  # between blocks; within a line it parts words
        self.parts.append(text)
        if self.linked:
            self.links += len(text.strip())

    def flush(self) -> None:
        """End the line that is being read."""
        if text := " ".join(_joined(self.parts).split()):
            row, cell = self.table_rows[-1] if self.table_rows else (0, 0)
            if row:
                self._count(row, cell, len(text))
            marks = len(_PUNCTUATION.findall(text))
            node = self.open[-1] if self.open else 0
            self.blocks.lines.append(Line(text, node, self.links, marks, row, cell, self.file))
        self.parts.clear()
        self.links = 0
        self.file = self.file and self.linked > 0


def _joined(parts: list[str]) -> str:
    text = "".join(parts)
    if _SEAM not in text:
        return text
    plain = text.replace(_SEAM, "")
    if len(plain) > _LONGEST_TELLING or _SENTENCE.search(plain) or not _TELLS.search(plain):
        return plain
    return _SEAMS.sub(" ", text).replace(_SEAM, "")


def _name(element: markup.Tree) -> str:
    """Class and id, lower case; "hidden!" for what the page's own style hides."""
    attributes = element.attrib
    if not attributes:
        return ""
    name = attributes.get("class", "")[:_LONGEST_NAME] + " " + attributes.get("id", "")[:_LONGEST_NAME]
    style = attributes.get("style")
    if style and _HIDDEN.search(style, 0, _LONGEST_NAME):
        name += " hidden!"
    return name.lower()
