"""A worker's reading end on Kafka: a member of a consumer group that reads from where the store says.

The client's own buffer knows neither our order (people before pages) nor our bounds, so what it fetches is kept here
by partition (kafka_hand) and given out in order; a partition with enough in hand is paused. Offsets are committed to
the broker as a copy for lag tools.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.structs import (
    MemberState,  # pyright: ignore[reportAttributeAccessIssue] - stubs of an older client
    OffsetAndMetadata,
    TopicPartition,
)

from pipeline.adapters.kafka_client import LIMIT, opened, translated
from pipeline.adapters.kafka_cluster import Cluster
from pipeline.adapters.kafka_hand import Hand
from pipeline.errors import Broken, Transient
from pipeline.ports.bus import StartAt
from pipeline.records.messages import Delivered, Place
from pipeline.settings import Address

log = logging.getLogger(__name__)
SESSION_MS = 6_000  # a worker that died: the least that a broker takes as it comes
HEARTBEAT_MS = 500  # a rebalance is heard of by a heartbeat's answer
SILENCE_MS = 60_000  # a worker that lives and does not poll loses its partitions
FETCHED = 1_000  # messages taken from the client at a time
LOOK_MS = 100  # a wait at a time: a rebalance is answered within it
JOIN_MS = 50  # the least wait while the group is being joined, or a poll that may not wait would never be a member
SILENT_SECONDS = 10.0
GATHER_SECONDS = 2.0  # for what the broker has and has not sent yet
LEAVE_MS = 2_000


class SharedConsumer(ConsumerRebalanceListener):
    """One member of a group. Used by one thread."""

    def __init__(
        self,
        cluster: Cluster,
        address: Address,
        settings: Mapping[str, Any],
        group: str,
        ids: Mapping[str, str],
        start: StartAt,
    ) -> None:
        self._cluster, self._address = cluster, address
        self._ids, self._start = ids, start
        self._hand: dict[TopicPartition, Hand] = {}
        self._unbegun: set[TopicPartition] = set()
        self._turn = 0
        self._looked = False  # by the last poll, as a member with its share
        self._silent_since: float | None = None  # monotonic; the broker has more than the client brings
        self._settings, self._group = settings, group
        self._client: KafkaConsumer | None = None
        self._join()

    def _join(self) -> None:
        with translated(self._address):
            self._client = self._joining()

    def _joining(self) -> KafkaConsumer:
        client = opened(
            KafkaConsumer,
            **self._settings,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            # What stays with its owner is read on without a break while the group shares anew.
            partition_assignment_strategy=(CooperativeStickyAssignor,),
            max_poll_records=FETCHED,
            max_partition_fetch_bytes=LIMIT,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_poll_interval_ms=SILENCE_MS,
            fetch_max_wait_ms=LOOK_MS,
        )
        client.subscribe(list(self._ids), listener=self)
        # A leader that shares out before it knows the topics shares nothing, and then all over again.
        for topic in self._ids:
            client.partitions_for_topic(topic)
        return client

    # ------------------------------------------------------------ the group

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """They are another's: what is in hand of them goes. Called on the client's own thread, inside a poll."""
        for one in revoked:
            self._forget(one)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """They are ours, and nothing is fetched of them until `_begin` has asked where to begin. They get a place
        at once, or the client would look for one of its own. Nothing may wait here: see above."""
        for one in assigned:
            self._hold(self._open(), one)

    def _forget(self, one: TopicPartition) -> None:
        self._hand.pop(one, None)
        self._unbegun.discard(one)

    def _hold(self, client: KafkaConsumer, one: TopicPartition) -> None:
        self._forget(one)
        client.seek(one, 0)
        client.pause(one)
        self._unbegun.add(one)

    def _begin(self, client: KafkaConsumer) -> None:
        """Read what became ours from where the store says, if the broker holds it (DESIGN 6)."""
        these = sorted(self._unbegun)
        if these:
            self._see_same_topics()
            starts = {one: self._start(*one) for one in these}
            self._see_within(starts)
            for one, at in starts.items():
                self._place(client, one, at)

    def _place(self, client: KafkaConsumer, one: TopicPartition, at: int) -> None:
        self._hand[one] = Hand(at)
        self._unbegun.discard(one)
        client.seek(one, at)
        client.resume(one)

    def _see_within(self, starts: Mapping[TopicPartition, int]) -> None:
        for one, extent in self._cluster.extents(list(starts)).items():
            if not extent.first <= starts[one] <= extent.end:
                raise _outside(one, starts[one], extent.first, extent.end)

    def _see_same_topics(self) -> None:
        """The client reads by name: a topic made anew would be read on at the old one's offsets."""
        found = self._cluster.topics(list(self._ids))
        for topic, known in self._ids.items():
            if topic not in found:
                raise Transient(f"消息主题 {topic} 不见了", where=self._address.masked, fix="请稍后再试")
            if found[topic].id != known:
                raise Broken(
                    f"消息主题 {topic} 已被删去并重建，处理已停止",
                    where=self._address.masked,
                    fix="请重新启动，新主题会从头读起；旧主题未读的消息已不在总线上",
                )

    # ------------------------------------------------------------ reading

    def poll(self, *, messages: int, size: int, wait: float) -> list[Delivered]:
        """See the port. Raises Broken when the place to read from lies outside what the bus holds, and when a
        topic was made anew; Transient when one is gone."""
        if self._silent_since is not None and time.monotonic() - self._silent_since > SILENT_SECONDS:
            self._join_anew()
        client, ends_at = self._open(), time.monotonic() + wait
        self._looked = False
        with translated(self._address):
            while True:
                self._fetch(client, 0)
                if self._gathered(client, messages, size):
                    self._see_same_topics()
                    return self._given(messages, size)
                if (left := ends_at - time.monotonic()) <= 0:
                    self._see_same_topics()  # a group that joins when a topic is gone shares it out to nobody
                    return []
                self._fetch(client, int(left * 1000) + 1)

    def _join_anew(self) -> None:
        """Whatever keeps a client from bringing what the broker has, another one begins without it."""
        log.warning("a reader brought nothing of what the broker has, and is begun anew")
        self._silent_since = None
        self.close()
        for one in list(self._hand):
            self._forget(one)
        self._join()

    def _fetch(self, client: KafkaConsumer, timeout: int) -> None:
        """One look, no longer than LOOK_MS but while the group is being joined: the client throws away an answer to
        its joining that comes between two looks, and all members join once more."""
        timeout = min(timeout, LOOK_MS) if _member(client) else max(timeout, JOIN_MS)
        _give_back(client)
        try:
            fetched = client.poll(timeout_ms=timeout, max_records=FETCHED)
        except OffsetOutOfRangeError:
            self._see_same_topics()
            self._see_within({one: kept.reached for one, kept in self._hand.items()})
            return
        for one, records in fetched.items():
            if one in self._hand:
                self._hand[one].take(records)
        self._begin(client)
        full = [one for one, kept in self._hand.items() if kept.full]
        if full:
            client.pause(*full)

    def _gathered(self, client: KafkaConsumer, messages: int, size: int) -> bool:
        """Whether there is something to give out: not while the group is being joined, see `_fetch`."""
        self._looked = _member(client)
        if not self._looked:
            return False
        if self._holds(next(iter(self._ids)), messages, size):
            self._silent_since = None
            return True
        behind = self._behind()
        ends_at = time.monotonic() + GATHER_SECONDS
        while behind and time.monotonic() < ends_at and self._lacking(behind, messages, size):
            self._fetch(client, LOOK_MS)
            if not _member(client):
                return False
        if not behind or any(self._hand.values()):
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = time.monotonic()
        return any(self._hand.values())

    def _holds(self, topic: str, messages: int, size: int) -> bool:
        """Whether a poll of a topic has enough in hand."""
        theirs = [kept for one, kept in self._hand.items() if one.topic == topic]
        return sum(map(len, theirs)) >= messages or sum(kept.bytes for kept in theirs) >= size

    def _behind(self) -> dict[TopicPartition, int]:
        """Partitions of ours that hold more than was read: where they end. Asked on the cluster's own connection: on
        the reader's the broker answers after the fetch that waits there for messages (50 ms a poll, measured)."""
        ends = self._cluster.ends(sorted(self._hand))
        return {one: end for one, end in ends.items() if one in self._hand and end > self._hand[one].next}

    def _lacking(self, behind: Mapping[TopicPartition, int], messages: int, size: int) -> bool:
        """Whether the first topic that has something is neither in hand as far as the broker has it, nor enough."""
        for topic in self._ids:
            theirs = {one: self._hand[one] for one in behind if one.topic == topic and one in self._hand}
            if self._holds(topic, messages, size) or any(kept.full for kept in theirs.values()):
                return False
            if any(kept.reached < behind[one] for one, kept in theirs.items()):
                return True
        return False

    def _given(self, messages: int, size: int) -> list[Delivered]:
        found: list[Delivered] = []
        for one in self._turned():
            kept = self._hand[one]
            while kept and len(found) < messages:
                size -= kept.first_bytes
                if size < 0 and found:
                    return self._ordered(found)
                found.append(delivered(self._ids[one.topic], kept.give()))
        return self._ordered(found)

    def _turned(self) -> list[TopicPartition]:
        """Ours, topic by topic, beginning with another one at each poll, so that none is starved."""
        turned: list[TopicPartition] = []
        for topic in self._ids:
            mine = sorted(one for one in self._hand if one.topic == topic)
            first = self._turn % max(1, len(mine))
            turned += mine[first:] + mine[:first]
        return turned

    def _ordered(self, found: Sequence[Delivered]) -> list[Delivered]:
        self._turn += 1
        client = self._open()
        thin = [one for one in client.paused() if one in self._hand and self._hand[one].thin]
        if thin:
            client.resume(*thin)
        order = {topic: index for index, topic in enumerate(self._ids)}
        return sorted(found, key=lambda one: (order[one.place.topic], one.place.partition, one.place.offset))

    # ------------------------------------------------------------ what the worker says

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """See the port."""
        one = TopicPartition(topic, partition)
        if one in self._hand:
            self._place(self._open(), one, offset)

    def drop(self, topic: str, partition: int) -> None:
        """See the port. A group gives no single partition away: it is begun anew from what the store says."""
        one = TopicPartition(topic, partition)
        if one in self._hand:
            self._hold(self._open(), one)

    def done(self, ends: Mapping[tuple[str, int], int]) -> None:
        """See the port. A copy that cannot be written now is written with the next."""
        copies = {
            TopicPartition(*key): OffsetAndMetadata(end, "", -1)
            for key, end in ends.items()
            if TopicPartition(*key) in self._hand
        }
        with suppress(KafkaError):
            if copies:
                self._open().commit_async(copies)

    @property
    def joining(self) -> bool:
        """See the port. A broker waits 3 s for more members of a new group, as it comes."""
        return not (self._looked and _member(self._open()))

    def close(self) -> None:
        """See the port. Harmless twice."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(KafkaError):
                client.close(autocommit=False, timeout_ms=LEAVE_MS)

    @property
    def closed(self) -> bool:
        """Whether it has left its group."""
        return self._client is None

    def _open(self) -> KafkaConsumer:
        if self._client is None:
            raise Broken("读取端已经关闭", where=self._address.masked)
        return self._client


def delivered(bus: str, record: Any) -> Delivered:
    """A record of the client's as a message of this bus."""
    place = Place(bus, record.topic, record.partition, record.offset)
    return Delivered(place, (record.key or b"").decode("utf-8", "replace"), record.value or b"")


def _member(client: Any) -> bool:
    return client.group_metadata().state == MemberState.STABLE


def _give_back(client: Any) -> None:
    """kafka-python 3.0.12 keeps what it had fetched of a partition that is paused, fetches no more of it meanwhile, and
    gives it back after `resume` only where its place for the records in turn holds None (fetcher.fetched_records): what
    it has emptied itself it leaves there. Without this all partitions were silent for good after some ten thousand
    messages; no later version is there yet."""
    fetcher = client._fetcher  # noqa: SLF001 - nothing public reaches it
    if not fetcher._next_partition_records:  # noqa: SLF001
        fetcher._next_partition_records = None  # noqa: SLF001


def _outside(one: TopicPartition, at: int, first: int, end: int) -> Broken:
    return Broken(
        f"要从第 {at} 条读起，总线上只有第 {first} 条至第 {end} 条之前的消息",
        where=f"{one.topic}/{one.partition}",
        fix="请运行 minyi doctor 查看缺失的范围",
    )
