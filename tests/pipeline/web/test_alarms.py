"""Alarms on the desk: whoever can do something about them sees them first."""

from __future__ import annotations

from pipeline.records.watching import Alarm
from tests.pipeline.web.deskhand import Hand

SILENT = Alarm("sources", "hnzx", "来源 hnzx 自 2026年11月20日 09:00 起没有采集", "请运行 minyi crawl，或启动 minyi up")


def settle(system, *found: Alarm) -> None:
    with system.store.writing() as session:
        session.alarms.settle(found, ["sources"])


def test_editor_and_head_see_what_stands_on_the_first_page_and_others_do_not(client, system):
    settle(system, SILENT)
    for role, seen in (("editor", True), ("section_head", True), ("secretary", False)):
        assert (SILENT.what in Hand(client, role=role).get("/desk").text) is seen, role


def test_the_page_says_since_when_and_what_to_do_and_keeps_what_is_over(client, system, clock):
    hand = Hand(client)
    assert "没有未解除的告警" in hand.get("/desk/alarms").text
    settle(system, SILENT)
    text = hand.get("/desk/alarms").text
    assert "来源 来源 hnzx" in text
    assert "自 2026年11月23日 09:00 起" in text
    assert "minyi crawl" in text
    clock.forward(hours=2)
    settle(system)
    text = hand.get("/desk/alarms").text
    assert "没有未解除的告警" in text
    assert "2026年11月23日 09:00 至 2026年11月23日 11:00" in text
    assert SILENT.what not in hand.get("/desk").text
