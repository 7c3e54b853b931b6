"""Rule 12: replay works from the kept payload, changes the ledger row, publishes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.errors import NotAllowed, NotFound
from pipeline.process.replay import replay
from pipeline.process.worker import Bench
from pipeline.records.messages import Outgoing
from pipeline.records.names import SUBMITTED, Outcome, State, Step
from pipeline.wiring import System
from tests.arriving import TEXT, publish, put, submitted
from tests.pipeline.process.test_worker import items, outcomes


@pytest.fixture
def failed_once(system: System, drain: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> int:
    """A message whose classifying raised; the reason is gone by now."""
    from pipeline.steps import classify

    def broken(*_given: object) -> None:
        raise RuntimeError("a rule of yesterday")

    put(system, submitted(system, "1", TEXT.format(1)))
    with monkeypatch.context() as patched:
        patched.setattr(classify, "classify", broken)  # a rule file's fault, gone when the site mends it
        drain()
    assert outcomes(system) == {"quarantined": 1}
    with system.store.reading() as session:
        (row,) = session.quarantine.list()
    assert row.step is Step.CLASSIFY
    return row.number


def test_rule_12_a_replayed_message_becomes_an_item(system: System, bench: Bench, failed_once: int):
    done = replay(bench, failed_once)
    assert (done.outcome, done.reason) == (Outcome.PENDING, None)
    assert outcomes(system) == {"pending": 1}
    assert items(system, "1")[0].state is State.SUBMITTED


def test_rule_12_a_replay_publishes_nothing(system: System, bench: Bench, failed_once: int):
    before = system.bus.extent(SUBMITTED)
    replay(bench, failed_once)
    assert system.bus.extent(SUBMITTED) == before


def test_a_record_is_replayed_once(system: System, bench: Bench, failed_once: int):
    replay(bench, failed_once)
    with pytest.raises(NotAllowed, match="已处理过"):
        replay(bench, failed_once)


def test_an_unknown_record_is_not_found(bench: Bench):
    with pytest.raises(NotFound):
        replay(bench, 99)


def test_a_replay_that_fails_again_waits_on_with_history(system: System, bench: Bench, drain: Callable[[], int]):
    publish(system, SUBMITTED, [Outgoing("k", b"{")])
    drain()
    with system.store.reading() as session:
        (row,) = session.quarantine.list()
    done = replay(bench, row.number)
    assert done.outcome is Outcome.QUARANTINED
    assert done.reason
    with system.store.reading() as session:
        again = session.quarantine.get(row.number)
    assert (again.state, len(again.history)) == ("waiting", 1)
    assert outcomes(system) == {"quarantined": 1}


def test_rule_12_a_replayed_message_takes_its_place_by_time_received(
    system: System, bench: Bench, failed_once: int, drain: Callable[[], int], clock
):
    clock.forward(hours=1)
    put(system, submitted(system, "1", TEXT.format(7)))
    drain()
    replay(bench, failed_once)
    (item,) = items(system, "1")
    with system.store.reading() as session:
        assert session.items.texts([item.id])[item.id] == TEXT.format(7)
    assert item.revision == 1
    assert outcomes(system) == {"pending": 2}
