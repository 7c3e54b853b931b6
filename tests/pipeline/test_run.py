"""run: relay, process and project until what had arrived is done, whoever does the work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event, Thread
from threading import enumerate as threads_alive
from typing import Any

import pytest

from pipeline.errors import Transient
from pipeline.identity import item_id
from pipeline.ports.store import Arrival
from pipeline.records.items import Query
from pipeline.run import Patience, Runner
from pipeline.wiring import System, open_system
from pipeline.workers import follow, runner_of
from tests.arriving import TEXT, submitted
from tests.pipeline.process.test_worker import outcomes


@pytest.fixture
def runner(system: System) -> Iterator[Runner]:
    with runner_of(system) as opened:
        yield opened


def arrive(system: System, *numbers: int) -> None:
    """As intake does: rows and outbox, nothing on the bus yet."""
    with system.store.writing() as session:
        messages = [submitted(system, str(number), TEXT.format(number)) for number in numbers]
        session.arrivals.receive([Arrival(one, item_id(one.source, one.origin)) for one in messages])


def test_once_takes_what_arrived_from_outbox_to_search(system: System, runner: Runner):
    arrive(system, *range(30))
    assert runner.once(limit=60)
    assert outcomes(system) == {"indexed": 30}
    assert runner._projector.find(Query(text="护栏")).total == 30


def test_once_on_nothing_returns_at_once(runner: Runner):
    assert runner.once(limit=10)


def test_two_runs_at_once_do_the_work_once(system: System):
    arrive(system, *range(200))
    answers: list[bool] = []

    def run() -> None:
        with open_system(system.settings, clock=system.clock) as own, runner_of(own) as runner:
            answers.append(runner.once(limit=60))

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True, True, True]
    assert outcomes(system) == {"indexed": 200}


class Away:
    """Search that is away."""

    def __init__(self, search) -> None:
        self._search, self.away = search, True

    def __getattr__(self, name: str):
        return getattr(self._search, name)

    def write(self, generation, documents):
        if self.away:
            raise Transient("检索库暂时连不上")
        return self._search.write(generation, documents)


def test_search_away_stops_neither_arrival_nor_processing(system: System):
    search = Away(system.search)
    with runner_of(system) as runner:
        object.__setattr__(runner._projector, "search", search)
        arrive(system, 1, 2)
        assert not runner.once(limit=3)
        assert outcomes(system) == {"pending": 2}
        search.away = False
        assert runner.once(limit=30)
    assert outcomes(system) == {"indexed": 2}


def test_a_run_that_waits_for_search_alone_says_so_and_ends(system: System, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.run.AWAY_SECONDS", 1.0)
    search = Away(system.search)
    with runner_of(system) as runner:
        object.__setattr__(runner._projector, "search", search)
        arrive(system, 1, 2)
        with pytest.raises(Transient, match="检索库暂时连不上"):
            runner.once()
        assert outcomes(system) == {"pending": 2}
        search.away = False
        assert runner.once(limit=30)
    assert outcomes(system) == {"indexed": 2}


def test_a_worker_begun_while_the_bus_is_away_works_when_it_is_back_and_ends_when_told(
    system: System, monkeypatch: pytest.MonkeyPatch
):
    arrive(system, 1)
    stopped, asked, whole = Event(), [], system.bus.consumer

    def late(*given: Any) -> Any:
        asked.append(None)
        if len(asked) == 1:
            raise Transient("总线暂时连不上")
        return whole(*given)

    monkeypatch.setattr(system.bus, "consumer", late)
    said: list[str] = []
    worker = Thread(target=follow, args=(system, stopped, said.append))
    worker.start()
    ends = time.monotonic() + 30
    while outcomes(system) != {"indexed": 1}:
        assert time.monotonic() < ends
        time.sleep(0.05)
    stopped.set()
    worker.join(30)
    assert not worker.is_alive()
    assert len(asked) == 2
    assert said == ["总线暂时连不上；会一直再试，连上后接着处理", "已经连上，接着处理"]


def test_whoever_looks_on_is_told_once_that_search_is_away_and_once_that_it_is_back(
    system: System, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("pipeline.run.TOLD_SECONDS", 0.1)
    monkeypatch.setattr("pipeline.beside.PAUSE", 0.1)
    stopped, said, search = Event(), [], Away(system.search)
    arrive(system, 1, 2)
    with runner_of(system) as runner:
        object.__setattr__(runner._projector, "search", search)

        def say(sentence: str) -> None:
            said.append(sentence)
            search.away = False

        watcher = Thread(target=lambda: runner.follow(Patience(stopped, say)))
        watcher.start()
        ends = time.monotonic() + 30
        while len(said) < 2 and time.monotonic() < ends:
            time.sleep(0.05)
        stopped.set()
        watcher.join(30)
    assert said == ["检索库暂时连不上；会一直再试，连上后接着处理", "已经连上，接着处理"]
    assert outcomes(system) == {"indexed": 2}


def test_a_runner_that_cannot_begin_leaves_no_thread_and_no_folder_taken(
    system: System, monkeypatch: pytest.MonkeyPatch
):
    def away(*_: object) -> None:
        raise Transient("总线暂时连不上")

    with monkeypatch.context() as patch:
        patch.setattr(system.bus, "consumer", away)
        kept: list[object] = []  # what a log or a debugger keeps of an error
        for _ in range(3):
            with pytest.raises(Transient) as error:
                runner_of(system)
            kept.append(error)
    assert not [one for one in threads_alive() if one.name == "projector"]
    with runner_of(system):
        assert [one.name for one in system.settings.cache_dir.iterdir()] == ["bands-0"]
