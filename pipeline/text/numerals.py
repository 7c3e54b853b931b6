"""A text as its numbers are read: what nobody sees left out, wide and spoken digits made plain.

    plain(text) -> (text, places)      half width, digits for 一三八零零…; where each character stood

Only runs of seven numerals or more become digits: 二〇一九年 and 三栋 stay as they are. Linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_SPOKEN = "〇○零一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺"
# Soft hyphens, joiners, marks of direction, variation selectors, the box of a keycap: they stand inside numbers
# that were copied from chats and pages, or that were meant to escape a reader.
_UNSEEN_CHARACTERS = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u20e3\ufe00-\ufe0f\ufeff"
)
UNSEEN = re.compile(f"[{_UNSEEN_CHARACTERS}]")
_ALWAYS = f"{_UNSEEN_CHARACTERS}０-９Ａ-Ｚａ-ｚ＠＃＿\U0001d7ce-\U0001d7ff\ud800-\udfff"
_GAPS = "\u00a0\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212\ufe63－．"
# Wide blanks and strokes matter before a digit alone; one class is looked for three times as quickly as a choice.
_PERHAPS = re.compile(f"[{_ALWAYS}{_GAPS}]")
_ODD = re.compile(f"[{_ALWAYS}]|[{_GAPS}](?=[ —–－-]{{0,2}}[0-9０-９XxＸｘ{_SPOKEN}])")
_NARROW: dict[int, str] = {
    **{code: chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF5B), 0xFF20, 0xFF03, 0xFF3F, 0xFF0E, 0xFF0D)},
    **dict.fromkeys((0x00A0, 0x3000, 0x202F, 0x205F, *range(0x2000, 0x200B)), " "),
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE63), "-"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **{code: str(unicodedata.digit(chr(code))) for code in range(0x1D7CE, 0x1D800)},
}
_DIGITS = str.maketrans(_SPOKEN, "000123456789123456789" + "2361")
_SPOKEN_RUN = re.compile(
    rf"(?<![0-9A-Za-z{_SPOKEN}])(?:[{_SPOKEN}] )?"
    rf"((?=[0-9 -]{{0,9}}[{_SPOKEN}])[0-9{_SPOKEN}](?:[ -]?[0-9{_SPOKEN}]){{6,}})"
)
_SPOKEN_SEVEN = re.compile(f"[{_SPOKEN}](?:[ -]?[0-9{_SPOKEN}]){{6}}")
_SPOKEN_ONE = re.compile(f"[{_SPOKEN}]")
_WRITTEN = re.compile("[0-9]{7}")  # a number of its own
_FEWEST_SPOKEN = 3  # 张三 13812345678: the name's own stays


def plain(text: str) -> tuple[str, Sequence[int] | None]:
    """The text with its numbers written plainly, and its characters' places in the original (None: the same)."""
    places: Sequence[int] | None = None
    if (first := _PERHAPS.search(text)) and _ODD.search(text, first.start()):
        if UNSEEN.search(text):
            places = [place for place, char in enumerate(text) if not UNSEEN.match(char)]
            text = UNSEEN.sub("", text)
        text = _ODD.sub(_narrow, text)
    if _SPOKEN_SEVEN.search(text):
        text = _SPOKEN_RUN.sub(_digits, text)
    return text, places


def _digits(run: re.Match[str]) -> str:
    head = run.start(1) - run.start()
    if len(_SPOKEN_ONE.findall(run[1])) < _FEWEST_SPOKEN or _WRITTEN.search(run[1]):
        return run[0]
    return run[0][:head] + run[1].translate(_DIGITS)


def _narrow(odd: re.Match[str]) -> str:
    return _NARROW[ord(odd[0])]
