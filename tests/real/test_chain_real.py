"""The whole chain on real input: every page and message in exactly one outcome, and search tells the truth."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.limits import Limits
from crawlers.run import crawl
from pipeline.intake.imports import Content, Options, import_files
from pipeline.records.items import Balance, Query
from pipeline.records.names import Outcome
from pipeline.settings import load
from pipeline.wiring import System, open_system
from pipeline.workers import projector_of, runner_of
from tests.crawlers.site import Answer, serving
from tests.real.test_crawl_real import REAL, TYPES, written

MESSAGES = REAL.parent / "messages" / "unlabelled.jsonl"
COLUMNS = {"time": "published_at", "user": "author"}
STRINGS = 300
SOURCES = ("real", "messages")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"MINYI_REAL: no real input in {REAL.name}"),
    pytest.mark.xdist_group("chain"),
]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with open_system(load({"MINYI_HOME": str(tmp_path_factory.mktemp("chain") / "home")})) as opened:
        yield opened


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with serving() as site:
        for file in REAL.rglob("*.*"):
            body = file.read_bytes().replace(b"http://127.0.0.1:8000/", site.url.encode() + b"/")
            site.pages["/" + file.relative_to(REAL).as_posix()] = Answer(body, type=TYPES[file.suffix], etag=True)
        yield written(tmp_path_factory.mktemp("chain") / "catalogue.yaml", site)


def collect(system: System, catalogue: Path) -> tuple[int, int]:
    """Crawl and import all; (pages published, rows accepted)."""
    (report,) = crawl(system, catalogue=catalogue, limits=Limits(linger=0.0))
    contents = [Content("messages.jsonl", MESSAGES)]
    options = Options(source="messages", columns=COLUMNS)
    clock, receipts = system.clock, system.receipts
    (imported,) = import_files(system.store, system.files, contents, options, clock=clock, receipts=receipts)
    with runner_of(system) as runner:
        assert runner.once(limit=200)
    return report.new + report.changed, imported.accepted


def balance(system: System, source: str) -> Balance:
    with system.store.reading() as session:
        rows = session.ledger.balance(source=source)
    names = ("received", *(outcome.value for outcome in Outcome))
    return Balance(day="", source=source, **{name: sum(getattr(row, name) for row in rows) for name in names})


@pytest.fixture(scope="module")
def collected(system: System, catalogue: Path) -> tuple[int, int]:
    return collect(system, catalogue)


def test_every_page_and_message_ends_in_exactly_one_outcome(system: System, collected: tuple[int, int]):
    for source, sent in zip(SOURCES, collected, strict=True):
        found = balance(system, source)
        parts = (found.indexed, found.pending, found.duplicate, found.rejected, found.quarantined, found.purged)
        assert (found.received, sum(parts), found.pending) == (sent, sent, 0)
    assert balance(system, "real").indexed == 50
    assert balance(system, "messages").indexed == 3688


def test_search_returns_what_a_substring_scan_returns(system: System, collected: tuple[int, int]):
    """Phrases over punctuation or blanks aside: the index holds letters and digits, so the scan does too."""
    chance = random.Random(int(os.environ.get("MINYI_SEED") or 20261123))
    projector = projector_of(system)
    texts = scanned(system)
    names = sorted(texts)
    wrong: list[str] = []
    for _ in range(STRINGS):
        whole = chance.choice(texts[chance.choice(names)].split("\n"))
        length = chance.randint(2, 6)
        start = chance.randrange(max(1, len(whole) - length))
        wanted = whole[start : start + length]
        hits = projector.find(Query(text=wanted, limit=10_000)).hits
        if wanted and {hit.document.id for hit in hits} != {name for name, text in texts.items() if wanted in text}:
            wrong.append(wanted)
    assert wrong == []


def scanned(system: System) -> dict[str, str]:
    """What search was given of each item, letters and digits alone, title and text apart."""
    from pipeline.identity import normalised
    from pipeline.project import documents_of

    with system.store.reading() as session:
        ids = session.items.live_ids(limit=10_000)
        documents = documents_of(session, ids, system.settings.zone)
    return {one.id: "\n".join((normalised(one.title), normalised(one.text))) for one in documents}


def test_a_second_crawl_and_import_add_only_duplicates(system: System, catalogue: Path, collected: tuple[int, int]):
    first = {source: balance(system, source) for source in SOURCES}
    collect(system, catalogue)
    for source in SOURCES:
        again = balance(system, source)
        assert again.received - first[source].received == again.duplicate - first[source].duplicate
        assert again.indexed == first[source].indexed
