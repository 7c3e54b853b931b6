"""One message of each of some partitions, read past any group: what has waited longest."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from pipeline.adapters.kafka_client import LIMIT, opened, translated
from pipeline.settings import Address

SECONDS = 5.0  # in which what is there is read; what is not read by then is left out
LOOK_MS = 200


def first_from(
    address: Address, settings: Mapping[str, Any], offsets: Mapping[TopicPartition, int]
) -> dict[TopicPartition, Any]:
    """The first record of each partition at its offset or later, of partitions that hold one."""
    found: dict[TopicPartition, Any] = {}
    if not offsets:
        return found
    ends_at = time.monotonic() + SECONDS
    with translated(address), closing(_reader(settings, offsets)) as client:
        while len(found) < len(offsets) and time.monotonic() < ends_at:
            for one, records in client.poll(timeout_ms=LOOK_MS, max_records=len(offsets)).items():
                found.setdefault(one, records[0])
                client.pause(one)
    return found


def _reader(settings: Mapping[str, Any], offsets: Mapping[TopicPartition, int]) -> Any:
    client: Any = opened(
        KafkaConsumer,
        **settings,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=LIMIT,
        fetch_max_wait_ms=LOOK_MS,
    )
    client.assign(list(offsets))
    for one, offset in offsets.items():
        client.seek(one, offset)
    return client
