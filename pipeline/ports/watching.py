"""What is watched, in the store: counts and durations since its beginning, and alarms. Found as `session.tallies`
and `session.alarms`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pipeline.records.watching import Alarm, AlarmRow, Durations, Ended, Spent


class Tallies(Protocol):
    """Counts that only rise, so that an endpoint anywhere can give them."""

    def add(self, counts: Mapping[Ended, int]) -> None: ...

    def counts(self) -> dict[Ended, int]: ...

    def spend(self, some: Sequence[Spent]) -> None:
        """Add durations to their stages."""
        ...

    def durations(self) -> list[Durations]:
        """Every stage, in order."""
        ...


class Alarms(Protocol):
    """Alarms: at most one stands for a part and subject."""

    def settle(self, found: Sequence[Alarm], looked: Collection[str]) -> tuple[list[AlarmRow], list[AlarmRow]]:
        """Raise what was found and does not stand yet, note again what stands, clear what stands for the parts
        that were looked at and was not found. Gives those raised and those cleared."""
        ...

    def standing(self) -> list[AlarmRow]:
        """Those that stand, oldest first."""
        ...

    def past(self, limit: int) -> list[AlarmRow]:
        """Those that were cleared, newest first."""
        ...
