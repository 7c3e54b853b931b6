"""The worker: keeps the topology going over its share of the partitions.

A worker holds no truth: offsets lie in the store and are fenced, so that one that was frozen, cut off or
started twice can write nothing that another wrote.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from pipeline.bands import BandIndex
from pipeline.clock import Clock
from pipeline.errors import Broken, Fenced, MinyiError, Terminal, Transient
from pipeline.ports.bus import Bus, Consumer
from pipeline.ports.files import Files
from pipeline.ports.store import Store
from pipeline.process.batch import Batch, Workshop, assemble
from pipeline.process.commit import Plan, Span, commit
from pipeline.process.erasing import erase
from pipeline.process.isolation import prepare_apart
from pipeline.process.telling import told, within
from pipeline.process.timing import Times
from pipeline.process.topology import Early, Steps, failed, prepare
from pipeline.records.items import Failed, Rejected
from pipeline.records.messages import Delivered, Place
from pipeline.records.names import GROUP, TOPICS, Step

BATCH_MESSAGES = 500
WIDE_MESSAGES = 1_000  # where others write meanwhile: fewer, larger requests cost search and database less
BATCH_BYTES = 8_000_000
# Where a writer keeps all others out, a batch is committed in parts, each fenced for itself, so that people who send
# something in wait less for the write lock: while some do (the outbox grows), in smaller ones, with a pause in which
# those who look every millisecond get it. A part more costs one fsync.
COMMIT_MESSAGES, GENTLE_MESSAGES = 250, 100
GENTLE_PAUSE = 0.002  # seconds
BATCH_WAIT = 2.0  # seconds
PAUSES = (0.05, 0.2, 1.0, 5.0)  # seconds between repeats of a batch that met a transient fault
log = logging.getLogger(__name__)


@dataclass
class Report:
    """What a drain did: messages by outcome, and seconds by stage."""

    messages: int = 0
    batches: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, plan: Plan) -> None:
        """Add a committed plan's outcomes."""
        self.batches += 1
        for row in plan.ledger:
            self.messages += 1
            self.outcomes[row.outcome.value] = self.outcomes.get(row.outcome.value, 0) + 1

    def taken(self) -> Report:
        """What was done since it was asked last."""
        found = replace(self)
        self.messages = self.batches = 0
        self.outcomes, self.seconds = {}, {}
        return found

    def spent(self, stage: str, seconds: float) -> None:
        """Add to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


@dataclass(frozen=True, slots=True)
class Bench:
    """A worker's parts. `environment` is for its child processes."""

    bus: Bus
    store: Store
    files: Files
    bands: BandIndex
    steps: Steps
    zone: ZoneInfo
    clock: Clock
    environment: Mapping[str, str]


class Worker:
    """One worker of the group `process`."""

    def __init__(self, bench: Bench, committed: Callable[[Plan], None] = lambda _plan: None) -> None:
        self._committed = committed
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._bench = bench
        self._next: dict[tuple[str, int], int] = {}
        self._ids = {topic: bench.bus.bus_id(topic) for topic in TOPICS}
        self._newest = 0  # of the outbox, at the batch before
        self._owing = True  # what a death left to be erased, first of all
        self._consumer: Consumer = bench.bus.consumer(GROUP, TOPICS, self._start)
        self.report = Report()
        self._times = Times()
        self.most = BATCH_MESSAGES if bench.store.one_writer else WIDE_MESSAGES

    def turn(self, wait: float = BATCH_WAIT) -> int:
        """Poll one batch and process it whole; how many messages it held. Transient faults are repeated here,
        at a slowing pace, then raised: nothing is lost, the next turn reads the same messages."""
        self._erase()
        began = time.monotonic()
        delivered = self._consumer.poll(messages=self.most, size=BATCH_BYTES, wait=wait)
        if not delivered:
            self.report.spent("poll", time.monotonic() - began)
            self._keep_times()
            return 0
        self._spent("poll", began)
        with within(self.name, self._spans(delivered)):
            return self._whole(delivered)

    def _whole(self, delivered: Sequence[Delivered]) -> int:
        try:
            self._repeat(delivered, apart=self._note(delivered) > 0)
        except Fenced as error:
            self._give_up(error)
            return 0
        except Transient:
            self._rewind(delivered)
            raise
        return len(delivered)

    @property
    def joining(self) -> bool:
        """Whether its group is still sharing out the partitions."""
        return self._consumer.joining

    def close(self) -> None:
        """Leave the group."""
        with suppress(MinyiError):
            self._keep_times()
        self._consumer.close()

    def _spent(self, stage: str, began: float) -> None:
        seconds = time.monotonic() - began
        self.report.spent(stage, seconds)
        self._times.add(stage, seconds)

    def _keep_times(self) -> None:
        if spent := self._times.taken():
            with self._bench.store.noting() as session:
                session.tallies.spend(spent)

    def _start(self, topic: str, partition: int) -> int:
        bus = self._bench.bus
        first = bus.extent(topic)[partition].first
        with self._bench.store.writing() as session:
            row = session.offsets.ensure(GROUP, self._ids[topic], topic, partition, first)
        # Read again after the row: what another worker took meanwhile must not look lost.
        extent = bus.extent(topic)[partition]
        if not extent.first <= row.next <= extent.end:
            raise lost_range(topic, partition, row.next, extent.first, extent.end)
        self._next[topic, partition] = row.next
        return row.next

    def _note(self, delivered: Sequence[Delivered]) -> int:
        began = time.monotonic()
        ranges = [(one.bus, one.topic, one.partition, one.start, one.end) for one in self._spans(delivered)]
        with self._bench.store.noting() as session:
            tries = session.offsets.begin(self.name, ranges)
            session.tallies.spend(self._times.taken())
        self._spent("note", began)
        return tries

    def _repeat(self, delivered: Sequence[Delivered], *, apart: bool) -> None:
        for pause in PAUSES:
            try:
                return self._process(delivered, apart=apart)
            except Fenced:
                raise
            except Transient as error:
                log.warning("batch repeated", extra={"why": error.what, "pause": pause})
                time.sleep(pause)
        return self._process(delivered, apart=apart)

    def _process(self, delivered: Sequence[Delivered], *, apart: bool) -> None:
        # A fault after a commit repeats the batch: what is committed of it stays so.
        left = [one for one in delivered if one.place.offset >= self._next[one.place.topic, one.place.partition]]
        if left:
            began = time.monotonic()
            batch = assemble(left, self._workshop(apart=apart))
            self._spent("steps", began)
            began = time.monotonic()
            self._owing |= any(isinstance(one, Rejected) and one.erase for one in batch.outcomes)
            share, pause = self._share()
            for start in range(0, len(left), share):
                self._commit(batch.part(start, start + share))
                time.sleep(pause)
            self._spent("commit", began)
        self._erase()
        self._bench.bands.merge_step()

    def _share(self) -> tuple[int, float]:
        """How many messages are committed at once, and the pause after each."""
        if not self._bench.store.one_writer:
            return self.most, 0.0
        return (GENTLE_MESSAGES, GENTLE_PAUSE) if self._people_wait() else (COMMIT_MESSAGES, 0.0)

    def _people_wait(self) -> bool:
        with self._bench.store.reading() as session:
            newest, _ = session.arrivals.outbox()
        grew, self._newest = newest > self._newest, newest
        return grew

    def _workshop(self, *, apart: bool) -> Workshop:
        bench = self._bench

        def gently(delivered: Sequence[Delivered]) -> list[Early]:
            if apart:
                return prepare_apart(delivered, bench.environment, self._died)
            with self._times.of_steps() as note:
                return prepare(delivered, replace(bench.steps, note=note))

        return Workshop(bench.store, bench.bands, bench.steps.rules, bench.clock, gently)

    def _died(self, place: Place) -> int:
        with self._bench.store.writing() as session:
            return session.offsets.died(place)

    def _erase(self) -> None:
        if self._owing:
            erase(self._bench.store, self._bench.bus, self._bench.files)
            self._owing = False

    def _commit(self, batch: Batch) -> None:
        spans = self._spans(batch.delivered)
        batch = batch.seen(self._bench.bands.last)
        try:
            plan = commit(self._bench.store, batch, spans, self._bench.zone, self._bench.clock, self.name)
        except Terminal as error:
            self._halve(batch, error)
            return
        self.report.count(plan)
        told(batch, plan, spans)
        self._owing |= bool(plan.purged)
        self._next.update({(one.topic, one.partition): one.end for one in spans})
        self._consumer.done({(one.topic, one.partition): one.end for one in spans})
        self._bench.bands.follow(plan.signed)
        self._committed(plan)

    def _halve(self, batch: Batch, error: Terminal) -> None:
        """A row the database refuses: halve in offset order down to the one, and set that one aside."""
        if len(batch.delivered) == 1:
            one, outcome = batch.delivered[0], batch.outcomes[0]
            if isinstance(outcome, Failed) and outcome.step is Step.STORE:
                raise refused_again(one.place, error)
            self._commit(Batch((failed(one, Step.STORE, error),), batch.seen_seq, (one,)))
            return
        middle = len(batch.delivered) // 2
        self._commit(batch.part(0, middle))
        self._commit(batch.part(middle, len(batch.delivered)))

    def _spans(self, delivered: Sequence[Delivered]) -> list[Span]:
        last: dict[tuple[str, int], int] = {}
        for one in delivered:
            last[one.place.topic, one.place.partition] = one.place.offset
        return [Span(self._ids[key[0]], *key, self._next[key], offset + 1) for key, offset in sorted(last.items())]

    def _give_up(self, error: Fenced) -> None:
        log.info("partition moved on", extra={"partitions": list(error.partitions)})
        for topic, partition in error.partitions:
            self._consumer.drop(topic, partition)
        with self._bench.store.reading() as session:
            rows = {(row.topic, row.partition): row.next for row in session.offsets.rows(GROUP)}
        for key in self._next.keys() & rows.keys():
            self._next[key] = rows[key]
            self._consumer.seek(*key, rows[key])

    def _rewind(self, delivered: Sequence[Delivered]) -> None:
        for key in {(one.place.topic, one.place.partition) for one in delivered}:
            self._consumer.seek(*key, self._next[key])


def refused_again(place: Place, error: Terminal) -> Broken:
    """The database refuses even the note that a message was set aside: going on would lose it."""
    return Broken(
        f"数据库连隔离记录也不接受，处理已停止：{error.what}",
        where=f"{place.topic} 第 {place.partition} 分区第 {place.offset} 号消息",
        fix="请运行 minyi doctor 检查数据库，修复后会从这条消息接着处理",
    )


def lost_range(topic: str, partition: int, at: int, first: int, end: int) -> Broken:
    """A stored offset outside the bus's range: messages are gone, or the bus is another."""
    gone = f"{at} 至 {first - 1}" if at < first else f"{end} 至 {at - 1}"
    return Broken(
        f"总线上 {topic} 第 {partition} 分区缺少第 {gone} 号消息，处理已停止",
        where=f"已处理到 {at}，总线现存 {first} 至 {end}",
        fix="请运行 minyi doctor 查看缺失范围，并从备份恢复总线",
    )
