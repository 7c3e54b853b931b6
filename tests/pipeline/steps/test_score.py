"""score: each part is a rule with its reason; the text is judged, never the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.records.items import Classified, Region, Scored, ScorePart
from pipeline.records.names import Kind
from pipeline.rules import load_rules
from pipeline.steps.score import ToScore, score
from tests.pipeline.steps.read import cleaned

SCORING = load_rules(Path("no-such-folder")).scoring
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLASS = Classified("三农", "粮食安全", 0.9, undecided=False)
PLACE = Region("990101", "岚禾县", "county", "event", 3)

GOOD = (
    "一、情况。今年秋收期间，岚禾县遇到连阴雨，全县12万亩水稻集中收割，现有烘干机46台，日处理能力不足900吨，"
    "不少家庭农场把湿粮堆在路边，霉变损失约3%。二、原因。烘干设备投资大、一年只用两个月，由于用地和电价没有说法，"
    "农户不愿单独购置。三、建议。由县农业农村局牵头布点，财政局对公共烘干点给予补贴，供电部门执行农业电价。"
) * 5


def judged(text: str = GOOD, title: str = "关于设立粮食烘干公共服务点的建议", **given: Any) -> Scored:
    regions = given.pop("regions", ())
    duplicates = given.pop("duplicates", 0)
    return score([ToScore(cleaned(text, title, **given), CLASS, regions, duplicates)], SCORING, NOW)[0]


def part(scored: Scored, name: str) -> ScorePart:
    return next(each for each in scored.parts if each.name == name)


def test_a_text_with_everything_scores_near_a_hundred() -> None:
    assert judged(regions=(PLACE,)).score > 95


def test_an_empty_text_scores_little_and_says_why_in_every_part() -> None:
    scored = judged("", "")
    assert scored.score <= 25
    assert all(each.why for each in scored.parts)


def test_the_score_is_the_sum_of_its_parts_and_their_weights_a_hundred() -> None:
    scored = judged()
    assert scored.score == pytest.approx(sum(each.value * each.weight for each in scored.parts), abs=0.05)
    assert sum(each.weight for each in scored.parts) == 100
    assert all(0 <= each.value <= 1 for each in scored.parts)


@pytest.mark.parametrize(
    ("day", "share", "why"),
    [
        ("2026-11-23T00:00:00.000000Z", 1.0, "当天"),
        ("2026-11-17T00:00:00.000000Z", 1.0, "6 天前"),
        ("2026-10-30", 0.75, "24 天前"),
        ("2026-10-01", 0.4, "53 天前"),
        ("2026-09-01T08:00:00+08:00", 0.15, "83 天前"),
        ("2026-01-01", 0.0, "326 天前"),
        ("去年秋天", 0.0, "日期不明"),
        ("2027-11-23", 0.0, "日期不明"),
    ],
)
def test_a_text_loses_freshness_by_the_day(day: str, share: float, why: str) -> None:
    fresh = part(judged(published_at=day), "时效")
    assert (fresh.value, fresh.why) == (share, why)


def test_a_page_without_a_date_is_not_taken_for_todays_and_a_submission_is() -> None:
    assert part(judged(kind=Kind.WEB_LEAD), "时效").value == 0.0
    assert part(judged(kind=Kind.SUBMISSION), "时效").value == 1.0


@pytest.mark.parametrize(
    ("characters", "value"), [(50, 0.0), (350, 0.5), (600, 1.0), (1500, 1.0), (2750, 0.5), (9000, 0.0)]
)
def test_six_to_fifteen_hundred_characters_are_best(characters: int, value: float) -> None:
    assert part(judged("字" * characters), "篇幅").value == value


def test_situation_cause_and_advice_are_looked_for() -> None:
    lacking = part(judged("目前路灯不亮，居民摸黑走路。"), "结构")
    assert lacking.value == 0.25
    assert lacking.why == "有情况；缺原因、建议、分条"
    assert part(judged(), "结构").value == 1.0


def test_figures_with_units_and_a_place_make_it_concrete() -> None:
    assert part(judged("很多人，很多路。"), "具体").why == "数据 0 处，未写明地方"
    full = part(judged(regions=(PLACE,)), "具体")
    assert full.value == 1.0
    assert "写明岚禾县" in full.why


def test_the_sources_region_is_no_place_that_the_text_names() -> None:
    assert "未写明地方" in part(judged(regions=(replace(PLACE, role="source"),)), "具体").why


def test_a_long_title_without_a_point_loses_both() -> None:
    assert part(judged(title="反" * 40), "标题").value == 0.0
    assert part(judged(title="关于改善午休条件的建议"), "标题").value == 1.0


def test_a_body_named_is_more_than_departments_in_general() -> None:
    assert part(judged("请住建局处理。"), "责任主体").value == 1.0
    assert part(judged("请有关部门处理。"), "责任主体").value == 0.5
    assert part(judged("请处理。"), "责任主体").value == 0.0


def test_others_who_tell_the_same_make_it_general() -> None:
    told = part(judged("路灯不亮。", duplicates=3), "普遍性")
    assert (told.value, told.why) == (1.0, "另有 3 篇反映同一事")


def test_a_submission_ranks_before_a_web_lead_of_the_same_words() -> None:
    day = "2026-11-22"
    assert judged(published_at=day).score > judged(published_at=day, kind=Kind.WEB_LEAD).score


def test_urgent_is_what_the_submitter_says_or_the_title_names() -> None:
    assert not judged().urgent
    assert judged(urgent=True).urgent
    assert part(judged(urgent=True), "紧急").why == "提交人注明紧急"
    assert part(judged(title="白鹭河柳湾段堤脚渗水须即刻排查"), "紧急").why == "标题含“渗水”"


def test_an_urgent_word_in_the_text_alone_alarms_nobody() -> None:
    assert not judged("曾经渗水。").urgent


def test_urgency_changes_no_point() -> None:
    assert judged(urgent=True).score == judged().score


def test_author_unit_sector_and_party_change_nothing() -> None:
    told = judged(author="某人", unit="某局", sector="农业界", party="某党", named=True)
    assert told == judged()
