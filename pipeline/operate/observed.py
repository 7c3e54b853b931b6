"""observed: what the store's own books, the bus and search say now, gathered once for metrics and alarms alike.

Cheap: look-ups by an index or over small tables, in one reading session, never the write lock. Bus and search are
asked at once, on threads of their own, and given up after some seconds: a broker that answers nothing must not keep
what the store knows from being seen.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from pipeline.clock import day_of, parsed, stored
from pipeline.desk.words import PARTS
from pipeline.errors import Broken, MinyiError, RuleError, Transient
from pipeline.operate.backup import last_backup
from pipeline.operate.parts import Parts
from pipeline.ports.bus import Bus, Extent
from pipeline.ports.store import OffsetRow, Session
from pipeline.records.items import Balance
from pipeline.records.messages import Delivered, decode
from pipeline.records.names import GROUP, SUBMITTED, TOPICS
from pipeline.records.watching import AlarmRow, Durations, Ended
from pipeline.rules import SHIPPED, Rules
from pipeline.rules.watch import Watch

BEGUN = "search.begun"
PATIENCE = 5.0  # seconds for bus and search, under Prometheus' usual time-out of 10
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Watched:
    """A source of the catalogue: silent after `quiet` without a report."""

    name: str
    hosts: Sequence[str]
    quiet: timedelta


@dataclass(frozen=True, slots=True)
class Books:
    """What the store says. Times are stored ones."""

    offsets: list[OffsetRow]
    outbox: int  # about how many receipts wait for the relay
    oldest_receipt: str | None  # the oldest of those
    marks: int
    oldest_mark: str | None
    quarantine: dict[tuple[str, str], int]  # by step and source
    tallies: dict[Ended, int]
    durations: list[Durations]
    today: list[Balance]
    crawls: dict[str, tuple[str, str]]  # of the catalogue's sources: first and last report
    fresh: set[str]  # those of them that something came of lately
    alarms: list[AlarmRow]
    backup: str | None
    empty: bool
    live: str | None  # generation of search, once it has begun


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the bus holds and nobody has processed: by topic and partition, and the times received of the oldest."""

    lag: dict[tuple[str, int], int]
    oldest: dict[str, str]  # by topic


@dataclass
class Observed:
    """All of it; a part that did not answer is None, and its error is in `faults`."""

    at: datetime
    free: int  # bytes
    books: Books | None = None
    waiting: Waiting | None = None
    faults: dict[str, MinyiError] = field(default_factory=dict[str, MinyiError])

    @property
    def oldest_receipt(self) -> str | None:
        """The time received of the oldest submission with a receipt that is not processed yet."""
        known = [self.books.oldest_receipt if self.books else None]
        known.append(self.waiting.oldest.get(SUBMITTED) if self.waiting else None)
        return min(filter(None, known), default=None)


class Observer:
    """Looks at the parts of one system, again and again. Safe for threads. `sources` None: the catalogue cannot be
    read, and nothing is known of them."""

    def __init__(self, parts: Parts, sources: Sequence[Watched] | None = ()) -> None:
        self._parts, self.sources = parts, sources
        self._impatient = Impatient()

    def look(self) -> Observed:
        """What is now. Never raises for a part that is away, not even the store."""
        parts = self._parts
        seen = Observed(parts.clock(), shutil.disk_usage(parts.settings.home).free)
        seen.books = self._tried(seen, "store", lambda: books_of(parts, self.sources or ()))
        if seen.books is not None:
            offsets, live = seen.books.offsets, seen.books.live
            bus = self._begun("bus", lambda: waiting_of(parts, offsets))
            search = self._begun("search", lambda: searched(parts, live))
            seen.waiting = self._tried(seen, "bus", bus)
            self._tried(seen, "search", search)
        return seen

    def close(self) -> None:
        """End its threads."""
        self._impatient.close()

    def _begun(self, part: str, work: Callable[[], T]) -> Callable[[], T]:
        return self._impatient.begin(part, work)

    @staticmethod
    def _tried(seen: Observed, part: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except MinyiError as error:
            seen.faults[part] = error
            return None


class Impatient:
    """Work that may hang: one thread a part; what is not done so many seconds after it was begun is Transient, and is
    not begun twice."""

    def __init__(self, seconds: float = PATIENCE) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(4, "observer")
        self._running: dict[str, Future[Any]] = {}

    def begin(self, part: str, work: Callable[[], T]) -> Callable[[], T]:
        """Begin it; what is given waits for it. Raises what the work raises, and Transient."""
        with self._lock:
            before = self._running.get(part)
            busy = before is not None and not before.done()
            future = before if busy and before is not None else self._pool.submit(work)
            self._running[part] = future
        until = time.monotonic() + self._seconds
        named = PARTS.get(part, part)

        def result() -> T:
            if busy:  # the answer to an older question
                raise Transient(f"{named}还没有应答上一次的询问", fix="请稍后再试")
            try:
                return future.result(max(0.0, until - time.monotonic()))
            except TooLate as error:
                raise Transient(f"{named} {self._seconds:.0f} 秒没有应答", fix="请核对它是否在运行") from error

        return result

    def close(self) -> None:
        """Wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def thresholds(parts: Parts) -> Watch:
    """The thresholds in force; of a site whose file is wrong those that ship, so that it goes on being watched."""
    try:
        return parts.rules.watch
    except RuleError:
        return Rules(SHIPPED).watch


def books_of(parts: Parts, sources: Sequence[Watched]) -> Books:
    """The store's books, in one snapshot."""
    today = day_of(stored(parts.clock()), parts.settings.zone)
    names, days = [one.name for one in sources], _days_to(today, thresholds(parts).nothing_new_days)
    with parts.store.reading() as session:
        outbox, oldest = outbox_of(session)
        backup = last_backup(session)
        return Books(
            offsets=session.offsets.rows(GROUP),
            outbox=outbox,
            oldest_receipt=oldest,
            marks=session.marks.pending(),
            oldest_mark=session.marks.oldest(),
            quarantine=session.quarantine.waiting(),
            tallies=session.tallies.counts(),
            durations=session.tallies.durations(),
            today=session.ledger.balance(day=today),
            crawls=session.crawls.spans(names),
            fresh=session.ledger.received_of(names, days),
            alarms=session.alarms.standing(),
            backup=backup.at if backup else None,
            empty=not session.items.live_ids(limit=1),
            live=session.registry.generations().live if session.registry.note(BEGUN) else None,
        )


def _days_to(today: str, before: int) -> list[str]:
    return [str(date.fromisoformat(today) - timedelta(days=number)) for number in range(before + 1)]


def outbox_of(session: Session) -> tuple[int, str | None]:
    """About how many receipts wait for the relay, and the time received of the oldest."""
    newest, least = session.arrivals.outbox()
    first = session.arrivals.waiting(1)
    return (newest - least + 1, decode(first[0].value).received_at) if first else (0, None)


def unread_of(bus: Bus, topic: str, offsets: Sequence[OffsetRow]) -> dict[int, Extent]:
    """What each partition holds beyond the group's stored offsets. A position outside the bus is another alarm's; here
    it is neither negative nor a lag of what is gone."""
    this = bus.bus_id(topic)
    at = {row.partition: row.next for row in offsets if (row.topic, row.bus) == (topic, this)}
    return {
        partition: Extent(min(max(at.get(partition, extent.first), extent.first), extent.end), extent.end)
        for partition, extent in bus.extent(topic).items()
    }


def waiting_of(parts: Parts, offsets: Sequence[OffsetRow]) -> Waiting:
    """What the bus holds beyond the stored offsets, and one message of each such partition."""
    lag: dict[tuple[str, int], int] = {}
    oldest: dict[str, str] = {}
    for topic in TOPICS:
        unread = unread_of(parts.bus, topic, offsets)
        lag |= {(topic, partition): extent.end - extent.first for partition, extent in unread.items()}
        behind = {partition: extent.first for partition, extent in unread.items() if lag[topic, partition]}
        if first := oldest_of(parts.bus.peek(topic, behind) if behind else {}):
            oldest[topic] = first
    return Waiting(lag, oldest)


def searched(parts: Parts, live: str | None) -> None:
    """Ask search for its generations. Raises Transient when it is away, Broken when the live one is gone."""
    if live not in {None, *parts.search.generations()}:
        raise Broken(
            "检索的数据不见了", fix="请先核对 MINYI_SEARCH 所写的地方；没有写错的，请运行 minyi reindex 重建检索"
        )


def oldest_of(found: Mapping[int, Delivered]) -> str | None:
    """The earliest time received. A payload that was removed, or that nobody can read, has none."""
    times: list[str] = []
    for one in found.values():
        try:
            times.append(decode(one.value).received_at)
        except MinyiError:
            continue
    return min(times, default=None)


def age(since: str | None, now: datetime) -> timedelta:
    """How long ago a stored time was; nothing for none, or for one that a clock set back has before it."""
    return max(timedelta(0), now - parsed(since)) if since else timedelta(0)
