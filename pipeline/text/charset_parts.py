"""Pages put together from parts in two charsets: which stretch of the bytes is in which.

Sites are built from templates, and an include in GBK inside a page in UTF-8 is common, as is the reverse. The runs of
bytes that are not ASCII are weighed under each charset, and the lightest way through them is taken, where each change
of charset has its price (Viterbi over two or three states). Linear time; memory for `_UNITS` runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.text.charset_characters import weight
from pipeline.text.charset_reading import CODECS, RUN

STATES = ("gb18030", "utf-8", "big5")
_CHANGE = 100  # as much as a rare character
_UNITS = 20_000  # with more runs than this, several together are one unit
_SAMPLE = 2000  # a unit is judged by its first bytes

# A mark stands at the head of what was a file of its own.
_RUN = re.compile(rb"\xef\xbb\xbf|" + RUN.pattern)
Span = tuple[int, int]
Stretch = tuple[int, int, str]


def stretches(body: bytes) -> list[Stretch]:
    """(start, end, charset) of the parts, which together are the whole; one when it is in one charset."""
    units = _units(body)
    charsets = _lightest([_weights(body[start : min(end, start + _SAMPLE)]) for start, end in units])
    starts = [(0, charsets[0])] if units else []
    for (start, _), before, after in zip(units[1:], charsets, charsets[1:], strict=False):
        if before != after:
            starts.append((start, after))
    ends = [start for start, _ in starts[1:]] + [len(body)]
    return [(start, end, STATES[state]) for (start, state), end in zip(starts, ends, strict=True)]


def _units(body: bytes) -> list[Span]:
    """The runs that are not ASCII, or so many at a time that there are no more than `_UNITS`."""
    room = len(body) // _UNITS  # bytes a unit takes at least
    units: list[Span] = []
    for run in _RUN.finditer(body):
        start, end = run.span()
        if units and start < units[-1][0] + room:
            units[-1] = (units[-1][0], end)
        else:
            units.append((start, end))
    return units


def _weights(unit: bytes) -> list[int]:
    return [weight(unit.decode(CODECS[state], "replace")) for state in STATES]


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
