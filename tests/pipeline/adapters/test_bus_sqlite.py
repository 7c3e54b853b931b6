"""The embedded bus alone: what its file endures."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.bus_sqlite import BUS, MESSAGE_LIMIT, SqliteBus, partition_of
from pipeline.adapters.sqlite import Database
from pipeline.clock import stored
from pipeline.errors import Broken, Transient
from pipeline.records.messages import Outgoing, Place
from pipeline.records.names import GROUP
from tests.conftest import StandingClock

TOPIC = "opinions.tested"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bus.db"


@pytest.fixture
def bus(path: Path) -> Iterator[SqliteBus]:
    opened = SqliteBus(path)
    yield opened
    opened.close()


def test_loading_the_bus_loads_no_heavy_library() -> None:
    program = (
        "import sys, pipeline.adapters.bus_sqlite as _; print(*{'sqlalchemy', 'fsspec', 'prefect'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_key_keeps_its_partition_in_every_version() -> None:
    assert [partition_of(key, 12) for key in ("a", "b", "岚禾县", "\ud800")] == [3, 5, 4, 4]


def test_a_bus_from_a_newer_version_is_refused_with_a_sentence(path: Path, bus: SqliteBus) -> None:
    bus.close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={BUS.version + 1}")
    connection.close()
    with pytest.raises(Broken, match=r"较新版本.*升级"):
        SqliteBus(path)


def test_another_programs_file_is_refused_and_left_as_it_was(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Broken, match="不是消息总线文件"):
        SqliteBus(path)
    assert path.read_bytes() == before


def test_a_torn_file_is_broken_with_a_sentence(path: Path) -> None:
    path.write_bytes(b"not a database, " * 1000)
    with pytest.raises(Broken, match="已损坏"):
        SqliteBus(path)


def test_a_full_disk_is_told_for_each_message_and_nothing_is_lost(path: Path, bus: SqliteBus) -> None:
    message = Outgoing("key", b"x" * 100_000)
    assert all(isinstance(place, Place) for place in bus.publish(TOPIC, [message] * 5))
    narrow = SqliteBus(path, max_pages=1)
    first, second = narrow.publish(TOPIC, [message] * 2)
    assert isinstance(first, Transient)
    assert isinstance(second, Transient)
    assert "磁盘已满" in str(first)
    narrow.close()
    (place,) = bus.publish(TOPIC, [message])
    assert isinstance(place, Place)
    assert place.offset == 5  # the failed ones took no offset


def test_after_a_failed_portion_the_rest_of_a_group_is_not_tried(path: Path, bus: SqliteBus) -> None:
    bus.bus_id(TOPIC)
    narrow = SqliteBus(path, max_pages=1200)
    places = narrow.publish(TOPIC, [Outgoing("key", b"x" * 700_000)] * 9 + [Outgoing("key", b"small")])
    narrow.close()
    published = [place for place in places if isinstance(place, Place)]
    assert 0 < len(published) < 9
    assert [place.offset for place in published] == list(range(len(published)))
    assert all(isinstance(place, Transient) for place in places[len(published) :])


def test_a_busy_file_is_transient(path: Path, bus: SqliteBus, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.bus_id(TOPIC)
    monkeypatch.setattr("pipeline.adapters.sqlite.BUSY_SECONDS", 0.05)
    impatient = SqliteBus(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    (outcome,) = impatient.publish(TOPIC, [Outgoing("key", b"x")])
    assert isinstance(outcome, Transient)
    other.execute("ROLLBACK")
    other.close()
    impatient.close()


def test_a_long_reader_does_not_keep_a_writer_waiting(path: Path, bus: SqliteBus) -> None:
    bus.publish(TOPIC, [Outgoing("key", b"x")])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchone()
    assert isinstance(bus.publish(TOPIC, [Outgoing("key", b"y")])[0], Place)
    assert reader.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    reader.close()


def test_many_openers_of_a_new_home_make_one_bus(path: Path) -> None:
    gate = threading.Barrier(6)
    made: list[str] = []

    def opener() -> None:
        gate.wait()
        opened = SqliteBus(path)
        made.append(opened.bus_id(TOPIC))
        opened.close()

    threads = [threading.Thread(target=opener) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


def test_a_purged_payload_is_gone_from_the_disk(path: Path, bus: SqliteBus) -> None:
    word = "岚禾县白鹭河柳湾段".encode()
    places = bus.publish(TOPIC, [Outgoing("key", word), Outgoing("key", word * 500), Outgoing("other", b"kept")])
    for place in places[:2]:
        assert isinstance(place, Place)
        bus.blank(place)
    assert not [file for file in path.parent.iterdir() if word in file.read_bytes()]


def test_an_expired_payload_is_gone_from_the_file(path: Path, clock: StandingClock) -> None:
    bus = SqliteBus(path, clock=clock)
    word = "岚禾县白鹭河柳湾段".encode()
    (place,) = bus.publish(TOPIC, [Outgoing("key", word)])
    assert isinstance(place, Place)
    clock.forward(days=1)
    assert bus.expire(TOPIC, {place.partition: 1}, stored(clock())) == 1
    bus.close()
    assert word not in path.read_bytes()


def test_retention_goes_in_portions_that_hold_the_lock_shortly(path: Path, clock: StandingClock) -> None:
    bus = SqliteBus(path, clock=clock)
    bus.publish(TOPIC, [Outgoing("key", b"x" * 10) for _ in range(1200)])
    bus.publish(TOPIC, [Outgoing("key", b"x" * MESSAGE_LIMIT) for _ in range(4)])
    partition = partition_of("key", 12)
    clock.forward(days=1)
    assert bus.expire(TOPIC, {partition: 1203}, stored(clock())) == 1203
    assert bus.extent(TOPIC)[partition].first == 1203
    bus.close()


def test_purging_on_another_bus_is_refused(bus: SqliteBus) -> None:
    with pytest.raises(Broken, match="另一条总线"):
        bus.blank(Place("elsewhere", TOPIC, 0, 0))


def test_a_sign_of_life_from_before_the_clock_was_set_back_counts_for_nothing(path: Path, bus: SqliteBus) -> None:
    bus.bus_id(TOPIC)
    file = Database(path, BUS)
    with file.writing() as connection:
        connection.execute("INSERT INTO workers VALUES (?, ?, 'dead', 9e9)", (GROUP, TOPIC))
        connection.execute("INSERT INTO leases VALUES (?, ?, 0, 'dead')", (GROUP, TOPIC))
    file.close()
    asked: list[int] = []

    def start(_topic: str, partition: int) -> int:
        asked.append(partition)
        return 0

    bus.consumer(GROUP, [TOPIC], start).poll(messages=1, size=1, wait=0)
    assert sorted(asked) == list(range(12))


def test_a_worker_taken_for_dead_begins_every_partition_anew(path: Path, bus: SqliteBus) -> None:
    bus.publish(TOPIC, [Outgoing("key", b"x")])
    asked: list[int] = []

    def start(_topic: str, partition: int) -> int:
        asked.append(partition)
        return 0

    sleeper = bus.consumer(GROUP, [TOPIC], start)
    assert len(sleeper.poll(messages=9, size=100, wait=0)) == 1
    file = Database(path, BUS)
    with file.writing() as connection:
        connection.execute("DELETE FROM workers")
        connection.execute("DELETE FROM leases")
    file.close()
    sleeper.drop(TOPIC, 0)
    assert len(sleeper.poll(messages=9, size=100, wait=0)) == 1
    assert sorted(asked) == sorted([*range(12)] * 2)


def test_a_failing_start_is_asked_again(bus: SqliteBus) -> None:
    bus.publish(TOPIC, [Outgoing("key", b"x")])
    answers = iter([Transient("稍后"), *[0] * 12])

    def start(_topic: str, _partition: int) -> int:
        answer = next(answers)
        if isinstance(answer, Transient):
            raise answer
        return answer

    consumer = bus.consumer(GROUP, [TOPIC], start)
    with pytest.raises(Transient):
        consumer.poll(messages=1, size=100, wait=0)
    assert len(consumer.poll(messages=1, size=100, wait=0)) == 1


def test_closing_is_harmless_twice_and_nothing_works_after(bus: SqliteBus) -> None:
    consumer = bus.consumer(GROUP, [TOPIC], lambda _, __: 0)
    bus.close()
    bus.close()
    consumer.close()
    with pytest.raises(Transient):
        bus.bus_id("another")


def test_doctor_tells_a_wrong_partition_count(path: Path, bus: SqliteBus) -> None:
    bus.bus_id("opinions.crawled")
    file = Database(path, BUS)
    with file.writing() as connection:
        connection.execute("UPDATE topics SET partitions = 6")
    file.close()
    (finding,) = bus.check()
    assert not finding.ok
    assert "分区数" in finding.what


def test_a_home_may_have_any_name_a_folder_may_have(tmp_path: Path) -> None:
    opened = SqliteBus(tmp_path / "民意 数据#1%20" / "bus.db")
    assert isinstance(opened.publish(TOPIC, [Outgoing("key", b"x")])[0], Place)
    opened.close()
    assert (tmp_path / "民意 数据#1%20" / "bus.db").stat().st_size > 0
