"""Submissions and the outbox (DESIGN 1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import NotFound
from pipeline.ports.store import Store, SubmissionRow
from pipeline.records.messages import Submitted, decode
from pipeline.records.names import SUBMITTED
from tests.contract.store.rows import arrival, at, submitted


def test_rule_1_submission_receipt_and_outbox_row_are_one_write(store: Store) -> None:
    one = arrival("R1")
    with store.writing() as session:
        rows = session.arrivals.receive([one])
    assert rows == [SubmissionRow("R1", one.item, "received", one.message.received_at, one.message)]
    with store.reading() as session:
        assert session.arrivals.by_receipt(["R1", "R2"]) == {"R1": rows[0]}
        (waiting,) = session.arrivals.waiting(10)
    assert (waiting.topic, waiting.key, decode(waiting.value)) == (SUBMITTED, one.item, one.message)


def test_the_same_idempotency_key_gives_the_same_answer_and_writes_nothing(store: Store) -> None:
    with store.writing() as session:
        (first,) = session.arrivals.receive([arrival("R1", key="k")])
    with store.writing() as session:
        again = session.arrivals.receive([arrival("R2", key="k"), arrival("R1")])
        assert again == [first, first]
        assert set(session.arrivals.by_receipt(["R1", "R2"])) == {"R1"}
        assert len(session.arrivals.waiting(10)) == 1


def test_one_key_twice_in_one_call_is_one_submission(store: Store) -> None:
    with store.writing() as session:
        rows = session.arrivals.receive([arrival("R1", key="k"), arrival("R2", key="k"), arrival("R3"), arrival("R3")])
        assert [row.receipt for row in rows] == ["R1", "R1", "R3", "R3"]
        assert len(session.arrivals.waiting(10)) == 2


def test_one_key_from_many_clients_at_once_is_one_submission(store: Store) -> None:
    def work(number: int) -> str:
        with store.writing() as session:
            return session.arrivals.receive([arrival(f"R{number}", key="k")])[0].receipt

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(8)))) == 1
    with store.reading() as session:
        assert len(session.arrivals.waiting(10)) == 1


def test_rows_leave_the_outbox_in_their_order(store: Store) -> None:
    with store.writing() as session:
        session.arrivals.receive([arrival(f"R{number}") for number in range(5)])
        seqs = [row.seq for row in session.arrivals.waiting(10)]
        assert seqs == sorted(seqs)
        assert [row.seq for row in session.arrivals.waiting(2)] == seqs[:2]
        session.arrivals.relayed(seqs[:2])
        session.arrivals.relayed(seqs[:1])
        assert [row.seq for row in session.arrivals.waiting(10)] == seqs[2:]


def test_the_outbox_tells_the_newest_number_and_the_least_waiting(store: Store) -> None:
    with store.writing() as session:
        assert session.arrivals.outbox() == (0, 1)
        session.arrivals.receive([arrival(f"R{number}") for number in range(3)])
        first, second, third = (row.seq for row in session.arrivals.waiting(10))
        assert session.arrivals.outbox() == (third, first)
        session.arrivals.relayed([first, third])
        assert session.arrivals.outbox() == (third, second)
        session.arrivals.relayed([second])
        assert session.arrivals.outbox() == (third, third + 1)
        session.arrivals.prune_outbox(at(59))
        assert session.arrivals.outbox() == (third, third + 1)


def test_pruning_takes_what_left_long_ago_alone(store: Store) -> None:
    with store.writing() as session:
        session.arrivals.receive([arrival(f"R{minute}", received_at=at(minute)) for minute in (1, 2, 3)])
        first, _, third = (row.seq for row in session.arrivals.waiting(10))
        session.arrivals.relayed([first, third])
        assert session.arrivals.prune_outbox(at(3)) == 1
        assert session.arrivals.prune_outbox(at(59)) == 1
        assert [decode(row.value).received_at for row in session.arrivals.waiting(10)] == [at(2)]


def test_rule_1_a_withdrawal_before_processing_is_in_the_row(store: Store) -> None:
    with store.writing() as session:
        session.arrivals.receive([arrival("R1"), arrival("R2")])
        session.arrivals.set_status("R1", "withdrawn")
        locked = session.arrivals.lock(["R2", "R1", "R9"])
        kept = session.arrivals.by_receipt(["R1"])["R1"]
    assert locked == {"R1": "withdrawn", "R2": "received"}
    assert kept.message == submitted("R1")


def test_rule_1_a_purge_leaves_no_word_and_its_message_still_travels(store: Store) -> None:
    with store.writing() as session:
        session.arrivals.receive([arrival("R1"), arrival("R2")])
        session.arrivals.set_status("R1", "purged")
    with store.reading() as session:
        row = session.arrivals.by_receipt(["R1"])["R1"]
        assert (row.status, row.message) == ("purged", None)
        message = decode(session.arrivals.waiting(1)[0].value)
    assert message == Submitted(
        message_id="o-R1",
        source="web",
        origin="R1",
        received_at=submitted("R1").received_at,
        receipt="R1",
        channel="web",
    )


def test_the_status_of_an_unknown_receipt_is_not_set(store: Store) -> None:
    for status in ("withdrawn", "purged"):
        with pytest.raises(NotFound), store.writing() as session:
            session.arrivals.set_status("R9", status)


def test_rule_1_a_restored_store_makes_the_row_again_from_its_message(store: Store) -> None:
    known, lost = arrival("R1"), arrival("R2")
    with store.writing() as session:
        session.arrivals.receive([known])
        session.arrivals.set_status("R1", "withdrawn")
        for message in (known.message, lost.message):
            session.arrivals.restore(message)
        rows = session.arrivals.by_receipt(["R1", "R2"])
        assert len(session.arrivals.waiting(10)) == 1
    assert rows["R1"].status == "withdrawn"
    assert rows["R2"] == SubmissionRow("R2", lost.item, "received", lost.message.received_at, lost.message)


def test_the_newest_submission_of_an_item_is_found(store: Store) -> None:
    older = arrival("R2", received_at=at(1), source="file", origin="row-1")
    newer = arrival("R1", received_at=at(2), source="file", origin="row-1")
    with store.writing() as session:
        session.arrivals.receive([newer, older])
        found = session.arrivals.by_items([older.item, "nobody"])
    assert {item: row.receipt for item, row in found.items()} == {older.item: "R1"}


def test_rule_6_what_a_lost_bus_had_not_given_out_is_queued_again_with_new_numbers(store: Store) -> None:
    with store.writing() as session:
        session.arrivals.receive([arrival(f"R{number}") for number in range(4)])
        first, *_, waits = (row.seq for row in session.arrivals.waiting(10))
        session.arrivals.relayed(list(range(first, waits)))
        session.arrivals.set_status("R2", "purged")
    with store.reading() as session:
        assert [row.receipt for row in session.arrivals.kept("", 2)] == ["R0", "R1"]
        assert [row.receipt for row in session.arrivals.kept("R1", 10)] == ["R3"]
    with store.writing() as session:
        assert session.arrivals.queue_again(["R0", "R1", "R2", "R3"]) == 2  # R3 waits, of R2 nothing is kept
        assert session.arrivals.queue_again(["R0", "R1"]) == 0
    with store.reading() as session:
        again = session.arrivals.waiting(10)
        assert [decode(row.value).receipt for row in again] == ["R3", "R0", "R1"]
        assert session.arrivals.outbox() == (again[-1].seq, waits)
