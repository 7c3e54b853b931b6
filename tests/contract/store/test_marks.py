"""Marks and generations: what search has not seen yet (DESIGN 13, 14)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pipeline.ports.store import Generations, Store
from tests.conftest import StandingClock
from tests.contract.store.conftest import OpenStore
from tests.contract.store.rows import item, ledger_row


def put(store: Store, **versions: int) -> None:
    with store.writing() as session:
        session.items.write([item(name, version=version) for name, version in versions.items()])


def test_marks_are_due_oldest_first_and_keep_their_place(store: Store, clock: StandingClock) -> None:
    for name in ("b", "a", "c"):
        put(store, **{name: 1})
        clock.forward(seconds=1)
    put(store, b=2)
    with store.reading() as session:
        assert session.marks.due(10) == [("b", 2), ("a", 1), ("c", 1)]
        assert session.marks.due(2) == [("b", 2), ("a", 1)]
        assert (session.marks.pending(), session.marks.pending(["a", "z"]), session.marks.pending([])) == (3, 1, 0)


def test_rule_13_a_mark_goes_at_or_below_the_projected_version(store: Store) -> None:
    put(store, a=2, b=2, c=2)
    with store.writing() as session:
        assert session.marks.clear({"a": 2, "b": 3, "c": 1, "gone": 1}, 1) == {"a", "b", "gone"}
        assert session.marks.due(10) == [("c", 2)]
        assert session.marks.clear({}, 1) == set()


def test_rule_13_a_change_during_projection_keeps_its_mark(store: Store, another: OpenStore) -> None:
    put(store, a=1)
    with store.writing() as session:
        session.ledger.add([ledger_row(1, "a", version=1)])
    with store.reading() as session:
        (due,) = session.marks.due(10)
    with another().writing() as session:
        session.marks.raise_for(["a"])
        session.ledger.add([ledger_row(2, "a", version=2)])
    with store.writing() as session:
        assert session.marks.clear(dict([due]), 1) == set()
        assert session.ledger.settle(dict([due])) == 1
        assert [row.outcome for row in session.ledger.of_item("a")] == ["indexed", "pending"]
        assert session.marks.due(10) == [("a", 2)]


def test_rule_13_many_projectors_and_writers_lose_no_version(store: Store) -> None:
    names = [f"i{number}" for number in range(20)]
    put(store, **dict.fromkeys(names, 1))
    search: dict[str, int] = {}

    def change(_: int) -> None:
        with store.writing() as session:
            session.marks.raise_for(names[::3])

    def project(_: int) -> None:
        with store.reading() as session:
            due = dict(session.marks.due(7))
        for name, version in due.items():
            search[name] = max(version, search.get(name, 0))
        with store.writing() as session:
            session.marks.clear(due, 1)

    with ThreadPoolExecutor(4) as pool:
        for work in [pool.submit(work, number) for number in range(30) for work in (change, project)]:
            work.result()
    while store_pending(store):
        project(0)
    with store.reading() as session:
        assert search == {name: one.version for name, one in session.items.by_ids(names).items()}


def store_pending(store: Store) -> int:
    with store.reading() as session:
        return session.marks.pending()


def test_rule_13_raising_is_one_version_a_call_and_needs_an_item(store: Store) -> None:
    put(store, a=1, b=5)
    with store.writing() as session:
        session.marks.clear({"a": 1, "b": 5}, 1)
        session.marks.raise_for(["a", "b", "a", "nobody"])
        assert sorted(session.marks.due(10)) == [("a", 2), ("b", 6)]
        assert session.items.by_ids(["b"])["b"].version == 6


def test_rule_14_a_projector_that_has_not_seen_the_new_generation_keeps_its_mark(store: Store) -> None:
    put(store, a=1, b=1)
    with store.reading() as session:
        before = session.registry.generations()
    with store.writing() as session:
        now = session.registry.set_generations("1", ["1", "2"])
    assert now == Generations("1", ("1", "2"), before.version + 1)
    with store.writing() as session:
        assert session.marks.clear({"a": 1}, before.version) == set()
        assert session.marks.clear({"a": 1}, now.version) == {"a"}
        assert session.marks.due(10) == [("b", 1)]


def test_rule_14_a_fresh_store_has_one_generation_that_is_live(store: Store) -> None:
    with store.reading() as session:
        assert session.registry.generations() == Generations("1", ("1",), 1)
