"""Masks over personal data: the sentence stays readable and as long as it was, so that every offset stays.

mask(text, spans) -> str       masked(text) -> str: found and masked in one go

138****5678   4101**********1234   0371-****1234   6222***********0123   豫A***45   z***@example.cn   张**   q*******4
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from pipeline.records.items import Personal
from pipeline.text import addresses
from pipeline.text.personal import find

# Blanks, strokes, brackets and what nobody sees between the characters stay where they are.
_LETTERS = re.compile(
    r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ零〇○一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺×Ⅹ\U0001d7ce-\U0001d7ff]"
)
_EXTENSION = re.compile(r"(?:转|分机|[Ee][Xx][Tt]|#|\*|[-－—]\w{1,5}$)")
_AREA = re.compile("[(（+＋0０]")
_WITH_AREA, _LOCAL = 10, 7  # digits at least
_SHORT_LOCAL = re.compile("(?:0086|86)?0?[3-9][0-9]{9}")  # an area code of four digits and a number of seven
# Of an address the house, building and room numbers go; A市, 3区, 五一路 name places and stay.
_NUMBER = "[0-9A-Za-z０-９零〇一二三四五六七八九十百]{1,8}"
_NUMBERS = re.compile(rf"(?:{_NUMBER}[-－—]){{0,3}}{_NUMBER}(?= ?(?:[#楼层]|{addresses.MARKER}|村民小组|小组|$))")
_HIDDEN = re.compile("[^-－— ]")
ROUNDS = 4  # of masking, at most


def mask(text: str, spans: Sequence[Personal]) -> str:
    """The text with each span masked by its kind; spans are in order and do not overlap."""
    parts: list[str] = []
    done = 0
    for one in spans:
        parts += (text[done : one.start], _MASKS.get(one.kind, _all)(text[one.start : one.end]))
        done = one.end
    return "".join([*parts, text[done:]])


def masked(text: str) -> str:
    """The text with its personal data masked, what stands apart only once its neighbour is masked, too."""
    for _ in range(ROUNDS):
        spans = find(text)
        covered = mask(text, spans) if spans else text
        if covered == text:
            break
        text = covered
    return text


def _between(head: int, tail: int) -> Callable[[str], str]:
    """Keeps so many letters and digits at both ends; blanks and strokes between stay where they are."""

    def covered(value: str) -> str:
        places = [match.start() for match in _LETTERS.finditer(value)]
        hidden = set(places[head : len(places) - tail])
        return "".join("*" if place in hidden else char for place, char in enumerate(value))

    return covered


def _landline(value: str) -> str:
    """The last four digits of the number itself stay; an extension goes."""
    extension = _EXTENSION.search(value)
    number = value[: extension.start()] if extension else value
    if len(_LETTERS.findall(number)) < (_WITH_AREA if _AREA.match(value) else _LOCAL):
        number = value  # 6550-1234: the number's own stroke
    places = [match.start() for match in _LETTERS.finditer(number)]
    written = unicodedata.normalize("NFKC", "".join(number[place] for place in places))
    local = _LOCAL if _SHORT_LOCAL.fullmatch(written) else 8
    shown = "".join("*" if place in {*places[-local:-4]} else char for place, char in enumerate(number))
    return shown + _LETTERS.sub("*", value[len(number) :])


def _email(value: str) -> str:
    at = max(value.find("@"), value.find("＠"))
    head = 1 if len(value[:at].rstrip()) > 1 else 0
    return value[:head] + re.sub(r"\S", "*", value[head:at]) + value[at:]


def _address(value: str) -> str:
    return _NUMBERS.sub(lambda match: _HIDDEN.sub("*", match[0]), value)


def _name(value: str) -> str:
    return value[0] + re.sub(r"[^\s·•・]", "*", value[1:])


def _all(value: str) -> str:
    return "*" * len(value)


_MASKS: dict[str, Callable[[str], str]] = {
    "identity": _between(4, 4),
    "passport": _between(2, 2),
    "permit": _between(2, 2),
    "account": _between(1, 1),
    "credit_code": _between(4, 4),
    "mobile": _between(3, 4),
    "landline": _landline,
    "bank_card": _between(4, 4),
    "plate": _between(1, 2),
    "email": _email,
    "address": _address,
    "name": _name,
}
