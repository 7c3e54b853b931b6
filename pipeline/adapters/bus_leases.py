"""A worker's reading end of the embedded bus, and how a group's workers share the partitions.

Each worker writes a sign of life every fifth of the lease and at that moment takes free partitions up to its
share, or gives back what is beyond it; so a newcomer has its share after one or two signs, and a dead
worker's partitions are free when its lease has run out. All of this is a hint: a worker that reads on with
a lease lost is stopped by the fence in the store (DESIGN 5).
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress

from pipeline.adapters.sqlite import Database, translated
from pipeline.errors import Broken, MinyiError
from pipeline.ports.bus import StartAt
from pipeline.records.messages import Delivered, Place

LEASE_SECONDS = 5.0
SIGNS_A_LEASE = 5
# A sign of life that promises more than this was written before the clock was set back.
FAR_AHEAD_SECONDS = 60.0
# A message's number in the file is its log, shifted by this, with its offset.
OFFSET_BITS = 40
# Looking whether the file has changed costs microseconds and takes no lock.
LOOK_SECONDS = 0.02


class SqliteConsumer:
    """One worker of a group. Used by one thread at a time."""

    def __init__(
        self,
        file: Database,
        group: str,
        topics: Mapping[str, tuple[str, int]],
        start: StartAt,
        *,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._file = file
        self._group = group
        self._topics = topics
        self._start = start
        self._lease_seconds = lease_seconds
        self._worker = secrets.token_hex(8)
        self._mine: set[tuple[str, int]] = set()
        self._positions: dict[tuple[str, int], int] = {}
        self._sign_at = 0.0
        self._turn = 0
        with translated(str(file.path)):
            self._connection: sqlite3.Connection | None = file.connect()

    def poll(self, *, messages: int, size: int, wait: float) -> list[Delivered]:
        """See the port. Raises Broken when the place to read from lies outside what the bus holds."""
        deadline = time.monotonic() + wait
        seen = -1
        while True:
            if time.monotonic() >= self._sign_at:
                self._share()
                seen = -1
            if (version := self._data_version()) != seen:
                seen = version
                if found := self._read(messages, size):
                    return found
            if (left := deadline - time.monotonic()) <= 0:
                return []
            time.sleep(min(LOOK_SECONDS, left))

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """See the port."""
        if (topic, partition) in self._mine:
            self._positions[topic, partition] = offset

    def drop(self, topic: str, partition: int) -> None:
        """See the port. The next poll shares anew; alone in the group, it gets the partition back."""
        self._mine.discard((topic, partition))
        self._positions.pop((topic, partition), None)
        self._sign_at = 0.0
        with self._file.writing() as connection:
            connection.execute(
                "DELETE FROM leases WHERE grp = ? AND topic = ? AND partition = ? AND worker = ?",
                (self._group, topic, partition, self._worker),
            )

    @property
    def joining(self) -> bool:
        """Never: a poll takes its leases by itself."""
        return False

    def done(self, ends: Mapping[tuple[str, int], int]) -> None:
        """Nothing to do: the stored offsets lie on this machine, and no tool reads a copy."""

    def close(self) -> None:
        """See the port. Harmless twice."""
        if self._connection is None:
            return
        self._connection.close()
        self._connection = None
        self._mine.clear()
        self._positions.clear()
        # What cannot be written now, the lease's end does.
        with suppress(MinyiError), self._file.writing() as connection:
            connection.execute("DELETE FROM leases WHERE grp = ? AND worker = ?", (self._group, self._worker))
            connection.execute("DELETE FROM workers WHERE grp = ? AND worker = ?", (self._group, self._worker))

    @property
    def closed(self) -> bool:
        """Whether it has left its group."""
        return self._connection is None

    # ------------------------------------------------------------ reading

    @contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        with translated(str(self._file.path)):
            if self._connection is None:
                raise Broken("读取端已经关闭", where=str(self._file.path))
            yield self._connection

    def _data_version(self) -> int:
        with self._reading() as connection:
            return connection.execute("PRAGMA data_version").fetchone()[0]

    def _read(self, messages: int, size: int) -> list[Delivered]:
        for place in sorted(self._mine - self._positions.keys()):
            self._positions[place] = self._start(*place)
        batch = _Batch(messages, size)
        with self._reading() as connection:
            logs = self._logs(connection)
            for topic in self._topics:
                for partition in self._turned(topic):
                    if not batch.full and (topic, partition) in self._positions:
                        self._read_partition(connection, batch, topic, partition, *logs[topic, partition])
        self._positions.update(batch.positions)
        self._turn += bool(batch.found)
        order = {topic: index for index, topic in enumerate(self._topics)}
        return sorted(batch.found, key=lambda each: (order[each.place.topic], each.place.partition, each.place.offset))

    def _logs(self, connection: sqlite3.Connection) -> dict[tuple[str, int], tuple[int, int, int]]:
        rows = connection.execute("SELECT topic, partition, log, first, next FROM logs")
        return {(topic, partition): (log, first, end) for topic, partition, log, first, end in rows}

    def _turned(self, topic: str) -> list[int]:
        """The topic's partitions, beginning with another one at each poll, so that none is starved."""
        count = self._topics[topic][1]
        return [(self._turn + each) % count for each in range(count)]

    def _read_partition(
        self, connection: sqlite3.Connection, batch: _Batch, topic: str, partition: int, log: int, first: int, end: int
    ) -> None:
        position = self._positions[topic, partition]
        if not first <= position <= end:
            raise Broken(
                f"要从第 {position} 条读起，总线上只有第 {first} 条至第 {end} 条之前的消息",
                where=f"{topic}/{partition}",
                fix="请运行 minyi doctor 查看缺失的范围",
            )
        rows = connection.execute(
            "SELECT number, key, value FROM messages WHERE number >= ? AND number < ? ORDER BY number LIMIT ?",
            (log << OFFSET_BITS | position, log << OFFSET_BITS | end, batch.messages),
        )
        bus = self._topics[topic][0]
        for number, key, value in rows:
            place = Place(bus, topic, partition, number - (log << OFFSET_BITS))
            if not batch.take(Delivered(place, key, value)):
                return

    # ------------------------------------------------------------ sharing

    def _share(self) -> None:
        now = time.time()
        with self._file.writing() as connection:
            share = {
                (topic, partition)
                for topic, (_, count) in self._topics.items()
                for partition in self._share_topic(connection, topic, count, now)
            }
        self._sign_at = time.monotonic() + self._lease_seconds / SIGNS_A_LEASE
        self._mine = share
        for place in self._positions.keys() - share:
            del self._positions[place]

    def _share_topic(self, connection: sqlite3.Connection, topic: str, count: int, now: float) -> list[int]:
        key = (self._group, topic)
        if not self._sign(connection, topic, now):
            # Taken for dead: others may have read meanwhile, so every partition begins anew.
            for place in [place for place in self._positions if place[0] == topic]:
                del self._positions[place]
        _bury_dead(connection, key, self._worker, now)
        workers = connection.execute(
            "SELECT worker FROM workers WHERE grp = ? AND topic = ? ORDER BY worker", key
        ).fetchall()
        held = dict(connection.execute("SELECT partition, worker FROM leases WHERE grp = ? AND topic = ?", key))
        share = count // len(workers) + (workers.index((self._worker,)) < count % len(workers))
        mine = sorted(partition for partition, worker in held.items() if worker == self._worker)
        free = [partition for partition in range(count) if partition not in held]
        connection.executemany(
            "DELETE FROM leases WHERE grp = ? AND topic = ? AND partition = ?", [(*key, each) for each in mine[share:]]
        )
        taken = free[: max(0, share - len(mine))]
        connection.executemany("INSERT INTO leases VALUES (?, ?, ?, ?)", [(*key, each, self._worker) for each in taken])
        return mine[:share] + taken

    def _sign(self, connection: sqlite3.Connection, topic: str, now: float) -> bool:
        """Write the sign of life; whether the last one was still there."""
        row = (now + self._lease_seconds, self._group, topic, self._worker)
        if connection.execute("UPDATE workers SET until = ? WHERE grp = ? AND topic = ? AND worker = ?", row).rowcount:
            return True
        connection.execute("INSERT INTO workers (until, grp, topic, worker) VALUES (?, ?, ?, ?)", row)
        return False


class _Batch:
    """What one poll has found so far, within its limits."""

    def __init__(self, messages: int, size: int) -> None:
        self.messages = messages
        self.full = False
        self.found: list[Delivered] = []
        self.positions: dict[tuple[str, int], int] = {}
        self._room = size

    def take(self, message: Delivered) -> bool:
        """Take the message, if there is room for it; the first one always."""
        self._room -= len(message.value)
        if self.found and self._room < 0:
            self.full = True
            return False
        self.found.append(message)
        self.positions[message.place.topic, message.place.partition] = message.place.offset + 1
        self.full = len(self.found) >= self.messages
        return not self.full


def _bury_dead(connection: sqlite3.Connection, key: tuple[str, str], alive: str, now: float) -> None:
    """Remove workers without a valid sign of life, and leases of nobody."""
    connection.execute(
        "DELETE FROM workers WHERE grp = ? AND topic = ? AND worker <> ? AND (until <= ? OR until > ?)",
        (*key, alive, now, now + FAR_AHEAD_SECONDS),
    )
    connection.execute(
        """DELETE FROM leases WHERE grp = ? AND topic = ?
           AND worker NOT IN (SELECT worker FROM workers WHERE grp = ? AND topic = ?)""",
        (*key, *key),
    )
