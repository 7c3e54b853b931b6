"""What every bus keeps. Names are the rules; one that DESIGN numbers carries its number."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.clock import stored
from pipeline.errors import Broken, Terminal
from pipeline.ports.bus import Bus, Consumer, Extent
from pipeline.records.messages import Delivered, Outgoing, Place
from pipeline.records.names import CRAWLED, GROUP, PARTITIONS, SUBMITTED
from tests.conftest import StandingClock

TOPIC = "opinions.tested"
ALL = frozenset(range(PARTITIONS))
# Seen once, on a slow machine: kafka-python leaves the socket of a connection it is making when its client is closed.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:unclosed <socket\.socket .*raddr=\(.127\.0\.0\.1., \d+\)>:ResourceWarning"
)


def from_start(_topic: str, _partition: int) -> int:
    return 0


def numbered(count: int, start: int = 0) -> list[Outgoing]:
    return [Outgoing(f"key-{number}", f"第{number}条".encode()) for number in range(start, start + count)]


def publish(bus: Bus, topic: str, messages: list[Outgoing]) -> list[Place]:
    places = bus.publish(topic, messages)
    assert all(isinstance(place, Place) for place in places), places
    return [place for place in places if isinstance(place, Place)]


def one_in_each_partition(bus: Bus, topic: str = TOPIC) -> list[Place]:
    places: dict[int, Place] = {}
    number = 0
    while len(places) < PARTITIONS:
        (place,) = publish(bus, topic, [Outgoing(f"key-{number}", b"one")])
        places[place.partition] = place
        number += 1
    return list(places.values())


def read_all(consumer: Consumer, count: int) -> list[Delivered]:
    found: list[Delivered] = []
    deadline = time.monotonic() + 30
    while len(found) < count and time.monotonic() < deadline:
        found += consumer.poll(messages=1000, size=8_000_000, wait=0.2)
    return found


def shares_settle(consumers: Iterable[Consumer], expect: Callable[[list[set[int]]], bool], bus: Bus) -> list[set[int]]:
    """Poll all side by side, with fresh messages in every partition, until what each one read last is as expected."""
    everyone = list(consumers)
    deadline = time.monotonic() + 30
    with ThreadPoolExecutor(len(everyone)) as pool:
        while True:
            one_in_each_partition(bus)
            shares = list(pool.map(share, everyone))
            if expect(shares):
                return shares
            assert time.monotonic() < deadline, shares


def share(consumer: Consumer) -> set[int]:
    return {message.place.partition for message in consumer.poll(messages=1000, size=1 << 20, wait=0.5)}


# ---------------------------------------------------------------- topics and places


def test_rule_3_a_topic_has_twelve_partitions_from_its_creation(open_bus: Callable[[], Bus]) -> None:
    assert open_bus().partitions(TOPIC) == PARTITIONS
    assert open_bus().partitions(TOPIC) == PARTITIONS
    assert open_bus().extent(TOPIC) == dict.fromkeys(range(PARTITIONS), Extent(0, 0))


def test_rule_6_a_bus_id_belongs_to_one_bus_and_one_topic(open_bus: Callable[[], Bus]) -> None:
    first, again = open_bus(), open_bus()
    assert first.bus_id(TOPIC) == again.bus_id(TOPIC)
    assert first.bus_id(TOPIC) != first.bus_id(SUBMITTED)
    (place,) = publish(again, TOPIC, numbered(1))
    assert place.bus == first.bus_id(TOPIC)


def test_a_topic_that_many_make_in_one_moment_is_one(open_bus: Callable[[], Bus]) -> None:
    many = [open_bus() for _ in range(6)]
    start = threading.Barrier(len(many))

    def made(bus: Bus) -> str:
        start.wait()
        return bus.bus_id(TOPIC)

    with ThreadPoolExecutor(len(many)) as pool:
        assert len(set(pool.map(made, many))) == 1


def test_a_key_always_goes_to_the_same_partition(open_bus: Callable[[], Bus]) -> None:
    messages = numbered(100)
    before = [place.partition for place in publish(open_bus(), TOPIC, messages)]
    after = [place.partition for place in publish(open_bus(), TOPIC, messages)]
    assert before == after
    assert len(set(before)) > 1


def test_offsets_follow_each_other_in_the_order_published(bus: Bus) -> None:
    offsets = defaultdict[int, list[int]](list)
    for start in (0, 70):
        for place in publish(bus, TOPIC, numbered(70, start)):
            offsets[place.partition].append(place.offset)
    assert all(each == list(range(len(each))) for each in offsets.values())
    assert bus.extent(TOPIC) == {p: Extent(0, len(offsets[p])) for p in range(PARTITIONS)}


def test_a_message_too_large_is_refused_and_the_others_are_published(bus: Bus) -> None:
    large = Outgoing("key-1", b"x" * 1_200_000)
    first, refused, last = bus.publish(TOPIC, [numbered(1)[0], large, numbered(1)[0]])
    assert isinstance(refused, Terminal)
    assert "字节" in str(refused)
    assert isinstance(first, Place)
    assert isinstance(last, Place)
    assert last.offset == first.offset + 1


def test_a_message_of_the_largest_inline_size_is_published(bus: Bus) -> None:
    value = bytes(range(256)) * 3500
    publish(bus, TOPIC, [Outgoing("key", value)])
    (message,) = read_all(bus.consumer(GROUP, [TOPIC], from_start), 1)
    assert message.value == value


def test_two_threads_keep_each_keys_order_and_leave_no_offset_out(bus: Bus) -> None:
    def publisher(name: str) -> None:
        for number in range(40):
            publish(bus, TOPIC, [Outgoing(f"{name}-{key}", str(number).encode()) for key in range(5)])

    threads = [threading.Thread(target=publisher, args=(name,)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = defaultdict[str, list[int]](list)
    offsets = defaultdict[int, list[int]](list)
    for message in read_all(bus.consumer(GROUP, [TOPIC], from_start), 400):
        values[message.key].append(int(message.value))
        offsets[message.place.partition].append(message.place.offset)
    assert all(each == list(range(40)) for each in values.values())
    assert all(each == list(range(len(each))) for each in offsets.values())
    assert sum(map(len, offsets.values())) == 400


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(st.tuples(st.text(min_size=1, max_size=8), st.binary(max_size=300)), max_size=40))
def test_what_is_published_is_read_byte_for_byte(bus: Bus, messages: list[tuple[str, bytes]]) -> None:
    before = {partition: each.end for partition, each in bus.extent(TOPIC).items()}
    sent = [Outgoing(key.encode("utf-8", "ignore").decode() or "k", value) for key, value in messages]
    places = publish(bus, TOPIC, sent)
    consumer = bus.consumer(GROUP, [TOPIC], lambda _, partition: before[partition])
    found = {message.place: (message.key, message.value) for message in read_all(consumer, len(sent))}
    consumer.close()
    assert found == {place: (each.key, each.value) for place, each in zip(places, sent, strict=True)}


# ---------------------------------------------------------------- reading


def test_people_are_read_before_pages(bus: Bus) -> None:
    consumer = bus.consumer(GROUP, [SUBMITTED, CRAWLED], from_start)
    publish(bus, CRAWLED, numbered(20))
    publish(bus, SUBMITTED, numbered(20))
    assert len(read_all(consumer, 40)) == 40  # every partition is ours by now
    publish(bus, CRAWLED, numbered(20))
    publish(bus, SUBMITTED, numbered(20))
    found = read_all(consumer, 40)
    assert [message.place.topic for message in found] == [SUBMITTED] * 20 + [CRAWLED] * 20


def test_a_poll_gives_partition_by_partition_in_offset_order(bus: Bus) -> None:
    publish(bus, TOPIC, numbered(200))
    found = read_all(bus.consumer(GROUP, [TOPIC], from_start), 200)
    places = [(message.place.partition, message.place.offset) for message in found]
    assert sorted(places) == [(p, o) for p, each in sorted(bus.extent(TOPIC).items()) for o in range(each.end)]


def test_a_poll_stops_at_the_count_and_at_the_size_but_gives_one_message_always(bus: Bus) -> None:
    publish(bus, TOPIC, [Outgoing("key", b"x" * 1000) for _ in range(30)])
    consumer = bus.consumer(GROUP, [TOPIC], from_start)
    assert len(consumer.poll(messages=10, size=1 << 20, wait=10)) == 10
    assert len(consumer.poll(messages=100, size=3_500, wait=10)) == 3
    assert len(consumer.poll(messages=100, size=10, wait=10)) == 1


def test_every_partition_gets_its_turn_though_one_is_always_full(bus: Bus) -> None:
    one_in_each_partition(bus)
    consumer = bus.consumer(GROUP, [TOPIC], from_start)
    read: set[int] = set()
    for _ in range(3 * PARTITIONS):
        publish(bus, TOPIC, numbered(40))
        read |= {message.place.partition for message in consumer.poll(messages=5, size=1 << 20, wait=10)}
    assert read == ALL


def test_a_poll_without_messages_waits_and_gives_none(bus: Bus) -> None:
    consumer = bus.consumer(GROUP, [TOPIC], from_start)
    begun = time.monotonic()
    assert consumer.poll(messages=10, size=1000, wait=0.3) == []
    assert time.monotonic() - begun >= 0.3


def test_a_waiting_poll_wakes_for_a_message(open_bus: Callable[[], Bus]) -> None:
    reader, writer = open_bus(), open_bus()
    consumer = reader.consumer(GROUP, [TOPIC], from_start)
    consumer.poll(messages=1, size=1000, wait=0)
    timer = threading.Timer(0.2, publish, (writer, TOPIC, numbered(1)))
    timer.start()
    assert len(consumer.poll(messages=10, size=1000, wait=60)) == 1
    timer.join()


def test_reading_begins_where_start_says(bus: Bus) -> None:
    places = publish(bus, TOPIC, [Outgoing("key", b"x") for _ in range(10)])
    asked: list[tuple[str, int]] = []

    def start(topic: str, partition: int) -> int:
        asked.append((topic, partition))
        return 6 if partition == places[0].partition else 0

    found = read_all(bus.consumer(GROUP, [TOPIC], start), 4)
    assert [message.place.offset for message in found] == [6, 7, 8, 9]
    assert sorted(asked) == [(TOPIC, partition) for partition in range(PARTITIONS)]


def test_seek_reads_from_that_offset_again(bus: Bus) -> None:
    (*_, last) = publish(bus, TOPIC, [Outgoing("key", b"x") for _ in range(5)])
    consumer = bus.consumer(GROUP, [TOPIC], from_start)
    assert len(read_all(consumer, 5)) == 5
    consumer.seek(TOPIC, last.partition, 3)
    assert [message.place.offset for message in read_all(consumer, 2)] == [3, 4]


def test_rule_5_a_dropped_partition_comes_back_with_the_stored_offset(bus: Bus) -> None:
    (*_, last) = publish(bus, TOPIC, [Outgoing("key", b"x") for _ in range(5)])
    stored_next = 0
    consumer = bus.consumer(GROUP, [TOPIC], lambda _, partition: stored_next if partition == last.partition else 0)
    assert len(read_all(consumer, 5)) == 5
    stored_next = 4
    consumer.drop(TOPIC, last.partition)
    assert [message.place.offset for message in read_all(consumer, 1)] == [4]


def test_done_is_no_more_than_a_copy(bus: Bus) -> None:
    (place,) = publish(bus, TOPIC, numbered(1))
    consumer = bus.consumer(GROUP, [TOPIC], from_start)
    assert len(read_all(consumer, 1)) == 1
    consumer.done({(TOPIC, place.partition): 1})
    consumer.close()
    again = bus.consumer(GROUP, [TOPIC], from_start)
    assert [message.place for message in read_all(again, 1)] == [place]


def test_rule_6_an_offset_outside_what_the_bus_holds_stops_the_worker(bus: Bus) -> None:
    publish(bus, TOPIC, numbered(5))
    consumer = bus.consumer(GROUP, [TOPIC], lambda _, __: 1000)
    with pytest.raises(Broken, match="1000"):
        read_all(consumer, 1)


def test_two_groups_read_everything_each(bus: Bus) -> None:
    publish(bus, TOPIC, numbered(30))
    for group in ("one", "other"):
        assert len(read_all(bus.consumer(group, [TOPIC], from_start), 30)) == 30


# ---------------------------------------------------------------- sharing


def test_workers_of_a_group_share_the_partitions_and_a_leavers_are_free_at_once(open_bus: Callable[[], Bus]) -> None:
    first, second, third = (open_bus() for _ in range(3))
    readers = [bus.consumer(GROUP, [TOPIC], lambda t, p: first.extent(t)[p].end) for bus in (first, second, third)]
    shares_settle(readers, lambda each: sorted(map(len, each)) == [4, 4, 4] and set().union(*each) == ALL, first)
    readers[0].close()
    shares_settle(readers[1:], lambda each: sorted(map(len, each)) == [6, 6] and set().union(*each) == ALL, first)


def test_who_has_its_share_is_joining_no_more(bus: Bus) -> None:
    reader = bus.consumer(GROUP, [TOPIC], from_start)
    deadline = time.monotonic() + 30
    while True:
        assert reader.poll(messages=10, size=1 << 20, wait=0.1) == []
        if not reader.joining:
            break
        assert time.monotonic() < deadline
    one_in_each_partition(bus)
    assert len(reader.poll(messages=1000, size=1 << 20, wait=5.0)) > 0


def test_a_newcomer_gets_its_share_from_a_worker_that_goes_on_reading(
    bus: Bus, start_reader: Callable[[str, str], subprocess.Popen[str]]
) -> None:
    mine = bus.consumer(GROUP, [TOPIC], lambda t, p: bus.extent(t)[p].end)
    shares_settle([mine], lambda each: each[0] == ALL, bus)
    start_reader(GROUP, TOPIC)
    shares_settle([mine], lambda each: len(each[0]) == PARTITIONS // 2, bus)


def test_a_killed_workers_partitions_come_back(
    bus: Bus, start_reader: Callable[[str, str], subprocess.Popen[str]]
) -> None:
    other = start_reader(GROUP, TOPIC)
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    one_in_each_partition(bus)
    assert {int(other.stdout.readline()) for _ in range(PARTITIONS)} <= ALL
    other.kill()
    mine = bus.consumer(GROUP, [TOPIC], lambda t, p: bus.extent(t)[p].end)
    shares_settle([mine], lambda each: each[0] == ALL, bus)


# ---------------------------------------------------------------- retention and purge


def test_rule_11_retention_stops_at_the_least_stored_offset_and_offsets_never_restart(
    bus: Bus, clock: StandingClock
) -> None:
    places = publish(bus, TOPIC, [Outgoing("key", b"x") for _ in range(10)])
    partition = places[0].partition
    clock.forward(days=40)
    later = stored(clock() - timedelta(days=30))
    assert bus.expire(TOPIC, {partition: 7}, later) == 7
    assert bus.extent(TOPIC)[partition] == Extent(7, 10)
    assert bus.expire(TOPIC, {partition: 10}, later) == 3
    assert bus.extent(TOPIC)[partition] == Extent(10, 10)
    (place,) = publish(bus, TOPIC, [Outgoing("key", b"y")])
    assert place.offset == 10
    assert bus.extent(TOPIC)[partition] == Extent(10, 11)


def test_retention_keeps_what_is_young_and_what_no_group_named(bus: Bus, clock: StandingClock) -> None:
    (first, *_) = publish(bus, TOPIC, [Outgoing("key", b"old") for _ in range(4)])
    clock.forward(days=2)
    limit = stored(clock())
    clock.forward(days=2)
    publish(bus, TOPIC, [Outgoing("key", b"young") for _ in range(4)])
    assert bus.expire(TOPIC, {}, limit) == 0
    assert bus.expire(TOPIC, {first.partition: 8}, limit) == 4
    assert bus.extent(TOPIC)[first.partition] == Extent(4, 8)


def test_rule_6_a_worker_behind_the_retention_is_stopped(bus: Bus, clock: StandingClock) -> None:
    (first, *_) = publish(bus, TOPIC, [Outgoing("key", b"x") for _ in range(4)])
    clock.forward(days=2)
    bus.expire(TOPIC, {first.partition: 4}, stored(clock()))
    with pytest.raises(Broken, match=f"{TOPIC}/{first.partition}"):
        read_all(bus.consumer(GROUP, [TOPIC], from_start), 1)


def test_a_blanked_message_keeps_its_offset_or_names_the_day_it_ends(bus: Bus) -> None:
    places = publish(bus, TOPIC, [Outgoing("key", b"secret"), Outgoing("key", b"kept")])
    ends_on = bus.blank(places[0])
    found = read_all(bus.consumer(GROUP, [TOPIC], from_start), 2)
    assert [message.place for message in found] == places
    assert found[1].value == b"kept"
    assert (found[0].value == b"") == (ends_on is None)
    bus.blank(places[0])


def test_doctor_finds_the_bus_well(bus: Bus) -> None:
    publish(bus, SUBMITTED, numbered(1))
    findings = bus.check()
    assert findings
    assert all(finding.ok and finding.part == "bus" for finding in findings)


def test_a_look_at_what_waits_longest_moves_nothing(open_bus: Callable[[], Bus]) -> None:
    bus = open_bus()
    places = publish(bus, TOPIC, numbered(60))
    by_partition: dict[int, list[Place]] = defaultdict(list)
    for place in places:
        by_partition[place.partition].append(place)
    asked = {partition: some[0].offset + 1 for partition, some in by_partition.items()}
    found = bus.peek(TOPIC, asked)
    assert {one.place for one in found.values()} == {some[1] for some in by_partition.values() if len(some) > 1}
    first = bus.peek(TOPIC, {0: 0})[0]
    assert (first.place, first.value) == (by_partition[0][0], f"第{places.index(first.place)}条".encode())
    assert bus.peek(TOPIC, {}) == {}
    assert {one.end for one in bus.extent(TOPIC).values()} == {len(by_partition[number]) for number in ALL}
