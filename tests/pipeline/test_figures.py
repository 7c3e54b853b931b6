"""Figures: the books on the board that Kibana reads, on the real Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch

from pipeline.clock import stored
from pipeline.figures import telling
from pipeline.process.worker import Worker
from pipeline.settings import Settings, load
from pipeline.wiring import System, open_system
from pipeline.workers import bench_of, projector_of, teller_of
from tests.arriving import TEXT, put, submitted
from tests.conftest import StandingClock
from tests.services.elasticsearch import TOGETHER, Node

pytestmark = TOGETHER
COUNTS = {"found": 9, "new": 3, "changed": 1, "unchanged": 5, "failed": 2, "forbidden": 1}


@pytest.fixture
def settings(tmp_path, elasticsearch_url: str) -> Settings:
    return load({"MINYI_HOME": str(tmp_path / "home"), "MINYI_SEARCH": elasticsearch_url})


@pytest.fixture
def server(elasticsearch_node: Node) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_node.url) as client:
        yield client


@pytest.fixture
def index(elasticsearch_url: str) -> str:
    return elasticsearch_url.rpartition("/")[2]


def process(system: System) -> None:
    bench = bench_of(system)
    worker = Worker(bench)
    while worker.turn(0.0):
        pass
    worker.close()
    bench.bands.close()
    projector_of(system).drain()


def rows(server: Elasticsearch, index: str) -> list[dict]:
    server.indices.refresh(index=index)
    hits = server.search(index=index, size=1000)["hits"]["hits"]
    return sorted((hit["_source"] for hit in hits), key=lambda row: (row.get("day") or row["at"], row["source"]))


def report(system: System, run: str, source: str) -> None:
    reasons = [{"why": "网站没有应答", "count": 2, "url": "https://a.test/13812345678"}]
    with system.store.writing() as session:
        session.crawls.report(run, source, stored(system.clock()), {**COUNTS, "reasons": reasons})


def test_the_board_has_the_ledgers_rows_and_the_crawls_counts(
    system: System, server: Elasticsearch, index: str
) -> None:
    put(system, *(submitted(system, str(one), TEXT.format(one)) for one in range(3)))
    put(system, submitted(system, "1", TEXT.format(1)))
    process(system)
    report(system, "r1", "hnzx")
    assert teller_of(system).recent()
    (row,) = rows(server, f"{index}-ledger")
    assert row == {
        "day": "2026-11-23", "source": "tests", "received": 4, "indexed": 3, "pending": 0, "duplicate": 1,
        "rejected": 0, "quarantined": 0, "purged": 0, "difference": 0,
    }  # fmt: skip
    (row,) = rows(server, f"{index}-crawls")
    assert row == {"run": "r1", "source": "hnzx", "at": "2026-11-23T01:00:00.000000Z", **COUNTS}


def test_telling_again_writes_in_place_and_everything_removes_what_the_books_lack(
    system: System, server: Elasticsearch, index: str, clock: StandingClock
) -> None:
    put(system, submitted(system, "1", TEXT.format(1)))
    process(system)
    report(system, "r1", "hnzx")
    teller = teller_of(system)
    for _ in range(2):
        assert teller.recent()
    clock.forward(days=3)
    put(system, submitted(system, "2", TEXT.format(2)))
    process(system)
    assert teller.recent()
    assert [row["day"] for row in rows(server, f"{index}-ledger")] == ["2026-11-23", "2026-11-26"]
    server.index(index=f"{index}-ledger", id="gone", document={"day": "2020-01-01", "source": "从前", "received": 1})
    assert teller.everything() == 3
    assert [row["day"] for row in rows(server, f"{index}-ledger")] == ["2026-11-23", "2026-11-26"]
    assert len(rows(server, f"{index}-crawls")) == 1


def test_an_index_of_another_version_is_made_anew_with_everything(
    system: System, server: Elasticsearch, index: str
) -> None:
    report(system, "r1", "hnzx")
    teller_of(system).everything()
    server.indices.put_mapping(index=f"{index}-crawls", meta={"layout": 0})
    teller_of(system).everything()
    found = server.indices.get_mapping(index=f"{index}-crawls")[f"{index}-crawls"]["mappings"]
    assert (found["_meta"], found["dynamic"]) == ({"layout": 1}, "strict")
    assert len(rows(server, f"{index}-crawls")) == 1


def test_no_name_of_a_file_brings_somebodys_number_to_the_board(
    system: System, server: Elasticsearch, index: str
) -> None:
    for one in range(2):
        put(system, submitted(system, str(one), TEXT.format(one), source=f"来信138123{one}5678"))
    process(system)
    assert teller_of(system).recent()
    (row,) = rows(server, f"{index}-ledger")
    assert (row["source"], row["received"]) == ("来信138****5678", 2)  # one sum for what looks the same


def test_a_board_that_is_away_stops_nobody(clock: StandingClock, tmp_path) -> None:
    away = load({"MINYI_HOME": str(tmp_path / "home"), "MINYI_SEARCH": "http://127.0.0.1:1/x"})
    with open_system(away, clock=clock) as found:
        with telling(lambda: teller_of(found)):
            pass
        assert not teller_of(found).recent()


def test_a_store_that_is_away_stops_nobody_who_waits_for_it(tmp_path) -> None:
    (tmp_path / "home" / "store.db").mkdir(parents=True)
    with (
        open_system(load({"MINYI_HOME": str(tmp_path / "home")})) as found,
        telling(lambda: teller_of(found)),
    ):
        pass


def test_the_embedded_shape_has_no_board(tmp_path) -> None:
    with open_system(load({"MINYI_HOME": str(tmp_path / "other")})) as found:
        assert found.figures is None
        assert not teller_of(found).recent()
        assert teller_of(found).everything() == 0


def test_today_and_yesterday_are_the_offices(system: System, clock: StandingClock) -> None:
    clock.now += timedelta(hours=15, minutes=30)  # 16:30 UTC is tomorrow in Shanghai
    assert teller_of(system)._days() == ("2026-11-24", "2026-11-23")
