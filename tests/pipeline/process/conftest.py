"""A worker on a home of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pipeline.process.worker import Bench, Worker
from pipeline.wiring import System
from pipeline.workers import bench_of


@pytest.fixture
def bench(system: System) -> Iterator[Bench]:
    opened = bench_of(system)
    yield opened
    opened.bands.close()


@pytest.fixture
def worker(bench: Bench) -> Iterator[Worker]:
    opened = Worker(bench)
    yield opened
    opened.close()


@pytest.fixture
def drain(worker: Worker) -> Callable[[], int]:
    """Process all that is on the bus; how many messages."""

    def all_of_it() -> int:
        total = 0
        while done := worker.turn(0.0):
            total += done
        return total

    return all_of_it
