"""A worker whose reading takes longer than a rebalance, every time: it lives, and its partitions move meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from pipeline.steps import clean
from tests.faults import driver
from tests.faults.trap import Edge


def install(seconds: float) -> None:
    """From now on this process takes so long to clean a batch."""
    whole = clean.clean

    def slow(inputs: Sequence[clean.ToClean], rules: clean.CleanRules | None = None) -> list[clean.Outcome]:
        time.sleep(seconds)
        return whole(inputs, rules)

    clean.clean = slow


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """As driver.main, slowly."""
    install(given.pop("seconds"))
    driver.main(do, home, edge, pipe, given)
