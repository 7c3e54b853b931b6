"""Personal data in a text: where it stands, of which kind, and whether its checksum holds.

    find(text) -> tuple[Personal, ...]      in order, without overlap, offsets in code points

Numbers (identity, credit code, bank card, mobile, landline, plate, e-mail) are found by their own shape, in half
and full width; home addresses and names by the words beside them (`pipeline.text.persons`). Years, amounts,
document numbers, service lines such as 12345, ages, regions and offices are not personal data. Linear time:
every pattern has bounded repeats, and a text without a run of six digits costs a few scans for single words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pipeline.records.items import Personal
from pipeline.text import checksums, persons

# Six digits with at most a bracket, blank or stroke between: no number below has fewer.
_RUN = re.compile("[0-9](?:[ )）—–-]{0,3}[0-9]){5}")
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ＠]")
_NARROW = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF5B), 0xFF20, 0xFF0E, 0xFF0D, 0xFF08, 0xFF09, 0xFF0B)}

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
)
# Numbers inside an address on the web are page names; it takes its place and is dropped at the end.
_URL_KIND = "url"
_URL = re.compile(r"(?:https?://|www\.)[!-~]{1,2000}")
_IDENTITY = re.compile(r"(?<![0-9])[0-9]{6}([ -]?)[0-9]{4}([ -]?)[0-9]{4}\2[0-9]{3}[0-9Xx](?![0-9])")
_IDENTITY_15 = re.compile(r"(?<![0-9A-Za-z.-])[0-9]{15}(?![0-9A-Za-z]|\.[0-9])")
_CREDIT = re.compile(r"(?<![0-9A-Za-z])[0-9A-Y]{2}( ?)[0-9]{6}\1[0-9A-HJ-NP-Y]{10}(?![0-9A-Za-z])", re.IGNORECASE)
_NO_MORE = r"(?![0-9A-Za-z]|\.[0-9])"
_CARD = re.compile(
    r"(?<![0-9A-Za-z.])(?:[0-9]{15,19}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{3,4}(?:\1[0-9]{1,3})?)" + _NO_MORE
)
_MOBILE = re.compile(
    r"(?<![0-9.])(?:(?:\+|00)?86[ -]?)?(1[3-9][0-9]([ -]?)[0-9]{4}\2[0-9]{4})" + _NO_MORE + "(?! ?[元万亿吨块美])"
)
_TELEPHONE_LETTERS = re.compile(r"(?:tel|phone|mobile|mob|wechat|vx|wx|v)$", re.IGNORECASE)
# Area codes of the national plan: 010, 02x with eight digits, 03xx to 09xx with seven or eight.
_LANDLINE = re.compile(
    r"(?<![0-9])[(（]?(?:010|02[0-9]|0[3-9][0-9]{2})(?P<gap>[ )）—–-]{0,3})[2-8][0-9]{2,3}[ -]?[0-9]{4}(?!-[0-9]{4})"
    + _NO_MORE
)
_LOCAL = re.compile("(?:电话|座机|传真|[Tt][Ee][Ll])(?:号码|是|为)?[:： ]{0,2}([2-8][0-9]{6,7})" + _NO_MORE)
_CALLED = re.compile(r"电话|致电|拨打|座机|热线|传真|联系|tel", re.IGNORECASE)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·•・.-]?"
    r"(?:[DF][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DF]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])(?![A-Za-z0-9年元])",
    re.IGNORECASE,
)
_ACCOUNT = re.compile("卡|账|帐|户")
# UnionPay stands alone; prefixes of Visa, MasterCard, JCB, Amex and 工行's old 9558 need a word of cards beside.
_CARD_PREFIX = re.compile(r"62|4|5[1-5]|35|3[47]|9558")
_PLATE_DIGITS = 3


def find(text: str) -> tuple[Personal, ...]:
    """Personal data in the text, by place."""
    plain = text.translate(_NARROW) if _WIDE.search(text) else text
    found = list(_plates(plain))
    if "@" in plain:
        found += _emails(plain)
    if _RUN.search(plain):
        found = [*_urls(plain), *found, *(one for finder in _FINDERS for one in finder(plain))]
    if found:
        found = _apart(found)
    if near := persons.find(plain, found):
        found = _apart([*found, *near])
    return tuple(one for one in found if one.kind != _URL_KIND)


def _apart(candidates: list[Personal]) -> list[Personal]:
    """What remains when of two that overlap the earlier stays; at one place the kind listed first."""
    kept: list[Personal] = []
    for one in sorted(candidates, key=lambda one: one.start):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _urls(text: str) -> Iterator[Personal]:
    yield from (Personal(_URL_KIND, *match.span()) for match in _URL.finditer(text))


def _emails(text: str) -> Iterator[Personal]:
    yield from (Personal("email", *match.span()) for match in _EMAIL.finditer(text))


def _identities(text: str) -> Iterator[Personal]:
    for match in _IDENTITY.finditer(text):
        number = match[0].replace(" ", "").replace("-", "")
        if checksums.identity(number):
            yield Personal("identity", *match.span(), valid=True)
        elif checksums.identity_shape(number) and not checksums.credit_code(number):
            yield Personal("identity", *match.span(), valid=False)
    for match in _IDENTITY_15.finditer(text):
        if checksums.identity_shape(match[0]):
            yield Personal("identity", *match.span())


def _credit_codes(text: str) -> Iterator[Personal]:
    for match in _CREDIT.finditer(text):
        if checksums.credit_code(match[0].replace(" ", "")):
            yield Personal("credit_code", *match.span(), valid=True)


def _cards(text: str) -> Iterator[Personal]:
    for match in _CARD.finditer(text):
        number = match[0].replace(" ", "").replace("-", "")
        context = _ACCOUNT.search(text, max(match.start() - 20, 0), match.start())
        if not _CARD_PREFIX.match(number) or not (context or number.startswith("62")):
            continue
        if (valid := checksums.luhn(number)) or context:
            yield Personal("bank_card", *match.span(), valid=valid)


def _mobiles(text: str) -> Iterator[Personal]:
    for match in _MOBILE.finditer(text):
        before = text[max(match.start() - 8, 0) : match.start()]
        if not before[-1:].isascii() or not before[-1:].isalpha() or _TELEPHONE_LETTERS.search(before):
            yield Personal("mobile", *match.span(1))


def _landlines(text: str) -> Iterator[Personal]:
    for match in _LANDLINE.finditer(text):
        if match["gap"] or _CALLED.search(text, max(match.start() - 12, 0), match.start()):
            yield Personal("landline", *match.span())
    yield from (Personal("landline", *match.span(1)) for match in _LOCAL.finditer(text))


def _plates(text: str) -> Iterator[Personal]:
    for match in _PLATE.finditer(text):
        if sum(char.isdigit() for char in match[0]) >= _PLATE_DIGITS:
            yield Personal("plate", *match.span())


# In the order they win a place: a number that could be a card and an identity number is the latter.
_FINDERS: tuple[Callable[[str], Iterator[Personal]], ...] = (_identities, _credit_codes, _cards, _mobiles, _landlines)
