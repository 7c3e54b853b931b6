"""Counts and durations since the store's beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import upserting
from pipeline.adapters.store_sql.tables_watching import durations, tallies
from pipeline.records.watching import Durations, Ended, Spent

ADD = upserting(tallies, count=lambda old, new: old["count"] + new["count"])
SPEND = upserting(
    durations,
    count=lambda old, new: old["count"] + new["count"],
    seconds=lambda old, new: old["seconds"] + new["seconds"],
)


class SqlTallies(Part):
    """What was counted and how long it took."""

    def add(self, counts: Mapping[Ended, int]) -> None:
        """Add, in one order everywhere, so that two writers never wait in a ring."""
        rows = [(one.source, one.step, one.outcome, one.reason, counts[one]) for one in sorted(counts)]
        self.many(ADD, rows)

    def counts(self) -> dict[Ended, int]:
        """Everything."""
        query = select(tallies).order_by(tallies.c.source, tallies.c.step, tallies.c.outcome, tallies.c.reason)
        return {Ended(*row[:4]): row[4] for row in self.connection.execute(query)}

    def spend(self, some: Sequence[Spent]) -> None:
        """Add to the stages' classes."""
        sums: dict[tuple[str, int], tuple[int, float]] = {}
        for one in some:
            count, seconds = sums.get((one.stage, one.upper), (0, 0.0))
            sums[one.stage, one.upper] = count + 1, seconds + one.seconds
        self.many(SPEND, [(*place, *sums[place]) for place in sorted(sums)])

    def durations(self) -> list[Durations]:
        """Every stage, in order."""
        counts: dict[str, dict[int, int]] = {}
        seconds: dict[str, float] = {}
        for stage, upper, count, spent in self.connection.execute(
            select(durations).order_by(durations.c.stage, durations.c.upper)
        ):
            counts.setdefault(stage, {})[upper] = count
            seconds[stage] = seconds.get(stage, 0.0) + spent
        return [Durations(stage, counts[stage], seconds[stage]) for stage in counts]
