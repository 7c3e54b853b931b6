"""A million items on servers: reindex beside bare bulk, search beside the raw query.

fill       rows of a flow over some thousand messages, copied under other ids and times into the store's tables
bulk       every document by elasticsearch.helpers.streaming_bulk into an index of the same template
reindex    the product's, from the same store into a generation of its own, searches going on beside it
raw query  the same phrase and filters with three aggregations and the server's highlights, by elasticsearch-py
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from psycopg import sql

from pipeline.adapters import search_elasticsearch_read as reading
from pipeline.adapters import search_elasticsearch_write as writing
from pipeline.adapters.search_rules import parts_of
from pipeline.clock import parsed, stored
from pipeline.errors import Transient
from pipeline.identity import digest, item_id
from pipeline.project import documents_of
from pipeline.records.items import Document, Query
from pipeline.records.messages import Outgoing, encode
from pipeline.wiring import System
from pipeline.workers import projector_of, runner_of
from tests.benchmarks.bench_process import messages
from tests.benchmarks.bench_servers import opened, publish, received
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.services import cluster

ITEMS, QUICK = 1_000_000, 20_000
SEED_MESSAGES = 5_000
PAIRS = 500
# What another item has otherwise: numbers and ids, and times.
TABLES = {
    "items": (("serial", "id", "cluster"), ("received_at", "revision_received_at")),
    "revisions": (("item",), ("received_at",)),
    "readings": (("item",), ()),
}
APART = 31  # seconds between two items
AGGREGATIONS = {name: {"terms": {"field": name}} for name in ("domain", "state", "regions")}
GOAL, SLOWER, MORE_MS, P95_MS = 0.7, 2.0, 2.0, 100.0


def fill(system: System, count: int) -> None:
    """So many items in the store: real ones, and copies of them."""
    sent = messages(min(SEED_MESSAGES, count))
    received(system, sent)
    publish(system, [Outgoing(item_id(one.source, one.origin), encode(one)) for one in sent])
    with runner_of(system) as runner:
        assert runner.once(limit=600)
    with psycopg.connect(system.settings.store.url) as store:
        for name, (ids, times) in TABLES.items():
            _copied(store, name, ids, times, count)


def _copied(store: psycopg.Connection[Any], name: str, ids: Sequence[str], times: Sequence[str], count: int) -> None:
    cursor = store.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
    columns = [one.name for one in cursor.description or ()]
    rows = cursor.fetchall()
    changed = {columns.index(one): _other for one in ids} | {columns.index(one): _before for one in times}
    with store.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as into:
        for copy in range(1, count // len(rows)):
            for number, row in enumerate(rows, copy * len(rows)):
                other = list(row)
                for place, change in changed.items():
                    other[place] = change(row[place], copy, number)
                into.write_row(other)


def _other(value: Any, copy: int, _number: int) -> Any:
    return value + copy * 10_000_000 if isinstance(value, int) else digest(str(value), str(copy))


def _before(value: str, _copy: int, number: int) -> str:
    return earlier(value, number)


def earlier(moment: str, number: int) -> str:
    """A stored time so many items before it: in one second no desk takes in a million."""
    return stored(parsed(moment) - timedelta(seconds=APART * number))


def documents(system: System) -> Iterator[Document]:
    """Every document, as reindex reads them."""
    after = ""
    while True:
        with system.store.reading() as session:
            ids = session.items.live_ids(after, 1000)
            found = documents_of(session, ids, system.settings.zone)
        if not ids:
            return
        yield from found
        after = ids[-1]


def bulk(system: System, client: Elasticsearch, index: str) -> float:
    """Seconds of the library's helper for the very documents; their making is not counted."""
    spent = 0.0
    some: list[dict[str, Any]] = []

    def send() -> None:
        nonlocal spent
        since = time.perf_counter()
        for ok, answer in streaming_bulk(client, some, chunk_size=1000):
            assert ok, answer
        spent += time.perf_counter() - since
        some.clear()

    for one in documents(system):
        some.append({"_index": index, "_id": one.id, "_source": writing._fields(one)})
        if len(some) == 5_000:
            send()
    send()
    return spent


def queries(system: System, count: int) -> list[Query]:
    """Phrases that stand in some document."""
    with system.store.reading() as session:
        ids = session.items.live_ids("", 2_000)
        texts = list(session.items.texts(ids).values())
    return asked_of(texts, count, random.Random(5))


def asked_of(texts: Sequence[str], count: int, chance: random.Random) -> list[Query]:
    """Phrases of two to six characters of the texts, a part with filters."""
    found: list[Query] = []
    while len(found) < count:
        text = chance.choice(texts)
        at = chance.randrange(max(1, len(text) - 6))
        word = text[at : at + chance.randint(2, 6)]
        if word.isalnum():
            found.append(Query(text=word, state="submitted" if chance.random() < 0.5 else None, limit=20))
    return found


def timings(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Milliseconds of each."""
    found = []
    for call in calls:
        since = time.perf_counter()
        call()
        found.append((time.perf_counter() - since) * 1000)
    return found


def raw(client: Elasticsearch, index: str, system: System, query: Query) -> Callable[[], object]:
    """The query without us."""
    asked = reading.request(query, parts_of(query) or [], system.settings.zone)
    fields = {"title": {}, "text": {}}
    return lambda: client.search(index=index, aggregations=AGGREGATIONS, highlight={"fields": fields}, **asked)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def searches(system: System, client: Elasticsearch, index: str) -> Iterator[Figure]:
    """Interleaved pairs, each first in turn."""
    projector, asked = projector_of(system), queries(system, PAIRS)
    ours: list[float] = []
    theirs: list[float] = []
    for number, query in enumerate([*asked[:50], *asked]):
        pair = [(ours, lambda query=query: projector.find(query)), (theirs, raw(client, index, system, query))]
        for kept, call in pair if number % 2 else reversed(pair):
            (spent,) = timings([call])
            if number >= 50:
                kept.append(spent)
    more = statistics.median(one - other for one, other in zip(ours, theirs, strict=True))
    shown = f" (ours {statistics.median(ours):.1f} ms, raw {statistics.median(theirs):.1f} ms)"
    yield at_most("million: search / the raw query, median difference", more, MORE_MS, " ms", shown)
    yield at_most("million: search, p95", p95(ours), P95_MS, " ms", f" (raw {p95(theirs):.0f} ms)")


def reindexed(system: System, count: int, floor: float) -> Iterator[Figure]:
    """The product's reindex, searches beside it."""
    projector, asked = projector_of(system), queries(system, PAIRS)
    before = timings([lambda query=query: projector.find(query) for query in asked])
    stop, during = threading.Event(), list[float]()

    def search() -> None:
        for query in asked * 1000:
            if stop.is_set():
                return
            with suppress(Transient):
                during.extend(timings([lambda query=query: projector.find(query)]))
            stop.wait(0.2)  # some people, not a load test

    thread = threading.Thread(target=search)
    thread.start()
    since = time.perf_counter()
    projector_of(system).reindex()
    spent = time.perf_counter() - since
    stop.set()
    thread.join()
    rates = f" ({count / spent:.0f} and {count / floor:.0f} documents/s)"
    yield at_least("million: reindex / bare bulk", floor / spent, GOAL, rates)
    slower = statistics.median(during) / statistics.median(before)
    shown = f" ({statistics.median(during):.0f} and {statistics.median(before):.0f} ms)"
    yield at_most("million: searches meanwhile / before, medians", slower, SLOWER, " ×", shown)


def figures(quick: bool) -> Iterator[Figure]:
    """Every line."""
    if missing := cluster.missing():
        yield Figure("million", f"left out: {', '.join(missing)} cannot be had here")
        return
    count = QUICK if quick else ITEMS
    with cluster.running(office=True) as servers, opened(servers) as system, Elasticsearch(servers.node.url) as client:
        fill(system, count)
        floor = bulk(system, client, index_of(system, "99"))
        system.search.drop("99")
        yield from reindexed(system, count, floor)
        with system.store.reading() as session:
            live = session.registry.generations().live
        yield from searches(system, client, index_of(system, live))


def index_of(system: System, generation: str) -> str:
    """A generation's index, made."""
    search: Any = system.search
    search.create(generation)
    return search._index(generation)
