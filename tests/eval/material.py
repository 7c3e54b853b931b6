"""Where the real input lies, and what every part measures with."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROUNDS = 5


def real() -> Path:
    """The folder of real input."""
    return Path(os.environ.get("MINYI_REAL") or Path(__file__).parents[3] / "shared" / "real")


def rows(name: str) -> Iterator[dict[str, Any]]:
    """The rows of one of its files."""
    with (real() / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def pace(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float, float]:
    """Median seconds of ours and of theirs, and the median of how many times quicker ours was; by turns, in one
    process."""
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(rounds)]
    ratio = statistics.median(other / own for own, other in pairs)
    own, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    return own, other, ratio


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
