"""Private memory of a worker over its first 100,000 items: `python -m tests.benchmarks.bench_memory [LAST]`.

A process of its own works through 5,000 messages at a time (relayed, processed, projected), and prints its private
bytes at the marks. The texts are made by the parent, so that making them leaves no trace.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import psutil

from pipeline.identity import item_id
from pipeline.ports.store import Arrival
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.benchmarks.bench_process import some_messages
from tests.benchmarks.figures import Figure
from tests.made_up import Writer

SHARE = 5_000
FIRST, LAST = 10_000, 100_000
QUICK = 30_000
ROOM = 0.10


def put(home: str, first: int, writer: Writer) -> None:
    """A share of messages arrives, by another process as in life."""
    with open_system(load({"MINYI_HOME": home})) as system:
        sent = some_messages(writer, first, SHARE)
        for at in range(0, SHARE, 500):
            arrivals = [Arrival(one, item_id(one.source, one.origin)) for one in sent[at : at + 500]]
            with system.store.writing() as session:
                session.arrivals.receive(arrivals)


def work(home: str) -> None:
    """Work through what is there whenever a line comes in; answers with the private bytes."""
    from pipeline.workers import runner_of

    with open_system(load({"MINYI_HOME": home})) as system, runner_of(system) as runner:
        for _ in sys.stdin:
            assert runner.once(limit=600)
            gc.collect()
            print(private_bytes(), flush=True)


def private_bytes() -> int:
    """Resident bytes that are this process's alone. On Linux without the pages of mapped files: the band index is
    mapped, and its pages are the system's to take back."""
    process = psutil.Process()
    memory = process.memory_info()
    shared = getattr(memory, "shared", None)
    return process.memory_full_info().uss if shared is None else memory.rss - shared


def measured(last: int) -> dict[int, int]:
    """Items → private bytes."""
    found: dict[int, int] = {}
    words = [sys.executable, "-m", "tests.benchmarks.bench_memory", "work"]
    with tempfile.TemporaryDirectory() as home:
        writer = Writer(11)
        put(home, 0, writer)
        with subprocess.Popen([*words, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            for done in range(SHARE, last + 1, SHARE):
                print("go", file=worker.stdin, flush=True)
                found[done] = int(worker.stdout.readline())
                if done < last:
                    put(home, done, writer)
            worker.stdin.close()
    return found


def figures(quick: bool) -> Iterator[Figure]:
    last = QUICK if quick else LAST
    found = measured(last)
    first, most = found[FIRST], max(bytes_ for items, bytes_ in found.items() if items >= FIRST)
    grown = most / first - 1
    name = f"private memory, most from {FIRST:,} to {last:,} items"
    yield Figure(name, f"{grown:+.1%} ({first >> 20} to {most >> 20} MB)", f"within {ROOM:.0%}", grown <= ROOM)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", home]:
            work(home)
        case []:
            print(measured(LAST))
        case [last]:
            print({items: f"{found >> 20} MB" for items, found in measured(int(last)).items()})
