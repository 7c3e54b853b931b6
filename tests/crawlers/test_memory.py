"""When a known URL is asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawlers import memory
from crawlers.limits import DAY, DEFAULT, HOUR
from crawlers.links import Link
from crawlers.memory import Facts, Plan
from pipeline.clock import parsed

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
FACTS = Facts("hash", '"tag"', "Mon, 23 Nov 2026 00:00:00 GMT")


def test_a_page_that_stays_the_same_is_rechecked_less_and_less_but_at_least_weekly():
    row = memory.published("s", "u", FACTS, NOW, DEFAULT)
    now, waits = NOW, []
    for _ in range(5):
        wait = parsed(row.retry_at or "") - parsed(row.checked_at)
        waits.append(wait / DAY)
        assert memory.plan(row, now + wait - timedelta(seconds=1)) is Plan.SKIP_SAME
        now += wait
        assert memory.plan(row, now) is Plan.FETCH
        row = memory.unchanged(row, None, now, DEFAULT)
    assert waits == [1, 2, 4, 7, 7]
    assert (row.body, row.etag) == ("hash", '"tag"')


def test_a_failing_page_waits_four_times_as_long_each_time_and_is_given_up():
    row, waits = None, []
    for _ in range(DEFAULT.give_up):
        row = memory.failed("s", "u", row, "网站出错（500）", NOW, DEFAULT)
        waits.append((parsed(row.retry_at) - NOW) / HOUR if row.retry_at else None)
    assert waits == [1, 4, 16, 64, 168, 168, 168, 168, 168, None]
    assert memory.plan(row, NOW + 999 * DAY) is Plan.SKIP_FAILED


def test_a_page_known_before_keeps_its_version_when_it_fails():
    row = memory.failed("s", "u", memory.published("s", "u", FACTS, NOW, DEFAULT), "404", NOW, DEFAULT, gone=True)
    assert (row.body, row.failures, parsed(row.retry_at or "") - NOW) == ("hash", 1, DAY)
    assert memory.plan(row, NOW) is Plan.SKIP_FAILED
    assert memory.validators(row, NOW) == {"If-None-Match": '"tag"', "If-Modified-Since": FACTS.last_modified}
    assert memory.unchanged(row, FACTS, NOW, DEFAULT).failures == 0


def test_what_the_link_said_is_kept_while_a_page_fails_and_goes_once_it_is_had():
    link = Link("u", "关于路灯的建议", "2026-11-20")
    row = memory.failed("s", "u", None, "网站出错（500）", NOW, DEFAULT, link=link)
    row = memory.failed("s", "u", row, "网站出错（500）", NOW, DEFAULT, link=Link("u"))
    assert (row.link_title, row.link_date, row.failures) == ("关于路灯的建议", "2026-11-20", 2)
    row = memory.failed("s", "u", row, "网站出错（500）", NOW, DEFAULT, link=Link("u", "关于路灯的建议（更正）"))
    assert (row.link_title, row.link_date) == ("关于路灯的建议（更正）", "2026-11-20")
    assert memory.published("s", "u", FACTS, NOW, DEFAULT).link_title is None


def test_a_start_s_validators_serve_for_a_day_so_that_lists_are_read_whole_and_pages_rechecked():
    row = memory.read("s", "u", FACTS, NOW, DEFAULT)
    assert memory.validators(row, NOW + DAY - HOUR)
    assert memory.validators(row, NOW + DAY) == {}
    assert memory.validators(replace(row, retry_at=None), NOW) == {}
    assert memory.validators(None, NOW) == {}
