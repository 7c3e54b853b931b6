"""Projection: rules 13 to 15 on the real store and search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from pipeline.errors import Transient
from pipeline.identity import item_id
from pipeline.process.replay import replay
from pipeline.process.worker import Worker
from pipeline.project import Projector, documents_of, overlapped
from pipeline.records.items import Answer, Document, Query
from pipeline.records.messages import Outgoing
from pipeline.records.names import SUBMITTED
from pipeline.wiring import System
from pipeline.workers import bench_of, projector_of
from tests.arriving import TEXT, publish, put, submitted
from tests.pipeline.process.test_worker import items, outcomes


@pytest.fixture
def projector(system: System) -> Projector:
    return projector_of(system)


@pytest.fixture
def drain(system: System) -> Iterator[Callable[[], None]]:
    bench = bench_of(system)
    worker = Worker(bench)

    def all_of_it() -> None:
        while worker.turn(0.0):
            pass

    yield all_of_it
    worker.close()
    bench.bands.close()


def found(projector: Projector, text: str) -> list[str]:
    return [hit.document.id for hit in projector.find(Query(text=text)).hits]


def test_a_projected_item_is_found_and_indexed(system: System, projector: Projector, drain: Callable[[], None]):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    assert projector.drain() == 1
    assert found(projector, "桥两侧护栏") == [item_id("tests", "1")]
    assert outcomes(system) == {"indexed": 1}


def documents(system: System, *origins: str) -> list[Document]:
    with system.store.reading() as session:
        return documents_of(session, [item_id("tests", origin) for origin in origins], system.settings.zone)


def test_a_twin_is_marked_on_every_item_but_the_lead(system: System, projector: Projector, drain: Callable[[], None]):
    put(system, submitted(system, "1", TEXT.format(1)), submitted(system, "2", TEXT.format(1)))
    drain()
    assert sorted(one.twin for one in documents(system, "1", "2")) == [False, True]


def test_what_an_editor_classed_is_not_undecided(system: System, projector: Projector, drain: Callable[[], None]):
    put(system, submitted(system, "1", "今天天气很好，我们几个人走了很远的路，看了不少东西，回来以后写下这些话。"))
    drain()
    assert [one.undecided for one in documents(system, "1")] == [True]
    with system.store.writing() as session:
        session.desk.override(item_id("tests", "1"), {"domain": "三农"}, "陈编")
    (found,) = documents(system, "1")
    assert (found.undecided, found.domain) == (False, "三农")


def test_rule_13_a_change_under_way_keeps_its_mark(
    system: System, projector: Projector, drain: Callable[[], None], clock
):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()

    class Meanwhile:
        """Search, in whose writing an editor changes the item."""

        def __getattr__(self, name: str):
            return getattr(system.search, name)

        def write(self, generation, documents):
            with system.store.writing() as session:
                session.marks.raise_for([documents[0].id])
            return system.search.write(generation, documents)

    replace(projector, search=Meanwhile()).turn()
    with system.store.reading() as session:
        assert session.marks.pending() == 1
    projector.drain()
    assert outcomes(system) == {"indexed": 1}


def test_rule_13_an_older_projection_never_overwrites_a_newer(system: System, projector: Projector, drain, clock):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    projector.drain()
    live = system.search.generations()[0]
    with system.store.reading() as session:
        view = session.items.views([item_id("tests", "1")])
    from pipeline.project import document

    old = replace(document(next(iter(view.values())), system.settings.zone), version=0, text="旧文")
    (answer,) = system.search.write(live, [old])
    assert answer.ok
    assert found(projector, "旧文") == []


def test_rule_14_reindex_swaps_to_a_new_generation_with_all_items(system: System, projector: Projector, drain):
    put(system, *(submitted(system, str(number), TEXT.format(number)) for number in range(12)))
    drain()
    projector.drain()
    assert projector.reindex() == 12
    with system.store.reading() as session:
        live = session.registry.generations()
    assert system.search.generations() == [live.live]
    assert system.search.count(live.live) == 12
    assert len(found(projector, "护栏")) == 12


def test_rule_14_a_projector_that_has_not_seen_the_new_generation_keeps_its_mark(
    system: System, projector: Projector, drain
):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()

    class Swapping:
        """Search, in whose writing somebody else begins a reindex."""

        def __getattr__(self, name: str):
            return getattr(system.search, name)

        def write(self, generation, documents):
            system.search.create("2")
            with system.store.writing() as session:
                session.registry.set_generations("1", ["1", "2"])
            return system.search.write(generation, documents)

    replace(projector, search=Swapping()).turn()
    assert outcomes(system) == {"pending": 1}
    projector.drain()
    assert [system.search.count(name) for name in ("1", "2")] == [1, 1]
    assert outcomes(system) == {"indexed": 1}


def test_rule_14_a_removed_item_stays_removed_in_a_new_generation(system: System, projector: Projector, drain, clock):
    put(system, submitted(system, "1", TEXT.format(1)), submitted(system, "2", TEXT.format(2)))
    drain()
    projector.drain()
    with system.store.writing() as session:
        from pipeline.clock import stored

        session.items.bury(item_id("tests", "1"), stored(clock()))
    projector.drain()
    projector.reindex()
    assert found(projector, "护栏") == [item_id("tests", "2")]


class Refusing:
    """Search that refuses one document for ever, as a mapping refuses a field."""

    def __init__(self, search, refused: str) -> None:
        self._search, self._refused = search, refused

    def __getattr__(self, name: str):
        return getattr(self._search, name)

    def write(self, generation, documents):
        kept = [one for one in documents if one.id != self._refused]
        answers = {one.id: one for one in self._search.write(generation, kept)}
        return [answers.get(one.id, Answer(one.id, one.version, ok=False, reason="字段过长")) for one in documents]


def test_rule_15_a_refused_document_is_set_aside_and_can_be_replayed(system: System, projector: Projector, drain):
    put(system, submitted(system, "1", TEXT.format(1)), submitted(system, "2", TEXT.format(2)))
    drain()
    replace(projector, search=Refusing(system.search, item_id("tests", "1"))).drain()
    assert outcomes(system) == {"indexed": 1, "quarantined": 1}
    with system.store.reading() as session:
        (row,) = session.quarantine.list()
        assert session.marks.pending() == 0
    assert "字段过长" in row.reason
    bench = bench_of(system)
    replay(bench, row.number)
    bench.bands.close()
    assert outcomes(system) == {"indexed": 1, "pending": 1}
    projector.drain()
    assert outcomes(system) == {"indexed": 2}


def waiting(system: System) -> list[int]:
    with system.store.reading() as session:
        return [row.number for row in session.quarantine.list()]


def change(system: System) -> None:
    """What an editor's act does to an item."""
    with system.store.writing() as session:
        session.marks.raise_for([item_id("tests", "1")])


def test_rule_15_a_document_refused_twice_waits_once(system: System, projector: Projector, drain):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    refusing = replace(projector, search=Refusing(system.search, item_id("tests", "1")))
    refusing.drain()
    change(system)
    refusing.drain()
    assert len(waiting(system)) == 1
    assert outcomes(system) == {"quarantined": 1}


def test_rule_15_an_older_state_that_is_refused_sets_nothing_aside(system: System, projector: Projector, drain):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    item = item_id("tests", "1")
    with system.store.reading() as session:
        older = documents_of(session, [item], system.settings.zone)
    with system.store.writing() as session:
        session.items.bury(item, "2026-11-23T01:00:00Z")
    projector.drain()
    replace(projector, search=Refusing(system.search, item)).write(older)
    with system.store.reading() as session:
        assert session.quarantine.list() == []


def test_rule_11_a_refused_document_that_is_taken_after_a_change_is_indexed(
    system: System, projector: Projector, drain
):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    replace(projector, search=Refusing(system.search, item_id("tests", "1"))).drain()
    change(system)
    projector.drain()
    assert (waiting(system), outcomes(system)) == ([], {"indexed": 1})


def test_rule_12_a_search_replay_leaves_a_failed_message_of_the_item_to_itself(
    system: System, projector: Projector, drain, clock
):
    put(system, submitted(system, "1", TEXT.format(1)))
    publish(system, SUBMITTED, [Outgoing(item_id("tests", "1"), b"{")])
    drain()
    replace(projector, search=Refusing(system.search, item_id("tests", "1"))).drain()
    unreadable, refused = waiting(system)
    bench = bench_of(system)
    replay(bench, refused)
    bench.bands.close()
    projector.drain()
    assert (waiting(system), outcomes(system)) == ([unreadable], {"indexed": 1, "quarantined": 1})


def test_search_holds_no_contact_and_no_author_without_consent(system: System, projector: Projector, drain):
    text = "联系人：张三丰，电话13812345678，身份证号11010519491231002X。" + TEXT.format(1)
    put(system, submitted(system, "1", text, author="李四光", phone="13912345678", unit="某村委会"))
    drain()
    projector.drain()
    (hit,) = projector.find(Query(text="护栏")).hits
    shown = str(hit.document)
    assert [
        secret for secret in ("张三丰", "13812345678", "11010519491231002X", "李四光", "13912345678") if secret in shown
    ] == []
    assert found(projector, "13812345678") == []


def test_one_who_consents_is_named(system: System, projector: Projector, drain):
    put(system, submitted(system, "1", TEXT.format(1), author="李四光", consent={"named": True}))
    drain()
    projector.drain()
    assert projector.find(Query(text="护栏")).hits[0].document.author == "李四光"
    assert items(system, "1")[0].version == 1


def test_two_groups_are_written_at_once_while_the_next_is_prepared_and_answers_keep_their_order():
    both = threading.Barrier(2, timeout=30)
    prepared: list[int] = []

    def prepare(number: int) -> int:
        prepared.append(number)
        return number

    def write(number: int) -> int:
        both.wait()
        return number

    assert list(overlapped(range(4), prepare, write, 2)) == list(range(4))
    assert prepared == list(range(4))


def test_what_fails_in_writing_is_raised_after_the_others_have_ended():
    ended: list[int] = []

    def write(number: int) -> None:
        if number == 0:
            raise Transient("不在")
        ended.append(number)

    with pytest.raises(Transient):
        list(overlapped(range(2), lambda number: number, write, 2))
    assert ended == [1]
