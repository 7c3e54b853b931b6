"""numbering: the numbers that Word and WPS put before paragraphs by themselves (一、 （一） 1. ①).

They stand in no text run; without them a text loses its 一、二、三. ECMA-376-1, 17.9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.intake.formats.package import W, value

_PLACE = re.compile(r"%([1-9])")
_DIGITS = "〇一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_BRACKETED = "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"
_DOTTED = "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"
_CHINESE = frozenset(
    {"chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCountingThousand"}
)
_ROWS = {
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedParen": _BRACKETED,
    "decimalEnclosedFullstop": _DOTTED,
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "chineseLegalSimplified": "壹贰叁肆伍陆柒捌玖拾",
    "ideographLegalTraditional": "壹貳參肆伍陸柒捌玖拾",
}
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ROMAN_ONES = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LEVELS = 9
_MOST = 2_000  # above, figures: nobody counts so far in letters
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
# After these marks Chinese print leaves no blank.
_CLOSED = "、）)，．⑴⑵⑶"
_DEEP = 20  # styles based on styles


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str
    start: int
    style: str = ""


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
        own = paragraph.find(f"{W}pPr/{W}numPr")
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        named = self.styles.get(style.get(f"{W}val", ""), ("", 0)) if style is not None else ("", 0)
        if own is None:
            return named
        number = value(own, "numId") or named[0]
        return number, _whole(value(own, "ilvl"), 0, _LEVELS - 1) if value(own, "ilvl") else named[1]

    def _shown(self, number: str, counts: list[int | None], level: int) -> str:
        found = self.lists[number].get(level)
        if found is None:
            return ""
        count = counts[level]
        return written(found.start if count is None else count, found.form)


def of(numbering: Any | None, styles: Any | None) -> Numbering:
    """The lists of a document's numbering part and styles part; either may be missing."""
    made = Numbering()
    if numbering is not None:
        kinds = {one.get(f"{W}abstractNumId"): one for one in numbering.iter(f"{W}abstractNum")}
        levels = {name: _levels(_followed(one, kinds)) for name, one in kinds.items()}
        for one in numbering.iter(f"{W}num"):
            _take(made, one, levels)
    if styles is not None:
        made.styles = _styles(styles, made)
    return made


def _followed(kind: Any, kinds: Mapping[Any, Any]) -> Any:
    """A kind that only points to a list style: the kind that is this style."""
    link = value(kind, "numStyleLink")
    return next((one for one in kinds.values() if value(one, "styleLink") == link), kind) if link else kind


def _styles(root: Any, made: Numbering) -> dict[str, tuple[str, int]]:
    """style -> (list, level), its own or that of the style it is based on."""
    all_styles = {one.get(f"{W}styleId", ""): one for one in root.iter(f"{W}style")}
    found = {name: _of_style(name, all_styles, made) for name in all_styles}
    return {name: pair for name, pair in found.items() if pair is not None}


def _of_style(name: str, all_styles: Mapping[str, Any], made: Numbering) -> tuple[str, int] | None:
    at = name
    for _ in range(_DEEP):
        if (style := all_styles.get(at)) is None:
            return None
        properties = style.find(f"{W}pPr/{W}numPr")
        if properties is not None and (number := value(properties, "numId")):
            levels = made.lists.get(number, {})
            own = next((level for level, one in levels.items() if one.style == at), None)
            return number, _whole(value(properties, "ilvl"), 0, _LEVELS - 1) if own is None else own
        at = value(style, "basedOn")
    return None


def _take(made: Numbering, num: Any, kinds: Mapping[Any, dict[int, _Level]]) -> None:
    number, kind = num.get(f"{W}numId", ""), value(num, "abstractNumId")
    levels = dict(kinds.get(kind, {}))
    alone = False
    for one in num.iter(f"{W}lvlOverride"):
        at = _whole(one.get(f"{W}ilvl"), 0, _LEVELS - 1)
        levels |= _levels(one)
        if (start := value(one, "startOverride")) and at in levels:
            level = levels[at]
            levels[at] = _Level(level.form, level.text, _whole(start, 1), level.style)
            alone = True
    made.lists[number] = levels
    # A list with a start of its own counts alone; the others of one kind go on counting together.
    made.shared[number] = f"num {number}" if alone else f"kind {kind}"


def _levels(parent: Any) -> dict[int, _Level]:
    return {
        _whole(level.get(f"{W}ilvl"), 0, _LEVELS - 1): _Level(
            value(level, "numFmt") or "decimal",
            value(level, "lvlText"),
            _whole(value(level, "start"), 1),
            value(level, "pStyle"),
        )
        for level in parent.iter(f"{W}lvl")
    }


def _whole(text: str | None, otherwise: int, most: int = 1_000_000) -> int:
    return min(int(text), most) if text and text.isascii() and text.isdigit() else otherwise


def written(number: int, form: str) -> str:
    """A number in a list's form; in figures what the form cannot say."""
    if form in _CHINESE:
        return chinese(number)
    if (row := _ROWS.get(form)) is not None:
        return row[number - 1] if 1 <= number <= len(row) else str(number)
    make = _FORMS.get(form)
    return str(number) if make is None or not 1 <= number <= _MOST else make(number)


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def chinese(number: int) -> str:
    """1 to 99 as 一 … 九十九; above, figures."""
    if not 0 < number < 100:  # noqa: PLR2004
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def _roman(number: int) -> str:
    text = ""
    for step, letters in (*_ROMAN, *_ROMAN_ONES):
        times, number = divmod(number, step)
        text += letters * times
    return text


_FORMS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalFullWidth": lambda number: str(number).translate(_WIDE),
    "decimalFullWidth2": lambda number: str(number).translate(_WIDE),
    "decimalZero": lambda number: f"{number:02}",
}
