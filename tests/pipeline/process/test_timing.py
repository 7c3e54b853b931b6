"""Durations wait for the next note of a batch, however long the store is away."""

from __future__ import annotations

from pipeline.process.timing import MOST, Times
from pipeline.records.names import Step
from pipeline.records.watching import Spent


def test_while_nobody_takes_them_only_the_newest_are_kept() -> None:
    times = Times()
    for number in range(3 * MOST):
        times.add("poll", number)
    assert len(vars(times)["_spent"]) == MOST
    assert times.taken()[0] == Spent("poll", 2 * MOST)
    assert times.taken() == []


def test_a_step_has_ended_when_the_next_begins() -> None:
    times = Times()
    with times.of_steps() as note:
        note(Step.READ)
        note(Step.CLEAN)
        assert [one.stage for one in times.taken()] == ["read"]
    assert [one.stage for one in times.taken()] == ["clean"]
