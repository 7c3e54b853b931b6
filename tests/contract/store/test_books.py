"""The bus's books: offsets, gaps, what is in flight, the ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import Fenced, NotFound
from pipeline.ports.store import OffsetRow, Store
from pipeline.records.items import Balance
from pipeline.records.names import CRAWLED, SUBMITTED, Outcome
from tests.conftest import StandingClock
from tests.contract.store.conftest import OpenStore
from tests.contract.store.rows import BUS, DAY, item, ledger_row, place

GROUP = "process"
HERE = (BUS, CRAWLED, 0)


def test_rule_5_the_offset_row_is_made_once_and_never_set_back(store: Store) -> None:
    with store.writing() as session:
        assert session.offsets.ensure(GROUP, *HERE, 7) == OffsetRow(GROUP, *HERE, first=7, next=7)
        assert session.offsets.advance(GROUP, *HERE, 7, 9)
    with store.writing() as session:
        assert session.offsets.ensure(GROUP, *HERE, 0) == OffsetRow(GROUP, *HERE, first=7, next=9)
        assert session.offsets.rows(GROUP) == session.offsets.rows() == [OffsetRow(GROUP, *HERE, first=7, next=9)]
        assert session.offsets.rows("other") == []


def late_batch(zombie: Store) -> None:
    with zombie.writing() as session:
        session.items.write([item("a")])
        if not session.offsets.advance(GROUP, *HERE, 0, 3):
            raise Fenced("这一段消息已由另一进程处理")


def test_rule_5_a_zombie_worker_writes_nothing(store: Store, another: OpenStore) -> None:
    zombie = another()
    with store.writing() as session:
        session.offsets.ensure(GROUP, *HERE, 0)
    with store.writing() as session:
        assert session.offsets.advance(GROUP, *HERE, 0, 5)
    with pytest.raises(Fenced):
        late_batch(zombie)
    with store.reading() as session:
        assert session.items.by_ids(["a"]) == {}
        assert session.offsets.rows()[0].next == 5


def test_rule_5_of_workers_with_one_start_one_passes_the_fence(store: Store) -> None:
    with store.writing() as session:
        session.offsets.ensure(GROUP, *HERE, 0)

    def work(end: int) -> bool:
        with store.writing() as session:
            return session.offsets.advance(GROUP, *HERE, 0, end)

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(work, range(1, 9)))
    assert passed.count(True) == 1
    with store.reading() as session:
        assert session.offsets.rows()[0].next == passed.index(True) + 1


def test_rule_5_a_fence_where_no_row_is_lets_nobody_pass(store: Store) -> None:
    with store.writing() as session:
        assert not session.offsets.advance(GROUP, *HERE, 0, 5)


def test_rule_6_a_recreated_bus_has_books_of_its_own(store: Store) -> None:
    with store.writing() as session:
        session.offsets.ensure(GROUP, "old", CRAWLED, 0, 0)
        session.offsets.advance(GROUP, "old", CRAWLED, 0, 0, 50)
        assert session.offsets.ensure(GROUP, "new", CRAWLED, 0, 0).next == 0
        session.ledger.add([ledger_row(1, place=place(1, bus="old")), ledger_row(1, place=place(1, bus="new"))])
        assert session.ledger.counted() == [("new", CRAWLED, 0, 1), ("old", CRAWLED, 0, 1)]


def test_gaps_are_booked_once(store: Store) -> None:
    with store.writing() as session:
        session.offsets.gap(*HERE, 5, 8)
        session.offsets.gap(*HERE, 5, 8)
        session.offsets.gap(BUS, SUBMITTED, 3, 1, 2)
        assert session.offsets.gaps() == [(*HERE, 5, 8), (BUS, SUBMITTED, 3, 1, 2)]


def test_rule_9_a_batch_that_did_not_end_is_counted_by_the_next_one(store: Store) -> None:
    with store.writing() as session:
        assert session.offsets.begin("w1", [(*HERE, 0, 500)]) == 0
    with store.writing() as session:
        assert session.offsets.begin("w2", [(*HERE, 0, 300)]) == 1
    with store.writing() as session:
        assert session.offsets.begin("w2", [(*HERE, 0, 300)]) == 2


def test_rule_9_a_batch_that_ended_is_not_counted(store: Store) -> None:
    with store.writing() as session:
        session.offsets.begin("w1", [(*HERE, 0, 500)])
        session.offsets.end("w1")
        assert session.offsets.begin("w1", [(*HERE, 0, 500)]) == 0


def test_rule_9_what_a_dead_worker_left_counts_for_its_offsets_alone(store: Store) -> None:
    with store.writing() as session:
        session.offsets.begin("w1", [(*HERE, 0, 500), (BUS, CRAWLED, 1, 0, 10)])
        assert session.offsets.begin("w2", [(BUS, CRAWLED, 2, 0, 500)]) == 0
        assert session.offsets.begin("w3", [(*HERE, 499, 600), (BUS, CRAWLED, 1, 9, 20)]) == 1
        session.offsets.end("w3")
        assert session.offsets.begin("w4", [(*HERE, 500, 600)]) == 0


def test_rule_9_a_later_batch_of_the_same_worker_does_not_forget_its_earlier_death(store: Store) -> None:
    with store.writing() as session:
        session.offsets.begin("w", [(*HERE, 0, 500)])  # died here
        assert session.offsets.begin("w", [(*HERE, 0, 500)]) == 1
        session.offsets.end("w")  # rolled back
        assert session.offsets.begin("w", [(*HERE, 0, 500)]) == 1


def test_rule_9_a_message_s_deaths_are_counted(store: Store) -> None:
    with store.writing() as session:
        assert [session.offsets.died(place(4)) for _ in range(2)] == [1, 2]
        assert session.offsets.died(place(5)) == 1


# ---------------------------------------------------------------- the ledger


def test_a_ledger_row_comes_back_as_it_went_in(store: Store) -> None:
    row = ledger_row(3, "a", version=4, outcome=Outcome.REJECTED, reason="没有正文")
    with store.writing() as session:
        session.ledger.add([row, ledger_row(4, None)])
    with store.reading() as session:
        assert session.ledger.of_item("a") == [row]
        assert session.ledger.seen(["m-3", "m-4", "m-5"]) == {"m-3", "m-4"}


def test_rule_11_outcomes_of_a_day_and_source_sum_up_to_what_was_received(store: Store) -> None:
    outcomes = [*Outcome, Outcome.PENDING, Outcome.DUPLICATE]
    rows = [ledger_row(number, f"i{number}", outcome=outcome) for number, outcome in enumerate(outcomes)]
    elsewhere = [ledger_row(50, "x", source="web"), ledger_row(51, "y", day="2026-11-24")]
    with store.writing() as session:
        session.ledger.add([*rows, *elsewhere])
    whole = Balance(DAY, "hnzx", received=8, indexed=1, pending=2, duplicate=2, rejected=1, quarantined=1, purged=1)
    with store.reading() as session:
        everything = session.ledger.balance()
        assert [(one.day, one.source, one.received) for one in everything] == [
            (DAY, "hnzx", 8),
            (DAY, "web", 1),
            ("2026-11-24", "hnzx", 1),
        ]
        assert session.ledger.balance(day=DAY, source="hnzx") == [whole]
        assert [one.source for one in session.ledger.balance(day=DAY)] == ["hnzx", "web"]
        assert [one.day for one in session.ledger.balance(source="hnzx")] == [DAY, "2026-11-24"]
        assert session.ledger.balance(day="1999-01-01") == []


def test_rule_11_pending_rows_at_or_below_the_projected_version_become_indexed(store: Store) -> None:
    rows = [ledger_row(number, "a", version=number) for number in (1, 2, 3)]
    with store.writing() as session:
        session.ledger.add([*rows, ledger_row(9, "b")])
        assert session.ledger.settle({"a": 2, "nobody": 5}) == 2
        assert [row.outcome for row in session.ledger.of_item("a")] == ["indexed", "indexed", "pending"]
        assert [row.outcome for row in session.ledger.of_item("b")] == ["pending"]


def test_rule_11_settling_turns_pending_rows_alone_and_never_back(store: Store) -> None:
    rows = [ledger_row(number, "a", outcome=outcome) for number, outcome in enumerate(Outcome)]
    with store.writing() as session:
        session.ledger.add(rows)
        assert session.ledger.settle({"a": 9}) == 1
        assert session.ledger.settle({"a": 9}) == 0
        after = [row.outcome for row in session.ledger.of_item("a")]
    assert after == [Outcome.INDEXED, *list(Outcome)[1:]]


def test_rule_11_rows_and_gaps_account_for_every_offset(store: Store) -> None:
    with store.writing() as session:
        session.offsets.ensure(GROUP, *HERE, 10)
        session.offsets.advance(GROUP, *HERE, 10, 15)
        session.ledger.add([ledger_row(offset) for offset in (10, 11, 14)])
        session.offsets.gap(*HERE, 12, 14)
        (row,) = session.offsets.rows()
        missing = sum(end - start for *_, start, end in session.offsets.gaps())
        assert row.next - row.first == session.ledger.counted()[0][3] + missing


def test_rule_12_a_replay_changes_its_row_and_keeps_what_it_was(store: Store, clock: StandingClock) -> None:
    with store.writing() as session:
        session.ledger.add([ledger_row(1, None, version=0, outcome=Outcome.QUARANTINED, reason="编码读不懂")])
        clock.forward(minutes=5)
        session.ledger.turn(place(1), Outcome.PENDING, version=2, item="a", why="重放第 1 条")
        session.ledger.turn(place(1), Outcome.PURGED, why="两人清除")
        (row,) = session.ledger.of_item("a")
        assert (row.outcome, row.version, row.reason) == ("purged", 2, "两人清除")
        assert [
            (was["outcome"], was["version"], was["reason"], was["why"]) for was in session.ledger.history(place(1))
        ] == [
            ("quarantined", 0, "编码读不懂", "重放第 1 条"),
            ("pending", 2, "重放第 1 条", "两人清除"),
        ]
        assert session.ledger.history(place(1))[0]["at"] == "2026-11-23T01:05:00.000000Z"


def test_turning_a_row_that_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(NotFound), store.writing() as session:
        session.ledger.turn(place(1), Outcome.PURGED, why="两人清除")


def test_look_ups_of_many_names_are_answered_whole(store: Store) -> None:
    with store.writing() as session:
        session.ledger.add([ledger_row(number, f"i{number}") for number in range(2500)])
        assert len(session.ledger.seen([f"m-{number}" for number in range(40_000)])) == 2500
