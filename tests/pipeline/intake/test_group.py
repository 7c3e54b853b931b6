"""group: many requests, one commit; an answer only after it; one bad row costs no other."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from pipeline.errors import Terminal, Transient
from pipeline.intake.drafts import Draft
from pipeline.intake.group import GroupWriter
from pipeline.intake.submit import Prepared, Receipt, Refusal, prepare


class _Watched:
    """The store behind it: counts write sessions, and fails as told."""

    def __init__(self, store):
        self.store = store
        self.sessions = 0
        self.away = 0
        self.poison: str | None = None
        self.gate = threading.Event()
        self.gate.set()

    @contextmanager
    def writing(self):
        self.gate.wait(20)
        self.sessions += 1
        if self.away > 0:
            self.away -= 1
            raise Transient("来稿库正被占用")
        with self.store.writing() as session:
            yield _Session(session, self.poison)


class _Session:
    def __init__(self, session, poison):
        self.session = session
        self.poison = poison

    @property
    def arrivals(self):
        return self

    def receive(self, arrivals):
        if any(one.message.text == self.poison for one in arrivals):
            raise Terminal("数据库不收这一行", step="store")
        return self.session.arrivals.receive(arrivals)


@pytest.fixture
def watched(system):
    return _Watched(system.store)


@pytest.fixture
def arrival(system):
    def made(text: str, key: str | None = None):
        found = prepare(
            Draft(text=text), channel="api", source="api", clock=system.clock, receipts=system.receipts, key=key
        )
        assert isinstance(found, Prepared)
        return found.arrival

    return made


@pytest.fixture
def writer(watched):
    made = GroupWriter(watched, patience=0.3)
    made.start()
    yield made
    watched.gate.set()
    made.close()


def test_rule_1_requests_that_come_together_share_a_commit(watched, writer, arrival):
    watched.gate.clear()
    futures = [writer.submit(arrival(f"第 {number} 件")) for number in range(50)]
    watched.gate.set()
    receipts = [future.result(20) for future in futures]
    assert len({one.receipt for one in receipts}) == 50
    assert watched.sessions < 10


def test_nothing_is_answered_before_its_commit(watched, writer, arrival):
    watched.gate.clear()
    future = writer.submit(arrival("一"))
    assert not future.done()
    watched.gate.set()
    receipt = future.result(20)
    with watched.store.reading() as session:
        assert receipt.receipt in session.arrivals.by_receipt([receipt.receipt])


def test_a_store_away_for_a_moment_is_tried_again(watched, writer, arrival):
    watched.away = 1
    assert isinstance(writer.submit(arrival("一")).result(20), Receipt)


def test_a_store_away_for_good_is_an_error_after_a_bounded_time(watched, writer, arrival):
    watched.away = 10**6
    with pytest.raises(Transient):
        writer.submit(arrival("一")).result(20)
    watched.away = 0
    assert isinstance(writer.submit(arrival("二")).result(20), Receipt)


def test_a_row_the_store_refuses_costs_no_other(watched, writer, arrival):
    watched.poison = "毒"
    watched.gate.clear()
    texts = ["一", "二", "毒", "三", "四"]
    futures = [writer.submit(arrival(text)) for text in texts]
    watched.gate.set()
    for text, future in zip(texts, futures, strict=True):
        if text == "毒":
            with pytest.raises(Terminal):
                future.result(20)
        else:
            assert isinstance(future.result(20), Receipt)


def test_one_key_twice_in_a_group_is_one_submission(watched, writer, arrival):
    watched.gate.clear()
    same = [writer.submit(arrival("一", "k")) for _ in range(5)]
    other = writer.submit(arrival("二", "k"))
    watched.gate.set()
    assert len({future.result(20).receipt for future in same}) == 1
    assert isinstance(other.result(20), Refusal)


def test_closing_writes_what_was_handed_over_and_takes_no_more(system, arrival):
    writer = GroupWriter(system.store)
    writer.start()
    futures = [writer.submit(arrival(f"第 {number} 件")) for number in range(30)]
    writer.close()
    assert all(isinstance(future.result(0), Receipt) for future in futures)
    with pytest.raises(Transient, match="正在停止"):
        writer.submit(arrival("迟")).result(0)
