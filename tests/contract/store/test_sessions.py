"""Sessions: all or nothing, snapshots, many threads and processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import TextIO

import pytest

from pipeline.errors import MinyiError, Terminal
from pipeline.ports.store import Session, Store
from pipeline.records.names import CRAWLED
from tests.contract.store.conftest import OpenStore
from tests.contract.store.rows import BUS, item, ledger_row, read


def count_up(session: Session) -> None:
    session.lock_batches()
    session.registry.set_note("count", str(int(session.registry.note("count") or 0) + 1))


def counted(store: Store) -> int:
    with store.reading() as session:
        return int(session.registry.note("count") or 0)


def test_a_session_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.writing() as session:
            session.items.write([item("a")])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.reading() as session:
        assert session.items.by_ids(["a"]) == {}
        assert session.marks.pending() == 0


def test_a_row_that_the_database_refuses_is_terminal_and_takes_its_session_along(store: Store) -> None:
    with store.writing() as session:
        session.ledger.add([ledger_row(1)])

    def again() -> None:
        with store.writing() as session:
            session.items.write([item("a")])
            session.ledger.add([ledger_row(1)])

    with pytest.raises(Terminal) as refused:
        again()
    assert refused.value.step == "store"
    with store.reading() as session:
        assert session.items.by_ids(["a"]) == {}


def test_a_text_that_no_database_takes_is_terminal(store: Store) -> None:
    with pytest.raises(Terminal), store.writing() as session:
        session.items.revise([(read("a", text="\ud800"), 1)])


def test_a_structure_that_no_database_takes_is_terminal(store: Store) -> None:
    with pytest.raises(Terminal), store.writing() as session:
        session.items.revise([(read("a", page_source="\ud800"), 1)])


def test_the_sentence_of_a_refusal_quotes_no_value(store: Store) -> None:
    with pytest.raises(Terminal) as refused, store.writing() as session:
        session.ledger.add([ledger_row(1, reason="张三的电话")] * 2)
    assert "张三" not in str(refused.value)


def test_a_reading_session_keeps_its_snapshot_while_a_writer_commits(store: Store) -> None:
    with store.writing() as session:
        session.items.write([item("a")])
    with store.reading() as snapshot:
        assert snapshot.items.count_live() == 1
        with store.writing() as session:
            session.items.write([item("b")])
        assert snapshot.items.count_live() == 1
    with store.reading() as session:
        assert session.items.count_live() == 2


def test_a_reading_session_writes_nothing(store: Store) -> None:
    with pytest.raises(MinyiError), store.reading() as session:
        session.items.write([item("a")])
    with store.reading() as session:
        assert session.items.by_ids(["a"]) == {}


def test_what_a_session_wrote_it_reads(store: Store) -> None:
    with store.writing() as session:
        session.items.write([item("a")])
        assert session.items.by_ids(["a"]) == {"a": item("a")}


def test_two_stores_on_one_database_write_one_after_the_other(store: Store, another: OpenStore) -> None:
    stores = [store, another()]

    def work(one: Store) -> None:
        for _ in range(50):
            with one.writing() as session:
                count_up(session)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, stores))
    assert counted(store) == 100


def test_64_threads_write_and_read_and_nothing_is_lost(store: Store) -> None:
    together = Barrier(64)

    def work(number: int) -> None:
        together.wait()
        with store.writing() as session:
            count_up(session)
            session.items.write([item(f"i{number}")])
        with store.reading() as session:
            assert session.items.by_ids([f"i{number}"])

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(work, range(64)))
    assert counted(store) == 64
    with store.reading() as session:
        assert session.items.count_live() == session.marks.pending() == 64


def test_one_session_in_a_thread_does_not_hold_readers_up(store: Store) -> None:
    with store.writing() as session:
        session.items.write([item("a")])
        seen: list[int] = []

        def look() -> None:
            with store.reading() as other:
                seen.append(other.items.count_live())

        reader = Thread(target=look)
        reader.start()
        reader.join()
        assert seen == [0]


@contextmanager
def children(url: str, *arguments: tuple[str, ...]) -> Iterator[list[TextIO]]:
    """Processes on the store, and what each prints; none outlives the block."""
    command = [sys.executable, "-m", "tests.contract.store.child", url]
    started = [subprocess.Popen([*command, *one], stdout=subprocess.PIPE, text=True) for one in arguments]
    try:
        yield [one.stdout for one in started if one.stdout]
    finally:
        for one in started:
            one.kill()
            one.communicate()


def whole_batches(store: Store, partition: int) -> int:
    """How many offsets are done, after proving that every part of their batches is there."""
    with store.reading() as session:
        (done,) = {row.next for row in session.offsets.rows("process") if row.partition == partition}
        names = [f"p{partition}-{offset}" for offset in range(done)]
        assert set(session.items.by_ids(names)) == set(session.items.texts(names)) == set(names)
        counts = {row[2]: row[3] for row in session.ledger.counted()}
        assert counts.get(partition, 0) == done
        beyond = [f"p{partition}-{offset}" for offset in range(done, done + 40)]
        assert session.items.by_ids(beyond) == session.items.texts(beyond) == {}
        assert session.items.edges(beyond) == []
        return done


def test_rule_7_a_process_killed_at_any_moment_leaves_whole_batches_alone(store: Store, store_url: str) -> None:
    for told in (1, 2, 5):
        with children(store_url, ("0",)) as (output,):
            lines = [int(output.readline()) for _ in range(told)]
        done = whole_batches(store, 0)
        assert done >= lines[-1]
        assert done % 20 == 0


def test_processes_on_one_store_wait_for_each_other(store: Store, store_url: str) -> None:
    with children(store_url, *((str(partition), "100") for partition in (0, 1, 2))) as outputs:
        assert [[int(line) for line in output] for output in outputs] == [[20, 40, 60, 80, 100]] * 3
    assert [whole_batches(store, partition) for partition in (0, 1, 2)] == [100, 100, 100]


def test_rule_5_two_processes_on_one_partition_do_each_batch_once(store: Store, store_url: str) -> None:
    with children(store_url, ("0", "200"), ("0", "200")) as outputs:
        ends = [int(line) for output in outputs for line in output]
    assert sorted(end for end in ends if end > 0) == list(range(20, 201, 20))
    assert whole_batches(store, 0) == 200
    with store.reading() as session:
        assert session.ledger.counted() == [(BUS, CRAWLED, 0, 200)]
