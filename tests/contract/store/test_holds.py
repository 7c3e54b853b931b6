"""Hosts that one run asks at a time: taken, renewed, given back, lapsed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.ports.store import Hold, Store
from tests.contract.store.conftest import OpenStore
from tests.contract.store.rows import at


def take(store: Store, run: str, hosts: list[str], now: int, until: int) -> list[Hold] | None:
    with store.writing() as session:
        return session.crawls.take(run, hosts, at(now), at(until))


def test_a_host_is_one_run_s_until_it_is_given_back(store: Store, another: OpenStore) -> None:
    assert take(store, "one", ["a.test", "b.test"], 0, 2) == []
    assert take(another(), "two", ["a.test"], 1, 3) is None
    with store.writing() as session:
        session.crawls.release("one", [Hold("a.test", at(1), 2.5)])
    assert take(another(), "two", ["a.test"], 1, 3) == [Hold("a.test", at(1), 2.5)]
    assert take(store, "one", ["a.test"], 1, 3) is None
    assert take(store, "one", ["b.test"], 1, 3) == []  # its own, held on


def test_of_many_hosts_all_are_taken_or_none(store: Store) -> None:
    take(store, "one", ["b.test"], 0, 2)
    assert take(store, "two", ["a.test", "b.test", "c.test"], 0, 2) is None
    assert take(store, "three", ["c.test", "a.test", "a.test"], 0, 2) == []
    assert take(store, "three", [], 0, 2) == []


def test_a_hold_that_nobody_renews_lapses_and_its_last_request_counts_as_late_as_that(store: Store) -> None:
    take(store, "dead", ["a.test"], 0, 2)
    assert take(store, "two", ["a.test"], 1, 3) is None
    assert take(store, "two", ["a.test"], 2, 4) == [Hold("a.test", at(2), 0.0)]


def test_a_renewed_hold_stands_and_a_lost_one_is_said(store: Store) -> None:
    take(store, "one", ["a.test", "b.test"], 0, 2)
    with store.writing() as session:
        assert session.crawls.renew("one", [Hold("a.test", at(9), 3.0), Hold("c.test", at(9), 0.0)]) == {"a.test"}
        assert session.crawls.renew("one", []) == set()
    assert take(store, "two", ["a.test"], 8, 10) is None
    assert take(store, "two", ["b.test"], 8, 10) == [Hold("b.test", at(2), 0.0)]
    with store.writing() as session:
        assert session.crawls.renew("one", [Hold("b.test", at(9), 0.0)]) == set()
        session.crawls.release("one", [Hold("b.test", at(9), 0.0)])
    assert take(store, "three", ["b.test"], 9, 11) is None
    assert take(store, "three", ["a.test"], 9, 11) == [Hold("a.test", at(9), 3.0)]


def test_a_host_given_back_unasked_was_asked_by_nobody(store: Store) -> None:
    take(store, "one", ["a.test"], 0, 2)
    with store.writing() as session:
        session.crawls.release("one", [Hold("a.test", None, 0.0)])
    assert take(store, "two", ["a.test"], 0, 2) == []


def test_a_hold_made_under_a_clock_that_was_set_back_lapses_all_the_same(store: Store) -> None:
    take(store, "dead", ["a.test"], 50, 52)
    take(store, "alive", ["b.test"], 50, 52)
    for host in ("a.test", "b.test"):
        assert take(store, "two", [host], 0, 2) is None
    with store.writing() as session:
        assert session.crawls.renew("alive", [Hold("b.test", at(3), 0.0)]) == {"b.test"}
    assert take(store, "two", ["a.test"], 2, 4) == [Hold("a.test", at(2), 0.0)]
    assert take(store, "two", ["b.test"], 2, 4) is None


@pytest.mark.parametrize("hosts", [["a.test"], ["a.test", "b.test", "c.test"]])
def test_of_runs_that_come_at_once_one_gets_the_hosts(store: Store, hosts: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        orders = [hosts, hosts[::-1]] * 4
        got = list(pool.map(lambda number: take(store, f"run-{number}", orders[number], 0, 2), range(8)))
    assert got.count(None) == 7
