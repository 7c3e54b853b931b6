"""Proving the history: each act's seal holds the one before it."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.ports.desk import ActRow, seal

FIRST = ""


def broken_at(rows: Iterable[ActRow], *, previous: str = FIRST, seq: int = 0) -> int | None:
    """The first seq whose seal does not hold, or that is missing; None when the chain is whole."""
    for row in rows:
        seq += 1
        if row.seq != seq or row.seal != seal(previous, row.seq, row.act):
            return seq
        previous = row.seal
    return None
