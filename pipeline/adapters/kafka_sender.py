"""Publishing on Kafka: every message's own future says what became of it.

A producer that met a message too large for the broker refuses everything after it with the same error, and one
whose broker was away may keep messages: after any error it is replaced, and what was refused as too large beside
others is tried once more, alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from pipeline.adapters.kafka_client import LIMIT, meaning, opened, translated
from pipeline.errors import MinyiError, Terminal, Transient
from pipeline.records.messages import Outgoing
from pipeline.records.names import Step
from pipeline.settings import Address

# A message's partition and offset, or why it has none.
Landed = tuple[int, int] | MinyiError
PRODUCER: Mapping[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    "linger_ms": 5,
    "batch_size": 128 << 10,
    "max_request_size": LIMIT,
    "compression_type": "gzip",
}


class Sender:
    """One producer for all threads of a process, one group of messages at a time."""

    def __init__(self, address: Address, settings: Mapping[str, Any]) -> None:
        self._address, self._settings = address, settings
        self._request_ms = settings["request_timeout_ms"]
        self._delivery_ms = self._request_ms + 1000  # no less than linger and one request
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None

    def send(self, topic: str, messages: Sequence[Outgoing], at: int) -> list[Landed]:
        """Send with `at` (milliseconds) as their time; returns when each is settled."""
        with self._lock:
            landed = self._tried(topic, messages, at)
            if len(messages) > 1:
                for index, one in enumerate(messages):
                    if isinstance(landed[index], Terminal):
                        (landed[index],) = self._tried(topic, [one], at)
        return landed

    def close(self) -> None:
        """Let the producer go; harmless twice."""
        with self._lock:
            self._replace()

    def _tried(self, topic: str, messages: Sequence[Outgoing], at: int) -> list[Landed]:
        futures = self._futures(topic, messages, at)
        ends_at = time.monotonic() + (self._delivery_ms + self._request_ms) / 1000
        landed = [self._landed(one, topic, ends_at) for one in futures]
        if any(isinstance(one, MinyiError) for one in landed):
            self._replace()
        return landed

    def _futures(self, topic: str, messages: Sequence[Outgoing], at: int) -> list[Any]:
        """A future or an error each. After one that found no broker the rest is not tried, for order's sake."""
        futures: list[Any] = []
        failure: MinyiError | None = None
        for one in messages:
            if failure is None:
                try:
                    key = one.key.encode("utf-8", "surrogatepass")
                    futures.append(self._open().send(topic, key=key, value=one.value, timestamp_ms=at))
                    continue
                except MessageSizeTooLargeError:
                    futures.append(_too_large(topic))
                    continue
                except KafkaError as error:
                    failure = meaning(error, self._address)
                except Transient as error:
                    failure = error
            futures.append(failure)
        return futures

    def _landed(self, future: Any, topic: str, ends_at: float) -> Landed:
        if isinstance(future, MinyiError):
            return future
        try:
            answer = future.get(timeout=max(0.0, ends_at - time.monotonic()))
        except MessageSizeTooLargeError:
            return _too_large(topic)
        except KafkaError as error:
            return meaning(error, self._address)
        return answer.partition, answer.offset

    def _open(self) -> KafkaProducer:
        if self._producer is None:
            with translated(self._address):
                self._producer = opened(
                    KafkaProducer,
                    **self._settings,
                    **PRODUCER,
                    max_block_ms=self._request_ms,
                    delivery_timeout_ms=self._delivery_ms,
                )
        return self._producer

    def _replace(self) -> None:
        found, self._producer = self._producer, None
        if found is not None:
            # What it may still hold was told as failed, and its time is over.
            try:
                found.close(timeout=self._delivery_ms / 1000)
            except KafkaError:
                # It stays open then, sends on, and tells of it again when it is collected: its batches are given up.
                thread: Any = getattr(found, "_sender", None)
                if thread is not None:
                    thread.force_close()
                with suppress(KafkaError):
                    found.close(timeout=1.0)


def _too_large(topic: str) -> Terminal:
    return Terminal(
        "消息超过了消息服务器允许的大小",
        step=Step.READ,
        where=topic,
        fix=f"请把主题的 max.message.bytes 调到 {LIMIT}",
    )
