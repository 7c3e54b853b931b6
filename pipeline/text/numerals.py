"""A text as its numbers are read: what nobody sees left out, wide and spoken digits made plain.

    plain(text) -> Plain        Plain.text: half width, digits for 一三八零零…        Plain.span(start, end): back

Only runs of seven numerals or more become digits: 二〇一九年 and 三栋 stay as they are. Linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_SPOKEN = "〇○零一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺"
# Soft hyphens, joiners, marks of direction, variation selectors, the box of a keycap: they stand inside numbers
# that were copied from chats and pages, or that were meant to escape a reader.
_UNSEEN_CHARACTERS = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u20e3\ufe00-\ufe0f\ufeff"
)
_WIDE_CHARACTERS = (
    "０-９Ａ-Ｚａ-ｚ＠＃＿－．\u00a0\u2000-\u200a\u202f\u205f\u2010-\u2015\u2212\ufe63\U0001d7ce-\U0001d7ff"
)
_UNSEEN = re.compile(f"[{_UNSEEN_CHARACTERS}]")
_UNPAIRED = "\ud800-\udfff"
_ODD = re.compile(f"[{_UNSEEN_CHARACTERS}{_WIDE_CHARACTERS}{_UNPAIRED}]")
_WIDE_GAP = re.compile(f"\u3000(?=[0-9{_SPOKEN}])")
_NARROW: dict[int, int | str] = {
    **{
        code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF5B), 0xFF20, 0xFF03, 0xFF0E, 0xFF0D, 0xFF08, 0xFF09, 0xFF0B)
    },
    **dict.fromkeys((0x00A0, 0x3000, 0x202F, 0x205F, *range(0x2000, 0x200B)), " "),
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE63), "-"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **{code: str(unicodedata.digit(chr(code))) for code in range(0x1D7CE, 0x1D800)},
    0xFF1A: ":",
}
_DIGITS = str.maketrans(_SPOKEN, "000123456789123456789" + "2361")
_SPOKEN_RUN = re.compile(rf"(?<![0-9{_SPOKEN}])[0-9]{{0,9}}[{_SPOKEN}](?:[ -]?[0-9{_SPOKEN}]){{6,}}")
_SPOKEN_THREE = re.compile(f"[{_SPOKEN}][ -]?[0-9{_SPOKEN}][ -]?[0-9{_SPOKEN}]")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text to look for numbers in; `places` are its characters' places in the original (None: the same)."""

    text: str
    places: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a part of this text."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def plain(text: str) -> Plain:
    """The text with its numbers written plainly."""
    places: Sequence[int] | None = None
    if _ODD.search(text) or ("\u3000" in text and _WIDE_GAP.search(text)):
        if _UNSEEN.search(text):
            places = [place for place, char in enumerate(text) if not _UNSEEN.match(char)]
            text = _UNSEEN.sub("", text)
        text = text.translate(_NARROW)
    if _SPOKEN_THREE.search(text):
        text = _SPOKEN_RUN.sub(lambda run: run[0].translate(_DIGITS), text)
    return Plain(text, places)
