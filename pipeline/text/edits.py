"""Changes of a text by place, one stage after another.

applied(text, edits, repairs) -> (text, repairs)    earlier repairs' places follow
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from pipeline.records.items import Repair

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_QUOTED = 40  # of a long run the list keeps the beginning


class Edit(NamedTuple):
    """text[start:end] becomes `after`. The same text again is a mark: doubtful, not changed. Without a reason it is
    not listed (`why` of a stage that lists its changes otherwise)."""

    start: int
    end: int
    after: str
    why: str


def applied(text: str, edits: Sequence[Edit], repairs: Sequence[Repair] = ()) -> tuple[str, list[Repair]]:
    """The text after edits, in order and apart from each other; the repairs with places in the new text."""
    if not edits:
        return text, list(repairs)
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts += (text[done : edit.start], edit.after)
        done = edit.end
    shifts = [0, *accumulate(len(edit.after) - (edit.end - edit.start) for edit in edits)]
    starts = [edit.start for edit in edits]
    moved = [replace(one, at=_moved(one.at, edits, starts, shifts)) for one in repairs]
    own = [
        Repair(edit.start + shift, _quoted(text[edit.start : edit.end]), edit.after, edit.why)
        for edit, shift in zip(edits, shifts, strict=False)
        if edit.why
    ]
    return "".join([*parts, text[done:]]), sorted([*moved, *own], key=lambda one: one.at)


def _quoted(before: str) -> str:
    before = before[:_QUOTED]
    return before.encode("unicode_escape").decode() if _UNSTORABLE.search(before) else before


def _moved(at: int, edits: Sequence[Edit], starts: list[int], shifts: list[int]) -> int:
    number = bisect_right(starts, at)
    if number and at < edits[number - 1].end:  # inside of what changed: at its beginning
        return edits[number - 1].start + shifts[number - 1]
    return at + shifts[number]
