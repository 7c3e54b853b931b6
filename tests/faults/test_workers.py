"""Workers that freeze, crash, meet refused rows, lose answers, or are many: every message once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock import system_clock
from pipeline.process.replay import replay
from pipeline.records.names import Outcome, Step
from pipeline.workers import bench_of, runner_of
from tests.faults import driver, fragile
from tests.faults.county import County
from tests.faults.hands import done, hand
from tests.faults.proof import finish, ledger_is_proven, prove
from tests.faults.shapes import EITHER, asked, environment_of, refuse_row, take_row
from tests.faults.trap import Edge

pytestmark = [pytest.mark.faults, EITHER]
BATCH = "commit:offsets.advance"


def until(what, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ledger_rows(home: Path) -> list[tuple[object, ...]]:
    return asked(home, 'SELECT * FROM ledger ORDER BY topic, partition, "offset"')


def test_rule_5_a_worker_frozen_between_steps_and_transaction_writes_nothing_once_another_took_over(
    home: Path, county: County
):
    county.grow(pages=0, posts=0)
    done("import", home, files=county.paths)
    with hand("run", home, Edge("read:ledger.seen", nth=2, end="freeze")) as zombie:
        until(zombie.frozen)
        done("run", home)
        before = ledger_rows(home)
        zombie.resume()
        assert zombie.wait() == "done"
        assert zombie.answer.get("indexed", 0) <= driver.SMALL  # its first batch; the second was not its own
    assert ledger_rows(home) == before
    finish(home, county)
    prove(home, county)


@pytest.mark.parametrize("lost", [Edge(BATCH, end="fail"), Edge("commit:arrivals.relayed", end="fail")])
def test_rule_5_a_commit_whose_answer_was_lost_settles_itself(home: Path, county: County, lost: Edge):
    county.grow(pages=0, posts=0)
    done("import", home, files=county.paths)
    with hand("run", home, lost) as worker:
        worker.wait()
    finish(home, county)
    prove(home, county)


def test_an_erase_that_fails_after_its_commit_is_made_up_for_and_no_row_is_written_twice(home: Path, county: County):
    county.grow(pages=3, rows=0, posts=0)
    done("crawl", home, catalogue=county.catalogue)
    done_after_fault(home, Edge("bus.blank", "before", end="fail"))
    finish(home, county)
    prove(home, county)


def done_after_fault(home: Path, edge: Edge) -> None:
    with hand("run", home, edge) as worker:
        assert worker.wait() == "done"


def test_rule_9_a_message_that_crashes_its_reader_is_set_aside_and_its_neighbours_are_processed(
    home: Path, county: County
):
    outcomes = ["indexed"] * 9
    outcomes[4] = "quarantined"
    word = county.plant_rows("deadly", outcomes)[4]
    done("import", home, files=county.paths)
    for _ in range(2):
        with hand("run", home, target=fragile.main, word=word) as worker:
            ended = worker.wait()
        if ended == "done":
            break
        assert ended == "killed"
    assert ended == "done"
    prove(home, county)
    with driver.opened(str(home)) as system, system.store.reading() as session:
        (row,) = session.quarantine.list()
    assert (row.step, row.error) == (Step.CLEAN, "crash")
    assert "崩溃" in row.reason


def test_rule_9_a_worker_killed_from_outside_accuses_no_item(home: Path, county: County):
    county.plant_rows("innocent", ["indexed"] * 30)
    done("import", home, files=county.paths)
    for edge in ("commit:offsets.begin", "read:ledger.seen", "commit:offsets.begin"):
        with hand("run", home, Edge(edge)) as worker:
            assert worker.wait() == "killed"
    done("run", home)
    prove(home, county)
    assert asked(home, "SELECT count(*) FROM deaths") == [(0,)]


@pytest.mark.parametrize("fault", [None, Edge(BATCH, "before", 2, "fail"), Edge(BATCH, "after", 2, "fail")])
def test_rule_8_a_row_the_database_refuses_is_found_by_halving_and_replayed(
    home: Path, county: County, fault: Edge | None
):
    """Also when a transient fault comes in the midst of the halving."""
    county.plant_rows("refused", ["indexed"] * 19)
    done("import", home, files=county.paths)
    refuse_row(home, "第7件")
    with hand("run", home, fault) as worker:
        assert worker.wait() == "done", worker.error
    with driver.opened(str(home)) as system:
        with system.store.reading() as session:
            (row,) = session.quarantine.list()
        assert row.step is Step.STORE
        ledger_is_proven(system)
        take_row(home)
        bench = bench_of(system)
        assert replay(bench, row.number).outcome is Outcome.PENDING
        bench.bands.close()
    done("run", home)
    prove(home, county)


def test_four_workers_on_one_home_process_5000_messages_once_and_share_the_partitions(home: Path, county: County):
    for name in range(5):
        county.plant_rows(f"many{name}", ["indexed"] * 1000)
    done("import", home, files=county.paths, small=False)
    with ExitStack() as stack:
        workers = [stack.enter_context(hand("run", home, small=False, limit=150.0, beside=4)) for _ in range(4)]
        assert [worker.wait() for worker in workers] == ["done"] * 4
        # Two relays may publish the same rows of the outbox: those copies are duplicates.
        shares = [worker.answer.get("pending", 0) for worker in workers]
    assert sum(shares) == 5000
    assert sum(1 for share in shares if share) >= 2
    with driver.opened(str(home)) as system:
        ledger_is_proven(system)
        with system.store.reading() as session:
            balance = session.ledger.balance()
    assert Counter({row.source: row.indexed for row in balance}) == Counter({f"many{n}": 1000 for n in range(5)})


def test_two_commands_minyi_run_at_once_both_end_well(home: Path, county: County):
    county.grow(pages=0, posts=0)
    done("import", home, files=county.paths)
    command = [sys.executable, "-m", "pipeline.cli.main", "run", "--once"]
    environment = environment_of(home)
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in "ab"]
    ended = [(one.communicate(timeout=90), one.returncode) for one in both]
    assert [code for _, code in ended] == [0, 0], ended
    finish(home, county)
    prove(home, county)


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_set_back_loses_nothing(home: Path, county: County, back: timedelta):
    county.grow(pages=0, posts=0)
    finish(home, county)
    county.plant_rows("later", ["indexed"] * 12)
    with driver.opened(str(home), lambda: system_clock() - back) as system:
        reports = driver.imported(system, None, None, county.paths)  # type: ignore[arg-type]
        assert {file: (accepted, refused) for file, accepted, refused in reports} == county.files
        with runner_of(system) as runner:
            assert runner.once(limit=60.0)
    prove(home, county)
