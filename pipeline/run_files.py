"""A run in a file, memory-mapped: header, radix table, keys, checksums of both. Written once, a slice at a time."""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pipeline.runs import Keys, Run, counts_of, merged, table_bits

_HEADER = struct.Struct("<8sQIIII")  # magic, keys, bits, checksum of the table, of the keys, 0
_MAGIC = b"MINYIRUN"


class RunFile:
    """A run's file, mapped; pages come and go with the system's cache and are shared, not private, memory.
    Raises ValueError when it is damaged; one that this process has just written (`fresh`) is not read again."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            keys, bits = _checked(self._map, sums=not fresh)
        except ValueError:
            self._map.close()
            raise
        table = np.frombuffer(self._map, "<u4", (1 << bits) + 1, _HEADER.size)
        self.run = Run(np.frombuffer(self._map, "<u8", keys, _keys_at(bits)), table)

    def close(self) -> None:
        """Unmap: Windows removes no mapped file. The run must not be used after."""
        self.run = Run(np.zeros(0, np.uint64), np.zeros(2, np.uint32))
        self._map.close()

    def remove(self) -> None:
        """Close and remove; what a scanner holds open on Windows is swept later."""
        self.close()
        with suppress(OSError):
            self.path.unlink()


def write_run(path: Path, parts: Sequence[Keys], step: int) -> Generator[None]:
    """Merge sorted keys into a file, about `step` keys between two yields; it is whole when this ends."""
    total = sum(len(part) for part in parts)
    bits = table_bits(total)
    cut = min(bits, max(0, (total - 1).bit_length() - (step - 1).bit_length()))
    sums, done = [0, 0], 0
    with path.open("wb") as file:
        for slice_ in range(1 << cut):
            keys = merged([part[_range(part, slice_, cut)] for part in parts])
            buckets = 1 << (bits - cut)
            counts = counts_of(keys, bits, slice_ * buckets, buckets)
            table = (done + np.cumsum(counts) - counts).astype("<u4")
            sums[0] = _put(file, _HEADER.size + 4 * slice_ * buckets, table.tobytes(), sums[0])
            sums[1] = _put(file, _keys_at(bits) + 8 * done, keys.astype("<u8", copy=False).tobytes(), sums[1])
            done += len(keys)
            yield
        sums[0] = _put(file, _HEADER.size + (4 << bits), np.uint32(done).astype("<u4").tobytes(), sums[0])
        _put(file, 0, _HEADER.pack(_MAGIC, total, bits, *sums, 0), 0)


def _range(keys: Keys, slice_: int, cut: int) -> slice:
    """Where the keys of slice number `slice_` of 2^cut stand."""
    edges = [np.uint64(edge << (64 - cut)) for edge in (slice_, slice_ + 1) if edge < 1 << cut]
    places = [int(place) for place in np.searchsorted(keys, np.array(edges, np.uint64))]
    return slice(places[0], places[1] if len(places) > 1 else len(keys))


def _put(file: BinaryIO, at: int, content: bytes, checksum: int) -> int:
    file.seek(at)
    file.write(content)
    return zlib.crc32(content, checksum)


def _keys_at(bits: int) -> int:
    """Where the keys begin: after the table, at a multiple of 8."""
    return -(-(_HEADER.size + 4 * ((1 << bits) + 1)) // 8) * 8


def _checked(mapped: mmap.mmap, *, sums: bool) -> tuple[int, int]:
    """Number of keys and bits of a whole file, its checksums tried if so asked; ValueError otherwise."""
    with memoryview(mapped) as content:
        if len(content) < _HEADER.size:
            raise ValueError("a run is cut short")
        magic, keys, bits, of_table, of_keys, _ = _HEADER.unpack(content[: _HEADER.size])
        if magic != _MAGIC or bits != table_bits(keys) or len(content) != _keys_at(bits) + 8 * keys:
            raise ValueError("a run is cut short or no run")
        if not sums:
            return keys, bits
        end = _HEADER.size + 4 * ((1 << bits) + 1)
        with content[_HEADER.size : end] as table, content[_keys_at(bits) :] as body:
            if zlib.crc32(table) != of_table or zlib.crc32(body) != of_keys:
                raise ValueError("a run is damaged")
    return keys, bits
