"""relay: publish, then mark; a crash between costs a second message, never one."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from pipeline.clock import system_clock
from pipeline.errors import MinyiError, Terminal, Transient
from pipeline.intake.drafts import Draft
from pipeline.intake.relay import Held, Relaying, relay, relay_all
from pipeline.intake.submit import submit
from pipeline.records.messages import decode
from pipeline.records.names import SUBMITTED, Step
from pipeline.workers import runner_of


@pytest.fixture
def send(system):
    def sent(*texts: str):
        return submit(
            system.store,
            system.files,
            [Draft(text=text) for text in texts],
            channel="api",
            clock=system.clock,
            receipts=system.receipts,
        )

    return sent


def _on_bus(system):
    consumer = system.bus.consumer("test", [SUBMITTED], lambda _topic, _partition: 0)
    try:
        return [decode(one.value) for one in consumer.poll(messages=1000, size=10**8, wait=0.2)]
    finally:
        consumer.close()


def _waiting(system):
    with system.store.reading() as session:
        return session.arrivals.waiting(1000)


class _Dead:
    """A bus that is away."""

    def publish(self, _topic, _messages):
        raise Transient("总线连不上")


class _Choosy:
    """The bus behind it, refusing what says so."""

    def __init__(self, bus, error: MinyiError | None = None):
        self.bus = bus
        self.error = error or Transient("分区不可用")
        self.refusals = 0

    def __getattr__(self, name):
        return getattr(self.bus, name)

    def publish(self, topic, messages):
        self.refusals += sum("坏".encode() in one.value for one in messages)
        return [self.error if "坏".encode() in one.value else self.bus.publish(topic, [one])[0] for one in messages]


def test_rule_1_waiting_messages_are_published_under_their_items_and_marked(system, send):
    receipts = send("一", "二", "三")
    assert relay(system.store, system.bus) == 3
    assert relay(system.store, system.bus) == 0
    assert {message.receipt for message in _on_bus(system)} == {one.receipt for one in receipts}


def test_rule_1_a_dead_bus_never_stops_intake(system, send):
    send("一")
    with pytest.raises(Transient, match="总线连不上"):
        relay(system.store, _Dead())
    send("二")
    assert len(_waiting(system)) == 2
    assert relay(system.store, system.bus) == 2


def test_rule_1_a_crash_between_publishing_and_marking_repeats_the_same_message_id(system, send):
    send("一")
    row = _waiting(system)[0]
    from pipeline.records.messages import Outgoing

    system.bus.publish(SUBMITTED, [Outgoing(row.key, row.value)])
    assert relay(system.store, system.bus) == 1
    messages = _on_bus(system)
    assert len(messages) == 2
    assert len({message.message_id for message in messages}) == 1


def test_what_the_bus_takes_is_marked_and_the_rest_waits(system, send):
    send("好一", "坏", "好二")
    assert relay(system.store, _Choosy(system.bus)) == 2
    assert len(_waiting(system)) == 1
    with pytest.raises(Transient, match="分区不可用"):
        relay(system.store, _Choosy(system.bus))


def test_what_the_bus_refuses_for_its_size_holds_nothing_else_up_and_is_said_when_it_is_all_that_waits(system, send):
    send("坏一", "坏二", "坏三", "好一", "好二")
    choosy = _Choosy(system.bus, Terminal("消息太大", step=Step.READ, fix="请调大"))
    assert relay(system.store, choosy, limit=2) == 1  # the first whole portion is refused
    assert relay(system.store, choosy, limit=2) == 1
    with pytest.raises(Held, match="3 条总线不收：消息太大") as told:
        relay(system.store, choosy, limit=2)
    assert told.value.fix == "请调大"
    assert relay_all(system.store, system.bus) == 3


def test_what_the_bus_refused_is_not_sent_again_with_every_turn(system, send, monkeypatch):
    send("坏")
    choosy, refused = _Choosy(system.bus, Terminal("消息太大", step=Step.READ)), {}
    for number in range(3):
        with pytest.raises(Held, match="1 条总线不收"):
            relay(system.store, choosy, refused=refused)
        send(f"好{number}")
        assert relay(system.store, choosy, refused=refused) == 1
    assert choosy.refusals == 1
    monkeypatch.setattr("pipeline.intake.relay.AGAIN", 0.0)
    assert relay(system.store, system.bus, refused=refused) == 1
    assert refused == {}


def test_a_relay_with_nothing_but_what_the_bus_refused_lets_its_turn_go(system, send, monkeypatch):
    send("坏")
    choosy, refused = _Choosy(system.bus, Terminal("消息太大", step=Step.READ)), {}
    begun, put = system_clock(), monkeypatch.setattr
    for seconds in (0.0, 1.0, 2.0, 3.0):
        put("pipeline.intake.relay.system_clock", lambda seconds=seconds: begun + timedelta(seconds=seconds))
        put("pipeline.intake.relay._name", lambda: "first")
        with pytest.raises(Held):
            relay(system.store, choosy, refused=refused)
        put("pipeline.intake.relay._name", lambda: "second")
        assert relay(system.store, system.bus) == (seconds >= 3.0)


def test_a_run_processes_the_rest_and_then_says_what_the_bus_refuses(system, send):
    send("坏", "好一，路灯不亮。", "好二，桥面破损。")
    with runner_of(system) as runner:
        take, choosy = system.bus, _Choosy(system.bus, Terminal("消息太大", step=Step.READ))
        runner._bus = choosy
        for work in (lambda: runner.once(60), lambda: runner.drain(0.1)):
            with pytest.raises(Held):
                work()
            assert runner.report.messages == 2
        runner._bus = take
        assert runner.once(60)
        assert runner.report.messages == 3


def test_relays_side_by_side_lose_nothing(system, send):
    receipts = send(*(f"第 {number} 件" for number in range(200)))
    threads = [threading.Thread(target=relay_all, args=(system.store, system.bus)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _waiting(system) == []
    assert {message.receipt for message in _on_bus(system)} == {one.receipt for one in receipts}


def test_the_thread_relays_when_woken_and_survives_a_bus_that_is_away(system, send):
    answers = [_Dead(), system.bus]
    relaying = Relaying(system.store, lambda: answers.pop(0) if len(answers) > 1 else answers[0], every=0.01)
    relaying.start()
    try:
        send("一")
        relaying.wake()
        deadline = time.monotonic() + 20
        while _waiting(system) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        relaying.close()
    assert _waiting(system) == []


def test_the_thread_slows_down_for_a_bus_that_is_away_and_not_for_what_it_refuses(system, send, caplog):
    choosy = _Choosy(system.bus, Terminal("消息太大", step=Step.READ, fix="请调大"))
    relaying = Relaying(system.store, lambda: choosy, every=0.01, slowest=3600)
    send("坏")
    relaying.start()
    try:
        deadline = time.monotonic() + 20
        for number in range(8):  # with pauses that double they would soon be minutes
            time.sleep(0.05)
            send(f"好{number}")
            while len(_waiting(system)) > 1:
                assert time.monotonic() < deadline
                time.sleep(0.01)
    finally:
        relaying.close()
    assert [one.message for one in caplog.records if "总线不收" in one.message] == caplog.messages[:1]
