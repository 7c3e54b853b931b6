"""Runs: sorted u64 keys (band hash « 32 | seq) with a radix table, looked up a batch at a time. No I/O.

`table[p]` is where the keys begin whose hash opens with the bits of p, so that a look-up reads one bucket
of 4 to 8 keys and not the run: 0.3 µs a run and item at any size. A key costs 8 bytes and its share of the
table 0.5 to 1: at most 288 bytes an item of 32 bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.records.items import Signature
from pipeline.steps.dedup import BANDS, SIGNATURE_VERSION

Keys = NDArray[np.uint64]
Table = NDArray[np.uint32]
Hashes = NDArray[np.uint32]
Places = NDArray[np.intp]

FANOUT = 8  # runs of one tier become one of the next
HOT = 64  # a band shared by more is boilerplate or a flood: only its 64 oldest entries are read
MOST = 24  # candidates an item: beyond, verifying texts costs more than it finds
MOST_HOT = 4  # of those that share hot bands alone

_HASH = np.uint64(32)
_SEQ = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Run:
    """Keys in order and their radix table of 2^bits + 1 entries."""

    keys: Keys
    table: Table

    @property
    def bits(self) -> int:
        """How many leading bits of a hash the table resolves."""
        return (len(self.table) - 1).bit_length() - 1

    def find(self, hashes: Hashes) -> tuple[Places, Places]:
        """Where the entries of each hash begin and how many there are."""
        buckets = hashes >> np.uint32(32 - self.bits) if self.bits else np.zeros_like(hashes)
        starts = self.table.take(buckets).astype(np.intp)
        ends = self.table.take(buckets + np.uint32(1)).astype(np.intp)
        begins = self._first(hashes.astype(np.uint64) << _HASH, starts, ends)
        counts = np.zeros_like(begins)
        met = np.flatnonzero((begins < ends) & (self.keys.take(begins, mode="clip") >> _HASH == hashes))
        above = (hashes[met].astype(np.uint64) << _HASH) + _SEQ
        counts[met] = self._first(above, begins[met], ends[met]) - begins[met]
        return begins, counts

    def _first(self, wanted: Keys, starts: Places, ends: Places) -> Places:
        """The first place in [start, end) whose key is not below the wanted one, or the end: all searched
        at once, by halves, as many times as the longest stretch needs."""
        low, left = starts, ends - starts
        for _ in range(int(left.max(initial=0)).bit_length()):
            half = left >> 1
            below = (self.keys.take(low + half, mode="clip") < wanted) & (left > 0)
            low = low + (half + 1) * below
            left = np.where(below, left - half - 1, half)
        return low


# ---------------------------------------------------------------- making runs


def unpacked(signatures: Sequence[Signature]) -> tuple[Hashes, NDArray[np.bool_]]:
    """Band hashes, a row a signature, and which of them can be compared at all: of this program's version,
    whole, and not of a text without letters."""
    whole = [one.version == SIGNATURE_VERSION and len(one.bands) == BANDS * 4 for one in signatures]
    packed = b"".join(one.bands if good else bytes(BANDS * 4) for one, good in zip(signatures, whole, strict=True))
    bands = np.frombuffer(packed, "<u4").reshape(-1, BANDS)
    return bands, bands.max(axis=1) > 0


def keys_of(bands: Hashes, seqs: Places) -> Keys:
    """The sorted keys of signatures."""
    return np.sort((bands.astype(np.uint64) << _HASH | seqs.astype(np.uint64)[:, None]).reshape(-1))


def table_bits(keys: int) -> int:
    """Bits of the table for so many keys: buckets of 4 to 8."""
    return max(0, (keys // 4).bit_length() - 1)


def counts_of(keys: Keys, bits: int, first: int = 0, buckets: int | None = None) -> NDArray[np.intp]:
    """How many keys each of `buckets` buckets holds, from bucket `first` on."""
    places = (keys >> np.uint64(64 - bits)).astype(np.intp) - first if bits else np.zeros(len(keys), np.intp)
    return np.bincount(places, minlength=(1 << bits) if buckets is None else buckets)


def run_of(keys: Keys) -> Run:
    """A run in memory."""
    counts = counts_of(keys, table_bits(len(keys)))
    return Run(keys, np.concatenate(([0], np.cumsum(counts))).astype(np.uint32))


def merged(parts: Sequence[Keys]) -> Keys:
    """Sorted keys made one."""
    return np.sort(np.concatenate(parts))


def due(sizes: Sequence[int]) -> int | None:
    """Where the runs begin that are to be made one, given their sizes from old to new: the newest eight or
    more of at most one tier. Merging the newest keeps the runs in the order of their seqs."""
    tiers = [_tier(size) for size in sizes]
    for tier in sorted(set(tiers)):
        start = len(tiers)
        while start and tiers[start - 1] <= tier:
            start -= 1
        if len(tiers) - start >= FANOUT:
            return start
    return None


def _tier(size: int) -> int:
    return (size.bit_length() - 1) // (FANOUT.bit_length() - 1)


# ---------------------------------------------------------------- looking up


def look_up(runs: Sequence[Run], bands: Hashes) -> list[list[int]]:
    """For each row of bands the seqs that share some: most shared bands first, then the oldest.

    At most MOST each. Of a band that more than HOT share only the oldest HOT are read (`runs` come from old
    to new), and at most MOST_HOT are given that share such bands alone.
    """
    if not len(bands):
        return []
    hashes, where = np.unique(bands.reshape(-1), return_inverse=True)
    owners, seqs, totals = _entries([run for run in runs if len(run.keys)], hashes)
    order = np.argsort(owners, kind="stable")
    seqs, counts = seqs[order], np.bincount(owners, minlength=len(hashes))
    firsts = np.cumsum(counts) - counts
    occurrences = where.reshape(-1)
    picked = _ranges(firsts[occurrences], counts[occurrences])
    rows = np.repeat(np.arange(len(occurrences)) // BANDS, counts[occurrences]).astype(np.uint64)
    cool = np.repeat(totals[occurrences] <= HOT, counts[occurrences])
    return _best(rows << _HASH | seqs[picked], cool, len(bands))


def _entries(runs: Sequence[Run], hashes: Hashes) -> tuple[Places, NDArray[np.uint64], Places]:
    """Entries of each hash as (place of the hash, seq), the oldest HOT, and how many there are in all."""
    totals = np.zeros(len(hashes), np.intp)
    owners, seqs = [np.zeros(0, np.intp)], [np.zeros(0, np.uint64)]
    for run in runs:
        begins, found = run.find(hashes)
        taken = np.clip(HOT - totals, 0, found)
        totals += found
        owners.append(np.repeat(np.arange(len(hashes)), taken))
        seqs.append(run.keys[_ranges(begins, taken)] & _SEQ)
    return np.concatenate(owners), np.concatenate(seqs), totals


def _ranges(starts: Places, counts: Places) -> Places:
    """start, start + 1, … for each start, so many as its count says, one after the other."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(counts.sum())


def _best(pairs: NDArray[np.uint64], cool: NDArray[np.bool_], rows: int) -> list[list[int]]:
    """Each row's best seqs, given (row « 32 | seq) once for each shared band."""
    found, places, shared = np.unique(pairs, return_inverse=True, return_counts=True)
    hot = np.bincount(places.reshape(-1), weights=cool, minlength=len(found)) == 0
    row, seq = (found >> _HASH).astype(np.intp), (found & _SEQ).astype(np.intp)
    order = np.lexsort((seq, -shared, hot, row))
    row, seq, hot = row[order], seq[order], hot[order]
    cools = np.bincount(row[~hot], minlength=rows)
    every = np.bincount(row, minlength=rows)
    rank = np.arange(len(row)) - (np.cumsum(every) - every)[row]
    kept = (rank < MOST) & (~hot | (rank < cools[row] + MOST_HOT)) if len(row) else np.zeros(0, bool)
    ends = np.cumsum(np.bincount(row[kept], minlength=rows))
    return [part.tolist() for part in np.split(seq[kept], ends[:-1])]
