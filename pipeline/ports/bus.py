"""The bus: a log in Kafka's shape. Topics with a fixed count of partitions; offsets rise by one a message
and are never given twice; readers keep their own offsets (in the store, not here)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.records.items import Finding
from pipeline.records.messages import Delivered, Outgoing, Place

# Given a topic and partition that became ours: the offset to read from (the store's `next`).
StartAt = Callable[[str, int], int]


@dataclass(frozen=True, slots=True)
class Extent:
    """What a partition holds: the first offset kept, and the offset the next message will get."""

    first: int
    end: int


class Consumer(Protocol):
    """One worker's reading end in a group; partitions are shared among the group's workers."""

    def poll(self, *, messages: int, size: int, wait: float) -> list[Delivered]:
        """Messages of our partitions, at most `messages` and `size` bytes (always at least one if any is
        there), waiting up to `wait` seconds for the first; ordered by topic as subscribed (earlier topics
        first), partition, offset. A poll moves the reading position, which only lives in this consumer."""
        ...

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read that partition from `offset` on, if it is still ours."""
        ...

    def drop(self, topic: str, partition: int) -> None:
        """Give a partition up: somebody else reads it. It may come back with a new StartAt."""
        ...

    def done(self, ends: Mapping[tuple[str, int], int]) -> None:
        """These offsets are stored: a copy for lag tools, never the truth."""
        ...

    @property
    def joining(self) -> bool:
        """Whether the group is still sharing out its partitions: an empty poll says nothing yet, and who leaves now
        has them all share anew."""
        ...

    def close(self) -> None:
        """Leave the group; others take our partitions at once."""
        ...


class Bus(Protocol):
    """A bus."""

    def bus_id(self, topic: str) -> str:
        """The id made when bus or topic was created (Kafka: cluster id + topic id); keys every offset."""
        ...

    def publish(self, topic: str, messages: Sequence[Outgoing]) -> list[Place | Exception]:
        """Publish durably, in order within a key. For each message its place, or the error that kept it out
        (Transient: try again; Terminal: refused for ever, such as too large). Returns when all are settled."""
        ...

    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> Consumer:
        """A reading end in `group`. `start` is called whenever a partition becomes ours."""
        ...

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has."""
        ...

    def extent(self, topic: str) -> dict[int, Extent]:
        """What each partition of the topic holds."""
        ...

    def peek(self, topic: str, offsets: Mapping[int, int]) -> dict[int, Delivered]:
        """For each partition the first message at its offset or later, if there is one: what waits longest. Belongs
        to no group and moves nothing."""
        ...

    def expire(self, topic: str, keep_from: Mapping[int, int], before: str) -> int:
        """Remove messages older than `before` (stored UTC) and below `keep_from` of their partition, which is
        the least `next` of any group. A partition not named keeps all. Gives how many went."""
        ...

    def blank(self, place: Place) -> str | None:
        """Remove a message's payload, keeping its offset. None when done; where the bus cannot (Kafka), the
        day (YYYY-MM-DD) on which retention ends it."""
        ...

    def check(self) -> list[Finding]:
        """doctor's lines: reachable, partition counts, durability."""
        ...

    def close(self) -> None:
        """Flush and release everything."""
        ...
