"""Masks over personal data: the sentence stays readable and as long as it was, so that every offset stays.

mask(text, spans) -> str       masked(text) -> str: found and masked in one go

138****5678   4101**********1234   0371-****1234   6222***********0123   豫A***45   z***@example.cn   张**
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipeline.records.items import Personal
from pipeline.text.personal import find

_LETTERS = re.compile(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]")
# Of an address the house, building and room numbers go; A市, 3区, 五一路 name places and stay.
_NUMBER = "[0-9A-Za-z０-９一二三四五六七八九十]{1,8}"
_NUMBERS = re.compile(rf"(?:{_NUMBER}[-－—]){{0,3}}{_NUMBER}(?=号楼|栋|幢|座|单元|室|号|房|户|组|$)")


def mask(text: str, spans: Sequence[Personal]) -> str:
    """The text with each span masked by its kind; spans are in order and do not overlap."""
    parts: list[str] = []
    done = 0
    for one in spans:
        parts += (text[done : one.start], _MASKS.get(one.kind, _all)(text[one.start : one.end]))
        done = one.end
    return "".join([*parts, text[done:]])


def masked(text: str) -> str:
    """The text with its personal data masked."""
    spans = find(text)
    return mask(text, spans) if spans else text


def _between(head: int, tail: int) -> Callable[[str], str]:
    """Keeps so many letters and digits at both ends; blanks and strokes between stay where they are."""

    def covered(value: str) -> str:
        places = [match.start() for match in _LETTERS.finditer(value)]
        hidden = set(places[head : len(places) - tail])
        return "".join("*" if place in hidden else char for place, char in enumerate(value))

    return covered


def _landline(value: str) -> str:
    places = [match.start() for match in _LETTERS.finditer(value)]
    hidden = set(places[-8:-4])
    return "".join("*" if place in hidden else char for place, char in enumerate(value))


def _email(value: str) -> str:
    name, _, host = value.replace("＠", "@").partition("@")
    return name[0] + "*" * (len(name) - 1) + value[len(name)] + host


def _address(value: str) -> str:
    return _NUMBERS.sub(lambda match: "*" * len(match[0]), value)


def _name(value: str) -> str:
    return value[0] + "*" * (len(value) - 1)


def _all(value: str) -> str:
    return "*" * len(value)


_MASKS: dict[str, Callable[[str], str]] = {
    "identity": _between(4, 4),
    "credit_code": _between(4, 4),
    "mobile": _between(3, 4),
    "landline": _landline,
    "bank_card": _between(4, 4),
    "plate": _between(1, 2),
    "email": _email,
    "address": _address,
    "name": _name,
}
