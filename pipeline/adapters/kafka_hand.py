"""What a reader on Kafka has fetched of one partition and not given out yet: bounded in messages and in bytes, for
pages are of any size, and a backlog has many."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

MESSAGES = 2_000
BYTES = 2_000_000


class Hand:
    """One partition's records, in order."""

    def __init__(self, at: int) -> None:
        self.next = at  # the offset that is given out next
        self.bytes = 0
        self._records: deque[Any] = deque()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def reached(self) -> int:
        """Where fetching goes on."""
        return self._records[-1].offset + 1 if self._records else self.next

    @property
    def full(self) -> bool:
        """Whether no more is to be fetched."""
        return len(self) >= MESSAGES or self.bytes >= BYTES

    @property
    def thin(self) -> bool:
        """Whether more is to be fetched again."""
        return len(self) < MESSAGES // 2 and self.bytes < BYTES // 2

    def take(self, records: Iterable[Any]) -> None:
        """Keep what was fetched; not what is here already."""
        at = self.reached
        for record in records:
            if record.offset >= at:
                self._records.append(record)
                self.bytes += _size(record)

    @property
    def first_bytes(self) -> int:
        """Of the record that is given out next."""
        return _size(self._records[0])

    def give(self) -> Any:
        """The next record."""
        record = self._records.popleft()
        self.bytes -= _size(record)
        self.next = record.offset + 1
        return record


def _size(record: Any) -> int:
    return len(record.value or b"") + len(record.key or b"")
