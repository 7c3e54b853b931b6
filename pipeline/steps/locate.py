"""locate: cleaned texts → the places they name, by dictionary. Knows no queue and no other step.

A name that several places bear is settled by the place straight before it, else by places named earlier in
the text, else by the source's own region; what is still open keeps its candidates and no code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.records.items import Cleaned, Region
from pipeline.rules.regions import PlaceName, Regions, level_of

# Behind a short name: 南京路 and 中山东路 are streets, 鄱阳村 is a village elsewhere; 郑州街头 is Zhengzhou.
_OTHER_PLACE = re.compile(
    r"[东西南北中一二三四五]{0,2}(?:路(?![灯网面况])|街(?![头道上])|大道|大街|巷|弄|胡同|立交|地铁站)"
    r"|坡路|新?村|社区|湖|河|苑|阁"
)
# 东方市场 is a market and 滨河区域 an area, whatever the first three characters spell.
_OTHER_WORD = {"市": "场", "区": "域"}
_NO_LETTER = re.compile(r"[^\w]|_")


@dataclass(slots=True)
class _Reading:
    """What has been found so far in one text."""

    text: str
    body: int  # where the text begins behind title and newline
    home: str | None  # the source's own region
    known: list[str] = field(default_factory=list)
    regions: dict[str, Region] = field(default_factory=dict)
    last: tuple[int, str] = (-1, "")  # end and code of the place just before


def locate(cleaned: Sequence[Cleaned], regions: Regions) -> list[tuple[Region, ...]]:
    """For each text its event regions in order of first mention, then the source's own region.

    `at` counts code points in the text; it is None for a place that the title alone names, and for the source's.
    """
    return [_located(each, regions) for each in cleaned]


def _located(cleaned: Cleaned, regions: Regions) -> tuple[Region, ...]:
    reading = _Reading(f"{cleaned.title}\n{cleaned.text}", len(cleaned.title) + 1, cleaned.region)
    for index, start, end in regions.lexicon.find(reading.text):
        meaning = regions.meanings[index]
        if meaning is not None and _is_place(meaning, reading.text, end):
            _take(reading, meaning, regions, start, end)
    found = tuple(reading.regions.values())
    return (*found, _own(cleaned.region, regions)) if cleaned.region else found


def _is_place(meaning: PlaceName, text: str, end: int) -> bool:
    following = text[end : end + 1]
    if not following:
        return True
    if meaning.short:
        return not _OTHER_PLACE.match(text, end)
    return _OTHER_WORD.get(text[end - 1]) != following


def _take(reading: _Reading, meaning: PlaceName, regions: Regions, start: int, end: int) -> None:
    codes = _meant(reading, meaning, regions, start)
    if not codes:
        return
    at = start - reading.body if start >= reading.body else None
    code = codes[0] if len(codes) == 1 else None
    if code:
        reading.known.append(code)
        reading.last = (end, code)
    division = regions.divisions[codes[0]]
    name = division.name if code else reading.text[start:end]
    known = reading.regions.get(code or name)
    if known is None:
        candidates = () if code else codes
        reading.regions[code or name] = Region(code, name, division.level, "event", at, candidates)
    elif known.at is None:
        reading.regions[code or name] = replace(known, at=at)


def _meant(reading: _Reading, meaning: PlaceName, regions: Regions, start: int) -> tuple[str, ...]:
    """The codes that a name means at this place; none when it is no place here."""
    end, before = reading.last
    if end == start:
        under = _within(meaning.codes, before, regions)
        if under:
            return under
    if not meaning.free or (meaning.edge and not _after_stop(reading.text, start)):
        return ()
    if len(meaning.free) == 1:
        return meaning.free
    return _nearest(meaning.free, reading)


def _within(codes: tuple[str, ...], above: str, regions: Regions) -> tuple[str, ...]:
    return tuple(code for code in codes if above in regions.ancestors[code])


def _after_stop(text: str, start: int) -> bool:
    return start == 0 or bool(_NO_LETTER.match(text[start - 1]))


def _nearest(codes: tuple[str, ...], reading: _Reading) -> tuple[str, ...]:
    """The codes that share the most with a place named before, the nearest first, else with the source's region."""
    context = [*reversed(reading.known), *([reading.home] if reading.home else [])]
    for shared in (4, 2):  # digits: the same city, the same province
        for place in context:
            near = tuple(
                code for code in codes if code[:shared] == place[:shared] and place[shared - 2 : shared] != "00"
            )
            if near:
                return near
    return codes


def _own(code: str, regions: Regions) -> Region:
    division = regions.divisions.get(code)
    return (
        Region(code, division.name, division.level, "source")
        if division
        else Region(code, code, level_of(code), "source")
    )
