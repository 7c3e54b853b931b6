"""Alarms: from when on, of what, kept once, over by themselves."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from pipeline.clock import stored
from pipeline.operate.alarms import Look, lasted, watch
from pipeline.operate.backup import Last, note_backup
from pipeline.operate.doctor import examine
from pipeline.operate.observed import Observer, Watched
from pipeline.ports.arrivals import Arrival
from pipeline.records.names import CRAWLED, SUBMITTED
from pipeline.rules import Rules
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.arriving import TEXT, crawled, page, put, submitted
from tests.watched_county import process

HNZX = Watched("hnzx", ["a.example"], timedelta(days=1))
COUNTS = {"found": 3, "new": 3, "changed": 0, "unchanged": 0, "failed": 0, "forbidden": 0, "reasons": []}


def look(system, *sources: Watched, proven: bool = True) -> Look:
    observer = Observer(system, sources)
    try:
        return watch(system, observer, proven=proven)
    finally:
        observer.close()


def keys(system, *sources: Watched) -> set[tuple[str, str]]:
    return {alarm.key for alarm in look(system, *sources).found}


def standing(system) -> list[tuple[str, str]]:
    with system.store.reading() as session:
        return [row.alarm.key for row in session.alarms.standing()]


def test_a_new_home_has_none_and_nothing_is_written(system) -> None:
    assert look(system).found == []
    with system.store.reading() as session:
        assert session.alarms.standing() == session.alarms.past(10) == []


@pytest.mark.parametrize(("minutes", "late"), [(30, False), (31, True)])
def test_lag_is_measured_by_the_oldest_message(system, clock, minutes, late) -> None:
    put(system, submitted(system, "1", TEXT.format(1)), crawled(system, "http://a.example/1", page("题", TEXT)))
    clock.forward(minutes=minutes)
    put(system, submitted(system, "2", TEXT.format(2)))
    assert keys(system) == ({("lag", SUBMITTED), ("lag", CRAWLED), ("arrivals", "")} if late else set())
    if late:
        assert "来稿积压 2 条，最早的已等 31 分钟" in {alarm.what for alarm in look(system).found}


def test_it_is_over_when_the_work_is_done(system, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1) * 2))
    note_backup(system.store, Last(stored(clock()), "/elsewhere"))
    clock.forward(hours=2)
    assert {row.alarm.part for row in look(system).raised} == {"lag", "arrivals"}
    assert look(system).raised == []
    process(system)
    assert {row.alarm.part for row in look(system).cleared} == {"lag", "arrivals"}
    assert standing(system) == []


def test_a_receipt_that_waits_in_the_outbox(system, clock) -> None:
    with system.store.writing() as session:
        session.arrivals.receive([Arrival(submitted(system, "1", TEXT), "i" * 20)])
    clock.forward(minutes=31)
    assert keys(system) == {("arrivals", "")}


def test_search_that_is_behind_by_count_or_by_age(system, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1) * 2))
    process(system)
    note_backup(system.store, Last(stored(clock()), "/elsewhere"))
    with system.store.writing() as session:
        session.marks.raise_for(session.items.live_ids())
    assert keys(system) == set()
    rules(system, backlog_items=1)
    assert keys(system) == set()  # not more than so many
    clock.forward(minutes=31)
    assert keys(system) == {("marks", "")}


def rules(system, **changes: int) -> None:
    """The site's own thresholds."""
    import yaml

    values = Rules(system.settings.rules_dir).watch.model_dump() | changes
    system.settings.rules_dir.mkdir(parents=True, exist_ok=True)
    (system.settings.rules_dir / "watch.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    vars(system).pop("rules", None)


def test_a_source_that_is_not_crawled(system, clock) -> None:
    assert keys(system, HNZX) == set()  # never yet
    report(system, clock)
    clock.forward(hours=24)
    assert keys(system, HNZX) == set()
    clock.forward(minutes=1)
    assert keys(system, HNZX) == {("sources", "hnzx")}


def report(system, clock) -> None:
    with system.store.writing() as session:
        session.crawls.report(stored(clock()), "hnzx", stored(clock()), COUNTS)


def test_a_source_that_gives_nothing_new(system, clock) -> None:
    note_backup(system.store, Last(stored(clock() + timedelta(days=9)), "/elsewhere"))
    put(system, crawled(system, "http://a.example/1", page("题", TEXT.format(1) * 2), source="hnzx"))
    process(system)
    for _ in range(14):
        report(system, clock)
        clock.forward(days=1)
    report(system, clock)
    assert keys(system, HNZX) == set()
    clock.forward(days=1)
    report(system, clock)
    (alarm,) = look(system, HNZX).found
    assert (alarm.key, alarm.what) == (("sources", "hnzx"), "来源 hnzx 已有 14 天没有一篇新的或有改动的")
    put(system, crawled(system, "http://a.example/2", page("题", TEXT.format(2) * 2), source="hnzx"))
    process(system)
    assert keys(system, HNZX) == set()


def test_while_the_catalogue_cannot_be_read_nothing_is_said_of_its_sources(system, clock) -> None:
    report(system, clock)
    clock.forward(days=2)
    look(system, HNZX)
    observer = Observer(system, None)
    assert watch(system, observer).cleared == []
    observer.close()
    assert standing(system) == [("sources", "hnzx")]


def test_a_ledger_that_does_not_balance(system, clock) -> None:
    import sqlite3

    put(system, *(submitted(system, str(number), TEXT.format(number) * 2) for number in range(1, 4)))
    process(system)
    note_backup(system.store, Last(stored(clock()), "/elsewhere"))
    assert keys(system) == set()
    connection = sqlite3.connect(system.settings.store.path)
    with connection:
        connection.execute("DELETE FROM ledger WHERE rowid = (SELECT min(rowid) FROM ledger)")
    connection.close()
    assert look(system, proven=False).found == []
    assert keys(system) == {("ledger", "")}
    # A look without the proof does not clear it.
    assert look(system, proven=False).cleared == []
    assert standing(system) == [("ledger", "")]


def test_a_lost_range_on_the_bus(system) -> None:
    with system.store.writing() as session:
        session.offsets.ensure("process", system.bus.bus_id(SUBMITTED), SUBMITTED, 0, 7)
    assert keys(system) == {("offsets", "")}


def test_a_disk_with_no_room(system, monkeypatch) -> None:
    # A disk that is nearly full cannot be had without filling one.
    usage = SimpleNamespace(total=10**12, used=10**12, free=999_999_999)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    (alarm,) = look(system).found
    assert (alarm.part, alarm.what) == ("home", "磁盘只剩 999 MB")
    assert any(one.what == "磁盘只剩 999 MB" for one in examine(system) if not one.ok)


def test_a_backup_that_is_missing_or_old(system, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1) * 2))
    process(system)
    assert keys(system) == {("backup", "")}
    note_backup(system.store, Last(stored(clock()), "/elsewhere"))
    assert keys(system) == set()
    clock.forward(days=7)
    assert keys(system) == set()
    clock.forward(minutes=1)
    assert keys(system) == {("backup", "")}


def test_a_bus_that_is_away_is_an_alarm_and_clears_nothing_of_what_it_hides(system, settings, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1)))
    clock.forward(hours=1)
    look(system)
    file = settings.home / "bus.properties"
    file.write_text("request.timeout.ms=200\n", encoding="utf-8")
    away = replace(settings, bus=load({"MINYI_BUS": f"kafka://127.0.0.1:1?properties={file}"}).bus)
    with open_system(away, clock=clock) as other:
        gone = look(other)
    assert ("bus", "") in {alarm.key for alarm in gone.found}
    assert gone.cleared == []
    assert {("lag", SUBMITTED), ("arrivals", "")} <= set(standing(system))
    assert [row.alarm.part for row in look(system).cleared] == ["bus"]


def test_a_store_that_is_away_is_found_and_cannot_be_written_down(settings, clock) -> None:
    settings.home.mkdir()
    (settings.home / "store.db").write_bytes(b"not a database, but long enough to be looked at as one" * 40)
    with open_system(settings, clock=clock) as system:
        found = look(system)
    assert [alarm.part for alarm in found.found] == ["store"]
    assert not found.kept


def test_wrong_thresholds_leave_the_shipped_ones_in_force(system, clock) -> None:
    system.settings.rules_dir.mkdir(parents=True)
    (system.settings.rules_dir / "watch.yaml").write_text("version: 1\nlag_minutes: 半小时\n", encoding="utf-8")
    put(system, submitted(system, "1", TEXT))
    clock.forward(minutes=31)
    assert ("lag", SUBMITTED) in keys(system)
    assert any(one.part == "rules" and "watch.yaml" in one.what for one in examine(system) if not one.ok)


def test_the_sites_own_thresholds_win_in_doctor_too(system, clock) -> None:
    put(system, submitted(system, "1", TEXT))
    clock.forward(minutes=6)
    assert not [one for one in examine(system) if one.part == "lag" and not one.ok]
    rules(system, lag_minutes=5)
    assert [one.what for one in examine(system) if one.part == "lag"] == ["来稿积压 1 条，最早的已等 6 分钟"]


def test_doctor_names_what_stands_and_since_when(system, clock) -> None:
    put(system, submitted(system, "1", TEXT))
    assert any(one.what == "没有未解除的告警" for one in examine(system))
    clock.forward(minutes=31)
    look(system)
    clock.forward(minutes=9)
    told = [one.what for one in examine(system) if one.part == "alarms"]
    assert "来稿积压 1 条，最早的已等 31 分钟（自 2026年11月23日 09:31 起）" in told


@pytest.mark.parametrize(
    ("waited", "said"),
    [(timedelta(minutes=31.9), "31 分钟"), (timedelta(hours=3, minutes=5), "3 小时 5 分"),
     (timedelta(days=2, hours=4, minutes=9), "2 天 4 小时")],
)  # fmt: skip
def test_a_length_of_time_in_words(waited: timedelta, said: str) -> None:
    assert lasted(waited) == said
