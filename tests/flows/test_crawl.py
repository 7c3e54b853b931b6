from __future__ import annotations

from datetime import timedelta

from crawlers.catalogue import catalogue_file
from crawlers.run import crawl
from flows.crawl import SLOT, _note, collected, due, line_of, report_rows
from flows.slots import Slot
from pipeline.clock import stored
from pipeline.wiring import System
from tests.conftest import StandingClock

CATALOGUE = """\
version: 1
sources:
  - {name: hourly, title: 每时, every: 1h, starts: [{kind: page, url: "http://127.0.0.1:9/a"}]}
  - {name: daily, title: 每天, every: 1d, starts: [{kind: page, url: "http://127.0.0.1:9/b"}]}
"""


def catalogued(system: System) -> None:
    file = catalogue_file(system.settings)
    file.parent.mkdir(parents=True)
    file.write_text(CATALOGUE, encoding="utf-8")


def test_a_source_is_due_when_its_time_has_passed_since_the_slot_it_was_crawled_in(
    system: System, clock: StandingClock
):
    catalogued(system)
    first = Slot("crawl", clock(), SLOT)
    assert due(system, first) == ["hourly", "daily"]
    clock.forward(minutes=7)  # the crawl took its time: only slots' times count
    _note(system, ["hourly", "daily"], first)
    assert due(system, Slot("crawl", first.at + timedelta(minutes=50), SLOT)) == []
    assert due(system, Slot("crawl", first.at + timedelta(minutes=60), SLOT)) == ["hourly"]
    assert due(system, Slot("crawl", first.at + timedelta(days=5), SLOT)) == ["hourly", "daily"]


def test_a_source_that_another_run_is_at_stays_due(system: System, clock: StandingClock):
    catalogued(system)
    with system.store.writing() as session:
        session.crawls.take("other", ["127.0.0.1"], stored(clock()), stored(clock() + timedelta(minutes=1)))
    lines = [line_of(report) for report in crawl(system, ["hourly"])]
    assert [(line["ok"], line["elsewhere"]) for line in lines] == [(True, True)]
    first = Slot("crawl", clock(), SLOT)
    _note(system, collected(lines), first)
    assert due(system, Slot("crawl", first.at + SLOT, SLOT)) == ["hourly", "daily"]


def test_a_crawl_started_by_hand_takes_every_source(system: System, clock: StandingClock):
    catalogued(system)
    _note(system, ["hourly", "daily"], Slot("crawl", clock(), SLOT))
    assert due(system, None) == ["hourly", "daily"]


def test_a_home_without_catalogue_has_nothing_due(system: System, clock: StandingClock):
    assert due(system, Slot("crawl", clock(), SLOT)) == []


def test_the_report_has_a_row_a_source_with_its_reasons():
    line = {
        "source": "hnzx", "found": 3, "new": 1, "changed": 0, "unchanged": 0, "failed": 2, "forbidden": 0,
        "reasons": [{"why": "连接不上", "count": 2, "url": None}],
    }  # fmt: skip
    (row,) = report_rows([line])
    assert row["来源"] == "hnzx"
    assert row["失败"] == 2
    assert row["说明"] == "连接不上 2"
