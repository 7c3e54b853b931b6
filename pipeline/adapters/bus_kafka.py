"""The bus on Apache Kafka by kafka-python.

A bus id is cluster id + topic id, so that a topic deleted and made anew is another bus. Topics are made with twelve
partitions and without a retention by time: what no group needs any more goes by `expire`, which asks the store.
Every future of a published message is looked at; a producer that met a message too large for the broker refuses
everything after it and is replaced.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, TopicAlreadyExistsError

from pipeline.adapters.kafka_client import LIMIT, REQUEST_SECONDS, client_settings, meaning, translated
from pipeline.adapters.kafka_consumer import SharedConsumer, partitions_of
from pipeline.clock import Clock, system_clock
from pipeline.errors import Broken, MinyiError, Terminal, Transient
from pipeline.ports.bus import Extent, StartAt
from pipeline.records.items import Finding
from pipeline.records.messages import Outgoing, Place
from pipeline.records.names import PARTITIONS, TOPICS, Step
from pipeline.settings import Address

# What the embedded bus takes, a cluster takes: 900,000 bytes, under the broker's usual 1 MiB with its headers.
MESSAGE_LIMIT = 900_000
CHUNK_MESSAGES, CHUNK_BYTES = 500, 4_000_000  # outstanding at most: the client itself has no bound
KEPT_DAYS = 30
TOPIC = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": str(LIMIT),
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),  # a clock set back must not stop arrival
}


class KafkaBus:
    """A bus on a cluster. Safe for threads."""

    def __init__(self, address: Address, *, clock: Clock = system_clock) -> None:
        self._address = address
        self._clock = clock
        self._settings = client_settings(address)
        self._lock = threading.RLock()
        self._ids: dict[str, str] = {}
        self._producer: KafkaProducer | None = None
        self._asking: KafkaConsumer | None = None
        self._consumers: list[SharedConsumer] = []

    # ------------------------------------------------------------ topics

    def bus_id(self, topic: str) -> str:
        """See the port."""
        with self._lock:
            if topic not in self._ids:
                self._ids[topic] = self._described(topic)
            return self._ids[topic]

    def partitions(self, topic: str) -> int:
        """See the port."""
        with translated(self._address), self._admin() as admin:
            self._make(admin, topic)
            return len(admin.describe_topics([topic])[0]["partitions"])

    def _described(self, topic: str) -> str:
        with translated(self._address), self._admin() as admin:
            self._make(admin, topic)
            (found,) = admin.describe_topics([topic])
            return f"{admin.describe_cluster()['cluster_id']}/{found['topic_id']}"

    def _make(self, admin: KafkaAdminClient, topic: str) -> None:
        if topic in admin.list_topics():
            return
        brokers = len(admin.describe_cluster()["brokers"])
        copies = int(self._address.properties.get("replication", min(3, brokers)))
        more = {"min.insync.replicas": str(2 if copies > 2 else 1)}  # noqa: PLR2004 - a majority of three
        made = {"num_partitions": PARTITIONS, "replication_factor": copies, "configs": {**TOPIC, **more}}
        try:
            admin.create_topics({topic: made}, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            pass  # another process was quicker

    def _admin(self) -> _Admin:
        return _Admin(self._settings)

    # ------------------------------------------------------------ publishing

    def publish(self, topic: str, messages: Sequence[Outgoing]) -> list[Place | Exception]:
        """See the port."""
        bus = self.bus_id(topic)
        settled: list[Place | Exception] = []
        for chunk in _chunks(messages):
            settled += self._send(topic, bus, chunk)
        return settled

    def _send(self, topic: str, bus: str, messages: Sequence[Outgoing]) -> list[Place | Exception]:
        at = int(self._clock().timestamp() * 1000)
        with self._lock:
            producer = self._producing()
            futures = [_refusal(one) or self._future(producer, topic, one, at) for one in messages]
            try:
                producer.flush(timeout=REQUEST_SECONDS * 4)
            except KafkaError:
                pass  # the futures alone say what became of each
            settled = [self._settled(one, bus, topic) for one in futures]
            if any(isinstance(one, Exception) for one in settled):
                self._replace()
        return settled

    def _future(self, producer: KafkaProducer, topic: str, one: Outgoing, at: int) -> Any:
        try:
            return producer.send(topic, key=one.key.encode(), value=one.value, timestamp_ms=at)
        except KafkaError as error:
            return meaning(error, self._address)

    def _settled(self, future: Any, bus: str, topic: str) -> Place | Exception:
        if isinstance(future, Exception):
            return future
        try:
            answer = future.get(timeout=REQUEST_SECONDS)
        except MessageSizeTooLargeError as error:
            what = "消息超过了消息服务器允许的大小"
            return Terminal(
                what,
                step=Step.READ,
                where=topic,
                fix=f"请把主题的 max.message.bytes 调到 {LIMIT}: {type(error).__name__}",
            )
        except KafkaError as error:
            return meaning(error, self._address)
        return Place(bus, topic, answer.partition, answer.offset)

    def _producing(self) -> KafkaProducer:
        if self._producer is None:
            with translated(self._address):
                self._producer = KafkaProducer(
                    **self._settings,
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=5,
                    batch_size=128 << 10,
                    max_request_size=LIMIT,
                    compression_type="gzip",
                    max_block_ms=REQUEST_SECONDS * 1000,
                    delivery_timeout_ms=REQUEST_SECONDS * 3000,
                )
        return self._producer

    def _replace(self) -> None:
        # A producer that met a message too large, or whose broker was away, keeps its error.
        found, self._producer = self._producer, None
        if found is not None:
            _closed(found)

    # ------------------------------------------------------------ reading

    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> SharedConsumer:
        """See the port."""
        ids = {topic: self.bus_id(topic) for topic in topics}
        made = SharedConsumer(self._address, self._settings, group, ids, start)
        self._consumers = [*(one for one in self._consumers if not one.closed), made]
        return made

    def extent(self, topic: str) -> dict[int, Extent]:
        """See the port."""
        self.bus_id(topic)
        with self._lock, translated(self._address):
            asking = self._asked()
            these = partitions_of(topic)
            firsts = asking.beginning_offsets(these, timeout_ms=REQUEST_SECONDS * 1000)
            ends = asking.end_offsets(these, timeout_ms=REQUEST_SECONDS * 1000)
            return {one.partition: Extent(firsts[one], ends[one]) for one in these}

    def _asked(self) -> KafkaConsumer:
        if self._asking is None:
            self._asking = KafkaConsumer(**self._settings, enable_auto_commit=False)
        return self._asking

    # ------------------------------------------------------------ retention

    def expire(self, topic: str, keep_from: Mapping[int, int], before: str) -> int:
        """See the port."""
        extents = self.extent(topic)
        limit = int(datetime.fromisoformat(before).timestamp() * 1000)
        with self._lock, translated(self._address):
            times = {one: limit for one in partitions_of(topic) if one.partition in keep_from}
            young = self._asked().offsets_for_times(times, timeout_ms=REQUEST_SECONDS * 1000) if times else {}
        ends = {
            one: min(keep_from[one.partition], found.offset if found else extents[one.partition].end)
            for one, found in young.items()
        }
        gone = {one: end for one, end in ends.items() if end > extents[one.partition].first}
        if gone:
            with translated(self._address), self._admin() as admin:
                admin.delete_records(gone)
        return sum(end - extents[one.partition].first for one, end in gone.items())

    def blank(self, place: Place) -> str | None:
        """See the port: a log cannot be changed. The day on which retention ends what is stored today."""
        if place.bus != self.bus_id(place.topic):
            raise Broken("要清除的消息属于另一条总线", where=f"{place.topic}/{place.partition}/{place.offset}")
        days = int(self._address.properties.get("retention.days", KEPT_DAYS))
        return (self._clock() + timedelta(days=days)).date().isoformat()

    # ------------------------------------------------------------ upkeep

    def check(self) -> list[Finding]:
        """See the port."""
        try:
            with translated(self._address), self._admin() as admin:
                brokers = len(admin.describe_cluster()["brokers"])
                there = admin.describe_topics([topic for topic in TOPICS if topic in admin.list_topics()])
        except MinyiError as error:
            return [Finding("bus", ok=False, what=str(error), fix=error.fix)]
        lines = [Finding("bus", ok=True, what=f"Kafka 集群：{brokers} 个节点（{self._address.masked}）")]
        return lines + [_topic_line(one) for one in there]

    def close(self) -> None:
        """See the port."""
        for one in self._consumers:
            one.close()
        with self._lock:
            self._replace()
            if self._asking is not None:
                self._asking.close(autocommit=False, timeout_ms=1000)
                self._asking = None


class _Admin:
    """An admin client for one question: kept open, it would be lost with its broker."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._client = KafkaAdminClient(**settings)

    def __enter__(self) -> KafkaAdminClient:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()


def _topic_line(found: Mapping[str, Any]) -> Finding:
    count, name = len(found["partitions"]), found["name"]
    if count == PARTITIONS:
        return Finding("bus", ok=True, what=f"{name}：{count} 个分区")
    fix = f"分区数建立后不能改：请停用，删去主题后重建为 {PARTITIONS} 个分区"
    return Finding("bus", ok=False, what=f"{name} 有 {count} 个分区，应为 {PARTITIONS} 个", fix=fix)


def _refusal(message: Outgoing) -> Terminal | None:
    size = len(message.key.encode()) + len(message.value)
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


def _closed(producer: KafkaProducer) -> None:
    try:
        producer.close(timeout=1)
    except (KafkaError, Transient):
        pass  # what it still held was told as failed
