"""The embedded bus: a log in Kafka's shape (topic, partition, offset, group) in one SQLite file.

    topics      a topic's id, made when it is first named, and its fixed count of partitions
    logs        one row a partition: `first` kept and `next` to be given; it outlives the messages
    messages    key `log << 40 | offset`: twelve logs in one B-tree, read and appended in order
    workers     who reads a topic in a group, and until when it is believed alive
    leases      which worker has which partition: a hint, the fence in the store decides (DESIGN 5)

The readers' offsets are in the store. Loads without SQLAlchemy or any other library.
"""

from __future__ import annotations

import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from pipeline.adapters.bus_leases import LEASE_SECONDS, OFFSET_BITS, SqliteConsumer
from pipeline.adapters.sqlite import Database, Layout, insert
from pipeline.clock import Clock, stored, system_clock
from pipeline.errors import Broken, MinyiError, Terminal, Transient
from pipeline.ports.bus import Extent, StartAt
from pipeline.records.items import Finding
from pipeline.records.messages import Delivered, Outgoing, Place
from pipeline.records.names import PARTITIONS, TOPICS, Step

# What Kafka's default of 1 MB takes, less its headers: what the embedded bus takes a cluster takes too.
MESSAGE_LIMIT = 900_000
# One transaction's share of a group to publish or to expire, so that the write lock is held at most 50 ms.
CHUNK_MESSAGES = 500
CHUNK_BYTES = 2_000_000
BUS = Layout(
    name="消息总线",
    application=0x4D794201,
    version=1,
    # A payload that is blanked or expired is overwritten with zeros (OFFICE 22).
    pragmas=("secure_delete=ON",),
    schema=(
        "CREATE TABLE topics (topic TEXT PRIMARY KEY, id TEXT NOT NULL, partitions INTEGER NOT NULL) STRICT",
        """CREATE TABLE logs (log INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,
           first INTEGER NOT NULL, next INTEGER NOT NULL, UNIQUE (topic, partition)) STRICT""",
        # The payload last: a look at `at` or `key` leaves its overflow pages alone.
        """CREATE TABLE messages (number INTEGER PRIMARY KEY, at TEXT NOT NULL, key TEXT NOT NULL,
           value BLOB NOT NULL) STRICT""",
        """CREATE TABLE workers (grp TEXT NOT NULL, topic TEXT NOT NULL, worker TEXT NOT NULL, until REAL NOT NULL,
           PRIMARY KEY (grp, topic, worker)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE leases (grp TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
           worker TEXT NOT NULL, PRIMARY KEY (grp, topic, partition)) STRICT, WITHOUT ROWID""",
    ),
)


class SqliteBus:
    """A bus in one file. Safe for threads and for many processes on one home."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock = system_clock,
        lease_seconds: float = LEASE_SECONDS,
        max_pages: int | None = None,
    ) -> None:
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._file = Database(path, BUS, max_pages=max_pages)
        self._topics: dict[str, tuple[str, int]] = {}
        self._consumers: list[SqliteConsumer] = []

    def bus_id(self, topic: str) -> str:
        """See the port. Random, made with the topic's row."""
        return self._topic(topic)[0]

    def partitions(self, topic: str) -> int:
        """See the port."""
        return self._topic(topic)[1]

    def publish(self, topic: str, messages: Sequence[Outgoing]) -> list[Place | Exception]:
        """See the port. A group is one transaction, or several when it is large; after one that failed the
        rest of the group is not tried, for order's sake."""
        bus, count = self._topic(topic)
        at = stored(self._clock())
        settled: list[Place | Exception] = []
        failure: Transient | None = None
        for chunk in _chunks(messages):
            if failure is None:
                try:
                    settled += self._append(topic, bus, count, at, chunk)
                    continue
                except Transient as error:
                    failure = error
            settled += [_refusal(message) or failure for message in chunk]
        return settled

    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> SqliteConsumer:
        """See the port."""
        known = {topic: self._topic(topic) for topic in topics}
        made = SqliteConsumer(self._file, group, known, start, lease_seconds=self._lease_seconds)
        self._consumers = [*(each for each in self._consumers if not each.closed), made]
        return made

    def extent(self, topic: str) -> dict[int, Extent]:
        """See the port."""
        self._topic(topic)
        with self._file.reading() as connection:
            rows = connection.execute("SELECT partition, first, next FROM logs WHERE topic = ?", (topic,))
            return {partition: Extent(first, end) for partition, first, end in rows}

    def peek(self, topic: str, offsets: Mapping[int, int]) -> dict[int, Delivered]:
        """See the port."""
        bus, _ = self._topic(topic)
        found: dict[int, Delivered] = {}
        with self._file.reading() as connection:
            logs = connection.execute("SELECT partition, log FROM logs WHERE topic = ?", (topic,)).fetchall()
            for partition, log in logs:
                if partition in offsets and (row := _first_from(connection, log, offsets[partition])):
                    number, key, value = row
                    place = Place(bus, topic, partition, number - (log << OFFSET_BITS))
                    found[partition] = Delivered(place, key, value)
        return found

    def expire(self, topic: str, keep_from: Mapping[int, int], before: str) -> int:
        """See the port. Goes from each partition's start up to the first message to be kept, in portions."""
        self._topic(topic)
        return sum(self._expire_partition(topic, *kept, before) for kept in sorted(keep_from.items()))

    def blank(self, place: Place) -> None:
        """See the port. The payload is overwritten in the file, and the WAL emptied of it as far as readers allow."""
        if place.bus != self.bus_id(place.topic):
            raise Broken("要清除的消息属于另一条总线", where=f"{place.topic}/{place.partition}/{place.offset}")
        with self._file.writing() as connection:
            row = connection.execute(
                "SELECT log FROM logs WHERE topic = ? AND partition = ?", (place.topic, place.partition)
            ).fetchone()
            if row is not None:
                connection.execute(
                    "UPDATE messages SET value = x'' WHERE number = ?", (row[0] << OFFSET_BITS | place.offset,)
                )
        self._file.empty_log()

    def check(self) -> list[Finding]:
        """See the port."""
        try:
            with self._file.writing() as connection:
                rows = connection.execute("SELECT topic, partitions FROM topics").fetchall()
        except MinyiError as error:
            return [Finding("bus", ok=False, what=error.found, fix=error.fix)]
        wrong = [topic for topic, count in rows if topic in TOPICS and count != PARTITIONS]
        if wrong:
            what = f"主题 {'、'.join(wrong)} 的分区数不是 {PARTITIONS}"
            return [Finding("bus", ok=False, what=what, fix="请用备份恢复总线文件，分区数不能更改")]
        return [Finding("bus", ok=True, what=f"本机消息总线可读写（{self._file.path}）")]

    def close(self) -> None:
        """See the port. Consumers left open leave their groups."""
        while self._consumers:
            self._consumers.pop().close()
        self._file.close()

    def _topic(self, topic: str) -> tuple[str, int]:
        if topic not in self._topics:
            self._topics[topic] = self._read_topic(topic) or self._make_topic(topic)
        return self._topics[topic]

    def _read_topic(self, topic: str) -> tuple[str, int] | None:
        with self._file.reading() as connection:
            return connection.execute("SELECT id, partitions FROM topics WHERE topic = ?", (topic,)).fetchone()

    def _make_topic(self, topic: str) -> tuple[str, int]:
        with self._file.writing() as connection:
            made = connection.execute(
                "INSERT INTO topics VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (topic, secrets.token_hex(8), PARTITIONS)
            ).rowcount
            if made:
                connection.executemany(
                    "INSERT INTO logs (topic, partition, first, next) VALUES (?, ?, 0, 0)",
                    [(topic, partition) for partition in range(PARTITIONS)],
                )
            return connection.execute("SELECT id, partitions FROM topics WHERE topic = ?", (topic,)).fetchone()

    def _append(
        self, topic: str, bus: str, count: int, at: str, messages: Sequence[Outgoing]
    ) -> list[Place | Exception]:
        settled: list[Place | Exception | None] = [_refusal(message) for message in messages]
        by_partition: dict[int, list[int]] = {}
        for index, message in enumerate(messages):
            if settled[index] is None:
                by_partition.setdefault(partition_of(message.key, count), []).append(index)
        if by_partition:
            with self._file.writing() as connection:
                for partition, indexes in by_partition.items():
                    log, first = _take_offsets(connection, topic, partition, len(indexes))
                    rows = [
                        (log << OFFSET_BITS | offset, at, messages[index].key, messages[index].value)
                        for offset, index in enumerate(indexes, first)
                    ]
                    insert(connection, "INSERT INTO messages", rows)
                    for offset, index in enumerate(indexes, first):
                        settled[index] = Place(bus, topic, partition, offset)
        return [outcome for outcome in settled if outcome is not None]

    def _expire_partition(self, topic: str, partition: int, keep_from: int, before: str) -> int:
        gone = 0
        while portion := self._expire_portion(topic, partition, keep_from, before):
            gone += portion
        return gone

    def _expire_portion(self, topic: str, partition: int, keep_from: int, before: str) -> int:
        with self._file.writing() as connection:
            row = connection.execute(
                "SELECT log, first FROM logs WHERE topic = ? AND partition = ?", (topic, partition)
            ).fetchone()
            if row is None:
                return 0
            log, first = row
            base = log << OFFSET_BITS
            last = _last_to_expire(connection, base + first, base + keep_from, before)
            if last is None:
                return 0
            gone = connection.execute(
                "DELETE FROM messages WHERE number BETWEEN ? AND ?", (base + first, last)
            ).rowcount
            connection.execute("UPDATE logs SET first = ? WHERE log = ?", (last - base + 1, log))
            return gone


def partition_of(key: str, count: int) -> int:
    """The partition of a key: the same on every machine and in every version."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) % count


def _refusal(message: Outgoing) -> Terminal | None:
    if len(message.value) <= MESSAGE_LIMIT:
        return None
    return Terminal(
        f"消息有 {len(message.value)} 字节，超过上限 {MESSAGE_LIMIT} 字节",
        step=Step.READ,
        fix="大的正文请先存入文件库，消息里只带它的名字",
    )


def _take_offsets(connection: sqlite3.Connection, topic: str, partition: int, number: int) -> tuple[int, int]:
    """(log, first of `number` following offsets), from the counter row."""
    log, after = connection.execute(
        "UPDATE logs SET next = next + ? WHERE topic = ? AND partition = ? RETURNING log, next",
        (number, topic, partition),
    ).fetchone()
    return log, after - number


def _first_from(connection: sqlite3.Connection, log: int, offset: int) -> tuple[int, str, bytes] | None:
    """The first message of a log at the offset or later: (number, key, value)."""
    base = log << OFFSET_BITS
    return connection.execute(
        "SELECT number, key, value FROM messages WHERE number >= ? AND number < ? ORDER BY number LIMIT 1",
        (base + offset, base + (1 << OFFSET_BITS)),
    ).fetchone()


def _last_to_expire(connection: sqlite3.Connection, low: int, high: int, before: str) -> int | None:
    """The last message number of the next portion: a run from `low` on, under `high`, all older than `before`."""
    rows = connection.execute(
        "SELECT number, at, length(value) FROM messages WHERE number >= ? AND number < ? ORDER BY number LIMIT ?",
        (low, high, CHUNK_MESSAGES),
    )
    last, size = None, 0
    for number, at, length in rows:
        size += length
        if at >= before or (last is not None and size > CHUNK_BYTES):
            break
        last = number
    return last


def _chunks(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Portions of at most CHUNK_MESSAGES and about CHUNK_BYTES, in order."""
    numbered, size = [], 0
    for index, message in enumerate(messages):
        size += len(message.value)
        numbered.append((index // CHUNK_MESSAGES, size // CHUNK_BYTES, message))
    for _, portion in groupby(numbered, key=lambda row: row[:2]):
        yield [message for _, _, message in portion]
