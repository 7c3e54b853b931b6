"""Slots: which run of a flow stands for which stretch of time, whether it is too late, and whether it is done.

A slot is keyed on the time it was scheduled for, never on now: a run may start a moment before its slot, or a
day after. A run that a person starts by hand has no slot and always works. Knows nothing of Prefect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.clock import parsed, stored
from pipeline.ports.store import Store


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a flow: the aware time it was scheduled for, and how long until the next."""

    flow: str
    at: datetime
    length: timedelta

    @property
    def ends(self) -> datetime:
        """When the next slot begins."""
        return self.at + self.length


def why_not(slot: Slot, store: Store, now: datetime) -> str | None:
    """Why a run of this slot has nothing to do, as a sentence; None when it has."""
    if now >= slot.ends:
        return "时段已过，由当前时段接着做"
    done = watermark(store, slot.flow, now + slot.length)
    if done is not None and slot.at <= done:
        return "这一时段已经做过"
    return None


def watermark(store: Store, flow: str, latest: datetime) -> datetime | None:
    """The newest slot that is done. One later than `latest` was written under a wrong clock and counts for
    nothing: else a clock set back would stop the flow until the day it was set to."""
    with store.reading() as session:
        noted = session.registry.note(_name(flow))
    done = parsed(noted) if noted else None
    return done if done is not None and done <= latest else None


def finish(slot: Slot, store: Store) -> None:
    """The slot is done: later runs of it, or of earlier ones, return at once."""
    with store.writing() as session:
        session.registry.set_note(_name(slot.flow), stored(slot.at))


def _name(flow: str) -> str:
    return f"flow.{flow}.done"
