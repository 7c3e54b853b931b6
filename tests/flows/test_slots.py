from __future__ import annotations

from datetime import timedelta

from flows.slots import Slot, finish, watermark, why_not
from pipeline.wiring import System
from tests.conftest import StandingClock

LENGTH = timedelta(minutes=10)


def test_a_slot_whose_time_has_passed_has_nothing_to_do(system: System, clock: StandingClock):
    slot = Slot("process", clock(), LENGTH)
    clock.forward(minutes=9, seconds=59)
    assert why_not(slot, system.store, clock()) is None
    clock.forward(seconds=1)
    assert "已过" in str(why_not(slot, system.store, clock()))


def test_a_slot_that_is_done_and_those_before_it_are_not_done_again(system: System, clock: StandingClock):
    slot = Slot("process", clock(), LENGTH)
    finish(slot, system.store)
    assert "做过" in str(why_not(slot, system.store, clock()))
    assert "做过" in str(why_not(Slot("process", clock() - timedelta(minutes=5), LENGTH), system.store, clock()))
    assert why_not(Slot("process", clock() + LENGTH, LENGTH), system.store, clock()) is None


def test_the_watermark_is_the_slots_time_however_late_it_ran(system: System, clock: StandingClock):
    at = clock()
    clock.forward(minutes=8)
    finish(Slot("process", at, LENGTH), system.store)
    assert watermark(system.store, "process", clock()) == at
    assert watermark(system.store, "crawl", clock()) is None


def test_a_watermark_of_a_clock_that_was_wrong_does_not_stop_the_flow(system: System, clock: StandingClock):
    finish(Slot("process", clock() + timedelta(days=400), LENGTH), system.store)
    assert why_not(Slot("process", clock(), LENGTH), system.store, clock()) is None


def test_a_run_may_start_a_moment_before_its_slot(system: System, clock: StandingClock):
    slot = Slot("process", clock() + timedelta(milliseconds=400), LENGTH)
    assert why_not(slot, system.store, clock()) is None
    finish(slot, system.store)
    assert why_not(slot, system.store, clock()) is not None
