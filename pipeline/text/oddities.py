"""One quick scan for what may be damage: characters that hardly stand together, and such as no clean text has.

    look(text, model) -> Look
    glances(texts, model, …) -> list[Glance]      in which a look would find nothing; many texts in one scan

Costs of neighbours come from a table of the commonest characters against each other (9 MB), which never says less
than the model itself; where three together reach ODD, the model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import ALIEN, FIRST_HAN, RARE, SIZE, UNIT, Floats, Ints, Model, classes

ODD = 34.0  # nats, of three neighbours together: clean text reaches it once in ten thousand characters
_UNITS = int(ODD / UNIT)
_COMMON = 3072
_RARE = _COMMON - 3  # rank of a rare character; above it those that are alien or damage
_FEW = 4  # odd places of a text that are confirmed in passing
_SCANNED = 50_000  # characters of several texts that are scanned together
# Nats a character and its neighbour: on average, and in the middle. Prose has 4 to 5, torn prose 6 to 7.
_NOISE = 7.0, 6.7


@dataclass(frozen=True, slots=True)
class Look:
    """How many characters are rare; whether any is alien or damage itself; where three neighbours are odd (the middle
    one); the sum there and everywhere, at least the model's; whether all of it is no prose, such as a list of rare
    names (its odd places are then not confirmed)."""

    rare: int
    alien: bool
    odd: Ints
    sums: npt.NDArray[np.uint16]
    noise: bool

    def near(self, at: int) -> float:
        """The highest sum about a place, in nats; no less than the model's."""
        return _near(self.sums, at)


class Signs(NamedTuple):
    """What else a glance heeds: characters that are damage in any text, by code point (those beyond the table like its
    last), and places where three neighbours are odd from `beside` nats on."""

    damage: npt.NDArray[np.bool_]
    asked: re.Pattern[str]
    beside: float


class Glance(NamedTuple):
    """How many characters of a text are rare or worse, and whether a look would find nothing else, nor any damage."""

    rare: int
    quiet: bool


def look(text: str, model: Model) -> Look:
    """One scan of a text."""
    codes, ranks, pairs, sums = _scan(text, model)
    highest = int(ranks.max(initial=0))
    rare = int((ranks >= _RARE).sum()) if highest >= _RARE else 0
    odd = np.flatnonzero(sums >= _UNITS) + 1 if int(sums.max(initial=0)) >= _UNITS else _NONE
    noise = _noise(pairs, sums)
    return Look(rare, highest > _RARE, odd if noise else _confirmed(codes, odd, model), sums, noise)


def glances(texts: Sequence[str], model: Model, signs: Signs) -> list[Glance]:
    """Each text without the details of a look."""
    return [one for start, end in _runs(texts) for one in _glances(texts[start:end], model, signs)]


def _runs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Texts one after the other, together no longer than is scanned at a time, or one alone."""
    start = size = 0
    for number, text in enumerate(texts):
        if size and size + len(text) > _SCANNED:
            yield start, number
            start = number
            size = 0
        size += len(text) + 1
    if size:
        yield start, len(texts)


def _glances(texts: Sequence[str], model: Model, signs: Signs) -> Iterator[Glance]:
    """Where two texts meet, what is not odd may be thought so; of a text with many odd places a look has to tell."""
    text = "\n".join(texts)
    codes, ranks, _, sums = _scan(text, model)
    ends = np.cumsum([len(one) + 1 for one in texts])
    rare, odd = np.flatnonzero(ranks >= _RARE), np.flatnonzero(sums >= _UNITS) + 1
    owners = np.searchsorted(ends, odd, "right")
    found = np.bincount(owners, minlength=len(texts)) > _FEW
    few = ~found[owners]
    sure = _confirmed(codes, odd[few], model)
    asked = [match.start() for match in signs.asked.finditer(text) if _near(sums, match.start()) >= signs.beside]
    damage = np.flatnonzero(signs.damage.take(codes, mode="clip"))
    about = (sure + step for step in (-2, -1, 0, 1))
    loud = np.concatenate((rare[ranks[rare] > _RARE], damage, *about, _ints(asked)))
    found[np.searchsorted(ends, np.maximum(loud, 0), "right")] = True
    for number in np.unique(owners[few]):
        start, end = ends[number] - 1 - len(texts[number]), ends[number] - 3  # as many as a look has
        found[number] |= _costly(sums[start:end])
    counts = np.bincount(np.searchsorted(ends, rare, "right"), minlength=len(texts))
    return map(Glance, counts.tolist(), (~found).tolist())


class _Scan(NamedTuple):
    codes: npt.NDArray[np.uint32]
    ranks: npt.NDArray[np.int32]
    pairs: npt.NDArray[np.uint8]  # what a character costs after the one before it
    sums: npt.NDArray[np.uint16]  # of three pairs in a row


def _scan(text: str, model: Model) -> _Scan:
    ranks_, costs = _tables(model)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    ranks = ranks_.take(codes, mode="clip")
    pairs = costs.take(ranks[:-1] * _COMMON + ranks[1:])
    sums = np.add(pairs[:-1], pairs[1:], dtype=np.uint16)  # of a character, the one before and the one after
    sums[1:] += pairs[:-2]
    return _Scan(codes, ranks, pairs, sums)


def _near(sums: npt.NDArray[np.uint16], at: int, reach: int = 3) -> float:
    return float(sums[max(0, at - reach) : at + reach].max(initial=0) * UNIT)


def _noise(pairs: npt.NDArray[np.uint8], sums: npt.NDArray[np.uint16]) -> bool:
    return _costly(sums) and int(np.count_nonzero(pairs > _NOISE[1] / UNIT)) * 2 > len(pairs)


def _costly(sums: npt.NDArray[np.uint16]) -> bool:
    return bool(int(sums.sum()) * UNIT > 3 * _NOISE[0] * len(sums))


def _ints(places: list[int]) -> Ints:
    return np.array(places, np.int64)


_NONE = _ints([])


def _confirmed(codes: npt.NDArray[np.uint32], odd: Ints, model: Model) -> Ints:
    """The places where the model itself says so."""
    if not len(odd):
        return odd
    table = classes(folded=False)
    four = [
        table[np.minimum(codes[np.maximum(odd + step, 0)], len(table) - 1)].astype(np.int64) for step in range(-2, 2)
    ]
    first, second, third = (model.pair(one, other) for one, other in pairwise(four))
    return odd[np.where(odd > 1, first, 0) + second + third >= ODD]


@lru_cache(maxsize=2)
def _tables(model: Model) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """The rank of every code point, 0 for those not common, and what ranks cost after each other."""
    single = model.single.copy()
    single[:FIRST_HAN] = 0
    common = np.argsort(single[:RARE], kind="stable")[: _COMMON - 4]
    ranks = np.zeros(SIZE, np.int32)
    ranks[common] = np.arange(1, _COMMON - 3)
    ranks[[RARE, ALIEN, SIZE - 1]] = _RARE, _RARE + 1, _RARE + 2
    chosen = np.concatenate(([RARE], common, [RARE, ALIEN, SIZE - 1])).astype(np.int64)
    costs = np.stack([_row(model, one, chosen) for one in chosen])
    return ranks[classes(folded=False)], costs.ravel()


def _row(model: Model, before: int, chosen: Ints) -> npt.NDArray[np.uint8]:
    costs: Floats = model.pair(np.full(len(chosen), before, np.int64), chosen)
    return np.clip(np.rint(costs / UNIT), 0, 255).astype(np.uint8)
