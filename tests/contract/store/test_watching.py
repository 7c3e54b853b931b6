"""What is watched: counts, durations, alarms, and the looks that gather the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.ports.store import Store
from pipeline.records.names import Outcome
from pipeline.records.watching import UPPERS, Alarm, Ended, Spent
from tests.conftest import StandingClock
from tests.contract.store.conftest import OpenStore
from tests.contract.store.rows import item, ledger_row, place

LAG = Alarm("lag", "opinions.submitted", "积压 31 分钟", "请运行 minyi run")
SILENT = Alarm("sources", "hnzx", "没有采集")


def standing(store: Store) -> list[tuple[str, str, str]]:
    with store.reading() as session:
        return [(*row.alarm.key, row.alarm.what) for row in session.alarms.standing()]


def settle(store: Store, *found: Alarm, looked: tuple[str, ...] = ("lag", "sources")) -> tuple[list[str], list[str]]:
    with store.writing() as session:
        raised, cleared = session.alarms.settle(found, looked)
    return [row.alarm.part for row in raised], [row.alarm.part for row in cleared]


def test_counts_of_many_writers_are_summed_up(store: Store, another: OpenStore) -> None:
    stores = [store, another(), another()]
    ended = [
        Ended("甲", "dedup", "duplicate"),
        Ended("甲", "crawl", "", "网站拒绝访问（403）"),
        Ended("乙", "store", "pending"),
    ]

    def add(number: int) -> None:
        with stores[number % 3].writing() as session:
            session.tallies.add(dict.fromkeys(ended[number % 2 :], 2))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(add, range(12)))
    with store.reading() as session:
        assert session.tallies.counts() == {ended[0]: 12, ended[1]: 24, ended[2]: 24}


def test_nothing_to_count_writes_nothing(store: Store) -> None:
    with store.writing() as session:
        session.tallies.add({})
        session.tallies.spend([])
        assert (session.tallies.counts(), session.tallies.durations()) == ({}, [])


def test_durations_fall_into_classes_and_are_summed_up(store: Store) -> None:
    for some in ([Spent("steps", 0.004), Spent("steps", 0.2)], [Spent("commit", 99.0), Spent("steps", 0.003)]):
        with store.writing() as session:
            session.tallies.spend(some)
    with store.reading() as session:
        commit, steps = session.tallies.durations()
    assert (commit.stage, commit.counts, commit.seconds) == ("commit", {UPPERS[-1]: 1}, 99.0)
    assert (steps.stage, steps.counts) == ("steps", {5: 2, 250: 1})
    assert steps.seconds == pytest.approx(0.207)


def test_an_alarm_is_raised_once_and_kept_while_it_stands(store: Store, clock: StandingClock) -> None:
    assert settle(store, LAG, SILENT) == (["lag", "sources"], [])
    clock.forward(minutes=1)
    worse = Alarm(LAG.part, LAG.subject, "积压 32 分钟", LAG.fix)
    assert settle(store, worse, SILENT) == ([], [])
    with store.reading() as session:
        first, second = session.alarms.standing()
    assert (first.alarm, first.cleared_at) == (worse, None)
    assert first.raised_at < first.last_seen == second.last_seen


def test_an_alarm_is_cleared_when_its_part_was_looked_at_and_it_was_not_found(store: Store) -> None:
    settle(store, LAG, SILENT)
    assert settle(store, looked=()) == ([], [])
    assert settle(store, looked=("lag",)) == ([], ["lag"])
    assert standing(store) == [(*SILENT.key, SILENT.what)]
    with store.reading() as session:
        (row,) = session.alarms.past(10)
    assert row.alarm == LAG
    assert row.cleared_at


def test_what_comes_again_is_an_alarm_of_its_own(store: Store, clock: StandingClock) -> None:
    for _ in range(2):
        settle(store, LAG)
        clock.forward(hours=1)
        settle(store)
        clock.forward(hours=1)
    with store.reading() as session:
        newer, older = session.alarms.past(10)
        assert session.alarms.standing() == []
    assert older.cleared_at < newer.raised_at


def test_of_watchers_at_once_one_raises_and_one_clears(store: Store, another: OpenStore) -> None:
    stores = [store, another(), another(), another()]
    with ThreadPoolExecutor(4) as pool:
        raised = [row for some, _ in pool.map(lambda one: settle(one, LAG), stores) for row in some]
        cleared = [row for _, some in pool.map(settle, stores) for row in some]
    assert (raised, cleared) == (["lag"], ["lag"])


def test_the_oldest_mark_is_known(store: Store, clock: StandingClock) -> None:
    with store.reading() as session:
        assert session.marks.oldest() is None
    with store.writing() as session:
        session.items.write([item("a")])
    clock.forward(minutes=5)
    with store.writing() as session:
        session.items.write([item("a", version=2), item("b")])
        assert session.marks.oldest() == "2026-11-23T01:00:00.000000Z"


def test_what_is_set_aside_is_counted_by_step_and_source(store: Store) -> None:
    rows = [("clean", "甲"), ("clean", "甲"), ("search", "乙"), ("clean", "乙")]
    with store.writing() as session:
        session.quarantine.add(
            [(place(at), None, source, "", step, "x", "不行", b"") for at, (step, source) in enumerate(rows)]
        )
        session.quarantine.turn(1, "replayed", "好了")
        assert session.quarantine.waiting() == {("clean", "甲"): 1, ("clean", "乙"): 1, ("search", "乙"): 1}


def test_sources_that_something_came_of_on_some_days(store: Store) -> None:
    with store.writing() as session:
        session.ledger.add([ledger_row(1, day="2026-11-20", source="甲"), ledger_row(2, day="2026-11-22", source="乙")])
        session.ledger.add([ledger_row(3, day="2026-11-22", source="乙", outcome=Outcome.REJECTED)])
        days = ["2026-11-21", "2026-11-22"]
        assert session.ledger.received_of(["甲", "乙", "丙"], days) == {"乙"}
        assert session.ledger.received_of(["甲", "乙"], ["2026-11-20", *days]) == {"甲", "乙"}
        assert session.ledger.received_of(["甲"], ["2026-11-20"]) == {"甲"}
        assert session.ledger.received_of([], days) == session.ledger.received_of(["甲"], []) == set()


def test_first_and_last_report_of_each_source(store: Store) -> None:
    with store.writing() as session:
        for run, at in (("r1", "2026-11-21"), ("r2", "2026-11-23"), ("r3", "2026-11-22")):
            session.crawls.report(run, "甲", at, {"found": 0})
        session.crawls.report("r1", "乙", "2026-11-21", {"found": 0})
        assert session.crawls.spans(["甲", "丙"]) == {"甲": ("2026-11-21", "2026-11-23")}
        assert session.crawls.spans([]) == {}
