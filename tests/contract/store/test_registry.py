"""The store's own facts, quarantine, and what crawlers remember."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.errors import NotFound
from pipeline.ports.store import SeenPage, Store
from pipeline.records.messages import Place
from tests.conftest import StandingClock
from tests.contract.store.conftest import OpenStore
from tests.contract.store.rows import AT, at, ledger_row, place


def test_a_store_s_id_stays_until_it_is_renewed(store: Store, another: OpenStore) -> None:
    with another().reading() as session:
        before = session.registry.store_id()
    with store.writing() as session:
        assert session.registry.store_id() == before
        after = session.registry.renew_id()
        assert session.registry.store_id() == after != before


def test_notes_are_kept_by_name_and_never_meet_the_store_s_own(store: Store) -> None:
    with store.writing() as session:
        own = session.registry.store_id()
        session.registry.set_note("backup", "1")
        session.registry.set_note("backup", "2")
        session.registry.set_note("store_id", "mine")
        assert (session.registry.note("backup"), session.registry.note("none")) == ("2", None)
        session.registry.set_note("backup", None)
        assert session.registry.note("backup") is None
        assert (session.registry.store_id(), session.registry.note("store_id")) == (own, "mine")


# ---------------------------------------------------------------- quarantine

Aside = tuple[Place, str | None, str, str, str, str, str, bytes]


def aside(offset: int, item: str | None = "a", step: str = "clean", error: str = "unreadable") -> Aside:
    return (place(offset), item, "hnzx", AT, step, error, "读不懂编码", b"\xff\x00payload")


def test_rule_8_what_is_set_aside_keeps_payload_step_and_reason(store: Store) -> None:
    with store.writing() as session:
        session.quarantine.add([aside(1), aside(2, None)])
    with store.reading() as session:
        first, second = session.quarantine.list()
        whole = session.quarantine.get(first.number)
    assert first.number < second.number
    assert (first.payload, whole.payload) == (None, b"\xff\x00payload")
    assert (whole.place, whole.item, whole.step, whole.error, whole.reason) == (
        place(1),
        "a",
        "clean",
        "unreadable",
        "读不懂编码",
    )
    assert (whole.made_at, whole.state, whole.history, second.item) == (AT, "waiting", (), None)
    assert whole.program


def test_quarantine_is_listed_by_state_step_and_error(store: Store) -> None:
    rows: list[Any] = [aside(1), aside(2, step="dedup"), aside(3, error="crash"), aside(4, "b")]
    with store.writing() as session:
        session.quarantine.add(rows)
        first, second, third, fourth = (row.number for row in session.quarantine.list())
        session.quarantine.turn(first, "replayed", "规则已更新")
        assert [row.number for row in session.quarantine.list()] == [second, third, fourth]
        assert [row.number for row in session.quarantine.list(state="replayed")] == [first]
        assert [row.number for row in session.quarantine.list(step="dedup")] == [second]
        assert [row.number for row in session.quarantine.list(error="crash")] == [third]
        assert [row.number for row in session.quarantine.list(limit=1)] == [second]
        assert [row.number for row in session.quarantine.of_item("a")] == [first, second, third]


def test_rule_12_a_turn_in_quarantine_keeps_its_history(store: Store, clock: StandingClock) -> None:
    with store.writing() as session:
        session.quarantine.add([aside(1)])
        (row,) = session.quarantine.list()
        session.quarantine.turn(row.number, "replayed", "规则已更新")
        clock.forward(minutes=1)
        session.quarantine.turn(row.number, "waiting", "仍然读不懂")
        after = session.quarantine.get(row.number)
    assert after == replace(
        row,
        payload=b"\xff\x00payload",
        history=(
            {"at": AT, "was": "waiting", "why": "规则已更新"},
            {"at": at(1), "was": "replayed", "why": "仍然读不懂"},
        ),
    )


def test_what_is_removed_from_quarantine_loses_its_payload(store: Store) -> None:
    with store.writing() as session:
        session.quarantine.add([aside(1)])
        (row,) = session.quarantine.list()
        session.quarantine.turn(row.number, "removed", "两人清除")
        assert session.quarantine.get(row.number).payload is None


def test_a_quarantine_number_is_never_given_twice_and_an_unknown_one_is_said(store: Store) -> None:
    with store.writing() as session:
        session.quarantine.add([aside(1)])
        session.quarantine.add([])
        session.quarantine.add([aside(2)])
        numbers = [row.number for row in session.quarantine.list()]
    assert numbers[1] == numbers[0] + 1
    for act in ("get", "turn"):
        with pytest.raises(NotFound), store.writing() as session:
            session.quarantine.get(99) if act == "get" else session.quarantine.turn(99, "removed", "")


# ---------------------------------------------------------------- crawling


def page(url: str, **facts: Any) -> SeenPage:
    return SeenPage(**{"source": "hnzx", "url": url, "use": "page", "checked_at": AT, **facts})


def test_rule_2_a_page_s_validators_and_failures_are_remembered(store: Store) -> None:
    facts = {"body": "h", "etag": '"1"', "last_modified": "Mon", "failures": 2, "retry_at": at(9), "reason": "超时"}
    seen = page("u1", **facts, link_title="关于路灯的建议", link_date="2026-11-20")
    with store.writing() as session:
        session.crawls.remember([seen, page("u2")])
        assert session.crawls.pages("hnzx", ["u1", "u2", "u3"]) == {"u1": seen, "u2": page("u2")}
        assert session.crawls.pages("other", ["u1"]) == {}
        session.crawls.remember([page("u1")])
        assert session.crawls.pages("hnzx", ["u1"]) == {"u1": page("u1")}


def test_rule_2_failed_pages_come_due(store: Store) -> None:
    some = [page(f"u{minute}", failures=1, retry_at=at(minute)) for minute in (3, 1, 2)]
    with store.writing() as session:
        session.crawls.remember([*some, page("well"), replace(some[0], source="other")])
        assert [one.url for one in session.crawls.due("hnzx", at(2))] == ["u1", "u2"]
        assert [one.url for one in session.crawls.due("hnzx", at(9), limit=1)] == ["u1"]


def test_a_host_that_refused_rests(store: Store) -> None:
    with store.writing() as session:
        assert session.crawls.rest_until("a.test") is None
        session.crawls.rest("a.test", at(5))
        session.crawls.rest("a.test", at(7))
        assert session.crawls.rest_until("a.test") == at(7)


def test_reports_of_runs_come_newest_first(store: Store) -> None:
    with store.writing() as session:
        for minute, source in ((1, "hnzx"), (2, "hnzx"), (3, "bjzx")):
            session.crawls.report(f"run-{minute}", source, at(minute), {"found": minute, "reasons": {"超时": 1}})
        session.crawls.report("run-2", "hnzx", at(2), {"found": 9, "reasons": {}})
        assert [one["run"] for one in session.crawls.reports()] == ["run-3", "run-2", "run-1"]
        assert session.crawls.reports("hnzx", limit=1) == [
            {"run": "run-2", "source": "hnzx", "at": at(2), "found": 9, "reasons": {}}
        ]


def test_rule_6_pages_whose_last_fetch_nobody_read_are_due_as_if_never_seen(store: Store) -> None:
    seen = [
        replace(page(f"u{number}"), body="b", etag="e", retry_at="2027", fetch=f"m-{number}") for number in range(4)
    ]
    with store.writing() as session:
        session.ledger.add([ledger_row(0)])  # of m-0
        session.crawls.remember([*seen, page("old")])
        assert session.crawls.forget_unread(2) == 2
        assert session.crawls.forget_unread(2) == 1
        assert session.crawls.forget_unread(2) == 0
    with store.reading() as session:
        due = session.crawls.due(seen[0].source, "2026-12-31")
        assert sorted(one.url for one in due) == ["u1", "u2", "u3"]
        assert {(one.body, one.etag, one.failures) for one in due} == {(None, None, 1)}
        assert session.crawls.pages(seen[0].source, ["u0"])["u0"] == seen[0]
