"""The process flow beside its floors run alone, in one run: `python -m tests.benchmarks.bench_process [--quick]`.

    bus read     a consumer polls every message, nothing else
    bare steps   read, clean, sign, classify, locate, dedup, score on lists of 500, nothing looked up or written
    bare rows    the very rows that the flow wrote, inserted into the same tables of a fresh store, 500 messages
                 a transaction, by executemany
    bare FTS5    the same texts as single characters into an FTS5 table, 500 a transaction

    the same of real messages, where the real input is at hand: the made-up ones hold words of chance characters, which
                 are looked at as if they were damage; the least of three rounds is shown

ratio = sum of the floors / the flow, both for the same messages; rounds alternate, medians are shown. CPU times
stand beside: on a busy machine the clock measures the others.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.identity import item_id, normalised
from pipeline.ports.store import Arrival
from pipeline.process import worker
from pipeline.process.commit import Plan
from pipeline.process.topology import Prepared, Steps, finish, prepare
from pipeline.records.messages import Delivered, Outgoing, Submitted, encode
from pipeline.records.names import SUBMITTED
from pipeline.settings import load
from pipeline.steps.clean import CleanRules
from pipeline.steps.dedup import dedup
from pipeline.wiring import System, open_system
from pipeline.workers import keep_what_stays, runner_of
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval.material import real, rows
from tests.made_up import Writer

MESSAGES, QUICK = 20_000, 3_000
ROUNDS = 3
BATCH = 500
NOW = "2026-11-23T01:00:00.000000Z"
BEFORE = {"submissions", "outbox", "alembic_version", "counters", "notes", "generations", "acts_head", "inflight"}
GOAL, STEPS, STORE = 0.8, 200.0, 100.0
FLOORS = ("bus read", "bare steps", "bare rows", "bare FTS5")


def messages(count: int) -> list[Submitted]:
    """Varied made-up submissions of 200 to 900 letters."""
    return some_messages(Writer(7), 0, count)


def some_messages(writer: Writer, first: int, count: int) -> list[Submitted]:
    """The next of them."""
    return [
        Submitted(
            message_id=f"o-{at}",
            source="bench",
            origin=str(at),
            received_at=NOW,
            receipt=f"R{at}",
            channel="api",
            text=writer.text(200 + at * 7 % 700),
        )
        for at in range(first, first + count)
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


@dataclass(frozen=True)
class Spent:
    """What a piece of work took: seconds on the clock, and of this process's CPU."""

    wall: float
    cpu: float


def timed(work: Callable[[], object]) -> Spent:
    """A call's time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


@contextmanager
def committing(clock: Callable[[], float] = time.thread_time) -> Iterator[list[float]]:
    """Seconds of each batch's transaction inside: by default of this thread's CPU, for the projector's works beside."""
    own = worker.commit
    found: list[float] = []

    def counted(*arguments: Any) -> Plan:
        since = clock()
        try:
            return own(*arguments)
        finally:
            found.append(clock() - since)

    worker.commit = counted
    try:
        yield found
    finally:
        worker.commit = own


def bus_read(system: System, wait: float = 0.0) -> list[Delivered]:
    """Every message by a consumer of a group of its own."""
    consumer = system.bus.consumer("floor", [SUBMITTED], lambda _topic, _partition: 0)
    found: list[Delivered] = []
    while some := consumer.poll(messages=BATCH, size=8_000_000, wait=wait):
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


def bare_rows(rows: dict[str, list[tuple[object, ...]]]) -> Spent:
    """To insert those rows into the same tables with the same indexes of a fresh store."""
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


def bare_fts(sent: list[Submitted]) -> Spent:
    """To insert the texts as single characters."""
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


def one_round(sent: list[Submitted]) -> dict[str, Spent]:
    """Floors and flow once."""
    with filled(sent) as system:
        delivered: list[Delivered] = []
        found = {"bus read": timed(lambda: delivered.extend(bus_read(system)))}
        bare_steps(system, delivered[:BATCH])
        keep_what_stays()  # as the flow does, so that its floors have no dearer collector
        found["bare steps"] = timed(lambda: bare_steps(system, delivered))
        with committing() as commits:
            found["flow"] = timed(lambda: flow(system))
        found["store"] = Spent(0.0, sum(commits))
        rows = tables(system.settings.home / "store.db")
    found["bare rows"] = bare_rows(rows)
    found["bare FTS5"] = bare_fts(sent)
    return found


def real_messages() -> list[Submitted]:
    """The messages of the real input, each once; none where it is not at hand."""
    if not real().is_dir():
        return []
    texts = dict.fromkeys(row["text"] for row in rows("messages/unlabelled.jsonl"))
    return [made.model_copy(update={"text": text}) for made, text in zip(messages(len(texts)), texts, strict=True)]


def real_steps() -> Iterator[Figure]:
    """The steps alone on real messages."""
    if not (sent := real_messages()):
        return
    with filled(sent) as system:
        delivered = bus_read(system)
        bare_steps(system, delivered[:BATCH])
        spent = [timed(lambda: bare_steps(system, delivered)).cpu for _ in range(ROUNDS)]
    yield Figure(f"bare steps, an item ({len(sent):,} real messages)", f"CPU {min(spent) / len(sent) * 1e6:.0f} µs")


def ratio(one: dict[str, Spent], clock: str) -> float:
    """The sum of the floors in the flow's time: its throughput against 1 / Σ."""
    return sum(getattr(one[name], clock) for name in FLOORS) / getattr(one["flow"], clock)


def figures(quick: bool) -> Iterator[Figure]:
    count = QUICK if quick else MESSAGES
    sent = messages(count)
    rounds = [one_round(sent) for _ in range(1 if quick else ROUNDS)]

    def middle(name: str, clock: str) -> float:
        return statistics.median(getattr(one[name], clock) for one in rounds) / count * 1e6

    for name in (*FLOORS, "flow"):
        shown = f"{middle(name, 'wall'):.0f} µs, CPU {middle(name, 'cpu'):.0f} µs"
        yield Figure(f"{name}, an item ({count:,})", shown)
    each = " ".join(f"{found:.2f}" for found in sorted(ratio(one, "wall") for one in rounds))
    yield at_least(
        "process flow / its floors", statistics.median(ratio(one, "wall") for one in rounds), GOAL, f" ({each})"
    )
    yield Figure("the same by CPU time", f"{statistics.median(ratio(one, 'cpu') for one in rounds):.2f}")
    yield at_most("steps, CPU an item", middle("bare steps", "cpu"), STEPS, " µs")
    yield from real_steps()
    yield at_most("store, CPU an item", middle("store", "cpu"), STORE, " µs")


if __name__ == "__main__":
    print(*figures("--quick" in sys.argv), sep="\n")
