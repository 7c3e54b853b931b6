"""numbering: the numbers that Word and WPS put before paragraphs by themselves (一、 （一） 1. ①).

They stand in no text run; without them a text loses its 一、二、三. ECMA-376-1, 17.9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")
_DIGITS = "〇一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_CHINESE = frozenset(
    {"chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCountingThousand"}
)
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LEVELS = 9
# After these marks Chinese print leaves no blank.
_CLOSED = "、）)，．"


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str
    start: int


@dataclass
class Numbering:
    """The document's lists and how far each has counted."""

    lists: dict[str, dict[int, _Level]] = field(default_factory=dict)  # by numId
    shared: dict[str, str] = field(default_factory=dict)  # numId -> what counts together
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)  # style id -> (numId, level)
    counts: dict[str, list[int | None]] = field(default_factory=dict)

    def label(self, paragraph: Any) -> str:
        """The number before this paragraph, counted on; "" when it has none. To be asked once a paragraph, in order."""
        number, level = self._of(paragraph)
        found = self.lists.get(number, {}).get(level)
        if found is None:
            return ""
        counts = self.counts.setdefault(self.shared[number], [None] * _LEVELS)
        before = counts[level]
        counts[level] = found.start if before is None else before + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        text = _PLACE.sub(lambda place: self._shown(number, counts, int(place[1]) - 1), found.text)
        if found.form in {"bullet", "none"} or not text.strip():
            return ""
        return text if text[-1] in _CLOSED else f"{text} "

    def _of(self, paragraph: Any) -> tuple[str, int]:
        own = _pair(paragraph.find(f"{_W}pPr/{_W}numPr"))
        if own is not None:
            return own
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        return self.styles.get(style.get(f"{_W}val", ""), ("", 0)) if style is not None else ("", 0)

    def _shown(self, number: str, counts: list[int | None], level: int) -> str:
        found = self.lists[number].get(level)
        return "" if found is None else written(counts[level] or found.start, found.form)


def of(document: Any) -> Numbering:
    """The numbering of a python-docx document."""
    numbering = Numbering()
    parts = [one.target_part for one in document.part.rels.values() if one.reltype.endswith("/numbering")]
    for root in (part.element for part in parts):
        kinds = {one.get(f"{_W}abstractNumId"): _levels(one) for one in root.iter(f"{_W}abstractNum")}
        for one in root.iter(f"{_W}num"):
            _take(numbering, one, kinds)
    for style in document.styles.element.iter(f"{_W}style"):
        if (pair := _pair(style.find(f"{_W}pPr/{_W}numPr"))) is not None:
            numbering.styles[style.get(f"{_W}styleId", "")] = pair
    return numbering


def _take(numbering: Numbering, num: Any, kinds: dict[Any, dict[int, _Level]]) -> None:
    number = num.get(f"{_W}numId", "")
    kind = _value(num, "abstractNumId")
    starts = {
        int(one.get(f"{_W}ilvl", "0")): int(_value(one, "startOverride") or 1)
        for one in num.iter(f"{_W}lvlOverride")
        if _value(one, "startOverride")
    }
    levels = kinds.get(kind, {})
    numbering.lists[number] = {
        at: _Level(level.form, level.text, starts.get(at, level.start)) for at, level in levels.items()
    }
    # A list with a start of its own counts alone; the others of one kind go on counting together.
    numbering.shared[number] = f"num {number}" if starts else f"kind {kind}"


def _levels(kind: Any) -> dict[int, _Level]:
    return {
        int(level.get(f"{_W}ilvl", "0")): _Level(
            _value(level, "numFmt") or "decimal", _value(level, "lvlText"), int(_value(level, "start") or 1)
        )
        for level in kind.iter(f"{_W}lvl")
    }


def _pair(properties: Any) -> tuple[str, int] | None:
    if properties is None:
        return None
    level = int(_value(properties, "ilvl") or 0)
    return _value(properties, "numId"), min(max(level, 0), _LEVELS - 1)


def _value(parent: Any, name: str) -> str:
    found = parent.find(f"{_W}{name}")
    return "" if found is None else found.get(f"{_W}val", "")


def written(number: int, form: str) -> str:
    """A number in a list's form."""
    if form in _CHINESE:
        return chinese(number)
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= len(_CIRCLED):
        return _CIRCLED[number - 1]
    if form in {"lowerLetter", "upperLetter"}:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if form == "lowerLetter" else letters.upper()
    if form in {"lowerRoman", "upperRoman"}:
        return _roman(number) if form == "lowerRoman" else _roman(number).upper()
    return str(number)


def chinese(number: int) -> str:
    """1 to 99 as 一 … 九十九; above, figures."""
    if not 0 < number < 100:  # noqa: PLR2004
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        text += letters * times
    return text
