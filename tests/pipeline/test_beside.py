"""Projection beside the batches: what is handed over is what the store would show, and marks are the truth."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.beside import Beside, New
from pipeline.errors import Broken, Transient
from pipeline.identity import item_id
from pipeline.process.commit import Plan
from pipeline.process.worker import Worker
from pipeline.project import Projector, document, documents_of, view_of
from pipeline.records.items import Answer, Document
from pipeline.records.messages import Consent
from pipeline.wiring import System
from pipeline.workers import bench_of, projector_of
from tests.arriving import TEXT, crawled, page, put, submitted
from tests.pipeline.process.test_worker import outcomes

PERSONAL = "县农业农村局：村民张三反映，联系电话13800138000，岚禾县柳湾村粮食烘干设备不足，收粮时排队三天。"


def new_of(plan: Plan) -> New:
    return [(read, plan.written[name]) for name, read in plan.newest.items() if plan.written[name].version == 1]


@pytest.fixture
def plans(system: System) -> Iterator[list[Plan]]:
    """What a worker wrote of a few messages, nothing projected."""
    put(
        system,
        submitted(system, "1", PERSONAL, title="粮食烘干", author="李四", unit="民建支部", consent=Consent(named=True)),
        submitted(system, "2", TEXT.format(2), author="王五", sector="农业界", urgent=True),
        crawled(system, "https://a.example/1.html", page("柳湾村护栏", TEXT.format(3))),
    )
    made: list[Plan] = []
    bench = bench_of(system)
    worker = Worker(bench, made.append)
    while worker.turn(0.0):
        pass
    yield made
    worker.close()
    bench.bands.close()


class Search:
    """The system's search; `lets` says what happens to a write."""

    def __init__(self, system: System, lets) -> None:
        self._search, self._lets = system.search, lets

    def __getattr__(self, name: str):
        return getattr(self._search, name)

    def write(self, generation: str, documents: list[Document]) -> list[Answer]:
        self._lets()
        return self._search.write(generation, documents)


def beside_of(system: System, lets) -> Beside:
    return Beside(replace(projector_of(system), search=Search(system, lets)))


def refuse(error: Exception):
    def lets() -> None:
        raise error

    return lets


def test_a_document_made_of_what_was_written_is_the_one_made_of_what_the_store_holds(system: System, plans: list[Plan]):
    zone = system.settings.zone
    handed = {one.id: one for plan in plans for one in (document(view_of(*pair), zone) for pair in new_of(plan))}
    with system.store.reading() as session:
        read_back = {one.id: one for one in documents_of(session, sorted(handed), zone)}
    assert len(handed) == 3
    assert handed == read_back
    assert handed[item_id("tests", "1")].author == "李四"
    assert handed[item_id("tests", "2")].author is None
    assert "13800138000" not in handed[item_id("tests", "1")].text


def test_what_is_handed_over_is_in_search_and_its_marks_are_gone(system: System, plans: list[Plan]):
    beside = Beside(projector_of(system))
    for plan in plans:
        beside.take(new_of(plan), more=False)
    assert beside.rest() == 0
    assert outcomes(system) == {"indexed": 3}
    beside.close()


def test_what_was_not_handed_over_is_found_by_its_mark(system: System, plans: list[Plan]):
    beside = Beside(projector_of(system))
    beside.take([], more=True)
    beside.rest()
    assert outcomes(system) == {"indexed": 3}
    beside.close()


def test_search_away_keeps_no_worker_waiting_and_marks_bring_it_in_later(system: System, plans: list[Plan]):
    beside = beside_of(system, refuse(Transient("检索库暂时连不上")))
    for _ in range(20):
        beside.take(new_of(plans[0]), more=False)
    assert beside.rest() == 0
    assert outcomes(system) == {"pending": 3}
    beside.projector = projector_of(system)
    beside._asks_again = 0.0
    assert beside.rest() == 3
    assert outcomes(system) == {"indexed": 3}
    beside.close()


def test_a_worker_ahead_of_search_waits_with_little_in_hand(system: System, plans: list[Plan]):
    goes_on = threading.Event()
    beside = beside_of(system, goes_on.wait)
    ahead = threading.Thread(target=lambda: [beside.take(new_of(plans[0]), more=False) for _ in range(10)])
    ahead.start()
    ahead.join(0.3)
    assert ahead.is_alive()
    assert beside._handed.qsize() <= 2
    goes_on.set()
    ahead.join(20)
    beside.close()
    assert not ahead.is_alive()


@pytest.mark.parametrize("error", [Broken("检索库已损坏"), ZeroDivisionError()])
def test_a_fault_is_raised_where_the_worker_is(system: System, plans: list[Plan], error: Exception):
    beside = beside_of(system, refuse(error))
    beside.take(new_of(plans[0]), more=False)
    with pytest.raises(type(error)):
        beside.rest()
    beside.close()


def test_a_fault_that_no_turn_met_is_logged_at_the_end(system: System, plans: list[Plan], caplog):
    beside = beside_of(system, refuse(Broken("检索库已损坏")))
    beside.take(new_of(plans[0]), more=False)
    beside.close()
    assert "the last projection failed" in caplog.text


def test_rule_14_a_generation_begun_meanwhile_keeps_the_marks_of_what_is_handed_over(system: System, plans: list[Plan]):
    projector: Projector = projector_of(system)
    writing, goes_on = threading.Event(), threading.Event()

    def lets() -> None:
        writing.set()
        goes_on.wait(20)

    beside = beside_of(system, lets)
    beside.take([pair for plan in plans for pair in new_of(plan)], more=False)
    writing.wait(20)
    new = projector._open_generation()
    goes_on.set()
    beside._handed.join()
    with system.store.reading() as session:
        assert session.marks.pending() == 3
    projector.drain()
    assert system.search.count(new) == 3
    beside.close()
