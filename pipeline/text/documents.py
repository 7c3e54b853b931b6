"""Numbers of papers and accounts: identity cards, passports and permits, credit codes, bank cards.

A valid checksum finds a number in whatever groups it is written; without one it needs its usual shape and a word
beside it. Digits that run on into other digits are no number of these. Every text is `numerals.plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.records.items import Personal
from pipeline.text import checksums, labels
from pipeline.text.cues import Cue

# Fourteen digits or more, with blanks, strokes, dots or one line's end between.
_GROUPED = re.compile(r"[0-9](?<![0-9]{2})(?:[ ._·/\r\n-]{0,3}[0-9]){13,}(?:[ ._·-]{0,3}[Xx×Ⅹ])?")
_GROUP = re.compile("[0-9]+")
# 650104，19621120，0045: its usual groups, with one same mark between; begun at the first digits of a run.
_SPREAD = re.compile(
    r"[0-9]{6}(?<![0-9]{7})(?P<gap>[\t ,，、*~—/-]{1,5})(?:[0-9]{8}|[0-9]{4}(?P=gap)[0-9]{4})(?P=gap)[0-9]{3}[0-9Xx]"
    r"(?![0-9A-Za-z])"
)
_LENGTH = 18
_OLD_LENGTH = 15
_SHORTEST = 14
_LEAD = 4  # what may stand before a credit code's region: Y1-
_DISABLED = 20  # 残疾人证: the identity number, kind 1 to 7, grade 1 to 4
_KIND_AND_GRADE = re.compile("[1-7][1-4]")
_WRITTEN_WRONG = frozenset({(18,), (6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 4, 4, 4), (4, 4, 4, 4, 2)})
_NO_CODE = r"(?![0-9A-Za-z])"
_CODE = "[0-9A-HJ-NP-Ya-hj-np-y]"
_CREDIT = re.compile(
    rf"[0-9AEGNYaegny](?<![0-9A-Za-z].)[ -]?{_CODE}(?:[ -]?[0-9]){{6}}(?:[ -]?{_CODE}){{10}}" + _NO_CODE
)
_CREDIT_GROUPS = frozenset({(18,), (2, 6, 10), (2, 6, 9, 1), (1, 1, 6, 9, 1), (8, 10), (4, 4, 4, 4, 2), (6, 6, 6)})
_CODE_GROUP = re.compile("[0-9A-Za-z]+")
# ISO/IEC 7812 prefixes in use: 银联, Visa, MasterCard, JCB, Amex, Diners, banks' own, 9558.
_CARD_PREFIX = re.compile(r"62|81[0-7]|4|5[1-5]|2[2-7]|35|3[0478]|60|6[5-9]|9558|9843|9400")
_CARD_GROUPS = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (6, 13), (6, 10)})
_CARD_LENGTHS = range(14, 20)
_MOST_GROUPS = 6
_AMEX = re.compile("3[0478]")
_SAID = r"(?:号码|号|编号)?[^0-9A-Za-z\n，。；]{0,6}"
_PAPERS = {
    "passport": re.compile(_SAID + r"((?:[A-Za-z]{1,2}[.·: -]?)[0-9]{6,9})" + _NO_CODE),
    "permit": re.compile(
        _SAID + r"([A-Za-z]{1,2} ?[0-9]{7,10}|[0-9]{8}(?:[0-9]{2})?|(?<=第)[0-9]{6,8}(?=号))" + _NO_CODE
    ),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Digits in groups: all of them, the place of each, and how many stand before and until each group's end."""

    digits: str
    places: tuple[int, ...]
    starts: tuple[int, ...]
    ends: frozenset[int]
    sizes: tuple[int, ...]
    checked: int | None = None  # place of an X that follows

    def windows(self, length: int) -> Iterator[tuple[int, int]]:
        """Which group each stretch of so many digits begins with, and its first digit; in whole groups alone."""
        for group, start in enumerate(self.starts):
            if start + length in self.ends:
                yield group, start

    def stretches(self, group: int, lengths: range) -> list[int]:
        """How many digits the first few groups from one on hold, the most first, of the lengths asked for."""
        totals = accumulate(self.sizes[group : group + _MOST_GROUPS])
        return [total for total in totals if total in lengths][::-1]

    def shape(self, group: int, length: int) -> tuple[int, ...]:
        """The sizes of the groups of a window."""
        for count, total in enumerate(accumulate(self.sizes[group : group + length]), 1):
            if total >= length:
                return self.sizes[group : group + count]
        return ()

    def span(self, start: int, length: int) -> tuple[int, int]:
        """The place of a window in the text."""
        return self.places[start], self.places[start + length - 1] + 1


def find(text: str, places: Sequence[tuple[int, int]], cues: Sequence[Cue]) -> Iterator[Personal]:
    """The papers' numbers in a plain text with digits at `places`; where two overlap, the first yielded is the
    better."""
    runs = [
        _run(match)
        for start, end in places
        if end - start >= _SHORTEST
        for match in _GROUPED.finditer(text, start, end + 5)
    ]
    for run in runs:
        yield from _identities(text, run)
    for start, _ in places:
        yield from _spread(text, start)
    for start, end in places:
        yield from _credit_codes(text, max(start - _LEAD, 0), end + 2 * _LENGTH)
    for run in runs:
        yield from _cards(text, run)
    for cue in cues:
        if (pattern := _PAPERS.get(cue.kind)) and (match := pattern.match(text, cue.end)):
            yield Personal(cue.kind, *match.span(1))


def _run(match: re.Match[str]) -> Run:
    last = match.end() - 1
    checked = last if not match[0][-1].isdigit() else None
    spans = [group.span() for group in _GROUP.finditer(match.string, match.start(), match.end())]
    sizes = tuple(end - start for start, end in spans)
    ends = tuple(accumulate(sizes))
    places = tuple(place for start, end in spans for place in range(start, end))
    digits = "".join(match.string[start:end] for start, end in spans)
    if checked is not None:  # the X is the last group's last character
        digits, places, sizes = digits + "X", (*places, checked), (*sizes[:-1], sizes[-1] + 1)
        ends = (*ends[:-1], ends[-1] + 1)
    return Run(digits, places, (0, *ends[:-1]), frozenset(ends), sizes, checked)


def _identities(text: str, run: Run) -> Iterator[Personal]:
    for length in (_LENGTH, _DISABLED):
        for group, start in run.windows(length):
            if (valid := _identity(text, run, group, start, length)) is not None:
                yield Personal("identity", *run.span(start, length), valid=valid)
    for _, start in run.windows(_OLD_LENGTH):
        number = run.digits[start : start + _OLD_LENGTH]
        place = run.places[start]
        if number.isdigit() and checksums.identity_shape(number) and labels.identified(text, place):
            yield Personal("identity", *run.span(start, _OLD_LENGTH))


def _spread(text: str, start: int) -> Iterator[Personal]:
    """An identity number in its groups, whatever mark parts them."""
    if not (match := _SPREAD.match(text, start)):
        return
    number = "".join(char for char in match[0] if char.isalnum())
    if checksums.identity_shape(number):
        valid = checksums.identity(number)
        if valid or labels.identified(text, start):
            yield Personal("identity", *match.span(), valid=valid)


def _identity(text: str, run: Run, group: int, start: int, length: int) -> bool | None:
    """Whether the window's identity number is valid; None when it is no identity number."""
    number = run.digits[start : start + _LENGTH]
    if not number[:17].isdigit() or not checksums.identity_shape(number):
        return None
    valid = checksums.identity(number)
    if length == _DISABLED:
        tail = run.digits[start + _LENGTH : start + length]
        return True if valid and _KIND_AND_GRADE.fullmatch(tail) else None
    if valid:
        return True
    place = run.places[start]
    if run.shape(group, length) not in _WRITTEN_WRONG or checksums.credit_code(number):
        return None
    said = labels.identified(text, place)
    alone = not labels.numbered(text, place) and not _latin_before(text, place)
    return False if said or (alone and checksums.alive(number) and run.shape(group, length) == (_LENGTH,)) else None


def _latin_before(text: str, place: int) -> bool:
    before = text[max(place - 1, 0) : place]
    return before.isascii() and before.isalpha()


def _credit_codes(text: str, start: int, end: int) -> Iterator[Personal]:
    for match in _CREDIT.finditer(text, start, end):
        groups = tuple(len(group) for group in _CODE_GROUP.findall(match[0]))
        code = match[0].replace(" ", "").replace("-", "")
        if groups not in _CREDIT_GROUPS or not checksums.credit_code(code):
            continue
        if not code.isdigit() or not labels.filed(text, match.start()):
            yield Personal("credit_code", *match.span(), valid=True)


def _cards(text: str, run: Run) -> Iterator[Personal]:
    for group, start in enumerate(run.starts):
        if not _CARD_PREFIX.match(run.digits, start):
            continue
        for length in run.stretches(group, _CARD_LENGTHS):
            number = run.digits[start : start + length]
            if number.isdigit() and (valid := _card(text, run, group, start, number)) is not None:
                yield Personal("bank_card", *run.span(start, length), valid=valid)


def _card(text: str, run: Run, group: int, start: int, number: str) -> bool | None:
    """Whether the card's check digit holds; None when the number is no card's."""
    place = run.places[start]
    said = labels.carded(text, place)
    valid = checksums.luhn(number)
    shape = run.shape(group, len(number))
    usual = shape == (len(number),) or shape in _CARD_GROUPS
    free = not labels.numbered(text, place) and not _latin_before(text, place)
    if said and (valid or usual):
        return valid if (valid and free) or labels.card_named(text, place) else None
    free = free and usual
    known = len(number) >= 16 and not _AMEX.match(number)  # noqa: PLR2004 - fifteen digits are too many things
    return True if valid and free and known and not labels.costing(text, place) else None
