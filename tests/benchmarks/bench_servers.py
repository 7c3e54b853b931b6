"""On warm servers: the process flow beside its floors run alone, in one run.

    consume      a bare kafka-python consumer reads every message
    steps        as in bench_process
    COPY         the very rows that the flow wrote, by COPY into the same tables with keys and indexes of a fresh
                 database, 1,000 messages a transaction
    bulk         the very documents, by elasticsearch.helpers.streaming_bulk into an index of the same template

ratio = sum of the floors / the flow. Beside it what stands on one floor alone: the batch's transaction on COPY (without
a projection beside it, as its floor has none), the projection on bulk, what publishes on a bare kafka-python producer
with the same settings. Of floors and flow also the core-milliseconds an item, servers and all, and what they would give
on four cores.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import orjson
import psycopg
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from psycopg import sql

from pipeline.adapters import search_elasticsearch_write as writing
from pipeline.adapters.kafka_client import LIMIT
from pipeline.adapters.kafka_consumer import FETCHED, LOOK_MS
from pipeline.adapters.kafka_sender import PRODUCER
from pipeline.identity import item_id
from pipeline.ports.store import Arrival
from pipeline.process.worker import WIDE_MESSAGES, Worker
from pipeline.project import documents_of
from pipeline.records.items import Document
from pipeline.records.messages import Outgoing, Place, Submitted, encode
from pipeline.records.names import SUBMITTED
from pipeline.run import Runner
from pipeline.settings import load
from pipeline.wiring import System, open_system
from pipeline.workers import bench_of, keep_what_stays, projector_of, runner_of
from tests.benchmarks.bench_process import BATCH, BEFORE, Spent, bare_steps, bus_read, committing, messages, timed
from tests.benchmarks.cores import Cores, during, on_cores, shown
from tests.benchmarks.figures import Figure, at_least
from tests.services import cluster
from tests.services.cluster import Cluster

MESSAGES, QUICK = 20_000, 3_000
ROUNDS = 3
WARM = 20_000  # until the server has compiled what is hot
GOAL = 0.8
FLOORS = ("consume", "steps", "COPY", "bulk")


@contextmanager
def opened(servers: Cluster) -> Iterator[System]:
    """A home on a namespace of its own."""
    with (
        servers.namespace() as lines,
        tempfile.TemporaryDirectory() as home,
        open_system(load({**lines, "MINYI_HOME": home})) as system,
    ):
        yield system


def received(system: System, sent: Sequence[Submitted]) -> None:
    """As intake does."""
    for at in range(0, len(sent), BATCH):
        with system.store.writing() as session:
            session.arrivals.receive([Arrival(one, item_id(one.source, one.origin)) for one in sent[at : at + BATCH]])
            session.arrivals.relayed([row.seq for row in session.arrivals.waiting(BATCH)])


def hosts(servers: Cluster) -> str:
    return f"127.0.0.1:{servers.broker.port}"


# ---------------------------------------------------------------- floors


def consume(servers: Cluster, count: int) -> None:
    """Read so many messages."""
    settings = {"max_poll_records": FETCHED, "max_partition_fetch_bytes": LIMIT, "fetch_max_wait_ms": LOOK_MS}
    with closing(
        KafkaConsumer(SUBMITTED, bootstrap_servers=hosts(servers), auto_offset_reset="earliest", **settings)
    ) as consumer:
        left = count
        while left > 0:
            left -= sum(map(len, consumer.poll(timeout_ms=1000).values()))


def rows_of(system: System) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that the flow wrote, by table."""
    with psycopg.connect(system.settings.store.url) as store:
        names = store.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found = {
            name: store.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
            for (name,) in names
            if name not in BEFORE
        }
    return {name: rows for name, rows in found.items() if rows}


def copy(store: psycopg.Connection[Any], rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """COPY them, 1,000 messages a transaction."""
    batches = max(map(len, rows.values())) // WIDE_MESSAGES
    for at in range(batches):
        _copied(store, rows, at, batches)


def _copied(store: psycopg.Connection[Any], rows: dict[str, list[tuple[Any, ...]]], at: int, batches: int) -> None:
    with store.transaction(), store.cursor() as cursor:
        for name, some in rows.items():
            statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
            with cursor.copy(statement) as into:
                for row in some[len(some) * at // batches : len(some) * (at + 1) // batches]:
                    into.write_row(row)


def actions(index: str, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """What the library's helper is given."""
    bodies = [orjson.loads(writing._body(one).split(b"\n")[1]) for one in documents]
    return [{"_index": index, "_id": body["id"], "_source": body} for body in bodies]


def bulk(client: Elasticsearch, given: Sequence[dict[str, Any]]) -> None:
    """The documents by the library's own helper."""
    for ok, answer in streaming_bulk(client, given, chunk_size=1000):
        assert ok, answer


# ---------------------------------------------------------------- one round


class Round:
    """Each stage once: its time here, and the CPU of the whole machine."""

    def __init__(self, servers: Cluster, sent: Sequence[Submitted]) -> None:
        self.servers, self.sent = servers, sent
        self.pairs = [Outgoing(item_id(one.source, one.origin), encode(one)) for one in sent]
        self.times: dict[str, Spent] = {}
        self.cores: dict[str, Cores] = {}

    def take(self, name: str, work: Callable[[], object]) -> None:
        """One stage."""

        def kept() -> None:
            self.times[name] = timed(work)

        self.cores[name] = during(self.servers, kept)

    def whole(self) -> Round:
        """All of them."""
        with opened(self.servers) as system:
            received(system, self.sent)
            with producer(self.servers) as send:
                self.take("produce", lambda: send(self.pairs))
            system.bus.bus_id(SUBMITTED)
            self.take("publish", lambda: publish(system, self.pairs))
            self.take("consume", lambda: consume(self.servers, len(self.sent)))
            delivered = bus_read(system, wait=1.0)
            keep_what_stays()
            self.take("steps", lambda: bare_steps(system, delivered))
            with runner_of(system) as runner:
                before = self.joined(runner)
                self.take("flow", lambda: runner.once(limit=600))
                left, stages = len(self.sent) - before, runner.report.seconds
            self.times |= {f"stage {name}": Spent(seconds, 0.0) for name, seconds in stages.items()}
            self.whole_of(left)
            rows = rows_of(system)
            self.project(system)
        self.copied(rows)
        self.batches()
        return self

    def joined(self, runner: Runner) -> int:
        """Its group has shared out the partitions, which the bare consumer has not to wait for; how many messages it
        has processed already."""
        while not runner.report.messages:
            runner.turn(0.2)
        return runner.report.taken().messages

    def whole_of(self, left: int) -> None:
        """What the flow took of the messages that were left, as if it were all of them."""
        share = len(self.sent) / left
        for name in ("flow", *(name for name in self.times if name.startswith("stage "))):
            self.times[name] = Spent(self.times[name].wall * share, self.times[name].cpu * share)
        self.cores["flow"] = {name: seconds * share for name, seconds in self.cores["flow"].items()}

    def project(self, system: System) -> None:
        """Marks of everything into an empty generation, and the same documents by the library's helper into another."""
        projector = projector_of(system)
        with system.store.writing() as session:
            live, ids = session.registry.generations().live, session.items.live_ids("", 10**6)
            session.marks.raise_for(ids)
        system.search.drop(live)
        system.search.create(live)
        self.take("project", projector.drain)
        with system.store.reading() as session:
            documents = documents_of(session, ids, system.settings.zone)
        system.search.create("floor")
        given = actions(system.search._index("floor"), documents)  # type: ignore[attr-defined]
        with Elasticsearch(self.servers.node.url) as client:
            self.take("bulk", lambda: bulk(client, given))

    def copied(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        """The rows into a fresh database."""
        with self.servers.namespace() as lines, psycopg.connect(lines["MINYI_STORE"], autocommit=True) as store:
            self.take("COPY", lambda: copy(store, rows))

    def batches(self) -> None:
        """The flow's transactions alone: search takes nothing meanwhile."""
        with opened(self.servers) as system:
            received(system, self.sent)
            publish(system, self.pairs)
            with closing_worker(system) as worker, committing(time.perf_counter) as commits:
                while worker.turn(1.0) or worker.joining:
                    pass
            self.times["batches"] = Spent(sum(commits), 0.0)


@contextmanager
def closing_worker(system: System) -> Iterator[Worker]:
    """A worker that hands nothing over."""
    bench = bench_of(system)
    with closing(bench.bands), closing(Worker(bench)) as worker:
        yield worker


def publish(system: System, pairs: Sequence[Outgoing]) -> None:
    """As relay and crawler do."""
    for at in range(0, len(pairs), BATCH):
        assert all(isinstance(one, Place) for one in system.bus.publish(SUBMITTED, pairs[at : at + BATCH]))


@contextmanager
def producer(servers: Cluster) -> Iterator[Callable[[Sequence[Outgoing]], None]]:
    """A bare producer with our settings into a topic of its own, all futures waited for."""
    with closing(KafkaAdminClient(bootstrap_servers=hosts(servers))) as admin:
        admin.create_topics({"opinions.floor": {"num_partitions": 12, "replication_factor": 1}})
    with closing(KafkaProducer(bootstrap_servers=hosts(servers), **PRODUCER)) as bare:
        bare.partitions_for("opinions.floor")

        def send(pairs: Sequence[Outgoing]) -> None:
            for at in range(0, len(pairs), BATCH):
                some = pairs[at : at + BATCH]
                futures = [bare.send("opinions.floor", key=one.key.encode(), value=one.value) for one in some]
                for future in futures:
                    future.get(timeout=30)

        yield send


# ---------------------------------------------------------------- figures


def figures(quick: bool) -> Iterator[Figure]:
    """Every line, after a round that warms the servers."""
    if missing := cluster.missing():
        yield Figure("on servers", f"left out: {', '.join(missing)} cannot be had here")
        return
    count = QUICK if quick else MESSAGES
    with cluster.running(office=True) as servers:
        Round(servers, messages(WARM)).whole()
        rounds = [Round(servers, messages(count)).whole() for _ in range(1 if quick else ROUNDS)]
    for name in (*FLOORS, "flow", *(name for name in rounds[0].times if name.startswith("stage "))):
        yield Figure(f"servers: {name}, an item ({count:,})", f"{middle(rounds, count, name):.0f} µs")
    yield compared("servers: process flow, projection beside it / its floors", rounds, FLOORS, "flow", 1.0)
    yield compared("servers: a batch's transaction / COPY of its rows", rounds, ["COPY"], "batches", GOAL)
    yield compared("servers: projection / streaming_bulk", rounds, ["bulk"], "project", GOAL)
    yield compared("servers: relay's publishing / a bare producer", rounds, ["produce"], "publish", GOAL)
    for name in (*FLOORS, "flow"):
        yield Figure(f"servers: {name}, core-milliseconds an item", shown(rounds[-1].cores[name], count))
    for workers in (1, 2):
        found = on_cores(rounds[-1].cores["flow"], count, 4, workers)
        yield Figure(f"servers: on four cores, workers: {workers}, reckoned", f"{found:.0f} items/s")


def middle(rounds: Sequence[Round], count: int, name: str) -> float:
    """Microseconds an item, the median of the rounds."""
    return statistics.median(one.times[name].wall for one in rounds) / count * 1e6


def compared(name: str, rounds: Sequence[Round], floors: Sequence[str], ours: str, goal: float) -> Figure:
    """The floors' time in ours."""
    found = sorted(sum(one.times[floor].wall for floor in floors) / one.times[ours].wall for one in rounds)
    each = " ".join(f"{one:.2f}" for one in found)
    return at_least(name, statistics.median(found), goal, f" ({each})")
