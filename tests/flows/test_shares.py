"""Several runs of process at once, on a real Prefect server: they divide the partitions, each item is counted once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from pipeline.settings import Settings, load
from pipeline.wiring import open_system
from tests.arriving import TEXT, put, submitted
from tests.flows import pool
from tests.flows.pool import ENDED, MINYI, ROOT, artifacts, begin, ended, environment, ran, state, until
from tests.services import kafka, postgres, prefect

pytestmark = [prefect.TOGETHER, pytest.mark.timeout(300)]
EACH = 30  # messages a round, for as long as the two runs last
LONG = 30  # seconds of a run


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    return load({"MINYI_HOME": str(tmp_path / "home")})


@pytest.fixture
def servers(tmp_path: Path, postgresql: postgres.Server) -> Iterator[Settings]:
    """Kafka and PostgreSQL; the search stays embedded."""
    if not kafka.available():
        pytest.skip("Kafka cannot be had (a JDK of 17 or newer, and Maven)")
    name = f"shares_{tmp_path.name}"
    # As a broker comes: a drain's one look is shorter than that wait for more members.
    with kafka.running(**{"group.initial.rebalance.delay.ms": 3000}) as broker:
        settings = load(
            {
                "MINYI_HOME": str(tmp_path / "home"),
                "MINYI_BUS": broker.url,
                "MINYI_STORE": postgresql.create(name),
            }
        )
        with open_system(settings) as system:
            system.store.migrate()
        yield settings
    postgresql.drop(name)


@pytest.fixture(params=["embedded", "servers"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return request.getfixturevalue(request.param)


@pytest.fixture
def workers(server: prefect.Server, settings: Settings, tmp_path: Path) -> Iterator[list[psutil.Process]]:
    """Two workers of one pool, each as on a machine of its own, with as much room as one run needs."""
    given = environment(server, settings)
    ran((*MINYI, "flows", "deploy", "--pool", tmp_path.name), given, ROOT)
    pool.pause(server)
    with ExitStack() as stack:
        yield [
            stack.enter_context(pool.worker(given, tmp_path / name, "--pool", tmp_path.name, "--limit", "1"))
            for name in ("甲机", "乙机")
        ]


@pytest.mark.usefixtures("workers")
def test_runs_at_once_on_two_workers_divide_the_partitions_and_count_each_item_once(
    server: prefect.Server, settings: Settings
):
    runs = [begin(server, "process", seconds=LONG, share=share) for share in (1, 2)]
    until(lambda: all(state(server, run)["type"] == "RUNNING" for run in runs))
    sent = 0
    with open_system(settings) as system:
        while not all(state(server, run)["type"] in ENDED for run in runs):
            put(system, *[submitted(system, str(sent + n), TEXT.format(sent + n)) for n in range(EACH)])
            sent += EACH
            time.sleep(0.5)
    assert [ended(server, run) for run in runs] == ["COMPLETED"] * 2
    rest = begin(server, "process", until_empty=True)
    assert ended(server, rest) == "COMPLETED"
    taken = [read(server, run) for run in (*runs, rest)]
    assert sum(taken) == sent
    assert min(taken[:2]) > 0
    with open_system(settings) as system, system.store.reading() as session:
        (row,) = session.ledger.balance()
        assert (row.received, row.indexed) == (sent, sent)
        assert session.marks.pending() == 0


def read(server: prefect.Server, run: str) -> int:
    """How many messages a run processed, by its table."""
    steps = json.loads(artifacts(server, run).get("process-steps", "[]"))
    return next((row["条数"] for row in steps if row["步骤"] == "各步处理"), 0)
