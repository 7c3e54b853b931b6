"""The proof after a fault: nothing lost, nothing doubled, nothing miscounted."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from crawlers.frontier import AT_WORK
from pipeline.project import Projector
from pipeline.records.items import Query
from pipeline.records.messages import Crawled, decode, decompress
from pipeline.records.names import GROUP, TOPICS
from pipeline.wiring import System
from pipeline.workers import projector_of
from tests.faults import driver
from tests.faults.county import County
from tests.faults.hands import done, hand

OUTCOMES = ("indexed", "rejected", "quarantined")


def finish(home: Path, county: County) -> None:
    """Everything that is left, with nothing in its way."""
    if county.has_site:
        report = crawled(home, county)
        assert report["failed"] == report["forbidden"] == 0, report
    if county.files:
        found = {file: (accepted, refused) for file, accepted, refused in done("import", home, files=county.paths)}
        assert found == county.files
    if county.posts:
        finish_posts(home, county)
    done("run", home)


def crawled(home: Path, county: County) -> dict[str, Any]:
    """A crawl once the host is free: a dead one's hold of it lapses by itself."""
    for _ in range(20):
        (report,) = done("crawl", home, catalogue=county.catalogue)
        if not any(reason["why"] == AT_WORK for reason in report["reasons"]):
            return report
        time.sleep(driver.LEASE)
    raise AssertionError(report)


def finish_posts(home: Path, county: County) -> None:
    """What was not acknowledged is sent again; what was gets the same answer."""
    with hand("api", home) as server:
        port = server.hear("port")
        county.post(port)
        assert all(one.receipt for one in county.posts)
        county.post(port, again=True)
        server.tell()
        assert server.wait() == "done"


def prove(home: Path, county: County) -> None:
    """Every promise, in the home as it is now."""
    with driver.opened(str(home)) as system:
        books_agree(system, county)
        words_are_found_once(system, county)
        acknowledged_is_there(system, county)
        ledger_is_proven(system)
        secrets_are_gone(system, county)


def books_agree(system: System, county: County) -> None:
    """For each source indexed, rejected and quarantined equal the plan, and received - duplicate equals it."""
    with system.store.reading() as session:
        rows = session.ledger.balance()
        waiting = Counter(one.source for one in session.quarantine.list())
    found: dict[str, Counter[str]] = {}
    left: Counter[str] = Counter()
    for row in rows:
        found.setdefault(row.source, Counter()).update({name: getattr(row, name) for name in OUTCOMES})
        left[row.source] += row.received - row.duplicate
        assert row.pending == row.purged == 0, row
    plan = county.plan()
    assert {source: +counts for source, counts in found.items() if +counts} == plan
    assert left == Counter({source: counts.total() for source, counts in plan.items()})
    quarantined = Counter({source: counts["quarantined"] for source, counts in plan.items() if counts["quarantined"]})
    assert waiting == quarantined


def words_are_found_once(system: System, county: County) -> None:
    """Each planted word of an indexed origin is one hit, in its source; every other word none."""
    projector = projector_of(system)
    wrong = {}
    for one in county.planted:
        if one.word and (sources := hits(projector, one.word)) != ([one.source] if one.outcome == "indexed" else []):
            wrong[one.word] = (one, sources)
    assert wrong == {}
    assert [word for word in county.refused_words if hits(projector, word)] == []


def hits(projector: Projector, word: str) -> list[str]:
    """The sources of the documents with the word."""
    return [hit.document.source or "" for hit in projector.find(Query(text=word, limit=10)).hits]


def acknowledged_is_there(system: System, county: County) -> None:
    """Every receipt that was answered has its row, its item and its text."""
    receipts = {one.receipt: one for one in county.posts if one.receipt}
    with system.store.reading() as session:
        rows = session.arrivals.by_receipt(list(receipts))
        texts = session.items.texts([row.item for row in rows.values()])
    assert rows.keys() == receipts.keys()
    assert all(one.word in texts[rows[receipt].item] for receipt, one in receipts.items())
    assert len({row.item for row in rows.values()}) == len(receipts)


def ledger_is_proven(system: System) -> None:
    """Rule 11: for each partition next - first = rows + gaps; search holds the live items at their versions."""
    with system.store.reading() as session:
        offsets = {(row.bus, row.topic, row.partition): row for row in session.offsets.rows(GROUP)}
        rows = {(bus, topic, partition): count for bus, topic, partition, count in session.ledger.counted()}
        gaps = Counter[tuple[str, str, int]]()
        for bus, topic, partition, start, end in session.offsets.gaps():
            gaps[bus, topic, partition] += end - start
        newest, waiting = session.arrivals.outbox()
        assert (waiting, session.marks.pending()) == (newest + 1, 0)
        live = session.registry.generations().live
        versions = {one: item.version for one, item in session.items.by_ids(session.items.live_ids("", 10**6)).items()}
    for key, row in offsets.items():
        assert row.next - row.first == rows.get(key, 0) + gaps[key], row
        if row.bus == system.bus.bus_id(row.topic):  # another's are books of a bus that is gone
            assert system.bus.extent(row.topic)[row.partition].end == row.next
    assert gaps.total() == 0
    assert dict(system.search.ids(live)) == versions
    assert system.search.count(live) == len(versions)


def secrets_are_gone(system: System, county: County) -> None:
    """No message holds the text of a page with a mark of secrecy. A log on Kafka cannot be changed: there it ends
    with its retention, and what lay in files is gone."""
    if system.settings.bus.scheme == "kafka":
        return
    marked = [one.word for one in county.planted if one.outcome == "rejected"] + county.refused_words
    reader = system.bus.consumer("proof", TOPICS, lambda _topic, _partition: 0)
    try:
        while batch := reader.poll(messages=1000, size=10**9, wait=0):
            texts = [_text(system, one.value) for one in batch if one.value]
            assert not [word for word in marked for text in texts if word in text]
    finally:
        reader.close()


def _text(system: System, value: bytes) -> str:
    message = decode(value)
    if not isinstance(message, Crawled):
        return message.text
    body = message.body or system.files.get(message.body_file or "")
    return decompress(body, 10**8).decode("utf-8", "replace")
