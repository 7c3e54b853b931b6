"""Personal data in a text: where it stands, of which kind, and whether its checksum holds.

    find(text) -> tuple[Personal, ...]      in order, without overlap, offsets in code points

Numbers (identity, passport, permit, credit code, bank card, mobile, landline, plate, e-mail, account) are found by
their own shape, however they are written (`pipeline.text.numerals`); home addresses and names by the words beside
them. Years, amounts, document numbers, service lines such as 12345, ages, regions and offices are not personal data.
Linear time: every pattern has bounded repeats, and a text without a run of six digits costs a few scans for words.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence

from pipeline.records.items import Personal
from pipeline.text import accounts, addresses, cues, documents, numerals, persons, plates, telephones
from pipeline.text.cues import Cue

# Six digits with at most a bracket, blank or stroke between: no telephone or paper has fewer.
_RUN = re.compile(r"[0-9](?:[ ._·/()（）\r\n-]{0,3}[0-9]){5,}")
# Numbers inside an address on the web are page names; it takes its place and is dropped at the end.
_URL_KIND = "url"
_WHOLE = frozenset({_URL_KIND, "email"})
_URL = re.compile(r"(?:https?://|www\.)[!#-&*-+\--:=@-~]{1,2000}")


def find(text: str) -> tuple[Personal, ...]:
    """Personal data in the text, by place."""
    plain, places = numerals.plain(text)
    said = cues.find(plain)
    found = _numbers(plain, said)
    if homes := addresses.find(plain, said):
        found = sorted([*found, *_beside(homes, found)], key=_start)
    if (said or found) and (names := persons.find(plain, said, found)):
        whole = [one for one in _beside(sorted(names, key=_start), found) if one.end - one.start > 1]
        found = sorted([*found, *_free(whole, found)], key=_start)
    if not found:
        return ()
    kept = (one for one in found if one.kind != _URL_KIND)
    if places is None:
        return tuple(kept)
    return tuple(Personal(one.kind, places[one.start], places[one.end - 1] + 1, one.valid) for one in kept)


def _numbers(text: str, said: Sequence[Cue]) -> list[Personal]:
    """Apart and in order. The first listed wins a place: what could be a card and an identity number is the latter."""
    found: list[Personal] = []
    runs = [run.span() for run in _RUN.finditer(text)]
    if runs:
        found += _urls(text)
    if "@" in text:
        found += accounts.emails(text)
    if runs:
        found += documents.find(text, runs, said)
        found += telephones.find(text, runs)
    found += telephones.spread(text)
    found += plates.find(text)
    if said:
        found += plates.called(text, said)
        found += accounts.find(text, said)
    return _apart(found) if found else found


def _apart(candidates: list[Personal]) -> list[Personal]:
    """What remains when a proven number goes before the others, the earlier before the later, and at one place the
    first listed."""
    certain = [one for one in candidates if one.valid or one.kind in _WHOLE]
    others = [one for one in candidates if not (one.valid or one.kind in _WHOLE)]
    first = _free(sorted(certain, key=_start), [])
    return sorted([*first, *_free(sorted(others, key=_start), first)], key=_start)


def _free(candidates: list[Personal], taken: list[Personal]) -> list[Personal]:
    """Those that overlap neither what is taken nor each other; both are in order."""
    starts = [one.start for one in taken]
    kept: list[Personal] = []
    for one in candidates:
        before = bisect(starts, one.end - 1)
        free = before == 0 or taken[before - 1].end <= one.start
        if free and (not kept or one.start >= kept[-1].end):
            kept.append(one)
    return kept


def _beside(places: Iterable[Personal], numbers: list[Personal]) -> Iterator[Personal]:
    """Addresses and names less the numbers that stand within them."""
    starts = [one.start for one in numbers]
    for place in places:
        start = place.start
        for number in numbers[max(bisect(starts, start) - 1, 0) : bisect(starts, place.end - 1)]:
            if number.end <= start:
                continue
            if start < number.start:
                yield Personal(place.kind, start, number.start)
            start = number.end
        if start < place.end:
            yield Personal(place.kind, start, place.end)


def _start(one: Personal) -> int:
    return one.start


def _urls(text: str) -> Iterator[Personal]:
    if "://" in text or "www." in text:
        yield from (Personal(_URL_KIND, *match.span()) for match in _URL.finditer(text))
