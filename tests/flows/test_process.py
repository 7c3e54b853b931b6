"""The process flow's parts by `.fn`; the flow itself on a real server is in test_server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from flows import process as flow
from flows.process import KEPT, LEAVE, Total, _room, drain, follow, ledger_rows, step_rows, waiting
from flows.slots import Slot
from pipeline.settings import Settings, child_environment
from pipeline.wiring import System
from tests.arriving import TEXT, crawled, page, put, submitted
from tests.conftest import StandingClock


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task opens what the environment describes."""
    for name, value in child_environment(settings).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
def test_a_drain_processes_what_waits_and_says_what_it_did(system: System):
    assert not waiting(system)
    put(system, submitted(system, "甲", TEXT.format(1)), crawled(system, "http://x.test/1", page("题", TEXT.format(2))))
    assert waiting(system)
    done = asyncio.run(drain.fn(5.0))
    assert done["messages"] == 2
    assert done["outcomes"] == {"pending": 2}
    assert set(done["seconds"]) >= {"poll", "steps", "commit"}
    assert not waiting(system)
    with system.store.reading() as session:
        assert sum(row.indexed for row in session.ledger.balance()) == 2


@pytest.mark.usefixtures("environment")
def test_a_drain_of_nothing_ends_at_once():
    assert asyncio.run(drain.fn(5.0))["messages"] == 0


def test_the_tables_of_a_slot_show_steps_items_and_seconds(system: System):
    total = Total()
    total.add({"messages": 2, "outcomes": {"pending": 1, "duplicate": 1}, "seconds": {"steps": 0.25, "commit": 0.5}})
    total.add({"messages": 1, "outcomes": {"pending": 1}, "seconds": {"steps": 0.25}})
    rows = step_rows(total)
    assert rows[0] == {"步骤": "各步处理", "条数": 3, "秒": 0.5}
    assert {"步骤": "其中新收", "条数": 2, "秒": None} in rows
    assert total.tasks == 2
    assert ledger_rows([]) == []


def test_a_late_slot_ends_before_the_next_begins(system: System, clock: StandingClock):
    slot = Slot("process", clock(), timedelta(minutes=10))
    clock.forward(minutes=4)
    assert _room(600.0, slot, system) == 360.0 - LEAVE
    assert _room(20.0, slot, system) == 20.0
    assert _room(600.0, None, system) == 600.0


def test_the_pipeline_loads_without_prefect_scrapy_kafka_and_elasticsearch():
    modules = (
        "pipeline.process.worker, pipeline.process.replay, pipeline.project, pipeline.run, pipeline.workers, "
        "pipeline.office.context, pipeline.office.issuing, pipeline.intake.imports, pipeline.intake.submit, "
        "pipeline.cli.main, flows.up, flows.server, flows.slots"
    )
    heavy = "{'prefect', 'scrapy', 'twisted', 'kafka', 'elasticsearch', 'elastic_transport'}"
    code = f"import sys\nimport {modules}\nprint(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("environment")
def test_the_drains_of_a_stretch_share_a_runner_and_leave_the_group_at_its_end(system: System):
    with KEPT.stretch():
        put(system, submitted(system, "甲", TEXT.format(1)))
        first = asyncio.run(drain.fn(5.0))
        with KEPT.runner() as runner:
            put(system, submitted(system, "乙", TEXT.format(2)))
            second = asyncio.run(drain.fn(5.0))
            with KEPT.runner() as again:
                assert again is runner
    assert [first["messages"], second["messages"]] == [1, 1]
    assert KEPT._open is None


@pytest.mark.usefixtures("environment")
def test_after_a_fault_the_runner_is_opened_anew(system: System):
    with KEPT.stretch():
        with pytest.raises(ZeroDivisionError), KEPT.runner():
            raise ZeroDivisionError
        put(system, submitted(system, "甲", TEXT.format(1)))
        assert asyncio.run(drain.fn(5.0))["messages"] == 1


@pytest.mark.usefixtures("environment")
def test_who_waits_for_another_worker_has_left_the_group(system: System, monkeypatch: pytest.MonkeyPatch):
    put(system, submitted(system, "甲", TEXT.format(1)))
    met: list[bool] = []

    async def nothing_for_us(_seconds: float) -> dict[str, object]:
        with KEPT.runner():
            return {"done": 0, "joining": False, "messages": 0, "outcomes": {}, "seconds": {}}

    async def sleep(_seconds: float) -> None:
        met.append(KEPT._open is None)
        monkeypatch.setattr(flow, "waiting", lambda _system: False)

    monkeypatch.setattr(flow, "drain", nothing_for_us)
    monkeypatch.setattr(flow.asyncio, "sleep", sleep)
    asyncio.run(follow(system, time.monotonic() + 60, until_empty=True))
    assert met == [True]
