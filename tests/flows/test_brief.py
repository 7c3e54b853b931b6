from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from flows.brief import LONGEST, MOST, SLOT, compile_brief, fold, markdown, span
from flows.slots import Slot, finish
from pipeline.clock import stored
from pipeline.records.items import Document
from pipeline.settings import Settings, child_environment
from pipeline.wiring import System
from pipeline.workers import runner_of
from tests.arriving import TEXT, put, submitted
from tests.conftest import StandingClock

AT = "2026-11-23T01:00:00.000000Z"


def document(key: str, score: float = 1.0, **more: object) -> Document:
    return Document(
        **{"id": key, "version": 1, "title": key, "source": "表单", "received_at": AT, "score": score, **more}
    )  # type: ignore[arg-type]


def test_urgent_matters_lead_then_the_higher_score():
    found = fold([document("低", 10), document("高", 90), document("急", 5, urgent=True)])
    assert [one.first.id for one in found] == ["急", "高", "低"]


def test_copies_are_one_line_led_by_the_earliest_and_urgent_when_any_is():
    later = document("乙", 60, cluster="甲", received_at="2026-11-23T02:00:00.000000Z", urgent=True)
    (one,) = fold([later, document("甲", 50, cluster="甲")])
    assert (one.first.id, one.copies, one.urgent, one.score) == ("甲", 1, True, 60)


def test_the_page_is_a_table_that_a_title_cannot_break():
    page = markdown(fold([document("a", 61.5, title="路|灯\n坏了", urgent=True, domain="城乡建设")]), "2026-11-23")
    assert "| 62 | 【急】路｜灯 坏了 | 表单 | 城乡建设 | 11-23 09:00 | a |" in page
    many = markdown(fold(document(f"{n:03}", n) for n in range(MOST + 3)), "2026-11-23")
    assert "另有 3 件未列出" in many
    assert "|" not in markdown([], "2026-11-23")


def test_a_missed_day_is_in_the_next_brief_but_no_more_than_a_week(system: System, clock: StandingClock):
    slot = Slot("brief", clock(), SLOT)
    assert span(system, slot) == (slot.at - SLOT, slot.at)
    finish(Slot("brief", slot.at - timedelta(days=3), SLOT), system.store)
    assert span(system, slot) == (slot.at - timedelta(days=3), slot.at)
    late = Slot("brief", slot.at + timedelta(days=30), SLOT)
    assert span(system, late)[0] == late.at - LONGEST


def test_the_brief_lists_what_arrived_in_its_span(
    system: System, settings: Settings, monkeypatch: pytest.MonkeyPatch, clock: StandingClock
):
    for name, value in child_environment(settings).items():
        monkeypatch.setenv(name, value)
    put(system, submitted(system, "甲", TEXT.format(7), title="柳湾村桥护栏缺失"))
    with runner_of(system) as runner:
        assert runner.once(20)
    now = clock()
    done = asyncio.run(compile_brief.fn(stored(now - SLOT), stored(now + SLOT)))
    assert done["count"] == 1
    assert "柳湾村桥护栏缺失" in done["markdown"]
    assert asyncio.run(compile_brief.fn(stored(now + SLOT), stored(now + 2 * SLOT)))["count"] == 0
