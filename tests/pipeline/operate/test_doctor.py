from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.clock import stored
from pipeline.errors import Transient
from pipeline.operate.doctor import Watched, examine
from pipeline.ports.desk import FileRow
from pipeline.records.items import Finding
from pipeline.records.names import SUBMITTED
from pipeline.settings import load
from pipeline.wiring import open_system
from pipeline.workers import runner_of
from tests.arriving import TEXT, put, submitted


@pytest.fixture
def processed(system):
    put(system, *(submitted(system, str(number), TEXT.format(number) * 2) for number in range(1, 4)))
    with runner_of(system) as runner:
        assert runner.once(60)
    return system


def wrong(system, *sources) -> list[Finding]:
    return [one for one in examine(system, sources) if not one.ok and one.part != "backup"]


def test_rule_11_the_books_of_a_worked_home_are_proven(processed) -> None:
    assert wrong(processed) == []
    whats = [one.what for one in examine(processed)]
    assert any("账目相符" in what for what in whats)
    assert any("检索 3 篇，与库相符" in what for what in whats)


def test_rule_11_a_missing_ledger_row_is_found(processed) -> None:
    import sqlite3

    with sqlite3.connect(processed.settings.store.path) as connection:
        connection.execute("DELETE FROM ledger WHERE rowid = (SELECT min(rowid) FROM ledger)")
    connection.close()
    assert any("不相符" in one.what for one in wrong(processed) if one.part == "ledger")


def test_rule_11_search_that_lost_a_document_is_found(processed) -> None:
    from pipeline.records.items import Document

    with processed.store.reading() as session:
        key = session.items.live_ids()[0]
        generation = session.registry.generations().live
    processed.search.write(generation, [Document(id=key, version=999, tombstone=True)])
    (found,) = wrong(processed)
    assert (found.part, found.fix) == ("search", "请运行 minyi reindex 重建检索")


def test_rule_6_a_lost_range_is_named(system, clock) -> None:
    places = put(system, *(submitted(system, "同一来稿", TEXT.format(number)) for number in range(4)))
    partition = places[0].partition
    with system.store.writing() as session:
        session.offsets.ensure("process", system.bus.bus_id(SUBMITTED), SUBMITTED, partition, 0)
    clock.forward(days=1)
    assert system.bus.expire(SUBMITTED, {partition: 3}, stored(clock())) == 3
    found = [one for one in wrong(system) if one.part == "offsets"]
    assert f"分区 {partition} 丢失消息 0 至 2（共 3 条）" in found[0].what


def test_rule_6_a_bus_older_than_the_store_is_named(system) -> None:
    with system.store.writing() as session:
        session.offsets.ensure("process", system.bus.bus_id(SUBMITTED), SUBMITTED, 0, 7)
    assert any("总线比库旧" in one.what for one in wrong(system) if one.part == "offsets")


def test_a_clock_set_back_is_seen(processed, clock) -> None:
    clock.forward(hours=-3)
    (found,) = wrong(processed)
    assert found.part == "clock"
    assert "时钟可能被拨回" in found.what


def test_a_submission_that_waits_long_for_the_relay_is_named(system, clock) -> None:
    from pipeline.ports.arrivals import Arrival

    with system.store.writing() as session:
        session.arrivals.receive([Arrival(submitted(system, "1", TEXT), "i" * 20)])
    assert not any(one.part == "arrivals" for one in wrong(system))
    clock.forward(hours=1)
    assert any(one.part == "arrivals" for one in wrong(system))


def test_a_silent_source_and_a_resting_host_are_named(system, clock) -> None:
    counts = {"found": 3, "new": 3, "changed": 0, "unchanged": 0, "failed": 0, "forbidden": 0, "reasons": []}
    with system.store.writing() as session:
        session.crawls.report("r1", "甲", stored(clock()), counts)
        session.crawls.rest("a.example", stored(clock() + timedelta(days=9)))
    watched = Watched("甲", ["a.example"], timedelta(days=1))
    assert any("暂停访问" in one.what for one in examine(system, [watched]))
    clock.forward(days=2)
    assert any("来源 甲 自" in one.what for one in wrong(system, watched))


def test_one_fault_is_said_once(settings, clock) -> None:
    settings.home.mkdir()
    (settings.home / "store.db").write_bytes(b"not a database, but long enough to be looked at as one" * 40)
    with open_system(settings, clock=clock) as system:
        lines = examine(system)
    texts = [one.what for one in lines if not one.ok]
    assert len(texts) == len(set(texts))
    assert any(one.part == "store" for one in lines if not one.ok)


def test_secrets_are_masked(tmp_path, clock) -> None:
    settings = load({"MINYI_HOME": str(tmp_path), "MINYI_STORE": "postgresql://minyi:hunter2@db/minyi"})
    with open_system(settings, clock=clock) as system:
        lines = examine(system)
    assert any("minyi:***@db" in one.what for one in lines)
    assert not any("hunter2" in f"{one.what}{one.fix}" for one in lines)


def test_what_needs_a_part_that_is_away_is_not_tried(settings, clock) -> None:
    asked: list[str] = []

    class Away:
        """A bus that answers nothing."""

        def check(self) -> list[Finding]:
            asked.append("check")
            return [Finding("bus", ok=False, what="消息服务器暂时没有应答", fix="请核对")]

        def __getattr__(self, name):
            asked.append(name)
            raise Transient("消息服务器暂时没有应答")

        def close(self) -> None: ...

    with open_system(settings, clock=clock) as system:
        system.__dict__["bus"] = Away()
        parts = {one.part for one in examine(system)}
    assert asked == ["check"]
    assert {"bus", "ledger", "arrivals", "marks"} <= parts
    assert parts.isdisjoint({"offsets", "lag"})


def test_an_issued_file_that_is_not_where_it_is_looked_for_is_named(system) -> None:
    row = FileRow("b-1", "docx", system.files.put(b"paper"), "第一期.docx", 5, "2026-11-20T01:00:00.000Z")
    with system.store.writing() as session:
        session.desk.add_files([row])
    assert not wrong(system)
    system.files.remove(row.content)
    (found,) = wrong(system)
    assert "第一期.docx" in found.what
    assert "MINYI_FILES" in (found.fix or "")
