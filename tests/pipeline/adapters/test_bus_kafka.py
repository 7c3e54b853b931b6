"""What Kafka alone can do to a bus: a broker that dies, refuses, or holds another topic of the same name."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.structs import TopicPartition

from pipeline.adapters import kafka_consumer, kafka_hand
from pipeline.adapters.bus_kafka import KafkaBus
from pipeline.errors import Broken, Terminal, Transient
from pipeline.ports.bus import Bus, Consumer
from pipeline.records.messages import Delivered, Outgoing, Place
from pipeline.records.names import CRAWLED, PARTITIONS, SUBMITTED
from pipeline.settings import load
from tests.services import kafka

pytestmark = [kafka.TOGETHER, pytest.mark.timeout(180), pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]


@pytest.fixture(autouse=True)
def unreached() -> Iterator[None]:
    """kafka-python leaves the socket of a connection that was refused to the garbage collector: here and now."""
    yield
    gc.collect()


def from_start(_topic: str, _partition: int) -> int:
    return 0


@pytest.fixture(scope="module")
def broker() -> Iterator[kafka.Broker]:
    if not kafka.available():
        pytest.skip("Kafka cannot be had (a JDK of 17 or newer, and Maven)")
    with kafka.running() as found:
        yield found


@pytest.fixture
def admin(broker: kafka.Broker) -> Iterator[KafkaAdminClient]:
    """Somebody who looks after the cluster by hand; the test's topics go with the test."""
    client = KafkaAdminClient(bootstrap_servers=broker.url.removeprefix("kafka://"), reconnect_backoff_max_ms=500)
    yield client
    kafka.forget(client)
    client.close()


@pytest.fixture
def open_bus(broker: kafka.Broker, admin: KafkaAdminClient, tmp_path: Path) -> Iterator[Callable[[], KafkaBus]]:
    opened: list[KafkaBus] = []

    properties = tmp_path / "kafka.properties"
    properties.write_text("request.timeout.ms=3000\n", encoding="utf-8")

    def opener() -> KafkaBus:
        opened.append(KafkaBus(load({"MINYI_BUS": f"{broker.url}?properties={properties}"}).bus))
        return opened[-1]

    yield opener
    for bus in opened:
        bus.close()


@pytest.fixture
def bus(open_bus: Callable[[], KafkaBus]) -> KafkaBus:
    return open_bus()


def published(bus: Bus, messages: list[Outgoing], topic: str = SUBMITTED) -> list[Place]:
    places = bus.publish(topic, messages)
    assert all(isinstance(one, Place) for one in places), places
    return [one for one in places if isinstance(one, Place)]


def read(consumer: Consumer, count: int, seconds: float = 30) -> list[Delivered]:
    found: list[Delivered] = []
    ends_at = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < ends_at:
        with suppress(Transient):
            found += consumer.poll(messages=1000, size=8_000_000, wait=0.5)
    return found


# ---------------------------------------------------------------- refused by the broker


def test_a_message_too_large_for_the_broker_is_refused_alone(bus: KafkaBus, admin: KafkaAdminClient) -> None:
    published(bus, [Outgoing("key", b"first")])
    topic = ConfigResource(ConfigResourceType.TOPIC, SUBMITTED, configs={"max.message.bytes": "20000"})
    admin.alter_configs([topic])
    large = Outgoing("key", os.urandom(60_000))
    settled = bus.publish(SUBMITTED, [Outgoing("key", b"before"), large, Outgoing("key", b"after"), large])
    assert [type(one) for one in settled] == [Place, Terminal, Place, Terminal]
    assert "max.message.bytes" in str(settled[1])
    (last,) = published(bus, [Outgoing("key", b"last")])
    values = [message.value for message in read(bus.consumer("all", [SUBMITTED], from_start), 4)]
    assert values == [b"first", b"before", b"after", b"last"]
    assert last.offset == 3


# ---------------------------------------------------------------- a broker that dies


def test_publishing_over_a_killed_broker_loses_and_doubles_nothing(bus: KafkaBus, broker: kafka.Broker) -> None:
    acknowledged: list[str] = []
    failures: list[Exception] = []
    stopped = threading.Event()

    def publish_on() -> None:
        number = 0
        while not stopped.is_set():
            keys = [f"{number}-{each}" for each in range(20)]
            number += 1
            for key, one in zip(keys, bus.publish(SUBMITTED, [Outgoing(key, b"x") for key in keys]), strict=True):
                if isinstance(one, Place):
                    acknowledged.append(key)
                else:
                    failures.append(one)

    consumer = bus.consumer("all", [SUBMITTED], from_start)
    thread = threading.Thread(target=publish_on)
    thread.start()
    assert read(consumer, 100)
    broker.stop(kill=True)
    broker.start()
    before = len(acknowledged)
    while len(acknowledged) < before + 500:
        time.sleep(0.05)
    stopped.set()
    thread.join()
    assert all(isinstance(one, Transient) for one in failures)
    consumer.close()
    total = sum(extent.end for extent in bus.extent(SUBMITTED).values())
    found = Counter(message.key for message in read(bus.consumer("again", [SUBMITTED], from_start), total))
    assert set(acknowledged) <= found.keys()
    assert {found[key] for key in acknowledged} == {1}


def test_an_outage_is_said_of_each_message_and_passes(bus: KafkaBus, broker: kafka.Broker) -> None:
    consumer = bus.consumer("all", [SUBMITTED], from_start)
    published(bus, [Outgoing("key", b"before")])
    assert [message.value for message in read(consumer, 1)] == [b"before"]
    broker.stop(kill=True)
    settled = bus.publish(SUBMITTED, [Outgoing("key", b"x" * 1_000_000), *(Outgoing("key", b"lost") for _ in range(3))])
    assert [type(one) for one in settled] == [Terminal, Transient, Transient, Transient]
    assert "请稍后再试" in str(settled[1])
    (line,) = bus.check()
    assert not line.ok
    broker.start()
    published(bus, [Outgoing("key", b"after")])
    assert [message.value for message in read(consumer, 1)] == [b"after"]


def test_without_a_broker_nothing_is_left_behind(open_bus: Callable[[], KafkaBus], broker: kafka.Broker) -> None:
    broker.stop(kill=True)
    before = set(threading.enumerate())
    try:
        bus = open_bus()
        (refused,) = bus.publish(SUBMITTED, [Outgoing("key", b"x")])
        assert isinstance(refused, Transient)
        assert set(threading.enumerate()) == before
    finally:
        broker.start()


def test_a_closed_bus_leaves_no_thread_and_no_socket(open_bus: Callable[[], KafkaBus]) -> None:
    threads, handles = set(threading.enumerate()), _sockets()
    bus = open_bus()
    published(bus, [Outgoing("key", b"x")])
    assert read(bus.consumer("all", [SUBMITTED], from_start), 1)
    bus.close()
    assert set(threading.enumerate()) == threads
    assert _sockets() <= handles


# ---------------------------------------------------------------- a topic made anew


def test_rule_6_a_topic_made_anew_is_another_bus(bus: KafkaBus, admin: KafkaAdminClient) -> None:
    consumer = bus.consumer("all", [SUBMITTED], from_start)
    (old,) = published(bus, [Outgoing("key", b"old")])
    assert len(read(consumer, 1)) == 1
    kafka.forget(admin)
    assert bus.bus_id(SUBMITTED) != old.bus
    settled = bus.publish(SUBMITTED, [Outgoing("key", b"lost?")])
    assert isinstance(settled[0], Transient)
    new = published(bus, [Outgoing("key", b"new") for _ in range(3)])
    assert {one.bus for one in new} == {bus.bus_id(SUBMITTED)}
    with pytest.raises(Broken, match="重建"):
        read(consumer, 1)


def test_a_topic_that_is_gone_while_reading_is_awaited(bus: KafkaBus, admin: KafkaAdminClient) -> None:
    consumer = bus.consumer("all", [SUBMITTED], from_start)
    published(bus, [Outgoing("key", b"old")])
    admin.delete_topics([SUBMITTED])
    with pytest.raises(Transient, match="不见了"):
        consumer.poll(messages=10, size=1000, wait=20)


# ---------------------------------------------------------------- doctor


def test_another_count_of_partitions_is_said(bus: KafkaBus, admin: KafkaAdminClient) -> None:
    admin.create_topics({CRAWLED: {"num_partitions": 3, "replication_factor": 1}}, wait_for_metadata=True)
    assert bus.partitions(CRAWLED) == 3
    wrong = [line for line in bus.check() if not line.ok]
    assert len(wrong) == 1
    assert f"{CRAWLED} 有 3 个分区，应为 {PARTITIONS} 个" in wrong[0].what
    assert wrong[0].fix


def test_topics_are_made_without_a_retention_of_the_brokers(bus: KafkaBus, admin: KafkaAdminClient) -> None:
    bus.bus_id(SUBMITTED)
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, SUBMITTED)])
    assert "'-1'" in str(found)
    assert "retention.ms" in str(found)


def _sockets() -> set[str]:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return set()
    names: set[str] = set()
    for each in folder.iterdir():
        with suppress(OSError):
            names.add(str(each.readlink()))
    return {name for name in names if name.startswith("socket:")}


@pytest.fixture
def small_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little is kept in hand that partitions are paused again and again."""
    monkeypatch.setattr(kafka_hand, "MESSAGES", 20)
    monkeypatch.setattr(kafka_consumer, "FETCHED", 10)


MANY = [Outgoing(f"key{number}", str(number).encode()) for number in range(600)]


@pytest.mark.usefixtures("small_hand")
def test_partitions_that_were_paused_are_read_to_their_end(bus: KafkaBus) -> None:
    published(bus, MANY)
    found = read(bus.consumer("all", [SUBMITTED], from_start), len(MANY))
    assert Counter(message.key for message in found) == Counter(one.key for one in MANY)


@pytest.mark.parametrize("mended", [True, False])
def test_what_the_client_keeps_of_a_paused_partition_comes_once_it_is_given_back(
    bus: KafkaBus, broker: kafka.Broker, mended: bool
) -> None:
    """False: the client still needs it."""
    published(bus, MANY)
    both = [TopicPartition(SUBMITTED, number) for number in range(2)]
    with closing(KafkaConsumer(bootstrap_servers=broker.url.removeprefix("kafka://"))) as client:
        client.assign(both)
        client.seek_to_beginning(*both)
        ends, found = client.end_offsets(both), Counter[TopicPartition]()

        def look(records: int) -> None:
            if mended:
                kafka_consumer._give_back(client)
            found.update({one: len(some) for one, some in client.poll(200, max_records=records).items()})

        while not found:
            look(1)
        (paused,) = found
        client.pause(paused)
        (other,) = {*both} - {paused}
        for _ in range(20):
            look(100)
        assert found == {paused: 1, other: ends[other]}
        client.resume(paused)
        for _ in range(20):
            look(100)
    assert found[paused] == (ends[paused] if mended else 1)


def test_what_is_in_hand_is_bounded_in_bytes_too_and_given_at_once(
    bus: KafkaBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_hand, "BYTES", 200_000)
    monkeypatch.setattr(kafka_consumer, "FETCHED", 10)
    large = [Outgoing("one key", str(number).encode() * 40_000) for number in range(100)]
    published(bus, large)
    consumer = bus.consumer("all", [SUBMITTED], from_start)
    found: list[Delivered] = []
    ends, looks = time.monotonic() + 60, 0
    while len(found) < len(large) and time.monotonic() < ends:
        some = consumer.poll(messages=500, size=8_000_000, wait=0.5)
        looks += bool(some)
        assert sum(kept.bytes for kept in consumer._hand.values()) < 200_000 + 10 * 80_000
        found += some
    assert [one.value for one in found] == [one.value for one in large]
    assert looks > 5


def test_a_client_that_was_late_once_and_brings_enough_since_is_kept(
    bus: KafkaBus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    published(bus, MANY)
    consumer = bus.consumer("all", [SUBMITTED], from_start)
    while not consumer.poll(messages=1, size=1 << 20, wait=0.5):
        pass
    consumer._silent_since = time.monotonic()
    for _ in range(2):
        assert consumer.poll(messages=1, size=1 << 20, wait=0.5)
        monkeypatch.setattr(kafka_consumer, "SILENT_SECONDS", 0.0)
    assert "begun anew" not in caplog.text


@pytest.mark.usefixtures("small_hand")
def test_a_client_that_brings_nothing_of_what_there_is_is_replaced(
    bus: KafkaBus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As kafka-python does with partitions that were paused, were it not for `_give_back`."""
    made: list[KafkaConsumer] = []

    class Silent(KafkaConsumer):
        def poll(self, **given):
            made.extend([self] if self not in made else [])
            brought = super().poll(**given)
            return {} if self is made[0] and len(found) >= 100 else brought

    monkeypatch.setattr(kafka_consumer, "KafkaConsumer", Silent)
    monkeypatch.setattr(kafka_consumer, "GATHER_SECONDS", 0.2)
    monkeypatch.setattr(kafka_consumer, "SILENT_SECONDS", 0.5)
    published(bus, MANY)
    consumer = bus.consumer("all", [SUBMITTED], lambda _topic, partition: reached[partition])
    reached, found = Counter[int](), list[Delivered]()
    ends = time.monotonic() + 90
    while len(found) < len(MANY):
        assert time.monotonic() < ends, len(found)
        for message in consumer.poll(messages=100, size=1 << 20, wait=0.5):
            found.append(message)
            reached[message.place.partition] = message.place.offset + 1
    assert Counter(message.key for message in found) == Counter(one.key for one in MANY)
    assert "begun anew" in caplog.text
