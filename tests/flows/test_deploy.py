"""A province's shape on a real Prefect server on PostgreSQL: deployed, worked off, and read back over its API."""

from __future__ import annotations

import json
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from flows.offline import RUNS
from flows.server import run_flow
from pipeline.errors import Broken
from pipeline.records.messages import FORMAT, Outgoing
from pipeline.records.names import SUBMITTED
from pipeline.settings import Settings, load
from pipeline.wiring import open_system
from tests.arriving import TEXT, crawled, page, publish, put, submitted
from tests.crawlers.site import Site, serving
from tests.flows import pool
from tests.flows.pool import MINYI, ROOT, artifacts, begin, ended, environment, process_of, ran, state, until
from tests.services import prefect

pytestmark = [prefect.TOGETHER, pytest.mark.timeout(300)]
SILENCE = 5.0  # seconds
CHANGING = {"id", "created", "updated", "deployment_id", "version_id", "last_polled", "status"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home for this module: its worker outlives a test."""
    return load({"MINYI_HOME": str(tmp_path_factory.mktemp("province") / "home")})


@pytest.fixture(scope="module")
def given(server: prefect.Server, settings: Settings) -> dict[str, str]:
    return environment(server, settings)


@pytest.fixture(scope="module")
def deployed(server: prefect.Server, given: dict[str, str]) -> prefect.Server:
    """The server with the flows deployed by our command."""
    ran((*MINYI, "flows", "deploy"), given, ROOT)
    return server


@pytest.fixture(scope="module")
def worker(deployed: prefect.Server, given: dict[str, str], settings: Settings) -> Iterator[psutil.Process]:
    for one in deployed.asked("/deployments/filter", {}):  # a slot that begins now would do a test's work
        deployed.asked(f"/deployments/{one['id']}/pause_deployment", {})
    with pool.worker(given, settings.home / "elsewhere", "--name", "甲机") as found:
        yield found


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


def deployments(server: prefect.Server) -> list[dict[str, Any]]:
    found = sorted(server.asked("/deployments/filter", {}), key=lambda one: one["entrypoint"])
    for one in found:
        one["schedules"].sort(key=lambda schedule: schedule["slug"])
        one["tags"].sort()
        one["pull_steps"] = one["pull_steps"] or []  # told nothing, Prefect's client unsets them; both pull nothing
    return plain(found)


def plain(value: Any) -> Any:
    """Without what changes from one deploying to the next."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name not in CHANGING}
    return [plain(one) for one in value] if isinstance(value, list) else value


def test_prefects_own_command_with_our_file_deploys_the_same(deployed: prefect.Server, given: dict[str, str]):
    ours = deployments(deployed)
    words = ("--no-prompt", "deploy", "--all", "--prefect-file", "deploy/prefect.yaml")
    ran((sys.executable, "-m", "prefect", *words), given, ROOT)
    assert deployments(deployed) == ours
    assert [one["entrypoint"] for one in ours] == [
        f"flows.{name}.{name}" for name in ("brief", "crawl", "maintain", "process")
    ]
    assert {one["job_variables"]["env"] == RUNS for one in ours} == {True}
    assert [one["global_concurrency_limit"]["limit"] for one in ours] == [1, 1, 1, 3]


def test_deploying_again_makes_nothing_twice_and_what_an_operator_switched_off_stays_off(
    deployed: prefect.Server, given: dict[str, str]
):
    (found,) = deployed.asked("/automations/filter", {})
    deployed.asked(f"/automations/{found['id']}", {"enabled": False}, "PATCH")
    before = deployments(deployed)
    answer = json.loads(ran((*MINYI, "flows", "deploy", "--json"), given, ROOT))
    assert answer["deployments"] == [f"{name}/minyi" for name in ("process", "crawl", "brief", "maintain")]
    assert deployments(deployed) == before
    assert [one["enabled"] for one in deployed.asked("/automations/filter", {})] == [False]
    deployed.asked(f"/automations/{found['id']}", {"enabled": True}, "PATCH")


def test_more_runs_of_process_at_a_time_are_more_schedules(deployed: prefect.Server, given: dict[str, str]):
    ran((*MINYI, "flows", "deploy", "--together", "4"), given, ROOT)
    four = deployed.asked("/deployments/name/process/minyi")
    assert four["global_concurrency_limit"]["limit"] == 4
    assert sorted(one["parameters"].get("share", 1) for one in four["schedules"]) == [1, 2, 3, 4]
    ran((*MINYI, "flows", "deploy"), given, ROOT)
    assert len(deployed.asked("/deployments/name/process/minyi")["schedules"]) == 3


def test_a_worker_runs_process_and_its_tables_and_lines_come_back_whole(
    deployed: prefect.Server, worker: psutil.Process, settings: Settings
):
    with open_system(settings) as system:
        put(system, *[submitted(system, f"第{n}件", TEXT.format(n)) for n in range(3)])
    run = begin(deployed, "process", until_empty=True)
    assert ended(deployed, run) == "COMPLETED", state(deployed, run)
    kept = artifacts(deployed, run)
    assert {"步骤": "其中新收", "条数": 3, "秒": None} in json.loads(kept["process-steps"])
    (row,) = json.loads(kept["ledger"])
    assert (row["收到"], row["已入检索"]) == (3, 3)
    assert set(deployed.asked(f"/flow_runs/{run}")["tags"]) == {"minyi", "处理"}
    until(lambda: any("处理 3 条" in line for line in lines(deployed, run)))


def lines(server: prefect.Server, run: str) -> list[str]:
    body = {"logs": {"flow_run_id": {"any_": [run]}}}
    return [one["message"] for one in server.asked("/logs/filter", body)]


def test_a_run_whose_process_is_killed_is_crashed(deployed: prefect.Server, worker: psutil.Process):
    run = begin(deployed, "process", seconds=600)
    until(lambda: state(deployed, run)["type"] == "RUNNING")
    process_of(worker, run).kill()
    assert ended(deployed, run) == "CRASHED"


def test_what_operators_act_on_is_an_event_with_a_chinese_sentence(server: prefect.Server, tmp_path: Path, site: Site):
    given = environment(server, mine := load({"MINYI_HOME": str(tmp_path / "home")}))
    catalogue = mine.rules_dir / "catalogue.yaml"
    catalogue.parent.mkdir(parents=True)
    start = f'{{kind: list, url: "{site.url}/gone", links: a}}'
    catalogue.write_text(f"version: 1\nsources: [{{name: 县网, title: 网, starts: [{start}]}}]\n", encoding="utf-8")
    run_flow(given, "crawl")
    assert said(server, "minyi.source.failed")["minyi.source.县网"].startswith("来源 县网 采集失败：")


def test_what_is_set_aside_and_what_stops_process_are_events(server: prefect.Server, tmp_path: Path):
    given = environment(server, mine := load({"MINYI_HOME": str(tmp_path / "home")}))
    with open_system(mine) as system:
        put(system, crawled(system, "http://x.test/1", page("题", "短")))
        run_flow(given, "process", until_empty=True)
        assert said(server, "minyi.quarantine.grew") == {"minyi.quarantine": "隔离区新增 1 条"}
        publish(system, SUBMITTED, [Outgoing("x", orjson.dumps({"format": FORMAT + 1}))])
    with pytest.raises(Broken):
        run_flow(given, "process", until_empty=True)
    assert "请先升级本机的民意程序" in said(server, "minyi.process.stopped")["minyi.process"]


def said(server: prefect.Server, name: str) -> dict[str, str]:
    """The sentences of our events of this name, by resource; the run they came from has our tag."""
    body = {"filter": {"event": {"name": [name]}, "related": {"id": ["prefect.tag.minyi"]}}}
    until(lambda: bool(server.asked("/events/filter", body)["events"]))
    found = server.asked("/events/filter", body)["events"]
    return {one["resource"]["prefect.resource.id"]: one["payload"]["said"] for one in found}


def test_old_runs_of_ours_go_with_lines_and_tables_and_other_projects_stay(server: prefect.Server, tmp_path: Path):
    given = environment(server, load({"MINYI_HOME": str(tmp_path / "home")}))
    run_flow(given, "process", until_empty=True)
    body = {"flows": {"name": {"any_": ["process"]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    old = server.asked("/flow_runs/filter", {**body, "sort": "END_TIME_DESC", "limit": 1})[0]["id"]
    until(lambda: bool(lines(server, old)))
    assert artifacts(server, old)
    theirs = left_running(server)
    for run in (old, theirs):
        server.execute("UPDATE flow_run SET end_time = now() - interval '31 days' WHERE id = %s", run)
    run_flow(given, "maintain")
    assert server.asked("/flow_runs/filter", {"flow_runs": {"id": {"any_": [old, theirs]}}})[0]["id"] == theirs
    until(lambda: not lines(server, old))
    assert not artifacts(server, old)


def test_a_sweep_crashes_the_silent_and_lets_live_runs_of_other_workers_be(
    deployed: prefect.Server, given: dict[str, str]
):
    dead, alive = left_running(deployed, "minyi"), left_running(deployed, "minyi")
    others = left_running(deployed)
    beats = threading.Event()
    beating = threading.Thread(target=beat, args=(deployed, given, alive, beats))
    beating.start()
    try:
        code = f"import asyncio; from flows.crashes import sweep; print(asyncio.run(sweep({SILENCE})))"
        swept = ran((sys.executable, "-c", code), given, ROOT)
    finally:
        beats.set()
        beating.join()
    assert dead in swept
    assert [state(deployed, run)["type"] for run in (dead, alive, others)] == ["CRASHED", "RUNNING", "RUNNING"]
    assert "进程已不在" in state(deployed, dead)["message"]


def left_running(server: prefect.Server, *tags: str) -> str:
    flow = server.asked("/flows/", {"name": "process"})["id"]
    return server.asked("/flow_runs/", {"flow_id": flow, "state": {"type": "RUNNING"}, "tags": tags})["id"]


def beat(server: prefect.Server, given: dict[str, str], run: str, ended: threading.Event) -> None:
    """Heartbeats as a run on another machine gives them."""
    while not ended.wait(0.5):
        event = {
            "id": str(uuid.uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": "prefect.flow-run.heartbeat",
            "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
        }
        server.asked("/events", [event])
