"""Withdrawal before processing, and the purge by two persons (OFFICE 22)."""

from __future__ import annotations

from contextlib import closing

import pytest

from pipeline.clock import stored
from pipeline.errors import NotAllowed, NotFound
from pipeline.identity import item_id
from pipeline.office import drafting, issuing, removal, shows
from pipeline.ports.store import Arrival
from pipeline.records.items import LedgerRow
from pipeline.records.messages import Outgoing, Place, Submitted, encode
from pipeline.records.names import SUBMITTED, Outcome
from tests.pipeline.office.flow import BY, HEAD, issued, signed, state_of


def arrive(office, receipt="R2345", **facts):
    message = Submitted(
        message_id=f"o-{receipt}",
        source="web",
        origin=receipt,
        received_at=stored(office.clock()),
        receipt=receipt,
        channel="web",
        title="题",
        text="文",
        **facts,
    )
    with office.store.writing() as session:
        session.arrivals.receive([Arrival(message, item_id("web", receipt))])
    return message


def publish(system, office, key):
    """A message on the bus, and its ledger row."""
    (place,) = system.bus.publish(SUBMITTED, [Outgoing(key, encode(arrive(office, "R9")))])
    with office.store.writing() as session:
        session.ledger.add([LedgerRow(place, "2026-11-23", "test", "m", key, 1, Outcome.INDEXED)])
    return place


def test_a_withdrawal_before_processing_is_written_at_the_submission(office):
    message = arrive(office)
    moved = removal.withdraw(office, message.receipt, by=BY, opinion="本人要求撤稿")
    assert moved.state == "withdrawn"
    with office.store.reading() as session:
        assert session.arrivals.by_receipt([message.receipt])[message.receipt].status == "withdrawn"
    assert shows.history(office, "item", moved.id)[0]["opinion"] == "本人要求撤稿"


def test_a_withdrawal_after_processing_moves_the_item(office, put):
    message = arrive(office)
    key = put("甲", receipt=message.receipt)
    removal.withdraw(office, key, by=BY, opinion="撤")
    assert state_of(office, key) == "withdrawn"
    with office.store.reading() as session:
        assert session.arrivals.by_receipt([message.receipt])[message.receipt].status == "withdrawn"
    with pytest.raises(NotFound):
        removal.withdraw(office, "nothing", by=BY, opinion="撤")


def test_a_purge_takes_two_persons(office, system, put):
    key = put()
    with pytest.raises(NotAllowed, match="两人"):
        removal.purge(office, system.bus, key, by=BY, second=BY)
    with pytest.raises(NotFound):
        removal.purge(office, system.bus, "nothing", by=BY, second=HEAD)


def test_a_purge_removes_the_body_everywhere_and_leaves_a_tombstone(office, system, put):
    key = put(text="要清除的话。", receipt="R9")
    place = publish(system, office, key)
    done = removal.purge(office, system.bus, key, by=BY, second=HEAD)
    assert (done.messages, done.until, done.kept) == (1, None, ())
    with office.store.reading() as session:
        item = session.items.by_ids([key])[key]
        assert (item.tombstone, item.title, str(item.state)) == (True, "", "removed")
        assert session.ledger.of_item(key)[0].outcome is Outcome.PURGED
        assert session.arrivals.by_receipt(["R9"])["R9"].message is None
        assert session.items.revisions(key) == []
    with closing(system.bus.consumer("look", [SUBMITTED], lambda topic, partition: 0)) as consumer:
        (delivered,) = consumer.poll(messages=10, size=10**6, wait=5)
    assert delivered.place == place
    assert "文".encode() not in delivered.value
    line = shows.history(office, "item", key)[-1]
    assert (line["act"], line["by"], line["details"]["second"]) == ("purge", BY, HEAD)
    again = removal.purge(office, system.bus, key, by=BY, second=HEAD)
    assert again.messages == 1


def test_a_purge_before_processing_empties_the_submission_and_its_outbox(office, system):
    name = office.files.put(b"large")
    message = arrive(office, text_file=name)
    done = removal.purge(office, system.bus, message.receipt, by=BY, second=HEAD)
    assert done.files == 1
    assert not office.files.has(name)
    with office.store.reading() as session:
        row = session.arrivals.by_receipt([message.receipt])[message.receipt]
        assert (row.status, row.message) == ("purged", None)
        assert "文".encode() not in session.arrivals.waiting(1)[0].value


def test_a_purge_removes_what_quarantine_kept(office, system):
    key, name = item_id("web", "R7"), office.files.put(b"large")
    message = arrive(office, "R7", text_file=name)
    with office.store.writing() as session:
        place = Place("b", SUBMITTED, 0, 1)
        row = (place, key, "test", message.received_at, "clean", "crash", "读不懂", encode(message))
        session.quarantine.add([row])
    removal.purge(office, system.bus, key, by=BY, second=HEAD)
    with office.store.reading() as session:
        (kept,) = session.quarantine.of_item(key)
        assert kept.state == "removed"
        assert not session.quarantine.get(kept.number).payload
    assert not office.files.has(name)


def test_a_purge_waits_for_the_item_to_leave_an_unissued_bulletin(office, system, accepted):
    key = accepted()
    signed(office, key)
    with pytest.raises(NotAllowed, match="未印发的期刊"):
        removal.purge(office, system.bus, key, by=BY, second=HEAD)


def test_a_purge_leaves_an_issued_bulletin_as_printed_and_says_so(office, system, accepted):
    item = accepted()
    key = issued(office, item)
    before = issuing.export(office, key, "docx").content
    done = removal.purge(office, system.bus, item, by=BY, second=HEAD)
    assert done.kept == (key,)
    assert any("定稿和文件不变" in one for one in done.warnings)
    assert issuing.export(office, key, "docx").content == before
    with pytest.raises(NotFound, match="已清除"):
        drafting.draft(office, [item], by=BY)


def test_what_lies_on_a_bus_that_was_left_is_told(system, office, put):
    """After a move the ledger names places of the bus before."""
    key = put()
    place = publish(system, office, key)
    with office.store.writing() as session:
        session.ledger.add(
            [LedgerRow(Place("before", SUBMITTED, 0, 7), "2026-11-22", "test", "m0", key, 1, Outcome.INDEXED)]
        )
    purged = removal.purge(office, system.bus, key, by=BY, second=HEAD)
    assert purged.messages == 2
    assert any("有 1 条原始消息在从前的总线上" in one for one in purged.warnings)
    with office.store.reading() as session:
        assert {row.outcome for row in session.ledger.of_item(key)} == {Outcome.PURGED}
    assert place.bus == system.bus.bus_id(SUBMITTED)
