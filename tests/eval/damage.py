"""Damage done to clean texts on purpose, as decoders, converters and careless cutting do it.

Each kind takes a text, a place and a source of chance, and gives the damaged text, and where the damage lies in both.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import NamedTuple


class Damaged(NamedTuple):
    """`before + torn + after` is what came out of `before + whole + after`."""

    before: str
    torn: str
    after: str
    whole: str


def _cut(text: str, at: int, length: int, torn: str) -> Damaged:
    return Damaged(text[:at], torn, text[at + length :], text[at : at + length])


def utf8_as_gbk(text: str, at: int, length: int, *, mark: str = "\ufffd") -> Damaged:
    """A stretch in UTF-8 read as GBK; what GBK has no character for became U+FFFD or a question mark."""
    raw = text[at : at + length].encode()
    return _cut(text, at, length, raw.decode("gbk", "replace").replace("\ufffd", mark))


def lost_inside(text: str, at: int, chance: random.Random, *, mark: str = "\ufffd") -> Damaged:
    """One byte of three characters is lost, the three are read alone."""
    raw = bytearray(text[at : at + 3].encode("gbk"))
    del raw[chance.randrange(len(raw))]
    return _cut(text, at, 3, raw.decode("gbk", "replace").replace("\ufffd", mark))


def lost_first(text: str, at: int) -> Damaged:
    """A block of bytes ended within a character: a question mark for its half, the rest of three is out of step."""
    raw = text[at : at + 3].encode("gbk")
    return _cut(text, at, 3, "?" + raw[1:].decode("gbk", "replace").replace("\ufffd", "?"))


def lost_byte(text: str, at: int, chance: random.Random) -> Damaged:
    """One byte is lost; the rest is read on until it falls into step by itself."""
    rest = text[at : at + 200]
    raw = bytearray(rest.encode("gbk", "replace"))
    del raw[chance.randrange(2)]
    read = raw.decode("gbk", "replace")
    same = 0
    while same < min(len(rest), len(read)) and rest[-1 - same] == read[-1 - same]:
        same += 1
    return _cut(text, at, len(rest) - same, read[: len(read) - same])


_PLACE = re.compile("[\u4e00-\u9fa5，。、：；]{3}")


def places(text: str, chance: random.Random, every: int) -> Iterator[int]:
    """Places of three Chinese characters, about as far apart as `every`."""
    for at in range(chance.randrange(20, 20 + every), len(text) - 30, every):
        if _PLACE.match(text, at):
            yield at
