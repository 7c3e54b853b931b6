"""One quick scan for what may be damage: characters that hardly stand together, and such as no clean text has.

    look(text, model) -> Look

Costs of neighbours come from a table of the commonest characters against each other (9 MB), which never says less
than the model itself; where three together reach ODD, the model is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import ALIEN, FIRST_HAN, RARE, SIZE, UNIT, Floats, Ints, Model, classes, plain_ids

ODD = 34.0  # nats, of three neighbours together: clean text reaches it once in ten thousand characters
_UNITS = int(ODD / UNIT)
_COMMON = 3072
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

    def near(self, at: int, reach: int = 3) -> float:
        """The highest sum about a place, in nats; no less than the model's."""
        about = self.sums[max(0, at - reach) : at + reach]
        return float(about.max(initial=0) * UNIT)


def look(text: str, model: Model) -> Look:
    """One scan of a text."""
    ranks_, costs = _tables(model)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    ranks = ranks_.take(codes, mode="clip")
    highest = int(ranks.max(initial=0))
    rare = int((ranks >= _COMMON - 3).sum()) if highest >= _COMMON - 3 else 0
    pairs = costs.take(ranks[:-1] * _COMMON + ranks[1:])
    sums = np.add(pairs[:-1], pairs[1:], dtype=np.uint16)  # of a character, the one before and the one after
    sums[1:] += pairs[:-2]
    odd = np.flatnonzero(sums >= _UNITS) + 1 if int(sums.max(initial=0)) >= _UNITS else _NONE
    noise = _noise(pairs, sums)
    return Look(rare, highest >= _COMMON - 2, odd if noise else _confirmed(text, odd, model), sums, noise)


def _noise(pairs: npt.NDArray[np.uint8], sums: npt.NDArray[np.uint16]) -> bool:
    mean, middle = _NOISE
    if int(sums.sum()) * UNIT <= 3 * mean * len(sums):
        return False
    return int(np.count_nonzero(pairs > middle / UNIT)) * 2 > len(pairs)


_NONE = np.zeros(0, np.int64)


def _confirmed(text: str, odd: Ints, model: Model) -> Ints:
    """The places where the model itself says so."""
    if not len(odd):
        return odd
    ids = plain_ids(text)
    costs = [model.pair(ids[odd + step - 1], ids[odd + step]) for step in (-1, 0, 1) if step]
    first = np.where(odd > 1, model.pair(ids[np.maximum(odd - 2, 0)], ids[odd - 1]), 0)
    return odd[first + sum(costs) >= ODD]


@lru_cache(maxsize=2)
def _tables(model: Model) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """The rank of every code point, 0 for those not common, and what ranks cost after each other."""
    single = model.single.copy()
    single[:FIRST_HAN] = 0
    common = np.argsort(single[:RARE], kind="stable")[: _COMMON - 4]
    ranks = np.zeros(SIZE, np.int32)
    ranks[common] = np.arange(1, _COMMON - 3)
    ranks[[RARE, ALIEN, SIZE - 1]] = _COMMON - 3, _COMMON - 2, _COMMON - 1
    chosen = np.concatenate(([RARE], common, [RARE, ALIEN, SIZE - 1])).astype(np.int64)
    costs = np.stack([_row(model, one, chosen) for one in chosen])
    return ranks[classes(folded=False)], costs.ravel()


def _row(model: Model, before: int, chosen: Ints) -> npt.NDArray[np.uint8]:
    costs: Floats = model.pair(np.full(len(chosen), before, np.int64), chosen)
    return np.clip(np.rint(costs / UNIT), 0, 255).astype(np.uint8)
