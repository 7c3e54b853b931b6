"""Number plates of cars, by GA 36-2018, and of electric bicycles behind the word for them. Every text is
`numerals.plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.records.items import Personal
from pipeline.text.cues import Cue

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER = "A-HJ-NP-Z0-9"
_GAP = "[ ·•・.-]"
# No room or count behind: 新A12345室, 川B2101栋.
_NO_PLATE = r"(?![A-Za-z0-9]|[年元室栋幢座]|号[楼房室院]|单元|平方|㎡)"
_PLATE = re.compile(
    rf"[{_PROVINCES}]{_GAP}?[A-Z]{_GAP}{{0,3}}"
    rf"(?:[A-HJK][{_LETTER}]{_GAP}?[0-9]{{4}}|[0-9]{{5}}[A-HJK]|[{_LETTER}]{{1,4}}{_GAP}?[{_LETTER}]{{0,3}}[挂学警港澳]?)"
    + _NO_PLATE,
    re.IGNORECASE,
)
_SHORTEST, _LONGEST, _DIGITS = 5, 6, 3
_SERIAL = re.compile(rf"[^{_PROVINCES}{_GAP[1:-1]}]", re.IGNORECASE)
# 车牌号：郑州A12345; a bicycle's plate follows its city's own rule.
_CALLED = re.compile(
    r"(?:是|为|[:： (（]){0,3}"
    rf"([一-龥]{{0,6}}{_GAP}?[A-Z]{{0,2}}{_GAP}?[0-9][0-9A-Z]{{3,6}})" + _NO_PLATE,
    re.IGNORECASE,
)


def find(text: str) -> list[Personal]:
    """The plates of a plain text."""
    return [Personal("plate", *match.span()) for match in _PLATE.finditer(text) if _is_plate(match[0])]


def called(text: str, cues: Sequence[Cue]) -> Iterator[Personal]:
    """What stands behind a word for a plate, by whatever rule it was given."""
    for cue in cues:
        if cue.kind == "plate" and (match := _CALLED.match(text, cue.end)) and _is_number(match[1]):
            yield Personal("plate", *match.span(1))


def _is_plate(written: str) -> bool:
    """Province and letter, then five characters (six of a new-energy car), three of them digits."""
    serial = "".join(_SERIAL.findall(written))[1:]
    return _SHORTEST <= len(serial) <= _LONGEST and _is_number(serial)


def _is_number(serial: str) -> bool:
    return sum(char.isdigit() for char in serial) >= _DIGITS
