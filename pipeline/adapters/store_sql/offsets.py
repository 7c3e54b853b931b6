"""Offsets, gaps and what is in flight (DESIGN 5, 6, 9)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, distinct, func, select, update
from sqlalchemy.sql import bindparam

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import Statement, ensuring, inserting, matched, matching, upserting
from pipeline.adapters.store_sql.tables import deaths, gaps, inflight, offsets
from pipeline.ports.store import OffsetRow
from pipeline.records.messages import Place

Range = tuple[str, str, int, int, int]

ENSURE = ensuring(offsets)
ADVANCE = Statement(
    ["end", *matched("group", "bus", "topic", "partition", "next")],
    lambda _insert: (
        update(offsets)
        .where(matching(offsets, "group", "bus", "topic", "partition", "next"))
        .values(next=bindparam("end"))
    ),
)
GAP = upserting(gaps)
BEGIN = inserting(inflight)
DIED = upserting(deaths, count=lambda old, new: old["count"] + new["count"])


class SqlOffsets(Part):
    """Offsets, gaps and what is in flight."""

    def ensure(self, group: str, bus: str, topic: str, partition: int, first: int) -> OffsetRow:
        """The row, made with next = first when it is not there."""
        self.many(ENSURE, [(group, bus, topic, partition, first, first)])
        here = (offsets.c.group == group, offsets.c.bus == bus)
        one = (offsets.c.topic == topic, offsets.c.partition == partition)
        return OffsetRow(*self.connection.execute(select(offsets).where(*here, *one)).one())

    def rows(self, group: str | None = None) -> list[OffsetRow]:
        """Every row, or the group's."""
        query = select(offsets).order_by(offsets.c.group, offsets.c.bus, offsets.c.topic, offsets.c.partition)
        if group is not None:
            query = query.where(offsets.c.group == group)
        return [OffsetRow(*row) for row in self.connection.execute(query)]

    def advance(self, group: str, bus: str, topic: str, partition: int, start: int, end: int) -> bool:
        """The fence."""
        return self.one(ADVANCE, (end, group, bus, topic, partition, start)).rowcount == 1

    def gap(self, bus: str, topic: str, partition: int, start: int, end: int) -> None:
        """Note a gap; the same one again changes nothing."""
        self.many(GAP, [(bus, topic, partition, start, end)])

    def gaps(self) -> list[Range]:
        """Every gap, in order."""
        query = select(gaps).order_by(gaps.c.bus, gaps.c.topic, gaps.c.partition, gaps.c.start)
        return [(row[0], row[1], row[2], row[3], row[4]) for row in self.connection.execute(query)]

    def begin(self, worker: str, ranges: Sequence[Range]) -> int:
        """Note an attempt; how many earlier ones touched these offsets and did not end."""
        attempt, now = self.count("attempts", 1), self.now()
        tries: set[int] = set()
        for bus, topic, partition, start, end in ranges:
            here = (inflight.c.bus == bus, inflight.c.topic == topic, inflight.c.partition == partition)
            # What ends before this batch starts lies behind the fence: whoever did it, it is done.
            self.connection.execute(delete(inflight).where(*here, inflight.c.end <= start))
            touching = (inflight.c.start < end, inflight.c.end > start)
            tries |= set(
                self.connection.execute(select(distinct(inflight.c.attempt)).where(*here, *touching)).scalars()
            )
        self.many(BEGIN, [(attempt, *some, worker, now) for some in ranges])
        return len(tries)

    def end(self, worker: str) -> None:
        """The worker's newest attempt is over; an older one of its name, left by a death, keeps counting."""
        newest = select(func.max(inflight.c.attempt)).where(inflight.c.worker == worker).scalar_subquery()
        self.connection.execute(delete(inflight).where(inflight.c.attempt == newest))

    def died(self, place: Place) -> int:
        """One more death on this message; how many by now."""
        self.many(DIED, [(place.bus, place.topic, place.partition, place.offset, 1)])
        here = (deaths.c.bus == place.bus, deaths.c.topic == place.topic)
        one = (deaths.c.partition == place.partition, deaths.c.offset == place.offset)
        return self.connection.execute(select(deaths.c["count"]).where(*here, *one)).scalar_one()
