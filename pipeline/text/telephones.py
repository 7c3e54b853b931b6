"""Telephone numbers: mobile and landline, in the groups people write them in. Every text is `numerals.plain`.

Landlines are found whoever they belong to, an office's too: an index and a bulletin hold no contact (OFFICE 23).
Service lines that are everybody's stay: 110, 12345, 96xxx, 95xxx, 400 and 800 numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.records.items import Personal
from pipeline.text import labels

_SHORTEST = 7
_BEFORE, _BEHIND = 8, 12  # (+86), and 转分机：1234
_ABROAD = r"(?:[(（]?(?:[+＋]|00)?[(（]?86[)）]?[ -]{0,2})?"
_MOBILE = re.compile(r"(?<![0-9])" + _ABROAD + r"0?(1(?:[ ._·-]{0,3}[3-9])(?:[ ._·()/-]{0,3}[0-9]){9})(?![0-9])")
# In these groups, with one gap, a number needs no word beside it.
_USUAL = re.compile(r"1[0-9]{2}([ ._·-]{0,3})[0-9]{4}\1[0-9]{4}|1[0-9]{2}[ -][0-9]{8}")
# 138、1234、5678 behind a word for it; +86（138）12345678.
_SPREAD = re.compile(
    r"1[3-9][0-9](?<![0-9]{4})(?P<gap>[\t ,，、*~—/]{1,5})[0-9]{4}(?:(?P=gap))?[0-9]{4}(?![0-9]|[,.][0-9])"
)
_BRACKETED = re.compile(r"1[3-9][0-9](?<=[(（][0-9]{3})[)）][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
_DOTTED = re.compile(r"[0-9]\.\Z")
_RUNS_ON = re.compile(r"\.[0-9]|(?!qq|wx|vx|we|te|mo|ph|fa)[A-Za-z]|_", re.IGNORECASE)
_BEHIND_IDENTITY = re.compile(r"[0-9]{9}[Xx]\Z")
_LATIN = re.compile(r"[A-Za-z_=]\Z|[A-Za-z0-9]-\Z")
_TELEPHONE_LETTERS = re.compile(
    r"(?:tel|telephone|phone|mobile|mob|cell|wechat|weixin|vx|wx|v|qq)[:=_-]?$", re.IGNORECASE
)
# Area codes of the national plan: 010, 02x with eight digits, 03xx to 09xx with seven or eight.
_EXTENSION = r"(?:[ ,，]?(?:转分机|转|分机号?|[Ee][Xx][Tt]\.?|#|\*)[ :：]?[0-9]{1,6}|(?P<ext>-[0-9]{1,5}))?"
_LANDLINE = re.compile(
    r"(?<![0-9])(?<![0-9][.-])(?:[(（]?(?P<far>(?:[+＋]|00)86[)）]?[ -]{0,2}(?:[(（]0[)）])?|86-)[(（]?0?|[(（]?0)"
    r"(?:10|2[0-9]|[3-9][0-9]{2})(?P<gap>[ )）./-]{0,3})(?P<local>[2-8][0-9]{2,3}(?P<inner>(?: ?- ?|[ .])?)[0-9]{4})"
    + _EXTENSION
    + r"(?![0-9])"
)
_LOCAL = re.compile(
    r"(?:电话|座机|固话|传真|致电|拨打|联系方式|[Tt][Ee][Ll]|(?<![一-龥])号码|(?<=我的)号码)(?:号码|号)?(?:[(（][^()（）\n]{1,6}[)）])?"
    r"(?:是|为)?[:：. ]{0,3}((?P<local>[2-8][0-9]{2,3}(?P<inner>[ -]?)[0-9]{4})" + _EXTENSION + r")(?![0-9])"
)
# 0371-65501234、65501235: one more of the same place.
_NEXT = re.compile(r"[、/，,;；或和及 ]{1,3}((?P<local>[2-8][0-9]{2,3}-?[0-9]{4})" + _EXTENSION + r")(?![0-9])")
_DATE = re.compile("(?:19[0-9]|20[0-3])[0-9][ -]?(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_YEARS = re.compile("(?:19|20)[0-9]{2}[ .-](?:19|20)[0-9]{2}")


def find(text: str, runs: Sequence[tuple[int, int]]) -> Iterator[Personal]:
    """The telephone numbers of a plain text; `runs` are the places of digits with gaps between."""
    for start, end in runs:
        if end - start < _SHORTEST:
            continue
        until = end + _BEHIND
        while text[until : until + 1].isdigit():  # no number is cut
            until += 1
        window = max(start - _BEFORE, 0), until
        yield from _mobiles(text, end, *window)
        for match in _BRACKETED.finditer(text, start, end):
            yield Personal("mobile", *match.span())
        yield from _landlines(text, end, *window)


def _mobiles(text: str, end: int, place: int, until: int) -> Iterator[Personal]:
    """Those that begin before the end of the run; the others are the next run's."""
    last = -9
    while (match := _MOBILE.search(text, place, until)) and match.start() < end:
        said = match.start() - last < 5 or labels.called(text, match.start())  # noqa: PLR2004 - one after another
        if _mobile(text, match, said=said):
            yield Personal("mobile", *match.span(1))
            place = last = match.end()
        else:
            place = match.start() + 1


def spread(text: str) -> Iterator[Personal]:
    """Mobiles in their usual groups, whatever mark parts them, right behind a word for them."""
    for match in _SPREAD.finditer(text):
        if labels.called(text, match.start()) and not labels.numbered(text, match.start()):
            yield Personal("mobile", *match.span())


def _mobile(text: str, match: re.Match[str], *, said: bool) -> bool:
    start, end = match.span()
    before, after = text[max(start - 10, 0) : start], text[end : end + 3]
    if labels.numbered(text, start) or labels.measured(text, end) or labels.costing(text, start):
        return False
    if said:
        return True
    if not _USUAL.fullmatch(match[1]):
        return False
    if _DOTTED.search(before) or _RUNS_ON.match(after):
        return False
    return (
        not _LATIN.search(before)
        or _BEHIND_IDENTITY.search(before) is not None
        or _TELEPHONE_LETTERS.search(before) is not None
    )


def _landlines(text: str, end: int, place: int, until: int) -> Iterator[Personal]:
    for match in _LANDLINE.finditer(text, place, until):
        if match.start() < end and _landline(text, match):
            yield Personal("landline", *match.span())
            yield from _more(text, match.end())
    for match in _LOCAL.finditer(text, max(place - _BEFORE, 0), until):
        if match.start(1) >= end or _is_date(match["local"]):
            continue
        if not labels.measured(text, match.end()):
            yield Personal("landline", *match.span(1))
            yield from _more(text, match.end())


def _landline(text: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    if labels.numbered(text, start) or labels.measured(text, end):
        return False
    if labels.called(text, start):
        return True
    if labels.costing(text, start) or _is_date(match["local"]) or "." in match["gap"] + match["inner"]:
        return False
    if match["inner"] and match["ext"]:
        return False
    return bool(match["gap"] or match["far"]) or not _LATIN.search(text[max(start - 2, 0) : start])


def _is_date(local: str) -> bool:
    return bool(_DATE.fullmatch(local) or _YEARS.fullmatch(local))


def _more(text: str, place: int) -> Iterator[Personal]:
    while (match := _NEXT.match(text, place)) and not _is_date(match["local"]):
        if labels.measured(text, match.end()):
            return
        yield Personal("landline", *match.span(1))
        place = match.end()
