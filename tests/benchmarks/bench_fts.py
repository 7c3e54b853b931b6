"""A million items in the embedded search: a page, newest first, with its count."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline.adapters.search_sqlite import SqliteSearch
from pipeline.identity import digest
from pipeline.project import documents_of
from pipeline.records.items import Document
from tests.benchmarks.bench_million import ITEMS, PAIRS, QUICK, SEED_MESSAGES, earlier, p95, queries, timings
from tests.benchmarks.bench_process import filled, flow, messages
from tests.benchmarks.figures import Figure, at_most

P95_MS = 50.0


def copies(documents: list[Document], number: int) -> list[Document]:
    """The same under other ids and times."""
    first = number * len(documents)
    return [
        replace(one, id=digest(one.id, str(number)), received_at=earlier(one.received_at, first + at))
        for at, one in enumerate(documents)
    ]


def figures(quick: bool) -> Iterator[Figure]:
    """One line."""
    count = QUICK if quick else ITEMS
    with filled(messages(SEED_MESSAGES)) as system, tempfile.TemporaryDirectory() as folder:
        flow(system)
        with system.store.reading() as session:
            ids = session.items.live_ids("", SEED_MESSAGES)
            documents = documents_of(session, ids, system.settings.zone)
        search = SqliteSearch(Path(folder) / "search.db")
        search.create("1")
        since = time.perf_counter()
        for number in range(count // SEED_MESSAGES):
            search.write("1", copies(documents, number))
        rate = count / (time.perf_counter() - since)
        asked = queries(system, PAIRS)
        timings([lambda query=query: search.query("1", query) for query in asked[:50]])
        found = timings([lambda query=query: search.query("1", query) for query in asked])
        search.close()
    shown = f" (median {statistics.median(found):.1f} ms; built with {rate:.0f} documents/s)"
    yield at_most(f"FTS5 newest first, p95 ({count:,} documents)", p95(found), P95_MS, " ms", shown)
