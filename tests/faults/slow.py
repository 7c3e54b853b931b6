"""A worker that takes longer over a batch than the group waits for it: it lives, and its partitions are given away
meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from pipeline.adapters import kafka_consumer
from pipeline.steps import clean
from tests.faults import driver
from tests.faults.trap import Edge

SILENCE_MS = 1_300  # no less than a session


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
    kafka_consumer.SILENCE_MS = SILENCE_MS  # type: ignore[misc]
    driver.main(do, home, edge, pipe, given)
