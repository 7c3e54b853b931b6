"""Signatures and the band index: `python -m tests.benchmarks.bench_bands [LARGEST]` prints a table.

LARGEST is the greatest number of signatures indexed, 1,000,000 if not said. About 40 s and 700 MB of disk.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil

from pipeline.bands import BandIndex, among
from pipeline.records.items import Cleaned, Signature
from pipeline.records.messages import Place
from pipeline.records.names import Kind
from pipeline.steps.dedup import BANDS, SIGNATURE_VERSION, dedup, sign
from tests.benchmarks.figures import Figure, at_most
from tests.made_up import Writer, framed

BATCH = 500
BYTES = 350.0
SIZES = (10_000, 100_000, 1_000_000)
Row = tuple[str, str]


def microseconds(action: Callable[[], object], items: int, rounds: int = 5) -> float:
    """The best of some rounds, an item."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best / items * 1e6


def cleaned(item: str, text: str) -> Cleaned:
    return Cleaned(Place("b", "t", 0, 0), item, item, Kind.SUBMISSION, "s", item, "", "", text, "", "")


def signing() -> Iterator[Row]:
    for letters in (300, 900):
        writer = Writer(letters)
        items = [cleaned(str(at), writer.text(letters)[:letters]) for at in range(BATCH)]
        yield f"sign, {letters} characters", f"{microseconds(lambda batch=items: sign(batch), BATCH):.1f} us an item"
        signed = sign(items)
        copies = {f"c{one.item}": writer.replaced(one.text, 0.1) for one in items}
        found = microseconds(lambda a=items, b=signed, c=copies: dedup(a, b, [[copy] for copy in c], c), BATCH)
        yield f"compare, {letters} characters", f"{found:.1f} us a pair, shingles of both included"


def indexing(largest: int) -> Iterator[Row]:
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as home, BandIndex(Path(home) / "bands-0", "bench") as index:
        spent, merging, longest = 0.0, 0.0, 0.0
        kept: list[Signature] = []
        for first in range(1, min(largest, SIZES[-1]), BATCH):
            batch = some(random, first)
            kept += batch[:2] if len(kept) < 50 else []
            start = time.perf_counter()
            index.add(batch)
            added = time.perf_counter()
            index.merge_step()
            spent, merging = spent + added - start, merging + time.perf_counter() - added
            longest = max(longest, time.perf_counter() - added)
            if index.last in SIZES:
                wanted = [*kept, *some(random, 10**8)[len(kept) :]]
                lasted = microseconds(lambda batch=wanted: index.look_up(batch), BATCH)
                memory = psutil.Process().memory_info()
                figures = {"look-up": lasted, "insert": spent / index.last * 1e6, "merge": merging / index.last * 1e6}
                times = ", ".join(f"{name} {figure:.1f}" for name, figure in figures.items())
                private = (memory.rss - getattr(memory, "shared", 0)) >> 20  # the mapped runs are shared memory
                yield (
                    f"index of {index.last:,}",
                    f"{times} us an item; longest merge step {longest * 1e3:.0f} ms; {private} MB private",
                )
        while index.merge_step():
            pass
        size = sum(path.stat().st_size for path in Path(home).rglob("run-*.bin"))
        yield "index, merges done", f"{size / index.last:.0f} bytes an item"


def some(random: np.random.Generator, first: int) -> list[Signature]:
    rows = random.integers(1, 2**32, (BATCH, BANDS), dtype=np.uint32)
    return [
        Signature(f"i{first + at}", row.tobytes(), "", SIGNATURE_VERSION, first + at) for at, row in enumerate(rows)
    ]


def finding() -> Iterator[Row]:
    """How many edits of 300 texts among 2,700 others (a tenth under one letterhead) are found, end to end."""
    writer = Writer(5)
    others = [writer.text(200 + at % 700) for at in range(2700)]
    stock = [framed(text) if at % 10 == 0 else text for at, text in enumerate(others)]
    texts = [writer.text(300 + at * 2) for at in range(300)]
    held = [cleaned(f"h{at}", text) for at, text in enumerate(texts + stock)]
    edits = {
        "5 % replaced": [writer.replaced(text, 0.05) for text in texts],
        "15 % replaced": [writer.replaced(text, 0.15) for text in texts],
        "30 % replaced": [writer.replaced(text, 0.30) for text in texts],
        "reordered": [writer.shuffled(text) for text in texts],
        "wrapped": [framed(text) for text in texts],
        "cut to 70 %": [text[: int(len(text) * 0.7)] for text in texts],
        "unrelated, half under the letterhead": [
            framed(text) if at % 2 else text for at, text in enumerate(writer.text(300 + at * 2) for at in range(300))
        ],
    }
    signatures = sign(held)
    for name, edited in edits.items():
        new = [cleaned(f"q{at}", text) for at, text in enumerate(edited)]
        signed = sign(new)
        candidates = among(signed, signatures)
        found = dedup(new, signed, candidates, {one.item: one.text for one in held})
        right = sum(any(pair.a == f"h{at}" for pair in one.pairs) for at, one in enumerate(found))
        wrong = sum(any(pair.a != f"h{at}" for pair in one.pairs) for at, one in enumerate(found))
        tried = sum(map(len, candidates)) / len(new)
        yield name, f"found {right / len(new):.3f}, wrong {wrong / len(new):.3f}, {tried:.1f} candidates an item"


def figures(quick: bool) -> Iterator[Figure]:
    largest = SIZES[0] if quick else SIZES[1]
    found = dict(indexing(largest))["index, merges done"]
    yield at_most(f"duplicate index of {largest:,} items, bytes an item", float(found.split()[0]), BYTES)


def main() -> None:
    largest = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else SIZES[-1]
    for rows in (signing(), indexing(largest), finding()):
        for name, figure in rows:
            print(f"{name:<40} {figure}", flush=True)


if __name__ == "__main__":
    main()
