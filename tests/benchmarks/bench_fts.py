"""A million items in the embedded search: a page, newest first, with its count; made-up texts and, where they can
be had, real ones. The generation is made as `reindex` makes it when the one before is large.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pipeline.adapters.search_sqlite import LARGE, SqliteSearch
from pipeline.identity import digest
from pipeline.project import documents_of
from pipeline.records.items import Document, Query
from tests.benchmarks.bench_million import ITEMS, PAIRS, QUICK, SEED_MESSAGES, asked_of, earlier, p95, timings
from tests.benchmarks.bench_process import filled, flow, messages
from tests.benchmarks.figures import Figure, at_most

P95_MS = 50.0
REAL = Path(os.environ.get("MINYI_REAL") or "../shared/real") / "messages"


def copies(documents: list[Document], number: int) -> list[Document]:
    """The same under other ids and times."""
    first = number * len(documents)
    return [
        replace(one, id=digest(one.id, str(number)), received_at=earlier(one.received_at, first + at))
        for at, one in enumerate(documents)
    ]


def made_up() -> list[Document]:
    """Documents of a flow over made-up messages."""
    with filled(messages(SEED_MESSAGES)) as system:
        flow(system)
        with system.store.reading() as session:
            return documents_of(session, session.items.live_ids("", SEED_MESSAGES), system.settings.zone)


def real(like: list[Document]) -> list[Document]:
    """The same with the texts of real messages; none where there are no such files."""
    rows = [json.loads(line) for path in sorted(REAL.glob("*labelled.jsonl")) for line in path.open(encoding="utf-8")]
    return [replace(one, title=row["title"], text=row["text"]) for one, row in zip(like, rows, strict=False)]


def figures(quick: bool) -> Iterator[Figure]:
    """One line for each kind of texts."""
    count = QUICK if quick else ITEMS
    documents = made_up()
    for name, some in (("made-up texts", documents), ("real texts", real(documents))):
        if some:
            yield _figure(name, some, count)


def _figure(name: str, documents: list[Document], count: int) -> Figure:
    asked = asked_of([one.text for one in documents[:2_000]], PAIRS, random.Random(5))
    with tempfile.TemporaryDirectory() as folder, closing(SqliteSearch(Path(folder) / "search.db")) as search:
        search.create("1")
        _fill(search, "1", documents, min(count, LARGE))
        search.create("2")
        search.drop("1")
        rate = _fill(search, "2", documents, count)
        found = _timings(search, asked)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / count / 1024
    shown = f" (median {statistics.median(found):.1f} ms; {rate:,.0f} documents/s, {size:.1f} KB each)"
    return at_most(f"FTS5 newest first, p95 ({count:,} documents, {name})", p95(found), P95_MS, " ms", shown)


def _fill(search: SqliteSearch, generation: str, documents: list[Document], count: int) -> float:
    """Write so many; documents a second."""
    since = time.perf_counter()
    for number in range(-(-count // len(documents))):
        search.write(generation, copies(documents, number))
    return search.count(generation) / (time.perf_counter() - since)


def _timings(search: SqliteSearch, asked: list[Query]) -> list[float]:
    calls = [lambda query=query: search.query("2", query) for query in asked]
    timings(calls[:50])
    return timings(calls)
