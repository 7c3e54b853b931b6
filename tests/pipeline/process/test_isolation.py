"""Rule 9: what kills the process is found, and only a child's own death accuses an item."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.errors import Broken, MinyiError, Transient
from pipeline.process.isolation import Limits, prepare_apart
from pipeline.process.topology import Prepared
from pipeline.process.worker import Bench, Worker
from pipeline.records.items import Failed
from pipeline.records.messages import Delivered, Place, encode
from pipeline.records.names import SUBMITTED
from pipeline.wiring import System
from tests.arriving import TEXT, put, submitted
from tests.pipeline.process.test_worker import outcomes


def delivered(system: System, number: int) -> Delivered:
    message = submitted(system, str(number), TEXT.format(number))
    return Delivered(Place("b", SUBMITTED, 0, number), "k", encode(message))


def test_rule_9_a_child_reads_like_its_parent(system: System, bench: Bench):
    outcomes = prepare_apart([delivered(system, 1), delivered(system, 2)], bench.environment, lambda _place: 1)
    assert [type(one) for one in outcomes] == [Prepared, Prepared]


def test_rule_9_the_second_death_sets_the_message_aside(system: System, bench: Bench):
    deaths: list[Place] = []

    def died(place: Place) -> int:
        deaths.append(place)
        return len(deaths)

    (outcome,) = prepare_apart([delivered(system, 1)], bench.environment, died, Limits(seconds=0.0))
    assert isinstance(outcome, Failed)
    assert (outcome.error, len(deaths), outcome.payload != b"") == ("crash", 2, True)


def test_rule_9_a_worker_killed_from_outside_accuses_no_item(system: System, bench: Bench, worker: Worker):
    put(system, submitted(system, "1", TEXT.format(1)))
    bus = system.bus.bus_id(SUBMITTED)
    with system.store.writing() as session:
        # What a killed worker leaves behind: its note of the batch, and nothing else.
        for partition in range(system.bus.partitions(SUBMITTED)):
            session.offsets.begin(f"killed-{partition}", [(bus, SUBMITTED, partition, 0, 1)])
    while worker.turn(0.0):
        pass
    assert outcomes(system) == {"pending": 1}


def test_an_unread_message_is_not_lost_by_a_dead_child(system: System, bench: Bench):
    broken = replace(delivered(system, 1), value=b"{")
    good = delivered(system, 2)
    first, second = prepare_apart([broken, good], bench.environment, lambda _place: 1)
    assert (type(first), type(second)) == (Failed, Prepared)


def accuse(place: Place) -> int:
    raise AssertionError(f"{place} is accused")


def test_rule_9_a_child_that_cannot_begin_accuses_no_item(system: System, bench: Bench):
    environment = {**bench.environment, "MINYI_STORE": "nosuch://store"}
    with pytest.raises(MinyiError):
        prepare_apart([delivered(system, 1)], environment, accuse)


def test_rule_9_a_child_that_dies_before_its_first_message_accuses_no_item(system: System, bench: Bench):
    with pytest.raises(Transient, match="子进程"):
        prepare_apart([delivered(system, 1)], {**bench.environment, "PYTHONHOME": "/nowhere"}, accuse)


def test_rule_3_a_newer_format_stops_a_child_too(system: System, bench: Bench):
    newer = delivered(system, 1)
    newer = replace(newer, value=newer.value.replace(b'"format":1', b'"format":2'))
    with pytest.raises(Broken, match="请先升级"):
        prepare_apart([newer], bench.environment, accuse)
