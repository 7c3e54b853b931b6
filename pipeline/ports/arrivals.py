"""Arrival's part of the store: submissions and the outbox. Found as `session.arrivals`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.records.messages import Submitted


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission as intake hands it over; `idempotency_key` is the client's own, if any."""

    message: Submitted
    item: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A submission's row: the truth from the receipt on. `status`: received, withdrawn, purged."""

    receipt: str
    item: str
    status: str
    received_at: str
    message: Submitted | None  # None once purged


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message waiting for the relay."""

    seq: int
    topic: str
    key: str
    value: bytes


class Arrivals(Protocol):
    """Submissions and the outbox."""

    def receive(self, arrivals: Sequence[Arrival]) -> list[SubmissionRow]:
        """Write submissions with their outbox rows. An arrival whose idempotency key is known gives the row
        that is there and writes nothing; so does one whose receipt is there already."""
        ...

    def by_receipt(self, receipts: Sequence[str]) -> dict[str, SubmissionRow]: ...

    def by_items(self, items: Sequence[str]) -> dict[str, SubmissionRow]:
        """The newest submission of each item, processed or not: what an import would revise."""
        ...

    def of_item(self, item: str) -> list[SubmissionRow]:
        """Every submission of an item, oldest first."""
        ...

    def refers(self, file: str) -> bool:
        """Whether a submission that is kept has its text in this file."""
        ...

    def lock(self, receipts: Sequence[str]) -> dict[str, str]:
        """Status by receipt of the rows that are there, locked until the transaction ends, so that withdrawal and
        processing exclude each other."""
        ...

    def set_status(self, receipt: str, status: str) -> None:
        """withdrawn; or purged, which also removes the row's message and its outbox payload."""
        ...

    def restore(self, message: Submitted) -> None:
        """Make the row again from its message (a restored store met a message it does not know)."""
        ...

    def waiting(self, limit: int, after: int = 0) -> list[OutboxRow]:
        """Outbox rows not yet relayed, oldest first, beyond a seq."""
        ...

    def relayed(self, seqs: Sequence[int]) -> None: ...

    def kept(self, after: str, limit: int) -> list[SubmissionRow]:
        """Submissions whose message is kept, in the order of their receipts, from after that one on."""
        ...

    def queue_again(self, receipts: Sequence[str]) -> int:
        """Put their messages into the outbox once more, but for those that wait there; how many were put."""
        ...

    def outbox(self) -> tuple[int, int]:
        """(newest seq ever given, or 0; least seq still waiting, or newest + 1)."""
        ...

    def prune_outbox(self, before: str) -> int:
        """Remove relayed rows received before a stored time."""
        ...
