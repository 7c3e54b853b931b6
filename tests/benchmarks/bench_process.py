"""The process flow beside its floors run alone, in one run: `python -m tests.benchmarks.bench_process`.

    bus read     a consumer polls every message, nothing else
    bare steps   read, clean, sign, classify, locate, dedup, score on lists of 500, nothing looked up or written
    bare rows    the very rows that the flow wrote, inserted into the same tables of a fresh store, 500 messages
                 a transaction, by executemany
    bare FTS5    the same texts as single characters into an FTS5 table, 500 a transaction

ratio = sum of the floors / the flow, both for the same messages; rounds alternate, medians are shown.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.identity import item_id, normalised
from pipeline.ports.store import Arrival
from pipeline.process.topology import Prepared, Steps, finish, prepare
from pipeline.records.messages import Delivered, Outgoing, Submitted, encode
from pipeline.records.names import SUBMITTED
from pipeline.settings import load
from pipeline.steps.clean import CleanRules
from pipeline.steps.dedup import dedup
from pipeline.wiring import System, open_system
from pipeline.workers import runner_of
from tests.made_up import Writer

MESSAGES = 20_000
ROUNDS = 3
BATCH = 500
NOW = "2026-11-23T01:00:00.000000Z"
BEFORE = {"submissions", "outbox", "alembic_version", "counters", "notes", "generations", "acts_head", "inflight"}
GOAL = 0.8


def messages(count: int) -> list[Submitted]:
    """Varied made-up submissions of 200 to 900 letters."""
    writer = Writer(7)
    texts = [writer.text(200 + at * 7 % 700) for at in range(count)]
    return [
        Submitted(
            message_id=f"o-{at}",
            source="bench",
            origin=str(at),
            received_at=NOW,
            receipt=f"R{at}",
            channel="api",
            text=text,
        )
        for at, text in enumerate(texts)
    ]


@contextmanager
def filled(sent: list[Submitted]) -> Iterator[System]:
    """A home with the messages received and on the bus, nothing processed."""
    with tempfile.TemporaryDirectory() as home, open_system(load({"MINYI_HOME": home})) as system:
        for at in range(0, len(sent), BATCH):
            some = sent[at : at + BATCH]
            with system.store.writing() as session:
                session.arrivals.receive([Arrival(one, item_id(one.source, one.origin)) for one in some])
                session.arrivals.relayed([row.seq for row in session.arrivals.waiting(BATCH)])
            system.bus.publish(SUBMITTED, [Outgoing(item_id(one.source, one.origin), encode(one)) for one in some])
        yield system


def timed(work: Callable[[], object]) -> float:
    """Seconds of a call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bus_read(system: System) -> list[Delivered]:
    """Every message by a consumer of a group of its own."""
    consumer = system.bus.consumer("floor", [SUBMITTED], lambda _topic, _partition: 0)
    found: list[Delivered] = []
    while some := consumer.poll(messages=BATCH, size=8_000_000, wait=0.0):
        found += some
    consumer.close()
    return found


def bare_steps(system: System, delivered: list[Delivered]) -> None:
    """The steps alone."""
    steps = Steps(system.rules, CleanRules(), system.files.get)
    for at in range(0, len(delivered), BATCH):
        made = [one for one in prepare(delivered[at : at + BATCH], steps) if isinstance(one, Prepared)]
        found = dedup([one.cleaned for one in made], [one.signature for one in made], [[]] * len(made), {})
        finish(list(zip(made, found, strict=True)), system.rules, datetime(2026, 11, 23, tzinfo=UTC))


def flow(system: System) -> None:
    """The flow itself, until everything is in search."""
    with runner_of(system) as runner:
        assert runner.once(limit=600)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row the flow wrote, by table."""
    with closing(sqlite3.connect(path)) as store:
        names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: store.execute(f"SELECT * FROM {name}").fetchall() for name in names if name not in BEFORE}
    return {name: some for name, some in rows.items() if some}


def bare_rows(rows: dict[str, list[tuple[object, ...]]]) -> float:
    """Seconds to insert those rows into the same tables with the same indexes of a fresh store."""
    with tempfile.TemporaryDirectory() as home, open_system(load({"MINYI_HOME": home})) as system:
        system.store.close()
        with closing(sqlite3.connect(Path(home) / "store.db", isolation_level=None)) as store:
            store.execute("PRAGMA synchronous = FULL")
            return timed(lambda: insert(store, rows))


def insert(store: sqlite3.Connection, rows: dict[str, list[tuple[object, ...]]]) -> None:
    """Rows of 500 messages a transaction."""
    batches = max(len(some) for some in rows.values()) // BATCH
    for at in range(batches):
        store.execute("BEGIN IMMEDIATE")
        for name, some in rows.items():
            share = some[len(some) * at // batches : len(some) * (at + 1) // batches]
            marks = ", ".join("?" * len(some[0]))
            store.executemany(f"INSERT OR REPLACE INTO {name} VALUES ({marks})", share)
        store.execute("COMMIT")


def bare_fts(sent: list[Submitted]) -> float:
    """Seconds to insert the texts as single characters."""
    with (
        tempfile.TemporaryDirectory() as home,
        closing(sqlite3.connect(Path(home) / "fts.db", isolation_level=None)) as fts,
    ):
        fts.execute("PRAGMA journal_mode = WAL")
        fts.execute("PRAGMA synchronous = FULL")
        fts.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        return timed(lambda: write_fts(fts, sent))


def write_fts(fts: sqlite3.Connection, sent: list[Submitted]) -> None:
    for at in range(0, len(sent), BATCH):
        fts.execute("BEGIN IMMEDIATE")
        fts.executemany(
            "INSERT INTO words VALUES (?)", [(" ".join(normalised(one.text)),) for one in sent[at : at + BATCH]]
        )
        fts.execute("COMMIT")


def one_round(sent: list[Submitted]) -> dict[str, float]:
    """Floors and flow once, in seconds."""
    with filled(sent) as system:
        delivered: list[Delivered] = []
        found = {"bus read": timed(lambda: delivered.extend(bus_read(system)))}
        _ = system.rules.taxonomy
        bare_steps(system, delivered[:BATCH])
        found["bare steps"] = timed(lambda: bare_steps(system, delivered))
        found["flow"] = timed(lambda: flow(system))
        rows = tables(system.settings.home / "store.db")
    found["bare rows"] = bare_rows(rows)
    found["bare FTS5"] = bare_fts(sent)
    return found


def main(count: int = MESSAGES) -> None:
    """Measure and print."""
    sent = messages(count)
    rounds = [one_round(sent) for _ in range(ROUNDS)]
    median = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    for name, seconds in median.items():
        print(f"{name:<12}{seconds / count * 1e6:>10.0f} µs an item")
    ratios = sorted((sum(one.values()) - one["flow"]) / one["flow"] for one in rounds)
    each = " ".join(f"{one:.2f}" for one in ratios)
    print(f"{'ratio':<12}{statistics.median(ratios):>10.2f}   goal {GOAL}   rounds {each}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
