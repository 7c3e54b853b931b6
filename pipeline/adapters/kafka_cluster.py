"""What is asked of a Kafka cluster: its topics, their ids and extents. Makes the topics that are missing.

One admin client serves every question. It loses its broker with a restart, answers nothing for some seconds and is
then well again: a question is repeated until the time for a request is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.structs import TopicPartition

from pipeline.adapters.kafka_client import LIMIT, opened, translated, whole
from pipeline.errors import Transient
from pipeline.ports.bus import Extent
from pipeline.records.names import PARTITIONS
from pipeline.settings import Address

PAUSE_SECONDS = 0.1
EARLIEST, LATEST = -2, -1  # the protocol's words for a partition's two ends
UNKNOWN_TOPIC = 3  # the protocol's error code for a topic that is not there
LIMITED = "max.message.bytes"
TOPIC = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    LIMITED: str(LIMIT),
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),  # a clock set back must not stop arrival
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is now: the id of this making of it, and how many partitions it has."""

    name: str
    id: str
    partitions: int

    @property
    def each(self) -> list[TopicPartition]:
        """Its partitions."""
        return [TopicPartition(self.name, partition) for partition in range(self.partitions)]


class Cluster:
    """A cluster. Safe for threads."""

    def __init__(self, address: Address, settings: Mapping[str, Any]) -> None:
        self._address, self._settings = address, settings
        self._lock = threading.Lock()
        self._admin: Any = None  # a checker's stubs of this client are older than the client
        self._cluster_id: str | None = None

    def ask(self, question: Callable[[Any], T]) -> T:
        """The answer to a question. Raises Transient when there is none in time, Broken when it is refused."""
        ends_at = time.monotonic() + self._settings["request_timeout_ms"] / 1000
        with translated(self._address):
            while True:
                try:
                    return question(self._open())
                except KafkaError as error:
                    if not error.retriable or time.monotonic() > ends_at:
                        raise
                    time.sleep(PAUSE_SECONDS)

    def nodes(self) -> int:
        """How many nodes are alive."""
        return self.ask(lambda admin: len(admin.describe_cluster()["brokers"]))

    # ------------------------------------------------------------ topics

    def topics(self, names: Sequence[str]) -> dict[str, Topic]:
        """Those of the named topics that there are, as they are now."""
        found = self.ask(lambda admin: admin.describe_topics(list(names)))
        there = [one for one in found if one["error_code"] != UNKNOWN_TOPIC]
        if there and self._cluster_id is None:
            self._cluster_id = self.ask(lambda admin: str(admin.describe_cluster()["cluster_id"]))
        return {
            one["name"]: Topic(one["name"], f"{self._cluster_id}/{one['topic_id']}", len(one["partitions"]))
            for one in there
        }

    def topic(self, name: str) -> Topic:
        """The topic, made where it is missing."""
        ends_at = time.monotonic() + self._settings["request_timeout_ms"] / 1000
        while name not in (found := self.topics([name])):
            if time.monotonic() > ends_at:
                raise Transient(f"消息主题 {name} 刚刚被删去", where=self._address.masked, fix="请稍后再试")
            # Made by another process in this moment, it is refused to us before it is shown to us.
            if not self._made(name):
                time.sleep(PAUSE_SECONDS)
        return found[name]

    def _made(self, name: str) -> bool:
        """Whether it was this call that made it."""
        copies = whole(self._address, "replication", min(3, self.nodes()))
        more = {"min.insync.replicas": str(2 if copies > 2 else 1)}  # noqa: PLR2004 - a majority of three
        made = {"num_partitions": PARTITIONS, "replication_factor": copies, "configs": {**TOPIC, **more}}
        try:
            self.ask(lambda admin: admin.create_topics({name: made}, wait_for_metadata=True))
        except Transient as error:
            # Another process was quicker, or the try whose answer was lost had made it.
            if not isinstance(error.__cause__, TopicAlreadyExistsError):
                raise
            return False
        return True

    def limits(self, names: Sequence[str]) -> dict[str, int]:
        """How many bytes a message of each topic may have."""
        these = [ConfigResource(ConfigResourceType.TOPIC, name, {LIMITED: ""}) for name in names]
        if not these:
            return {}
        found = self.ask(lambda admin: admin.describe_configs(these, config_filter="all"))
        return {name: int(values[LIMITED]["value"]) for name, values in found["topic"].items()}

    # ------------------------------------------------------------ offsets

    def extents(self, these: Sequence[TopicPartition]) -> dict[TopicPartition, Extent]:
        """What each partition holds."""
        firsts = self._offsets(dict.fromkeys(these, EARLIEST))
        ends = self.ends(these)
        return {one: Extent(firsts[one], ends[one]) for one in these}

    def ends(self, these: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset that the next message of each partition will get."""
        return self._offsets(dict.fromkeys(these, LATEST))

    def young(self, these: Sequence[TopicPartition], since: int) -> dict[TopicPartition, int]:
        """The first offset from `since` (milliseconds) on; a partition without any is not named."""
        return {one: at for one, at in self._offsets(dict.fromkeys(these, since)).items() if at >= 0}

    def _offsets(self, these: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        found = self.ask(lambda admin: admin.list_partition_offsets(these)) if these else {}
        return {one: answer.offset for one, answer in found.items()}

    def delete_records(self, below: Mapping[TopicPartition, int]) -> None:
        """Remove the messages below these offsets."""
        if below:
            self.ask(lambda admin: admin.delete_records(below))

    # ------------------------------------------------------------ the client

    def _open(self) -> Any:
        with self._lock:
            if self._admin is None:
                self._admin = opened(KafkaAdminClient, **self._settings)
            return self._admin

    def close(self) -> None:
        """Let the client go; harmless twice."""
        with self._lock:
            found, self._admin = self._admin, None
        if found is not None:
            found.close()
