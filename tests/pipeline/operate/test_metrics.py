"""Metrics: the same numbers as the books, whoever did the work; cheap, bounded, and for this machine alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.clock import day_of, stored
from pipeline.errors import Transient
from pipeline.operate.metrics import OTHER, PASSED, WAY, Exposition, Names
from pipeline.operate.observed import Impatient, Observer
from pipeline.ports.arrivals import Arrival
from pipeline.records.names import CRAWLED, SUBMITTED, Outcome
from pipeline.records.watching import Alarm, Ended
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.arriving import TEXT, put, submitted
from tests.crawlers.site import serving
from tests.watched_county import client, process, run_through, samples, value


@pytest.fixture
def county(system) -> Iterator:
    with serving() as site:
        run_through(system, site)
    return system


def scraped(settings, clock) -> dict:
    with client(settings, clock) as web:
        answer = web.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return samples(answer.text)


def test_numbers_equal_the_ledger(county, settings, clock) -> None:
    found = scraped(settings, clock)
    with county.store.reading() as session:
        balance = session.ledger.balance()
        aside = session.quarantine.list()
    assert {row.day for row in balance} == {day_of(stored(clock()))}
    out = found["minyi_step_out_total"]
    for row in balance:
        came = value(found["minyi_step_in_total"], step="read", source=row.source)
        assert came == row.received, row
        for outcome in Outcome:
            told = value(found["minyi_ledger_messages"], source=row.source, outcome=outcome.value)
            assert told == getattr(row, outcome.value), (row.source, outcome)
        for outcome in ("duplicate", "rejected", "quarantined", "purged"):
            ended = sum(value(out, step=step, source=row.source, outcome=outcome) for step in WAY)
            assert ended == getattr(row, outcome), (row.source, outcome)
        written = value(out, step="store", source=row.source, outcome="pending")
        assert written == row.indexed + row.pending
        assert value(out, step="search", source=row.source, outcome="indexed") == row.indexed
    assert {row.source for row in balance} >= {"api", "hnzx", "甲.jsonl", "?"}
    assert sum(found["minyi_quarantine_messages"].values()) == len(aside) > 0
    assert {outcome for row in balance for outcome in Outcome if getattr(row, outcome.value)} == {
        Outcome.INDEXED, Outcome.DUPLICATE, Outcome.REJECTED, Outcome.QUARANTINED
    }  # fmt: skip


def test_every_outcome_is_counted_at_the_step_where_its_messages_ended(county) -> None:
    with county.store.reading() as session:
        counts = session.tallies.counts()
    ended = {(one.step, one.outcome) for one in counts if one.step in WAY}
    assert ended == {("dedup", "duplicate"), ("clean", "rejected"), ("read", "quarantined"), ("store", "pending")}


def test_what_goes_into_a_step_comes_out_of_it_and_into_the_next(county, settings, clock) -> None:
    found = scraped(settings, clock)
    came, out = found["minyi_step_in_total"], found["minyi_step_out_total"]
    sources = {dict(labels)["source"] for labels in came}
    for source in sources:
        for step, following in zip(WAY, [*WAY[1:], None], strict=True):
            ended = sum(count for labels, count in out.items() if {("step", step), ("source", source)} <= labels)
            assert value(came, step=step, source=source) == ended
            if following:
                passed = value(out, step=step, source=source, outcome=PASSED)
                assert value(came, step=following, source=source) == passed


def test_a_crawl_is_counted_by_outcome_and_reason(county, settings, clock) -> None:
    found = scraped(settings, clock)
    out = found["minyi_step_out_total"]
    assert value(found["minyi_step_in_total"], step="crawl", source="hnzx") == 3
    assert value(out, step="crawl", source="hnzx", outcome="new") == 2
    assert value(out, step="crawl", source="hnzx", outcome="failed") == 1
    assert found["minyi_crawl_reasons_total"] == {frozenset({("source", "hnzx"), ("reason", "网页不存在（404）")}): 1.0}
    assert value(found["minyi_crawl_last_timestamp_seconds"], source="hnzx") == clock().timestamp()
    assert value(found["minyi_crawl_quiet_seconds"], source="hnzx") == 86_400


def test_durations_of_every_stage_are_a_histogram(county, settings, clock) -> None:
    found = scraped(settings, clock)
    counts, buckets = found["minyi_stage_duration_seconds_count"], found["minyi_stage_duration_seconds_bucket"]
    stages = {dict(labels)["stage"] for labels in counts}
    assert stages >= {"poll", "note", "steps", "commit", "project", "read", "clean", "dedup", "classify", "locate"}
    for stage in stages:
        series = [count for labels, count in buckets.items() if ("stage", stage) in labels]
        assert series == sorted(series)
        assert series[-1] == value(counts, stage=stage) > 0
        assert value(found["minyi_stage_duration_seconds_sum"], stage=stage) > 0


def test_what_waits_is_told_with_its_age(county, settings, clock) -> None:
    quiet = scraped(settings, clock)
    assert set(quiet["minyi_lag_messages"].values()) == {0.0}
    assert set(quiet["minyi_lag_age_seconds"].values()) == {0.0}
    with county.store.writing() as session:
        session.arrivals.receive([Arrival(submitted(county, "x", TEXT), "i" * 20)])
    clock.forward(minutes=10)
    put(county, *(submitted(county, f"n{number}", TEXT.format(number)) for number in range(30)))
    with county.store.writing() as session:
        session.marks.raise_for(session.items.live_ids()[:2])
    clock.forward(minutes=5)
    found = samples(Exposition(*observed(county)).text().decode())
    assert sum(found["minyi_lag_messages"].values()) == 30
    assert value(found["minyi_lag_age_seconds"], topic=SUBMITTED) == 300
    assert value(found["minyi_lag_age_seconds"], topic=CRAWLED) == 0
    # `put` notes what waits in the outbox as relayed: without it the message on the bus is the oldest receipt.
    assert value(found["minyi_receipt_age_seconds"]) == 300
    assert value(found["minyi_projection_backlog_items"]) == 2
    assert value(found["minyi_projection_age_seconds"]) == 300


def observed(system):
    observer = Observer(system)
    return observer.look(), observer, Names(200), Names(50)


def test_a_receipt_in_the_outbox_is_the_oldest(system, clock) -> None:
    with system.store.writing() as session:
        session.arrivals.receive([Arrival(submitted(system, "x", TEXT), "i" * 20)])
    clock.forward(minutes=7)
    found = samples(Exposition(*observed(system)).text().decode())
    assert value(found["minyi_outbox_messages"]) == 1
    assert value(found["minyi_receipt_age_seconds"]) == 420


def test_a_new_home_and_standing_alarms_can_be_scraped(settings, clock) -> None:
    found = scraped(settings, clock)
    assert set(found["minyi_up"].values()) == {1.0}
    assert value(found["minyi_lag_age_seconds"], topic=SUBMITTED) == 0
    with open_system(settings, clock=clock) as system, system.store.writing() as session:
        session.alarms.settle([Alarm("lag", SUBMITTED, "积压"), Alarm("sources", "hnzx", "没有采集")], [])
    found = scraped(settings, clock)
    assert value(found["minyi_alarm"], part="lag", subject=SUBMITTED) == 1
    assert sum(found["minyi_alarm"].values()) == 2


def test_a_step_of_a_newer_program_keeps_no_number_from_being_served(system) -> None:
    with system.store.writing() as session:
        session.tallies.add({Ended("甲", "weigh", "done"): 2, Ended("甲", "store", "pending"): 3})
    found = samples(Exposition(*observed(system)).text().decode())
    assert value(found["minyi_step_in_total"], step="weigh", source="甲") == 2
    assert value(found["minyi_step_in_total"], step="read", source="甲") == 3


def test_sources_beyond_the_limit_are_one_label(system) -> None:
    with system.store.writing() as session:
        session.tallies.add({Ended(f"s{number}", "store", "pending"): 100 - number for number in range(50)})
    seen, observer, *_ = observed(system)
    sources = Names(10)
    found = samples(Exposition(seen, observer, sources, Names(5)).text().decode())
    told = {dict(labels)["source"] for labels in found["minyi_step_in_total"]}
    assert told == {OTHER, *(f"s{number}" for number in range(10))}
    assert sum(found["minyi_step_in_total"].values()) == len(WAY) * sum(100 - number for number in range(50))
    with system.store.writing() as session:
        session.tallies.add({Ended("s49", "store", "pending"): 1000})
    again = samples(Exposition(observer.look(), observer, sources, Names(5)).text().decode())
    assert {dict(labels)["source"] for labels in again["minyi_step_in_total"]} == told


def test_a_source_named_by_a_telephone_number_is_masked(system) -> None:
    with system.store.writing() as session:
        session.tallies.add({Ended("13900001234来稿", "store", "pending"): 1})
    assert b"13900001234" not in Exposition(*observed(system)).text()


# ---------------------------------------------------------------- parts that are away


def test_a_store_that_is_away_is_said_and_the_rest_still_served(settings, clock) -> None:
    settings.home.mkdir()
    (settings.home / "store.db").write_bytes(b"not a database, but long enough to be looked at as one" * 40)
    with open_system(settings, clock=clock) as system:
        found = samples(Exposition(*observed(system)).text().decode())
    assert value(found["minyi_up"], part="store") == 0
    assert "minyi_disk_free_bytes" in found


def test_a_bus_that_is_away_keeps_nothing_of_the_store_from_being_seen(county, settings, clock) -> None:
    away = replace(settings, bus=load({"MINYI_BUS": "kafka://127.0.0.1:1?properties=" + brief(settings)}).bus)
    with open_system(away, clock=clock) as system:
        found = samples(Exposition(*observed(system)).text().decode())
    assert value(found["minyi_up"], part="bus") == 0
    assert value(found["minyi_up"], part="search") == 1
    assert not {"minyi_lag_messages", "minyi_receipt_age_seconds"} & found.keys()
    assert sum(found["minyi_ledger_messages"].values()) > 0


def brief(settings) -> str:
    file = settings.home / "bus.properties"
    file.write_text("request.timeout.ms=200\n", encoding="utf-8")
    return str(file)


def test_work_that_hangs_is_given_up_and_not_begun_twice() -> None:
    release, begun = threading.Event(), []

    def hang() -> str:
        begun.append(1)
        release.wait(30)
        return "x"

    impatient = Impatient(seconds=0.05)
    try:
        with pytest.raises(Transient, match=r"总线 \d+ 秒没有应答"):
            impatient.begin("bus", hang)()
        with pytest.raises(Transient, match="总线还没有应答"):
            impatient.begin("bus", hang)()
        assert begun == [1]
        assert impatient.begin("search", lambda: "y")() == "y"
    finally:
        release.set()
        impatient.close()


def test_two_that_hang_are_waited_for_at_once() -> None:
    release, impatient, spent = threading.Event(), Impatient(seconds=0.4), []
    try:
        for result in [impatient.begin(part, lambda: release.wait(30)) for part in ("bus", "search")]:
            began = time.monotonic()
            with pytest.raises(Transient):
                result()
            spent.append(time.monotonic() - began)
    finally:
        release.set()
        impatient.close()
    assert spent[1] < spent[0] / 2


def test_a_scrape_takes_no_write_lock(county, settings, clock) -> None:
    import sqlite3
    from contextlib import closing

    with client(settings, clock) as web, closing(sqlite3.connect(settings.store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert web.get("/metrics").status_code == 200


# ---------------------------------------------------------------- who may read them


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_what_a_proxy_passes_on_is_refused(header, settings, clock) -> None:
    with client(settings, clock) as web:
        answer = web.get("/metrics", headers={header: "203.0.113.9"})
    assert answer.status_code == 403
    assert "MINYI_METRICS" in answer.text


def test_another_machine_and_another_name_are_refused(settings, clock) -> None:
    with client(settings, clock) as web:
        web._transport.client = ("192.0.2.7", 4000)
        assert web.get("/metrics").status_code == 403
        web._transport.client = ("127.0.0.1", 4000)
        assert web.get("/metrics").status_code == 200
        assert web.get("/metrics", headers={"host": "minyi.example.gov.cn"}).status_code == 403


def test_with_a_token_it_is_asked_of_everybody(settings, clock) -> None:
    token = "a-token-of-some-length"
    with client(replace(settings, metrics=token), clock) as web:
        assert web.get("/metrics").status_code == 403
        assert web.get("/metrics", headers={"authorization": f"Bearer {token}x"}).status_code == 403
        web._transport.client = ("192.0.2.7", 4000)
        forwarded = {"authorization": f"Bearer {token}", "x-forwarded-for": "203.0.113.9"}
        assert web.get("/metrics", headers=forwarded).status_code == 200


def test_it_is_no_part_of_the_public_interface(settings, clock) -> None:
    with client(settings, clock) as web:
        assert "/metrics" not in web.get("/api/openapi.json").text


def test_one_look_serves_everybody_for_some_seconds(system, settings, clock) -> None:
    with client(settings, clock) as web:
        first = web.get("/metrics").text
        put(system, submitted(system, "1", TEXT))
        process(system)
        assert web.get("/metrics").text == first
