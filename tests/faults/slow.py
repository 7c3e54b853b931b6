"""A worker that takes longer over a batch than the group waits for it: it lives, and its partitions are given away
meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.adapters import kafka_consumer
from pipeline.steps import clean
from tests.faults import driver
from tests.faults.trap import Edge

SILENCE_MS = 1_300  # no less than a session


def install(shut: Path) -> None:
    """From now on this process is not done cleaning a batch while the file is there, and says so by `waiting_at`."""
    whole = clean.clean

    def slow(inputs: Sequence[clean.ToClean], rules: clean.CleanRules | None = None) -> list[clean.Outcome]:
        while shut.exists():
            waiting_at(shut).touch()
            time.sleep(0.01)
        return whole(inputs, rules)

    clean.clean = slow


def waiting_at(shut: Path) -> Path:
    """The file that is there once a batch has come to `shut`."""
    return shut.with_suffix(".reached")


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """As driver.main, slowly while the file `shut` is there."""
    install(given.pop("shut"))
    kafka_consumer.SILENCE_MS = SILENCE_MS  # type: ignore[misc]
    driver.main(do, home, edge, pipe, given)
