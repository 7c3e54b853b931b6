"""One charset's reading of bytes: the text, its holes, its weight, and the bytes that are weighed."""

from __future__ import annotations

import codecs
import re

import numpy as np
from numpy.typing import NDArray

from pipeline.text.charset_characters import BIG5_MARKS, GB18030_2022, weight

# What the five names are read with: Python's gb18030 holds GB2312 and GBK, big5hkscs holds Big5 (WHATWG's choice too).
CODECS = {
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
HOLE = "\ufffd"
# The places GB18030-2022 reads anew, as their two bytes.
_ANEW = [chr(private).encode("gb18030") for private in GB18030_2022]
_ANEW_LEADS = sorted({pair[0] for pair in _ANEW})
_ANEW_TRAILS = np.isin(np.arange(256), [pair[1] for pair in _ANEW])
_ANEW_PAIR = re.compile(b"[%b][%b]" % (bytes(_ANEW_LEADS), re.escape(bytes({pair[1] for pair in _ANEW}))))
_TWO_IN_UTF8 = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}[\xe0-\xef][\x80-\xbf]{2}")
# Below this many bytes a regex is quicker than numpy.
_SMALL = 4096
# Where the code pages of Windows have the euro sign, and the codecs nothing.
_EUROS = {"gb18030": b"\x80", "big5": b"\xa3\xe1"}
_OURS = {codec: name for name, codec in CODECS.items()}
_BIG5_MARKS = {chr(old): chr(new) for old, new in BIG5_MARKS.items()}
# UTF-8's first of three bytes, and those that follow, by their upper bits.
_THREE, _CONTINUATION, _LAST_ASCII = 0xE0, 0x80, 0x7F
# Most pages say enough within this many bytes.
_WINDOW = 16_384
# No character ends in these but they themselves.
_BETWEEN = bytes(range(0x30)) + b":;<=>?"
# A run longer than this is looked at from within.
_NEAR = 64
# More holes than a few, and than one in a hundred bytes, are noise: they are not looked at one by one.
_FEW, _NOISE = 1000, 100

Positions = NDArray[np.int64]


def read(body: bytes, name: str) -> tuple[str, int]:
    """The text, and how many places of the bytes gave no character (U+FFFD stands there)."""
    try:
        text, holes = body.decode(CODECS[name]), 0
    except UnicodeDecodeError:
        text = body.decode(CODECS[name], "replace")
        holes = text.count(HOLE)
        if name in _EUROS and _EUROS[name] in body and holes < _FEW + len(body) // _NOISE:
            text = body.decode(CODECS[name], "minyi-euro")
            holes = text.count(HOLE)
    return _anew(body, text, name), holes


def likeness(body: bytes, name: str) -> int:
    """What a reading of a sample weighs (see `charset_characters`): the lightest is right."""
    return weight(body.decode(CODECS[name], "minyi-euro" if name in _EUROS else "replace"))


def sample(body: bytes, start: int, enough: int) -> bytes:
    """The first `enough` bytes from `start` that are not ASCII, each run with the one byte that follows it."""
    found = _not_ascii(body[start : start + _WINDOW])
    if len(found) < enough and start + _WINDOW < len(body):
        found = _not_ascii(body[start:])
    return found[:enough]


def runs(body: bytes) -> tuple[Positions, Positions]:
    """Where runs of bytes that are not ASCII start and end, with the ASCII that may end a character or stand within
    one: in each charset here, what follows begins a new character. A byte order mark inside is a run of its own, as
    it stands at the head of what was a file."""
    byte = np.frombuffer(body, np.uint8)
    within = byte > _LAST_ASCII
    trail = ((byte >= ord("0")) & (byte <= ord("9"))) | (byte >= ord("@"))
    within[1:] |= within[:-1] & trail[1:]
    edges = np.flatnonzero(np.diff(within, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    if codecs.BOM_UTF8 in body:
        first, second, third = codecs.BOM_UTF8
        marks = np.flatnonzero((byte[:-2] == first) & (byte[1:-1] == second) & (byte[2:] == third))
        after = marks[np.append(within, [False] * 3)[marks + 3]] + 3
        starts = np.unique(np.concatenate([starts, marks, after]))
        ends = np.minimum(ends[np.searchsorted(ends, starts, side="right")], np.append(starts[1:], len(byte)))
    return starts, ends


def boundary(body: bytes, at: int) -> int:
    """Where what byte `at` is in begins with a character of its own, if that is near."""
    for start in range(at, max(0, at - _NEAR), -1):
        if body[start - 1] in _BETWEEN:
            return start
    return max(0, at - _NEAR)


def utf8_inside(body: bytes) -> bool:
    """Two three-byte characters of UTF-8 one after the other, as in no page of another charset but by chance."""
    if len(body) < _SMALL:
        return _TWO_IN_UTF8.search(body) is not None
    byte = np.frombuffer(body, np.uint8)
    begins = (byte & 0xF0) == _THREE
    follows = (byte & 0xC0) == _CONTINUATION
    whole = begins[:-2] & follows[1:-1]
    whole &= follows[2:]
    return bool((whole[:-3] & whole[3:]).any())


def _not_ascii(body: bytes) -> bytes:
    byte = np.frombuffer(body, np.uint8)
    kept = byte > _LAST_ASCII
    kept[1:] |= kept[:-1].copy()
    return byte[kept].tobytes()


def _anew(body: bytes, text: str, name: str) -> str:
    if name == "gb18030" and _has_anew(body):
        return text.translate(GB18030_2022)
    if name == "big5":
        for old, new in _BIG5_MARKS.items():
            text = text.replace(old, new)
    return text


def _has_anew(body: bytes) -> bool:
    """Whether the two bytes of a place that GB18030-2022 reads anew stand side by side."""
    if len(body) < _SMALL:
        return _ANEW_PAIR.search(body) is not None
    byte = np.frombuffer(body, np.uint8)
    leads = np.flatnonzero((byte[:-1] == _ANEW_LEADS[0]) | (byte[:-1] == _ANEW_LEADS[1]))
    return bool(_ANEW_TRAILS[byte[leads + 1]].any())


def _euro(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    euro = _EUROS[_OURS[error.encoding]]
    if error.object.startswith(euro, error.start):
        return "€", error.start + len(euro)
    return HOLE, error.start + 1


codecs.register_error("minyi-euro", _euro)
