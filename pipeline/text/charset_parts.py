"""Pages put together from parts in two charsets: which stretch of the bytes is in which.

Sites are built from templates, and an include in GBK inside a page in UTF-8 is common, as is the reverse. The runs of
bytes that are not ASCII are weighed under each charset, and the lightest way through them is taken, where each change
of charset has its price (Viterbi over three states). Linear time; memory for `_UNITS` runs and some bytes a byte.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.text.charset_characters import weight
from pipeline.text.charset_reading import CODECS, runs

STATES = ("gb18030", "utf-8", "big5")
_UTF8 = STATES.index("utf-8")
_CHANGE = 100  # as much as a rare character
_STRANGE = 60  # a byte of a text weighs less; a unit that weighs more in a charset is none of its
_UNITS = 20_000  # with more runs than this, several together are one unit
_SAMPLE = 2000  # a unit is judged by its first bytes
_ENOUGH = 200  # units that tell noise
_SURE = 6  # bytes of UTF-8 that are no other charset's by chance, when characters of three bytes are among them
_NEVER = 1_000_000

Stretch = tuple[int, int, str]


def stretches(body: bytes, name: str) -> list[Stretch]:
    """(start, end, charset) of the parts, which together are the whole; one when it is in one charset, and when it is
    no text in any: then in `name`."""
    units = [(start, end, body[start : min(end, start + _SAMPLE)]) for start, end in _units(body)]
    if _noise([unit for _, _, unit in units[:_ENOUGH]]):
        return [(0, len(body), name)]
    states = _lightest([_weights(unit) for _, _, unit in units])
    starts = [(0, states[0])] if units else []
    for (start, _, _), before, after in zip(units[1:], states, states[1:], strict=False):
        if before != after:
            starts.append((start, after))
    ends = [start for start, _ in starts[1:]] + [len(body)]
    return [(start, end, STATES[state]) for (start, state), end in zip(starts, ends, strict=True)]


def _units(body: bytes) -> list[tuple[int, int]]:
    """The runs that are not ASCII, or so many at a time that there are no more than `_UNITS`."""
    starts, ends = runs(body)
    together = len(starts) // _UNITS + 1
    lasts = np.minimum(np.arange(0, len(starts), together) + together, len(starts)) - 1
    return list(zip(starts[::together].tolist(), ends[lasts].tolist(), strict=True))


def _noise(units: Sequence[bytes]) -> bool:
    return sum(min(_weights(unit)) for unit in units) > _STRANGE * sum(map(len, units))


def _weights(unit: bytes) -> list[int]:
    """What a unit weighs in each of `STATES`; a legacy charset that gives no common characters gets no better of it
    than the worst."""
    if _surely_utf8(unit):
        return [0 if state == "utf-8" else _NEVER for state in STATES]
    weights = [weight(unit.decode(CODECS[state], "replace")) for state in STATES]
    heavy = max(weights)
    return [heavy if state != _UTF8 and light > _STRANGE * len(unit) else light for state, light in enumerate(weights)]


def _surely_utf8(unit: bytes) -> bool:
    try:
        return len(unit) >= _SURE and max(unit.decode()) >= "\u0800"
    except UnicodeDecodeError:
        return False


def _lightest(weights: Sequence[Sequence[int]]) -> list[int]:
    """The state of each unit on the lightest way through all."""
    totals, came = [0] * len(STATES), list[list[int]]()
    for unit in weights:
        best = min(range(len(totals)), key=totals.__getitem__)
        came.append([state if totals[state] <= totals[best] + _CHANGE else best for state in range(len(totals))])
        totals = [totals[source] + _CHANGE * (source != state) + unit[state] for state, source in enumerate(came[-1])]
    state = min(range(len(totals)), key=totals.__getitem__)
    way: list[int] = []
    for sources in reversed(came):
        way.append(state)
        state = sources[state]
    return way[::-1]
