"""Prefect's server, a worker and its run killed: dead runs are marked, live ones go on, the next slot takes up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from flows.crashes import LOST, SILENT
from flows.server import run_flow
from pipeline.settings import Settings, load
from pipeline.wiring import open_system
from tests.arriving import TEXT, put, submitted
from tests.flows import pool
from tests.flows.pool import MINYI, ROOT, begin, ended, environment, process_of, ran, state, until
from tests.services import postgres, prefect

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
AWAY = 10.0  # seconds that the server is gone
# Seconds after which a run has renewed its hold of its place once. Prefect 3.8 tries that first renewal three times in
# some 3 s and ends the run (a client that has not yet been connected does not wait for a server); later ones, minutes.
AT_WORK = 3.0


@pytest.fixture(scope="module")
def server(postgresql: postgres.Server) -> Iterator[prefect.Server]:
    with prefect.running(postgresql) as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"MINYI_HOME": str(tmp_path / "home")})


@pytest.fixture
def given(server: prefect.Server, settings: Settings) -> dict[str, str]:
    found = environment(server, settings)
    ran((*MINYI, "flows", "deploy"), found, ROOT)
    pool.pause(server)
    return found


def kill(*processes: psutil.Process) -> None:
    for one in processes:
        one.kill()


def test_a_worker_killed_with_its_run_leaves_no_run_that_seems_to_live(
    server: prefect.Server, settings: Settings, given: dict[str, str], tmp_path: Path
):
    with pool.worker(given, tmp_path / "甲机") as worker:
        run = begin(server, "process", seconds=4 * SILENT)
        until(lambda: state(server, run)["type"] == "RUNNING")
        kill(worker, process_of(worker, run))
    with pool.worker(given, tmp_path / "乙机"):
        alive = begin(server, "process", seconds=4 * SILENT, share=2)
        until(lambda: state(server, alive)["type"] == "RUNNING")
        with open_system(settings) as system:
            put(system, *[submitted(system, f"第{n}件", TEXT.format(n)) for n in range(3)])
        assert ended(server, run, 4 * SILENT) == "CRASHED"
        assert state(server, run)["message"] == LOST  # by its silence: nobody was left who saw it die
        assert state(server, alive)["type"] == "RUNNING"
    with open_system(settings) as system, system.store.reading() as session:
        (row,) = session.ledger.balance()
    assert (row.received, row.indexed) == (3, 3)


def test_a_killed_workers_run_is_not_taken_for_dead_and_what_it_did_counts(
    server: prefect.Server, settings: Settings, given: dict[str, str], tmp_path: Path
):
    with pool.worker(given, tmp_path / "甲机") as worker:
        run = begin(server, "process", seconds=20)
        until(lambda: state(server, run)["type"] == "RUNNING")
        kill(worker)
        with open_system(settings) as system:
            put(system, *[submitted(system, f"第{n}件", TEXT.format(n)) for n in range(3)])
        ended(server, run)  # Crashed: its next line finds nobody to print it, at which Prefect ends it
    assert state(server, run).get("message") != LOST
    assert run_flow(given, "process", until_empty=True)["messages"] <= 3
    with open_system(settings) as system, system.store.reading() as session:
        (row,) = session.ledger.balance()
    assert (row.received, row.indexed) == (3, 3)


def test_a_server_killed_and_started_again_loses_no_worker_and_no_run(
    server: prefect.Server, given: dict[str, str], tmp_path: Path
):
    with pool.worker(given, tmp_path / "甲机"):
        run = begin(server, "process", seconds=AWAY + 40)  # goes on when the server is back, however slow that is
        until(lambda: state(server, run)["type"] == "RUNNING")
        time.sleep(AT_WORK)
        server.stop(kill=True)
        time.sleep(AWAY)
        server.start()
        assert ended(server, run) == "COMPLETED", state(server, run)
        assert ended(server, begin(server, "process", until_empty=True)) == "COMPLETED"
