"""story: what the demo says, line by line, at most 100 screen cells wide, and never silent for long."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.meanwhile import meanwhile

WIDTH = 100
INDENT = "  "
QUIET = 1.0  # seconds between two words on a terminal while something is under way
QUIET_ELSEWHERE = 10.0  # where each word is a line that stays
# A line begins with none of these.
_CLOSING = frozenset("，。、；：！？）》”’】…%")
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")


@dataclass
class Story:
    """Sections, sentences and tables. `write` takes one line; `flash`, on a terminal, words that the next ones
    overwrite."""

    write: Callable[[str], None]
    flash: Callable[[str], None] | None = None
    sections: int = field(default=0)

    def title(self, text: str) -> None:
        """The name of the whole."""
        self.write("═" * (WIDTH // 2))
        self.write(text)
        self.write("═" * (WIDTH // 2))

    def section(self, text: str) -> None:
        """A new part, numbered."""
        self.write("")
        self.write(f"{NUMERALS[self.sections]}、{text}")
        self.sections += 1

    def say(self, text: str, indent: str = INDENT) -> None:
        """A sentence, wrapped under its own beginning."""
        hang = indent + INDENT if text.startswith("· ") else indent
        for at, line in enumerate(wrapped(text, WIDTH - width(hang))):
            self.write((hang if at else indent) + line)

    def quote(self, text: str) -> None:
        """Words as they stand in a text."""
        for line in wrapped(text, WIDTH - 6):
            self.write(f"    │ {line}")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Columns as wide as their widest cell; figures stand at the right."""
        lines = [[str(cell) for cell in row] for row in rows]
        rooms = [max(map(width, column)) for column in zip(heads, *lines, strict=True)]
        right = [all(line[at].isdigit() for line in lines) for at in range(len(heads))]
        for line in (list(heads), ["─" * room for room in rooms], *lines):
            cells = [_padded(cell, room, right=side) for cell, room, side in zip(line, rooms, right, strict=True)]
            self.write((INDENT + "  ".join(cells)).rstrip())

    @contextmanager
    def working(self, text: str) -> Generator[None]:
        """Something that may take a while: said before, and again while it goes on."""
        self.say(f"· {text}……")
        since = time.monotonic()
        try:
            with meanwhile(lambda over: self._tick(over, since), "story"):
                yield
        finally:
            if self.flash:
                self.flash("")

    def _tick(self, done: threading.Event, since: float) -> None:
        while not done.wait(QUIET if self.flash else QUIET_ELSEWHERE):
            (self.flash or self.write)(f"{INDENT * 2}还在进行，已 {time.monotonic() - since:.0f} 秒")


def width(text: str) -> int:
    """Screen cells of a text: Han and their punctuation take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def cut(text: str, room: int) -> str:
    """A text of at most `room` cells, with an ellipsis where it was longer."""
    if width(text) <= room:
        return text
    kept = ""
    for char in text:
        if width(kept + char) > room - 2:
            break
        kept += char
    return f"{kept}…"


def wrapped(text: str, room: int) -> list[str]:
    """Lines of at most `room` cells; a closing mark stays with what it closes, a path stays whole."""
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        cells = width(piece)
        if line and used + cells > room and piece not in _CLOSING:
            lines.append(line.rstrip())
            line, used = "", 0
        line, used = (line + piece).lstrip(" "), used + cells
    return [*lines, line]


def _pieces(text: str) -> list[str]:
    """Han one by one, runs of half-width characters whole."""
    pieces: list[str] = []
    for char in text:
        joins = pieces and char.isascii() and char != " " and pieces[-1].isascii() and pieces[-1] != " "
        if joins:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _padded(text: str, room: int, *, right: bool) -> str:
    blanks = " " * (room - width(text))
    return blanks + text if right else text + blanks
