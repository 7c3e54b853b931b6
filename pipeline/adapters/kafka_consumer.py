"""A worker's reading end on Kafka: a member of a consumer group that reads from where the store says.

The client's own buffer knows neither our order (people before pages) nor our bounds, so what it fetches is kept here
by partition and given out in order; a partition with enough in hand is paused. Offsets are committed to the broker
as a copy for lag tools.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError

from pipeline.adapters.kafka_client import LIMIT, REQUEST_SECONDS, translated
from pipeline.errors import Broken, MinyiError
from pipeline.ports.bus import StartAt
from pipeline.records.messages import Delivered, Place
from pipeline.records.names import PARTITIONS
from pipeline.settings import Address

SESSION_MS = 10_000
IN_HAND = 2_000  # messages of a partition kept here, then it is paused
FETCHED = 1_000  # messages taken from the client at a time
LOOK_MS = 100  # a wait at a time: a rebalance is answered within it
GATHER_SECONDS = 2.0  # for what the broker has and has not sent yet


def partitions_of(topic: str) -> list[TopicPartition]:
    """A topic's partitions."""
    return [TopicPartition(topic, partition) for partition in range(PARTITIONS)]


class SharedConsumer(ConsumerRebalanceListener):
    """One member of a group. Used by one thread."""

    def __init__(
        self, address: Address, settings: Mapping[str, Any], group: str, ids: Mapping[str, str], start: StartAt
    ) -> None:
        self._address, self._settings, self._group = address, settings, group
        self._ids, self._start = ids, start
        self._hand: dict[TopicPartition, deque[Any]] = {}
        self._next: dict[TopicPartition, int] = {}
        self._unbegun: set[TopicPartition] = set()
        self._fault: MinyiError | None = None
        self._turn = 0
        self._client: KafkaConsumer | None = self._joined()

    def _joined(self) -> KafkaConsumer:
        with translated(self._address):
            client = KafkaConsumer(
                **self._settings,
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="none",
                max_poll_records=FETCHED,
                max_partition_fetch_bytes=LIMIT,
                session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=SESSION_MS // 4,
                fetch_max_wait_ms=LOOK_MS,
            )
            client.subscribe(list(self._ids), listener=self)
        return client

    # ------------------------------------------------------------ the group

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """They are another's: what is in hand of them goes."""
        for one in revoked:
            self._forget(one)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """They are ours, and are read from where the store says: told at once, or the client would look for
        offsets of its own. What goes wrong here is raised by the poll that this is a part of."""
        for one in assigned:
            try:
                self._place(self._open(), one, self._start(one.topic, one.partition))
            except MinyiError as error:
                self._fault = self._fault or error
                self._place(self._open(), one, 0)
            self._unbegun.add(one)

    def _forget(self, one: TopicPartition) -> None:
        self._hand.pop(one, None)
        self._next.pop(one, None)
        self._unbegun.discard(one)

    def _begin(self, client: KafkaConsumer) -> None:
        """See that what the store says lies within what the broker holds (DESIGN 6)."""
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault
        these = sorted(self._unbegun & self._next.keys())
        if not these:
            return
        wait = REQUEST_SECONDS * 1000
        firsts, ends = client.beginning_offsets(these, timeout_ms=wait), client.end_offsets(these, timeout_ms=wait)
        for one in these:
            if not firsts[one] <= self._next[one] <= ends[one]:
                raise _outside(one, self._next[one], firsts[one], ends[one])
        self._unbegun -= set(these)

    def _place(self, client: KafkaConsumer, one: TopicPartition, at: int) -> None:
        self._hand[one], self._next[one] = deque(), at
        client.seek(one, at)
        client.resume(one)

    # ------------------------------------------------------------ reading

    def poll(self, *, messages: int, size: int, wait: float) -> list[Delivered]:
        """See the port."""
        client, ends_at = self._open(), time.monotonic() + wait
        with translated(self._address):
            while True:
                self._fetch(client, 0)
                if waiting := self._behind(client):
                    self._gather(client, waiting, messages)
                    if found := self._given(messages, size):
                        return found
                if (left := ends_at - time.monotonic()) <= 0:
                    return []
                self._fetch(client, min(LOOK_MS, int(left * 1000) + 1))

    def _fetch(self, client: KafkaConsumer, timeout: int) -> None:
        try:
            fetched = client.poll(timeout_ms=timeout, max_records=FETCHED)
        except OffsetOutOfRangeError:
            self._unbegun |= self._next.keys()
            fetched = {}
        self._begin(client)
        for one, records in fetched.items():
            if one in self._next:
                at = self._reached(one)
                self._hand[one].extend(record for record in records if record.offset >= at)
        full = [one for one, kept in self._hand.items() if len(kept) >= IN_HAND]
        if full:
            client.pause(*full)

    def _behind(self, client: KafkaConsumer) -> dict[TopicPartition, int]:
        """Partitions of ours that hold more than was read: where they end."""
        mine = sorted(self._next)
        if not mine:
            return {}
        ends = client.end_offsets(mine, timeout_ms=REQUEST_SECONDS * 1000)
        return {one: end for one, end in ends.items() if one in self._next and end > self._next[one]}

    def _gather(self, client: KafkaConsumer, behind: Mapping[TopicPartition, int], messages: int) -> None:
        """Fetch until the first topic that has something is in hand as far as the broker has it, or enough is."""
        ends_at = time.monotonic() + GATHER_SECONDS
        while time.monotonic() < ends_at:
            for topic in self._ids:
                theirs = [one for one in behind if one.topic == topic and one in self._next]
                if sum(len(self._hand[one]) for one in theirs) >= messages:
                    return
                if any(self._reached(one) < behind[one] for one in theirs):
                    break
            else:
                return
            self._fetch(client, LOOK_MS)

    def _reached(self, one: TopicPartition) -> int:
        kept = self._hand[one]
        return kept[-1].offset + 1 if kept else self._next[one]

    def _given(self, messages: int, size: int) -> list[Delivered]:
        found: list[Delivered] = []
        for topic in self._ids:
            for partition in ((self._turn + each) % PARTITIONS for each in range(PARTITIONS)):
                one = TopicPartition(topic, partition)
                while self._hand.get(one) and len(found) < messages:
                    record = self._hand[one][0]
                    size -= len(record.value or b"") + len(record.key or b"")
                    if size < 0 and found:
                        return self._ordered(found)
                    found.append(self._delivered(self._hand[one].popleft()))
                    self._next[one] = record.offset + 1
        return self._ordered(found)

    def _ordered(self, found: Sequence[Delivered]) -> list[Delivered]:
        self._turn += 1
        client = self._open()
        thin = [one for one in client.paused() if len(self._hand.get(one, ())) < IN_HAND // 2]
        if thin:
            client.resume(*thin)
        order = {topic: index for index, topic in enumerate(self._ids)}
        return sorted(found, key=lambda one: (order[one.place.topic], one.place.partition, one.place.offset))

    def _delivered(self, record: Any) -> Delivered:
        place = Place(self._ids[record.topic], record.topic, record.partition, record.offset)
        return Delivered(place, (record.key or b"").decode("utf-8", "replace"), record.value or b"")

    # ------------------------------------------------------------ what the worker says

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """See the port."""
        one = TopicPartition(topic, partition)
        if one in self._next:
            self._place(self._open(), one, offset)

    def drop(self, topic: str, partition: int) -> None:
        """See the port. A group gives no single partition away: it is begun anew from what the store says."""
        one = TopicPartition(topic, partition)
        if one in self._next:
            self.on_partitions_assigned([one])

    def done(self, ends: Mapping[tuple[str, int], int]) -> None:
        """See the port. A copy that cannot be written now is written with the next."""
        copies = {
            TopicPartition(*key): OffsetAndMetadata(end, "", -1)
            for key, end in ends.items()
            if TopicPartition(*key) in self._next
        }
        try:
            if copies:
                self._open().commit_async(copies)
        except KafkaError:
            return

    def close(self) -> None:
        """See the port. Harmless twice."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close(autocommit=False, timeout_ms=2000)
            except KafkaError:
                return

    @property
    def closed(self) -> bool:
        """Whether it has left its group."""
        return self._client is None

    def _open(self) -> KafkaConsumer:
        if self._client is None:
            raise Broken("读取端已经关闭", where=self._address.masked)
        return self._client


def _outside(one: TopicPartition, at: int, first: int, end: int) -> Broken:
    return Broken(
        f"要从第 {at} 条读起，总线上只有第 {first} 条至第 {end} 条之前的消息",
        where=f"{one.topic}/{one.partition}",
        fix="请运行 minyi doctor 查看缺失的范围",
    )
