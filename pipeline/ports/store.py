"""The store: the truth. A session is one transaction; its parts are the tables' vocabularies.

`reading()` gives a snapshot for look-ups; `writing()` takes the write lock (SQLite: BEGIN IMMEDIATE;
PostgreSQL: READ COMMITTED) and commits on leaving, rolls back on any error. Compute first: a write
session is held for milliseconds. Errors: Transient for lock, connection, deadlock, full disk; a row the
database refuses raises Terminal (step store).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.ports.arrivals import Arrival, Arrivals, OutboxRow, SubmissionRow
from pipeline.ports.contents import Contents
from pipeline.ports.crawls import CrawlBook, Hold, SeenPage
from pipeline.ports.moving import Replaceable, Tables
from pipeline.ports.quarantine import Quarantine
from pipeline.ports.watching import Alarms, Tallies
from pipeline.records.items import (
    Balance,
    Finding,
    Item,
    LedgerRow,
    Pair,
    Read,
    Signature,
)
from pipeline.records.messages import Place
from pipeline.records.names import Outcome

__all__ = [
    "Alarms",
    "Arrival",
    "Arrivals",
    "Contents",
    "CrawlBook",
    "Generations",
    "Hold",
    "Items",
    "Ledger",
    "Marks",
    "OffsetRow",
    "Offsets",
    "OutboxRow",
    "Quarantine",
    "Registry",
    "SeenPage",
    "Session",
    "Store",
    "SubmissionRow",
    "Tallies",
    "View",
]

# ---------------------------------------------------------------- the bus's books


@dataclass(frozen=True, slots=True)
class OffsetRow:
    """Where a group stands in a partition: it began at `first`; the next message to process is `next`."""

    group: str
    bus: str
    topic: str
    partition: int
    first: int
    next: int


class Offsets(Protocol):
    """Offsets, gaps and what is in flight."""

    def ensure(self, group: str, bus: str, topic: str, partition: int, first: int) -> OffsetRow:
        """The row, made with next = first when it is not there."""
        ...

    def rows(self, group: str | None = None) -> list[OffsetRow]: ...

    def advance(self, group: str, bus: str, topic: str, partition: int, start: int, end: int) -> bool:
        """The fence: next = end where next = start; whether one row changed."""
        ...

    def gap(self, bus: str, topic: str, partition: int, start: int, end: int) -> None:
        """Offsets start … end - 1 were met missing."""
        ...

    def gaps(self) -> list[tuple[str, str, int, int, int]]:
        """(bus, topic, partition, start, end)."""
        ...

    def begin(self, worker: str, ranges: Sequence[tuple[str, str, int, int, int]]) -> int:
        """Note a batch in flight, ranges (bus, topic, partition, start, end): how many earlier tries did not end."""
        ...

    def end(self, worker: str) -> None:
        """The worker's batch is over, well or rolled back."""
        ...

    def died(self, place: Place) -> int:
        """A child process died on this message before its living parent's eyes: how often by now."""
        ...


class Ledger(Protocol):
    """One row a message."""

    def add(self, rows: Sequence[LedgerRow]) -> None: ...

    def seen(self, message_ids: Sequence[str]) -> set[str]:
        """Which of these message ids have a row already."""
        ...

    def settle(self, items: Mapping[str, int]) -> int:
        """item → projected version: its pending rows at or below become indexed."""
        ...

    def turn(
        self, place: Place, outcome: Outcome, *, version: int | None = None, item: str | None = None, why: str
    ) -> None:
        """Change one row's outcome, keeping what it was in its history."""
        ...

    def of_item(self, item: str) -> list[LedgerRow]: ...

    def history(self, place: Place) -> list[dict[str, Any]]:
        """What one row was before, oldest first: {at, outcome, version, reason, why}."""
        ...

    def balance(self, day: str | None = None, source: str | None = None) -> list[Balance]: ...

    def received_of(self, sources: Sequence[str], days: Sequence[str]) -> set[str]:
        """Of which of these sources messages were received on one of these days."""
        ...

    def counted(self) -> list[tuple[str, str, int, int]]:
        """(bus, topic, partition, rows): the proof's side of next - first = rows + gaps."""
        ...


# ---------------------------------------------------------------- items


@dataclass(frozen=True, slots=True)
class View:
    """All that a search document or an item's page shows, in one row; `edit_*` win over the machine's."""

    item: Item
    text: str
    published_at: str | None
    author: str | None
    unit: str | None
    sector: str | None
    party: str | None
    named: bool
    reading: dict[str, Any] | None  # domain, topic, confidence, undecided, regions, score, parts, urgent, personal …
    edit_title: str | None = None
    edit_text: str | None = None
    overrides: dict[str, Any] | None = None  # editor-made fields
    excerpt: bool = False  # the body expired: `text` is its first 200 characters


class Items(Protocol):
    """Items, revisions, readings, signatures, clusters and marks."""

    def by_ids(self, ids: Sequence[str]) -> dict[str, Item]: ...

    def write(self, items: Sequence[Item], /) -> None:
        """Insert or replace whole rows and upsert their marks (to_index) at their versions."""

    def revise(self, reads: Sequence[tuple[Read, int]]) -> None:
        """Insert revisions (number given) with their readings."""
        ...

    def reread(self, reads: Sequence[Read]) -> None:
        """New readings of the newest revisions (newer rules); the text stays. Raise marks for what shows."""
        ...

    def unread(self, run: str, limit: int) -> list[str]:
        """Remove up to `limit` readings of a run; their items. Raise marks for what shows."""
        ...

    def views(self, ids: Sequence[str]) -> dict[str, View]:
        """What is shown of each; a tombstone's view has empty text."""
        ...

    def texts(self, ids: Sequence[str]) -> dict[str, str]:
        """Newest revisions' texts, for verifying near-duplicates."""
        ...

    def revisions(self, item: str) -> list[dict[str, Any]]:
        """Every revision, oldest first, each with its readings, for the item's page."""
        ...

    def live_ids(self, after: str = "", limit: int = 1000) -> list[str]:
        """Ids of items that are not tombstones, in order, paged by key."""
        ...

    def tombstones(self, since: str) -> list[str]:
        """Items removed since a stored time: a new generation gets them too."""
        ...

    def count_live(self) -> int: ...

    def sign(self, signatures: Sequence[Signature], /) -> list[int]:
        """Write signatures (one an item, replaced on revision) and give each its seq, rising under the lock."""
        ...

    def signatures(self, after: int, limit: int = 10_000) -> list[Signature]:
        """Signatures by seq, for the band index; one replaced since comes under its new seq alone."""
        ...

    def by_seqs(self, seqs: Sequence[int]) -> dict[int, Signature]:
        """The band index's answers made items again; a seq replaced since is left out."""
        ...

    def last_seq(self) -> int: ...

    def by_exact(self, hashes: Sequence[str]) -> dict[str, list[str]]:
        """exact hash → ids of items with it."""
        ...

    def connect(self, pairs: Sequence[Pair]) -> None:
        """Upsert edges; an editor's edge is never replaced by the machine's."""
        ...

    def forget_edges(self, ids: Sequence[str]) -> None:
        """Remove the machine's edges of items whose text changed; an editor's stay."""
        ...

    def edges(self, ids: Sequence[str]) -> list[Pair]:
        """Every edge of the components these items belong to (followed by cluster, both ends)."""
        ...

    def parted(self, clusters: Collection[str]) -> bool:
        """Whether an item of these clusters is an end of a negative edge."""
        ...

    def members(self, clusters: Sequence[str]) -> list[Item]:
        """Items of these clusters."""
        ...

    def bury(self, item: str, at: str) -> None:
        """Turn an item into a tombstone: texts, readings, signature and edges go, the row stays with a
        version one higher and a mark."""
        ...

    def purge_bodies(self, kind: str, before: str, limit: int) -> int:
        """Retention: blank the bodies of web leads received before; link, facts and excerpt stay."""
        ...


class Marks(Protocol):
    """to_index: what search has not seen yet."""

    def due(self, limit: int) -> list[tuple[str, int]]:
        """(item, version), oldest first."""
        ...

    def clear(self, projected: Mapping[str, int], generations_version: int) -> set[str]:
        """Delete marks WHERE item AND version <= projected AND the list of generations is still that version.
        Gives the items whose mark is gone or was not there."""
        ...

    def pending(self, items: Sequence[str] | None = None) -> int:
        """How many marks wait, of all or of these items."""
        ...

    def oldest(self) -> str | None:
        """Since when the oldest mark waits, a stored time."""
        ...

    def raise_for(self, items: Sequence[str]) -> None:
        """Version + 1 and a mark, for items whose shown facts changed elsewhere."""
        ...


@dataclass(frozen=True, slots=True)
class Generations:
    """The list of search generations: every projection goes to all; `version` rises with each change."""

    live: str
    names: tuple[str, ...]
    version: int


class Registry(Protocol):
    """The store's own facts: id, generations, watermarks, notes."""

    def store_id(self) -> str:
        """Renewed by restore and move: caches made for another id are rebuilt."""
        ...

    def renew_id(self) -> str: ...

    def generations(self) -> Generations: ...

    def set_generations(self, live: str, names: Sequence[str]) -> Generations: ...

    def note(self, name: str) -> str | None:
        """A named value: watermarks, last backup, crawl and flow facts."""
        ...

    def set_note(self, name: str, value: str | None) -> None: ...


# ---------------------------------------------------------------- the whole


class Session(Protocol):
    """One transaction."""

    @property
    def arrivals(self) -> Arrivals: ...
    @property
    def offsets(self) -> Offsets: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def items(self) -> Items: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def quarantine(self) -> Quarantine: ...
    @property
    def crawls(self) -> CrawlBook: ...
    @property
    def contents(self) -> Contents: ...
    @property
    def tallies(self) -> Tallies: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def desk(self) -> Any: ...  # pipeline.ports.desk.Desk
    @property
    def tables(self) -> Tables: ...

    def lock_batches(self) -> None:
        """The one lock a batch transaction takes, so that near-twins in flight elsewhere are seen (SQLite:
        held already; PostgreSQL: an advisory lock)."""
        ...


class Store(Replaceable, Protocol):
    """A store."""

    @property
    def one_writer(self) -> bool:
        """Whether who writes keeps every other writer waiting, so that a long transaction is made in parts."""
        ...

    def reading(self) -> AbstractContextManager[Session]: ...

    def writing(self) -> AbstractContextManager[Session]: ...

    def noting(self) -> AbstractContextManager[Session]:
        """A write that a failing power supply may take back (a dying process cannot), nothing before it: for what is
        then done again, as a batch in flight and cleared marks are."""
        ...

    def migrate(self) -> list[str]:
        """Upgrade the tables (after a backup where the adapter can); the steps taken."""
        ...

    def check(self) -> list[Finding]: ...

    def backup(self, folder: str) -> Iterable[str]:
        """Copy by the engine's own means; the file names written."""
        ...

    def tidy(self) -> None:
        """maintain's work: fold the write-ahead log into the file and truncate it."""
        ...

    def close(self) -> None: ...
