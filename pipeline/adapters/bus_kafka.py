"""The bus on Apache Kafka by kafka-python.

A bus id is cluster id + topic id, so that a topic deleted and made anew is another bus; it is asked for whenever it
counts, since the client writes to and reads from topics by name. Topics are made with twelve partitions and without a
retention by time: what no group needs any more goes by `expire`, which asks the store.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from pipeline.adapters.kafka_client import LIMIT, client_settings, whole
from pipeline.adapters.kafka_cluster import LIMITED, Cluster, Topic
from pipeline.adapters.kafka_consumer import SharedConsumer, delivered
from pipeline.adapters.kafka_peek import first_from
from pipeline.adapters.kafka_sender import Sender
from pipeline.clock import Clock, system_clock
from pipeline.errors import Broken, MinyiError, Terminal, Transient
from pipeline.ports.bus import Extent, StartAt
from pipeline.records.items import Finding
from pipeline.records.messages import Delivered, Outgoing, Place
from pipeline.records.names import PARTITIONS, TOPICS, Step
from pipeline.settings import Address

# What the embedded bus takes, a cluster takes: 900,000 bytes, under the broker's usual 1 MiB with its headers.
MESSAGE_LIMIT = 900_000
CHUNK_MESSAGES, CHUNK_BYTES = 500, 4_000_000  # outstanding at most: the client itself has no bound
KEPT_DAYS = 30


class KafkaBus:
    """A bus on a cluster. Safe for threads."""

    def __init__(self, address: Address, *, clock: Clock = system_clock) -> None:
        self._address = address
        self._clock = clock
        self._settings = client_settings(address)
        self._cluster = Cluster(address, self._settings)
        self._sender = Sender(address, self._settings)
        self._lock = threading.Lock()
        self._ids: dict[str, str] = {}
        self._consumers: list[SharedConsumer] = []

    def bus_id(self, topic: str) -> str:
        """See the port. Of the topic as it is now."""
        return self._cluster.topic(topic).id

    def partitions(self, topic: str) -> int:
        """See the port."""
        return self._cluster.topic(topic).partitions

    # ------------------------------------------------------------ publishing

    def publish(self, topic: str, messages: Sequence[Outgoing]) -> list[Place | Exception]:
        """See the port. After a portion that failed the rest is not tried, for order's sake."""
        settled: list[Place | Exception] = []
        failure: MinyiError | None = None
        for chunk in _chunks(messages):
            try:
                if failure is None:
                    settled += self._portion(topic, chunk)
                    failure = next((one for one in settled if isinstance(one, Transient)), None)
                    continue
            except Transient as error:
                failure = error
            settled += [_refusal(one) or failure for one in chunk]
        return settled

    def _portion(self, topic: str, messages: Sequence[Outgoing]) -> list[Place | Exception]:
        bus = self._known(topic)
        settled: list[Place | Exception | None] = [_refusal(one) for one in messages]
        sent = [index for index, one in enumerate(settled) if one is None]
        at = int(self._clock().timestamp() * 1000)
        landed = self._sender.send(topic, [messages[index] for index in sent], at)
        same = self._still(topic, bus)
        for index, one in zip(sent, landed, strict=True):
            settled[index] = one if isinstance(one, MinyiError) else same or Place(bus, topic, *one)
        return [one for one in settled if one is not None]

    def _known(self, topic: str) -> str:
        with self._lock:
            known = self._ids.get(topic)
        if known is None:
            known = self.bus_id(topic)
            with self._lock:
                self._ids[topic] = known
        return known

    def _still(self, topic: str, bus: str) -> Transient | None:
        """None when the topic is the one it was before sending; else nobody knows which of the two has them."""
        found = self._cluster.topics([topic]).get(topic)
        if found is not None and found.id == bus:
            return None
        with self._lock:
            self._ids.pop(topic, None)
        return Transient("消息主题在发送时被删去或重建", where=topic, fix="请稍后再试")

    # ------------------------------------------------------------ reading

    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> SharedConsumer:
        """See the port."""
        ids = {topic: self.bus_id(topic) for topic in topics}
        made = SharedConsumer(self._cluster, self._address, self._settings, group, ids, start)
        with self._lock:
            self._consumers = [*(one for one in self._consumers if not one.closed), made]
        return made

    def extent(self, topic: str) -> dict[int, Extent]:
        """See the port."""
        found = self._cluster.extents(self._cluster.topic(topic).each)
        return {one.partition: extent for one, extent in found.items()}

    def peek(self, topic: str, offsets: Mapping[int, int]) -> dict[int, Delivered]:
        """See the port."""
        there = self._cluster.topic(topic)
        extents = self._cluster.extents([one for one in there.each if one.partition in offsets])
        starts = {one: max(extent.first, offsets[one.partition]) for one, extent in extents.items()}
        held = {one: start for one, start in starts.items() if start < extents[one].end}
        found = first_from(self._address, self._settings, held)
        return {one.partition: delivered(there.id, record) for one, record in found.items()}

    # ------------------------------------------------------------ retention

    def expire(self, topic: str, keep_from: Mapping[int, int], before: str) -> int:
        """See the port."""
        these = [one for one in self._cluster.topic(topic).each if one.partition in keep_from]
        extents = self._cluster.extents(these)
        young = self._cluster.young(these, int(datetime.fromisoformat(before).timestamp() * 1000))
        ends = {one: min(keep_from[one.partition], young.get(one, extents[one].end)) for one in these}
        gone = {one: end for one, end in ends.items() if end > extents[one].first}
        self._cluster.delete_records(gone)
        return sum(end - extents[one].first for one, end in gone.items())

    def blank(self, place: Place) -> str | None:
        """See the port: a log cannot be changed. The day on which retention ends what is stored today."""
        if place.bus != self.bus_id(place.topic):
            raise Broken("要清除的消息属于另一条总线", where=f"{place.topic}/{place.partition}/{place.offset}")
        days = whole(self._address, "retention.days", KEPT_DAYS)
        return (self._clock() + timedelta(days=days)).date().isoformat()

    # ------------------------------------------------------------ upkeep

    def check(self) -> list[Finding]:
        """See the port."""
        try:
            nodes, there = self._cluster.nodes(), self._cluster.topics(TOPICS)
            limits = self._cluster.limits(list(there))
        except MinyiError as error:
            return [Finding("bus", ok=False, what=error.found, fix=error.fix)]
        lines = [Finding("bus", ok=True, what=f"Kafka 集群：{nodes} 个节点（{self._address.masked}）")]
        lines += [_topic_line(one) for one in there.values()]
        return lines + [_small(name, limit) for name, limit in limits.items() if limit < LIMIT]

    def close(self) -> None:
        """See the port. Consumers left open leave their groups."""
        with self._lock:
            consumers, self._consumers = self._consumers, []
        for one in consumers:
            one.close()
        self._sender.close()
        self._cluster.close()


def _topic_line(topic: Topic) -> Finding:
    count, name = topic.partitions, topic.name
    if count == PARTITIONS:
        return Finding("bus", ok=True, what=f"{name}：{count} 个分区")
    fix = f"分区数建立后不能改：请停用，删去主题后重建为 {PARTITIONS} 个分区"
    return Finding("bus", ok=False, what=f"{name} 有 {count} 个分区，应为 {PARTITIONS} 个", fix=fix)


def _small(name: str, limit: int) -> Finding:
    what = f"{name} 只收 {limit} 字节以内的消息，长的来稿和大的网页送不进去，在原处等候"
    fix = f"请把这个主题的 {LIMITED} 调到 {LIMIT}，等候的会自动送出"
    return Finding("bus", ok=False, what=what, fix=fix)


def _refusal(message: Outgoing) -> Terminal | None:
    size = len(message.value)
    if size <= MESSAGE_LIMIT:
        return None
    return Terminal(
        f"消息有 {size} 字节，超过上限 {MESSAGE_LIMIT} 字节", step=Step.READ, fix="请把大的内容存为文件再引用"
    )


def _chunks(messages: Sequence[Outgoing]) -> list[list[Outgoing]]:
    numbered, size = [], 0
    for index, message in enumerate(messages):
        size += len(message.value)
        numbered.append(((index // CHUNK_MESSAGES, size // CHUNK_BYTES), message))
    return [[one for _, one in some] for _, some in groupby(numbered, key=lambda row: row[0])]
