"""The loop on the real embedded parts: one batch, once; every message one outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.errors import Broken, Fenced, Terminal
from pipeline.identity import item_id
from pipeline.process.batch import Batch
from pipeline.process.commit import Span, commit
from pipeline.process.worker import Bench, Worker
from pipeline.records.items import Balance, Failed
from pipeline.records.messages import Outgoing, Place, encode
from pipeline.records.names import CRAWLED, GROUP, SUBMITTED, Outcome, State, Step
from pipeline.wiring import System
from tests.arriving import TEXT, crawled, page, publish, put, submitted

Drain = Callable[[], int]


def outcomes(system: System) -> dict[str, int]:
    with system.store.reading() as session:
        rows = session.ledger.balance()
    names = [outcome.value for outcome in Outcome]
    found = {name: sum(getattr(row, name) for row in rows) for name in names}
    return {name: count for name, count in found.items() if count}


def items(system: System, *origins: str, source: str = "tests"):
    names = [item_id(source, origin) for origin in origins]
    with system.store.reading() as session:
        found = session.items.by_ids(names)
    return [found[name] for name in names]


def balance(system: System) -> list[Balance]:
    with system.store.reading() as session:
        return session.ledger.balance()


def test_a_submission_becomes_an_item_that_waits_for_search(system: System, drain: Drain):
    put(system, submitted(system, "1", TEXT.format(1)))
    assert drain() == 1
    (item,) = items(system, "1")
    assert (item.state, item.version, item.revision, item.cluster) == (State.SUBMITTED, 1, 1, item.id)
    assert outcomes(system) == {"pending": 1}


def test_a_page_becomes_a_web_lead(system: System, drain: Drain):
    put(system, crawled(system, "https://a.example/1.html", page("柳湾村护栏", TEXT.format(2))))
    drain()
    (item,) = items(system, "https://a.example/1.html", source="site")
    assert (item.state, item.kind) == (State.RECEIVED, "web_lead")


def test_people_are_read_before_pages(system: System, bench: Bench):
    put(system, crawled(system, "https://a.example/1.html", page("护栏", TEXT.format(2))))
    put(system, submitted(system, "1", TEXT.format(1)))
    worker = Worker(bench)
    try:
        order = worker._consumer.poll(messages=10, size=10**6, wait=0.0)
    finally:
        worker.close()
    assert [one.place.topic for one in order] == [SUBMITTED, CRAWLED]


def test_the_same_content_again_is_a_duplicate(system: System, drain: Drain):
    put(system, submitted(system, "1", TEXT.format(1)), submitted(system, "1", TEXT.format(1)))
    drain()
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    assert outcomes(system) == {"pending": 1, "duplicate": 2}


def test_the_same_message_published_twice_is_a_duplicate(system: System, drain: Drain):
    message = submitted(system, "1", TEXT.format(1))
    put(system, message)
    drain()
    put(system, message)
    drain()
    assert outcomes(system) == {"pending": 1, "duplicate": 1}


def test_a_changed_text_is_a_revision_with_a_higher_version(system: System, drain: Drain, clock):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    clock.forward(minutes=5)
    put(system, submitted(system, "1", TEXT.format(3)))
    drain()
    (item,) = items(system, "1")
    assert (item.revision, item.version) == (2, 2)


def test_two_revisions_in_one_batch_are_both_kept(system: System, drain: Drain, clock):
    first = submitted(system, "1", TEXT.format(1))
    clock.forward(seconds=1)
    put(system, first, submitted(system, "1", TEXT.format(3)))
    drain()
    (item,) = items(system, "1")
    with system.store.reading() as session:
        assert [row["number"] for row in session.items.revisions(item.id)] == [1, 2]
    assert (item.revision, item.version, outcomes(system)) == (2, 2, {"pending": 2})


def test_rule_12_a_message_older_than_the_newest_revision_becomes_history(system: System, drain: Drain, clock):
    old = submitted(system, "1", TEXT.format(1))
    clock.forward(hours=1)
    put(system, submitted(system, "1", TEXT.format(3)))
    drain()
    before = items(system, "1")[0]
    put(system, old)
    drain()
    after = items(system, "1")[0]
    assert (after.revision, after.content, after.title) == (before.revision, before.content, before.title)
    assert after.version == before.version + 1
    with system.store.reading() as session:
        assert session.items.texts([after.id])[after.id] == TEXT.format(3)


def test_a_text_of_nothing_is_rejected(system: System, drain: Drain):
    put(system, submitted(system, "1", "   \n  "))
    drain()
    assert outcomes(system) == {"rejected": 1}


def test_a_message_that_is_no_message_is_quarantined_with_its_bytes(system: System, drain: Drain):
    publish(system, SUBMITTED, [Outgoing("k", b"{not json")])
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    assert outcomes(system) == {"pending": 1, "quarantined": 1}
    with system.store.reading() as session:
        (row,) = session.quarantine.list()
        assert session.quarantine.get(row.number).payload == b"{not json"
    assert (row.step, row.error) == (Step.READ, "unreadable")


def test_rule_3_a_newer_format_stops_the_worker_with_a_sentence(system: System, worker: Worker):
    value = encode(submitted(system, "1", TEXT.format(1))).replace(b'"format":1', b'"format":2')
    publish(system, SUBMITTED, [Outgoing("k", value)])
    with pytest.raises(Broken, match="请先升级"):
        worker.turn(0.0)
    assert outcomes(system) == {}


def test_a_page_with_a_mark_of_secrecy_is_rejected_and_its_payload_removed(system: System, drain: Drain):
    marked = page("通报", "机密★5年\n关于有关情况的通报\n" + TEXT.format(1))
    (place,) = put(system, crawled(system, "https://a.example/s.html", marked))
    drain()
    assert outcomes(system) == {"rejected": 1}
    consumer = system.bus.consumer("look", [CRAWLED], lambda _topic, _partition: 0)
    try:
        (left,) = consumer.poll(messages=10, size=10**6, wait=0.0)
    finally:
        consumer.close()
    assert (left.place, left.value) == (place, b"")


def test_rule_1_a_withdrawal_before_processing_wins(system: System, drain: Drain):
    message = submitted(system, "1", TEXT.format(1))
    put(system, message)
    with system.store.writing() as session:
        session.arrivals.set_status(message.receipt, "withdrawn")
    drain()
    assert items(system, "1")[0].state is State.WITHDRAWN


def test_rule_1_a_purge_before_processing_leaves_no_item(system: System, drain: Drain):
    message = submitted(system, "1", TEXT.format(1))
    put(system, message)
    with system.store.writing() as session:
        session.arrivals.set_status(message.receipt, "purged")
    drain()
    assert outcomes(system) == {"purged": 1}
    with system.store.reading() as session:
        assert session.items.by_ids([item_id("tests", "1")]) == {}


def test_rule_1_a_restored_store_makes_the_row_again(system: System, drain: Drain):
    message = submitted(system, "1", TEXT.format(1))
    publish(system, SUBMITTED, [Outgoing(item_id("tests", "1"), encode(message))])
    drain()
    with system.store.reading() as session:
        row = session.arrivals.by_receipt([message.receipt])[message.receipt]
    assert (row.status, row.message) == ("received", message)


def test_rule_4_a_batch_ends_at_five_hundred_messages(system: System, worker: Worker):
    publish(system, SUBMITTED, [Outgoing(str(number), b"{") for number in range(700)])
    assert (worker.turn(0.0), worker.turn(0.0), worker.turn(0.0)) == (500, 200, 0)


def test_rule_4_a_batch_ends_at_eight_megabytes(system: System, worker: Worker):
    publish(system, SUBMITTED, [Outgoing(str(number), b"{" * 600_000) for number in range(20)])
    first = worker.turn(0.0)
    assert first <= 8_000_000 // 600_000
    assert first + worker.turn(0.0) == 20


def test_rule_5_a_zombie_worker_writes_nothing(system: System, bench: Bench, worker: Worker):
    put(system, submitted(system, "1", TEXT.format(1)))
    with system.store.writing() as session:
        session.offsets.ensure(GROUP, system.bus.bus_id(SUBMITTED), SUBMITTED, 0, 0)
    zombie = Span(system.bus.bus_id(SUBMITTED), SUBMITTED, 0, 7, 8)
    failed = Failed(
        Place(zombie.bus, SUBMITTED, 0, 7), "m", "i", "s", "2026-11-23T00:00:00.000000Z", Step.READ, "e", "r", b""
    )
    with pytest.raises(Fenced):
        commit(system.store, Batch((failed,), 0, ()), [zombie], bench.zone, bench.clock, "zombie")
    assert balance(system) == []
    with system.store.reading() as session:
        assert session.quarantine.list() == []


def test_rule_5_two_workers_process_every_message_once(system: System, bench: Bench):
    first, second = Worker(bench), Worker(replace(bench))
    try:
        put(system, *(submitted(system, str(number), TEXT.format(number)) for number in range(60)))
        done, idle = 0, 0
        while done < 60 and idle < 400:
            turned = first.turn(0.01) + second.turn(0.01)
            done, idle = done + turned, 0 if turned else idle + 1
    finally:
        first.close()
        second.close()
    assert outcomes(system) == {"pending": 60}


def test_rule_6_a_lost_range_stops_the_worker_and_is_named(system: System, bench: Bench):
    put(system, submitted(system, "1", TEXT.format(1)))
    with system.store.writing() as session:
        bus = system.bus.bus_id(SUBMITTED)
        row = session.offsets.ensure(GROUP, bus, SUBMITTED, 3, 0)
        session.offsets.advance(GROUP, bus, SUBMITTED, 3, row.next, 90)
    with pytest.raises(Broken, match="第 3 分区"):
        Worker(bench).turn(0.0)


class Refusing:
    """A store whose ledger refuses one message id, as a database refuses a row."""

    def __init__(self, store, refused: str) -> None:
        self._store, self._refused = store, refused

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def writing(self):
        from contextlib import contextmanager

        @contextmanager
        def checked():
            with self._store.writing() as session:
                yield RefusingSession(session, self._refused)

        return checked()


class RefusingSession:
    def __init__(self, session, refused: str) -> None:
        self._session, self._refused = session, refused

    def __getattr__(self, name: str):
        return getattr(self._session, name)

    @property
    def ledger(self):
        return RefusingLedger(self._session.ledger, self._refused)


class RefusingLedger:
    def __init__(self, ledger, refused: str) -> None:
        self._ledger, self._refused = ledger, refused

    def __getattr__(self, name: str):
        return getattr(self._ledger, name)

    def add(self, rows) -> None:
        if any(row.message_id == self._refused and row.outcome is not Outcome.QUARANTINED for row in rows):
            raise Terminal("数据库拒收", step=Step.STORE)
        self._ledger.add(rows)


def test_rule_8_a_row_the_database_refuses_is_found_by_halving(system: System, bench: Bench):
    messages = [submitted(system, str(number), TEXT.format(number)) for number in range(20)]
    put(system, *messages)
    worker = Worker(replace(bench, store=Refusing(system.store, messages[11].message_id)))
    try:
        while worker.turn(0.0):
            pass
    finally:
        worker.close()
    assert outcomes(system) == {"pending": 19, "quarantined": 1}
    with system.store.reading() as session:
        (row,) = session.quarantine.list()
    assert (row.item, row.step) == (item_id("tests", "11"), Step.STORE)


def test_rule_10_near_copies_share_a_cluster_whatever_the_order(system: System, drain: Drain, clock):
    put(system, submitted(system, "1", TEXT.format(1) + "请尽快办理。"))
    drain()
    clock.forward(seconds=1)
    put(system, submitted(system, "2", TEXT.format(1)), submitted(system, "3", TEXT.format(1)))
    drain()
    first, second, third = items(system, "1", "2", "3")
    assert first.cluster == second.cluster == third.cluster == first.id


def test_rule_10_a_revision_that_says_something_else_leaves_its_cluster(system: System, drain: Drain, clock):
    put(system, submitted(system, "1", TEXT.format(1)), submitted(system, "2", TEXT.format(1)))
    drain()
    clock.forward(minutes=1)
    put(system, submitted(system, "2", "镇卫生院夜间没有值班医生，老人看急诊要走四十公里，建议安排轮班并公布电话。"))
    drain()
    first, second = items(system, "1", "2")
    assert (first.cluster, second.cluster) == (first.id, second.id)


def test_rule_11_the_ledger_counts_every_message_and_no_gap(system: System, drain: Drain):
    put(system, *(submitted(system, str(number % 7), TEXT.format(number)) for number in range(30)))
    put(system, crawled(system, "https://a.example/1.html", page("护栏", TEXT.format(99))))
    drain()
    with system.store.reading() as session:
        rows = {(bus, topic, partition): count for bus, topic, partition, count in session.ledger.counted()}
        offsets = session.offsets.rows(GROUP)
        assert session.offsets.gaps() == []
    assert sum(rows.values()) == 31
    for row in offsets:
        assert row.next - row.first == rows.get((row.bus, row.topic, row.partition), 0)
    for line in balance(system):
        parts = (line.indexed, line.pending, line.duplicate, line.rejected, line.quarantined, line.purged)
        assert line.received == sum(parts)


def test_a_batch_is_committed_in_parts_and_twins_across_them_share_a_cluster(
    system: System, bench: Bench, drain: Drain
):
    copies = [submitted(system, f"copy-{number}", TEXT.format(1)) for number in range(2)]
    others = [submitted(system, str(number), TEXT.format(number + 10) + str(number) * 60) for number in range(450)]
    put(system, copies[0], *others, copies[1])
    assert drain() == 452
    first, second = items(system, "copy-0", "copy-1")
    assert first.cluster == second.cluster
    assert outcomes(system) == {"pending": 452}
