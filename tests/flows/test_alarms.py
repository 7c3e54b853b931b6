"""What a run of process does about alarms: it looks, and tells Prefect what was raised, once."""

from __future__ import annotations

import asyncio
import time

import pytest

from flows.alarms import TOLD, attend, attended, tell_raised
from flows.server import run_flow
from pipeline.records.watching import Alarm
from pipeline.wiring import System
from tests.arriving import TEXT, put, submitted
from tests.conftest import StandingClock
from tests.flows.conftest import Running
from tests.flows.pool import until


def standing(system: System) -> set[str]:
    with system.store.reading() as session:
        return {row.alarm.part for row in session.alarms.standing()}


@pytest.fixture
def late(system: System, clock: StandingClock) -> System:
    """Something waits on the bus for an hour."""
    put(system, submitted(system, "甲", TEXT.format(1)))
    clock.forward(hours=1)
    return system


def test_what_stands_is_seen_while_the_slot_goes_on(late: System):
    async def slot() -> None:
        async with attended(late, after=0.0):
            ends = time.monotonic() + 60
            while "lag" not in standing(late):
                assert time.monotonic() < ends
                await asyncio.sleep(0.05)

    asyncio.run(slot())


def test_what_waited_while_the_machine_was_off_has_its_chance_first(late: System):
    async def slot() -> set[str]:
        async with attended(late):
            return standing(late)

    assert asyncio.run(slot()) == set()
    assert "lag" in standing(late)  # at the end of a run that is shorter


def test_a_slot_that_fails_has_looked(late: System):
    async def slot() -> None:
        async with attended(late):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(slot())
    assert "lag" in standing(late)


def test_a_store_that_is_away_stops_no_slot(system: System):
    path = system.settings.store.path
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"not a database, but long enough to be looked at as one" * 40)
    attend(system)


def test_outside_of_a_run_nothing_is_told_and_it_stays_to_be_told(late: System):
    attend(late)
    assert tell_raised(late) == []
    with late.store.reading() as session:
        assert session.registry.note(TOLD) is None


@pytest.mark.xdist_group("prefect")
def test_an_alarm_is_an_event_of_the_next_run_once_whoever_raised_it(
    services: Running, recorded: dict[str, str], system: System
):
    with system.store.writing() as session:
        session.alarms.settle([Alarm("ledger", "", "账目差一条", "请核对")], [])
    before = len(told(services))
    put(system, submitted(system, "甲", TEXT.format(1)))
    run_flow(recorded, "process", until_empty=True)
    until(lambda: len(told(services)) >= before + 2)
    assert {one["said"] for one in told(services)[before:]} == {"账目差一条", "还没有备份过"}
    assert standing(system) == {"ledger", "backup"}
    with system.store.reading() as session:
        newest = max(row.raised_at for row in session.alarms.standing())
        assert session.registry.note(TOLD) == newest


def told(services: Running) -> list[dict[str, str]]:
    """What our events of alarms say, oldest first."""
    body = {"filter": {"event": {"name": ["minyi.alarm.raised"]}, "order": "ASC"}, "limit": 50}
    return [one["payload"] for one in services.asked("/events/filter", body)["events"]]
