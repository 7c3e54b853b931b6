"""Bytes of which some are lost, read again: which texts they may have been, the likeliest first.

    read(line, start, end, charset, left, right, model, …) -> list[Reading]

`line` is a list of bytes, and of MARKs where a reader put U+FFFD or `?`. A mark stands for one byte or for two; where
`silent` allows it a byte may be missing without a mark. Every way to read is followed at once, the `width` likeliest
are kept (beam search; Lowerre 1976), and what a character costs is the model's word, in its context on both sides.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import LETTER, RARE, UNUSUAL, Floats, Ints, Model, classes

MARK = 256  # a replacement character: one byte or two
QUESTION = 257  # a question mark: itself, or a mark
ANY = -1  # a byte that may be any
UNPAIRED = -2  # the first of two bytes that are no character of GBK
GONE = -3  # the same, in a reader that has a character for 0x80
BEFORE = -0x1000  # minus a byte: one that is no character of GBK together with that byte after it

WIDTH = 64
_MANY = 12  # where so many characters fit, three eighths of them
_BEHIND = np.float32(16)  # nats behind the likeliest at one place: given up
_SILENT = 6.0  # a byte missing without a mark
# What a mark stands for, by a character's bytes: how many, which, at what cost. Within UTF-8 read as GBK it is one byte
# that did not go with the next; at an end, or where a stretch was read alone, it may be any.
_MARKED = {
    2: ((1, BEFORE, 0.5), (1, ANY, 3.0), (2, UNPAIRED, 3.0)),
    3: ((1, BEFORE, 0.5), (1, ANY, 9.0), (2, UNPAIRED, 3.0)),
}
_LITERAL, _LETTER, _DIGIT = -4.0, 3.5, 2.3  # a mark that stays one, one of a class


_Template = tuple[tuple[int, ...], tuple[int, int], int, float]
_GBK, _UTF8 = 2, 3  # bytes of a character
_HIGH, _LOWEST_TRAIL = 0x80, 0x40


class Reading(NamedTuple):
    """A text the bytes may have been, and its cost (-ln P with its context)."""

    text: str
    cost: float


@dataclass(slots=True)
class _Front:
    """Ways to have read so far, one a row: the last two classes, cost, losses, whence and what."""

    first: Ints
    second: Ints
    cost: Floats
    lost: Ints
    parent: Ints
    char: Ints


@dataclass(slots=True)
class _Search:
    line: Sequence[int]
    end: int
    size: int  # bytes of a character: 2 in GBK, 3 in UTF-8
    model: Model
    folded: bool
    silent: bool
    most: int  # losses
    width: int
    parents: list[Ints] = field(default_factory=list)
    chars: list[Ints] = field(default_factory=list)
    count: int = 0


def read(
    line: Sequence[int],
    model: Model,
    *,
    left: Ints,
    right: Ints,
    utf8: bool = False,
    folded: bool = False,
    silent: bool = False,
    width: int = WIDTH,
) -> list[Reading]:
    """Readings of `line` between two classes on the left and some on the right, different ones, likeliest first, of
    `width` ways that are followed at once."""
    marks = sum(byte >= MARK for byte in line)
    search = _Search(line, len(line), _UTF8 if utf8 else _GBK, model, folded, silent, marks + 1 if utf8 else 2, width)
    waiting: dict[tuple[int, int], list[_Front]] = {(0, 0): [_start(np.concatenate((_NOTHING, left))[-2:])]}
    for at in range(len(line) + 1):
        for pending in (2, 1, 0):
            if fronts := waiting.pop((at, pending), None):
                front = _best(search, fronts)
                if (at, pending) == (len(line), 0):
                    return _readings(search, front, right)
                for node, more in _steps(search, at, pending, front):
                    waiting.setdefault(node, []).append(more)
    return []


_NOTHING = np.zeros(2, np.int64)


def _start(left: Ints) -> _Front:
    one = np.zeros(1, np.int64)
    return _Front(one + left[0], one + left[1], np.zeros(1, np.float32), one, one - 1, one - 1)


def _best(search: _Search, fronts: list[_Front]) -> _Front:
    """The likeliest of what arrived, known to the search by number from here on."""
    cost = np.concatenate([one.cost for one in fronts])
    keep = np.argsort(cost, kind="stable")[: search.width]
    keep = keep[cost[keep] <= cost[keep[0]] + _BEHIND]
    columns = (np.concatenate([getattr(one, name) for one in fronts])[keep] for name in _COLUMNS)
    first, second, cost, lost, parent, char = columns
    search.parents.append(parent)
    search.chars.append(char)
    number = np.arange(search.count, search.count + len(keep))
    search.count += len(keep)
    return _Front(first, second, cost, lost, number, char)


_COLUMNS = ("first", "second", "cost", "lost", "parent", "char")


class _Choice(NamedTuple):
    """Characters that may come next: their code points, what they cost beyond the model's word, bytes lost in them,
    and where they end."""

    node: tuple[int, int]
    codes: Ints
    cost: float
    losses: int


def _choices(search: _Search, at: int, pending: int, fewest: int) -> Iterator[_Choice]:
    """Every next character, for a front of which the best has lost `fewest` bytes."""
    byte = search.line[at] if at < search.end else None
    if not pending and byte is not None and (byte < _HIGH or byte >= MARK):
        code = 0xFFFD if byte == MARK else 0x3F if byte == QUESTION else byte
        yield _Choice((at + 1, 0), np.array([code]), literal(chr(code)), 0)
    for template, node, losses, cost in _templates(search, at, pending, search.size):
        if max(template) < 0 and search.size == _GBK and byte != MARK:  # nothing is left of it
            continue
        codes = candidates(template, folded=search.folded)
        if len(codes) and fewest + losses <= search.most:
            yield _Choice(node, codes, cost, losses)


def _steps(search: _Search, at: int, pending: int, front: _Front) -> Iterator[tuple[tuple[int, int], _Front]]:
    """The ways to have read up to the end of every next character. The model is asked once for all of them."""
    choices = list(_choices(search, at, pending, int(front.lost.min())))
    if not choices:
        return
    rows = [
        np.flatnonzero(front.lost + one.losses <= search.most)[
            : search.width * 3 // 8 if len(one.codes) > _MANY else None
        ]
        for one in choices
    ]
    sizes = [len(able) * len(one.codes) for able, one in zip(rows, choices, strict=True)]
    of = np.concatenate([np.repeat(able, len(one.codes)) for able, one in zip(rows, choices, strict=True)])
    chars = np.concatenate([np.tile(one.codes, len(able)) for able, one in zip(rows, choices, strict=True)])
    second, third = front.second[of], _ids(chars, folded=search.folded)
    cost = front.cost[of] + search.model.after(front.first[of], second, third)
    cost += np.repeat(np.array([one.cost for one in choices], np.float32), sizes)
    lost = front.lost[of] + np.repeat([one.losses for one in choices], sizes)
    whole = _Front(second, third, cost, lost, front.parent[of], chars)
    start = 0
    for one, size in zip(choices, sizes, strict=True):
        yield one.node, _likeliest(whole, start, start + size, search.width)
        start += size


def _likeliest(whole: _Front, start: int, end: int, width: int) -> _Front:
    """The `width` likeliest of rows start … end - 1."""
    keep: slice | Ints = slice(start, end)
    if end - start > width:
        keep = start + np.argpartition(whole.cost[start:end], width)[:width]
    return _Front(*(getattr(whole, name)[keep] for name in _COLUMNS))


def literal(char: str) -> float:
    """What a character costs beyond its class: a letter is one of many, U+FFFD no character at all."""
    return _LITERAL if char == "\ufffd" else _LETTER if char.isalpha() else _DIGIT if char.isdigit() else 0.0


def _templates(search: _Search, at: int, pending: int, need: int, *, fresh: bool = True) -> Iterator[_Template]:
    """The bytes a character from here may have: known ones, ANY and UNPAIRED; where it ends; losses; their cost."""
    if not need:
        yield (), (at, pending), 0, 0.0
        return
    if pending:
        yield from _after(search, ANY, at, pending - 1, need, 0, 0.0)
        return
    byte = search.line[at] if at < search.end else None
    if byte is not None and byte >= MARK:
        for wide, what, price in _MARKED[search.size]:
            yield from _after(search, _exact(search, at) if what == BEFORE else what, at + 1, wide - 1, need, 1, price)
        return
    if byte is not None and (byte >= _HIGH or (search.size == _GBK and need == 1 and byte >= _LOWEST_TRAIL)):
        yield from _after(search, byte, at + 1, 0, need, 0, 0.0)
    if search.silent and (byte is not None or not fresh):
        wide = search.size - 1
        for one in _after(search, ANY if wide == 1 else GONE, at, wide - 1, need, 1, _SILENT):
            if one[2] == 1 and (not fresh or max(one[0]) >= 0):
                yield one


def _after(
    search: _Search, byte: int, at: int, pending: int, need: int, losses: int, price: float
) -> Iterator[_Template]:
    for rest, node, lost, cost in _templates(search, at, pending, need - 1, fresh=False):
        yield (byte, *rest), node, lost + losses, cost + price


def _exact(search: _Search, at: int) -> int:
    """What a mark stands for when its reader gave up one byte: one that does not go with the next."""
    after = search.line[at + 1] if at + 1 < search.end else MARK
    return BEFORE - after if after < MARK else ANY


def _readings(search: _Search, front: _Front, right: Ints) -> list[Reading]:
    cost = front.cost.astype(np.float64)
    first, second = front.first, front.second
    for one in right:
        third = np.full(len(first), one)
        cost = cost + search.model.after(first, second, third)
        first, second = second, third
    parents, chars = np.concatenate(search.parents), np.concatenate(search.chars)
    found: dict[str, float] = {}
    for row in np.argsort(cost, kind="stable"):
        text = _traced(int(front.parent[row]), parents, chars)
        found.setdefault(text, float(cost[row]))
    return [Reading(text, cost) for text, cost in found.items()]


def _traced(number: int, parents: Ints, chars: Ints) -> str:
    codes: list[str] = []
    while number >= 0 and chars[number] >= 0:
        codes.append(chr(chars[number]))
        number = int(parents[number])
    return "".join(reversed(codes))


@lru_cache(maxsize=50_000)
def candidates(template: tuple[int, ...], *, folded: bool) -> Ints:
    """The characters whose bytes fit the template, as code points; with a lost byte only those in use."""
    table, codes, used = _alphabet(len(template), folded=folded)
    fits = np.ones(len(codes), np.bool_)
    for place, byte in enumerate(template):
        if byte >= 0:
            fits &= table[:, place] == byte
        elif byte <= BEFORE:
            fits &= _parted()[table[:, place], BEFORE - byte]
        elif byte in {UNPAIRED, GONE}:
            if byte == GONE:
                fits &= table[:, place] != _HIGH
            fits &= _unpaired(
                table[:, place], table[:, place + 1] if template[place + 1 : place + 2] == (ANY,) else None
            )
    if min(template) < 0:
        fits &= used
    return codes[fits]


def _unpaired(high: npt.NDArray[np.uint8], low: npt.NDArray[np.uint8] | None) -> npt.NDArray[np.bool_]:
    """Where two bytes are no character of GBK; `low` None: the first byte of the next character in UTF-8."""
    if low is not None:
        return _parted()[high, low]
    return _parted()[high, 0xE4]


@cache
def _parted() -> npt.NDArray[np.bool_]:
    """Which two bytes, the first above 0x7F, are no character of GBK."""
    parted = np.zeros((256, 256), np.bool_)
    for high in range(0x80, 0x100):
        for low in range(0x100):
            parted[high, low] = len(bytes((high, low)).decode("gbk", "ignore").encode("gbk")) < _GBK
    return parted


@lru_cache
def _alphabet(size: int, *, folded: bool) -> tuple[npt.NDArray[np.uint8], Ints, npt.NDArray[np.bool_]]:
    """Every character of `size` bytes in GBK (2) or UTF-8 (3): its bytes, its code point, and whether it is in use."""
    if size == _GBK:
        pairs = [bytes((high, low)) for high in range(0x81, 0xFF) for low in (*range(0x40, 0x7F), *range(0x80, 0xFF))]
        known = [(raw, raw.decode("gb18030", "ignore")) for raw in pairs]
    else:
        blocks = ((0x2000, 0x26FF), (0x3000, 0x33FF), (0x3400, 0x9FFF), (0xE000, 0xF8FF), (0xFF00, 0xFFEF))
        known = [(chr(code).encode(), chr(code)) for first, last in blocks for code in range(first, last + 1)]
    known = [(raw, char) for raw, char in known if len(char) == 1 and unicodedata.category(char) != "Cn"]
    codes = np.array([ord(char) for _, char in known], np.int64)
    table = np.frombuffer(b"".join(raw for raw, _ in known), np.uint8).reshape(-1, size)
    ids = _ids(codes, folded=folded)
    return table, codes, (ids > LETTER) & (ids < RARE) & _usual(codes, folded=folded)


def _usual(codes: Ints, *, folded: bool) -> npt.NDArray[np.bool_]:
    """Of characters that count as one, the one that is written: `。` and not `．`; converted, 折 and not 摺."""
    if not folded:
        rare = np.array([chr(code) in UNUSUAL for code in codes])
        return ~rare
    from opencc import OpenCC

    back, there = OpenCC("t2s").convert, OpenCC("s2t").convert
    return np.array([chr(code) not in UNUSUAL and there(back(chr(code))) == chr(code) for code in codes])


def _ids(codes: Ints, *, folded: bool) -> Ints:
    return classes(folded=folded)[codes].astype(np.int64)


def sure(readings: Sequence[Reading]) -> list[float]:
    """Of each character of the first reading, the probability that it stands there, among all that were found."""
    best = readings[0]
    weights = [math.exp(best.cost - one.cost) for one in readings]
    alike = [
        (one.text, weight) for one, weight in zip(readings, weights, strict=True) if len(one.text) == len(best.text)
    ]
    return [
        sum(weight for text, weight in alike if text[at] == char) / sum(weights) for at, char in enumerate(best.text)
    ]
