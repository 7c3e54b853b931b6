"""What every search keeps: versions, tombstones, refusals, generations. Names are the rules; one that DESIGN numbers
carries its number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import Transient
from pipeline.ports.search import Search
from pipeline.records.items import Document, Query
from tests.contract.searched import G, document, found, write

# ---------------------------------------------------------------- writing


def test_rule_13_an_older_version_is_a_conflict_and_counts_as_done(search: Search) -> None:
    write(search, document(1, "新的", version=5))
    (answer,) = search.write(G, [document(1, "旧的", version=4)])
    assert answer.ok
    assert found(search, "旧的") == []
    assert found(search, "新的") == ["item0001"]
    assert list(search.ids(G)) == [("item0001", 5)]


def test_rule_13_the_same_version_again_is_done(search: Search) -> None:
    write(search, document(1, "一样"), document(1, "一样"))
    write(search, document(1, "一样"))
    assert search.count(G) == 1
    assert found(search, "一样") == ["item0001"]


def test_a_newer_version_replaces_everything(search: Search) -> None:
    write(search, document(1, "旧的正文", regions=("410105",), title="旧题"))
    write(search, document(1, "新的正文", version=2, domain="教育", received_at="2020-01-01T00:00:00.000000Z"))
    assert found(search, "旧的") == found(search, "旧题") == found(search, region="410000") == []
    assert found(search, "新的", domain="教育", until="2020-12-31") == ["item0001"]
    write(
        search,
        document(1, "新的正文", version=3, domain="教育", cluster="other", received_at="2020-01-01T00:00:00.000000Z"),
    )
    assert search.query(G, Query("新的")).hits[0].document.cluster == "other"


def test_the_newest_of_one_call_wins_whatever_its_order(search: Search) -> None:
    answers = search.write(
        G, [document(1, "三", version=3), document(1, "二", version=2), document(1, "三甲", version=3)]
    )
    assert [(answer.id, answer.version, answer.ok) for answer in answers] == [
        ("item0001", 3, True), ("item0001", 2, True), ("item0001", 3, True)
    ]  # fmt: skip
    assert found(search, "三甲") == ["item0001"]
    assert search.count(G) == 1


def test_rule_14_a_removed_item_is_a_tombstone_that_older_versions_do_not_raise(search: Search) -> None:
    write(search, document(1, "要删的"), document(2, "要留的"))
    write(search, Document("item0001", 3, tombstone=True))
    assert found(search) == ["item0002"]
    assert found(search, "要删") == []
    assert search.count(G) == 1
    assert list(search.ids(G)) == [("item0002", 1)]
    write(search, document(1, "要删的", version=2))
    assert search.count(G) == 1
    write(search, document(1, "回来了", version=4))
    assert found(search, "回来") == ["item0001"]
    write(search, Document("item0001", 4, tombstone=True), Document("item0009", 1, tombstone=True))
    assert list(search.ids(G)) == [("item0002", 1)]


def test_rule_14_a_late_tombstone_does_not_remove_a_newer_version(search: Search) -> None:
    write(search, document(1, "新的", version=5))
    write(search, Document("item0001", 4, tombstone=True))
    assert found(search, "新的") == ["item0001"]


def test_rule_15_a_refused_document_says_why_and_the_others_are_written(search: Search) -> None:
    answers = search.write(
        G,
        [document(1, "好的"), document(2, "坏的\ud800"), document(3, "x", published_at="昨天"), document(4, "也好的")],
    )
    assert [answer.ok for answer in answers] == [True, False, False, True]
    assert answers[1].reason
    assert answers[2].reason
    assert "昨天" not in answers[2].reason
    assert sorted(each for each, _ in search.ids(G)) == ["item0001", "item0004"]


def test_what_was_written_is_there_for_the_next_process(open_search: Callable[[], Search]) -> None:
    first, second = open_search(), open_search()
    first.create(G)
    write(first, document(1, "甲"))
    write(second, document(2, "乙"))
    assert found(first) == found(second) == ["item0002", "item0001"]


def test_rule_13_projectors_at_once_do_each_other_no_harm(open_search: Callable[[], Search]) -> None:
    projectors = [open_search() for _ in range(4)]
    projectors[0].create(G)
    gate = threading.Barrier(4)

    def project(search: Search, worker: int) -> None:
        gate.wait()
        for version in range(1, 6):
            write(search, *(document(n, f"第{version}版", version=version) for n in range(worker % 2, 20)))

    threads = [threading.Thread(target=project, args=each) for each in zip(projectors, range(4), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(projectors[1].ids(G)) == [(f"item{n:04}", 5) for n in range(20)]
    assert len(found(projectors[2], "第5版")) == 20
    assert found(projectors[3], "第4版") == []


def test_as_many_writes_at_once_as_are_of_use_all_land(search: Search) -> None:
    groups = [[document(n, "同时", version=1) for n in range(at, at + 30)] for at in range(0, 120, 30)]
    with ThreadPoolExecutor(search.writers) as writers:
        answers = list(writers.map(lambda group: search.write(G, group), groups))
    assert all(one.ok for some in answers for one in some)
    assert len(list(search.ids(G))) == 120


# ---------------------------------------------------------------- generations


def test_rule_14_a_generation_is_made_filled_and_dropped_beside_the_live_one(search: Search) -> None:
    write(search, document(1, "旧代"))
    search.create("2")
    search.create("2")
    assert search.generations() == ["1", "2"]
    assert search.write("2", [document(2, "新代")])[0].ok
    search.promote("2")
    assert search.count("1") == search.count("2") == 1
    search.drop("1")
    search.drop("1")
    assert search.generations() == ["2"]
    assert [hit.document.id for hit in search.query("2", Query("新代")).hits] == ["item0002"]


def test_a_generation_that_is_not_there_is_transient(search: Search) -> None:
    for use in (
        lambda: search.write("7", [document(1)]),
        lambda: search.query("7", Query()),
        lambda: search.count("7"),
        lambda: list(search.ids("7")),
    ):
        with pytest.raises(Transient):
            use()
    assert search.generations() == [G]


def test_rule_14_a_projector_that_missed_the_swap_cannot_write_to_a_dropped_generation(
    open_search: Callable[[], Search],
) -> None:
    late, other = open_search(), open_search()
    late.create(G)
    write(late, document(1))
    other.drop(G)
    with pytest.raises(Transient):
        late.write(G, [document(2)])
    late.create(G)
    assert late.count(G) == 0


def test_ids_come_each_once_and_sorted(search: Search) -> None:
    write(search, *(document(number) for number in range(300)))
    assert list(search.ids(G)) == [(f"item{number:04}", 1) for number in range(300)]


def test_doctor_finds_the_search_well(search: Search) -> None:
    write(search, document(1))
    assert all(finding.ok and finding.part == "search" for finding in search.check())
