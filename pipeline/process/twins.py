"""Which signatures of a list share a band with which others: for twins that travel in one batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.records.items import Signature

CROWD = 64  # a band shared by more is boilerplate, and tells nothing


def twins(signatures: Sequence[Signature]) -> list[list[int]]:
    """For each signature the indexes of others that share a band or the exact text with it."""
    near: list[set[int]] = [set() for _ in signatures]
    for group in _by_band(signatures):
        for one in group:
            near[one].update(group)
    for group in _by_exact(signatures):
        # A thousand copies make a star round the first, not a million pairs.
        for one in group:
            near[one].add(group[0])
            near[group[0]].add(one)
    return [sorted(some - {index}) for index, some in enumerate(near)]


def _by_band(signatures: Sequence[Signature]) -> list[list[int]]:
    if len(signatures) < 2:  # noqa: PLR2004 - a pair takes two
        return []
    table = np.frombuffer(b"".join(one.bands for one in signatures), dtype="<u4").reshape(len(signatures), -1)
    bands = np.arange(table.shape[1], dtype=np.uint64) << np.uint64(32)
    keys = (table.astype(np.uint64) | bands).ravel()
    owners = np.repeat(np.arange(len(signatures)), table.shape[1])
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    lengths = np.diff(np.r_[starts, len(keys)])
    shared = (lengths > 1) & (lengths <= CROWD)
    return [
        owners[start : start + length].tolist() for start, length in zip(starts[shared], lengths[shared], strict=True)
    ]


def _by_exact(signatures: Sequence[Signature]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for index, one in enumerate(signatures):
        groups.setdefault(one.exact, []).append(index)
    return [group for group in groups.values() if len(group) > 1]
