"""Flows on one real Prefect server: what they record is read back over its API."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.maintain import CHORES
from flows.server import run_flow
from pipeline.errors import Broken
from pipeline.wiring import System
from tests.arriving import TEXT, put, submitted
from tests.flows.conftest import Running

pytestmark = pytest.mark.xdist_group("prefect")


def newest_run(services: Running, flow: str) -> dict[str, Any]:
    done = {"state": {"type": {"any_": ["COMPLETED"]}}}
    body = {"flows": {"name": {"any_": [flow]}}, "flow_runs": done, "sort": "END_TIME_DESC", "limit": 1}
    return services.asked("/flow_runs/filter", body)[0]


def artifacts(services: Running, run: str) -> dict[str, Any]:
    body = {"artifacts": {"flow_run_id": {"any_": [run]}}}
    return {one["key"]: one for one in services.asked("/artifacts/filter", body)}


def test_a_run_of_process_leaves_its_steps_and_the_ledger_as_artifacts(
    services: Running, recorded: dict[str, str], system: System
):
    put(system, *[submitted(system, f"第{n}件", TEXT.format(n)) for n in range(3)])
    done = run_flow(recorded, "process", until_empty=True)
    assert done["messages"] == 3
    kept = artifacts(services, newest_run(services, "process")["id"])
    steps = {row["步骤"]: row for row in json.loads(kept["process-steps"]["data"])}
    assert steps["各步处理"]["条数"] == 3
    assert steps["各步处理"]["秒"] > 0
    (row,) = json.loads(kept["ledger"]["data"])
    assert (row["收到"], row["已入检索"]) == (3, 3)


def test_a_slot_runs_once_and_a_stale_one_returns_at_once(recorded: dict[str, str]):
    now = datetime.now(UTC)
    slot = (now - timedelta(minutes=1)).isoformat()
    assert "messages" in run_flow(recorded, "process", seconds=0, slot=slot)
    assert "做过" in run_flow(recorded, "process", seconds=0, slot=slot)["skipped"]
    stale = (now - timedelta(minutes=11)).isoformat()
    assert "已过" in run_flow(recorded, "process", seconds=600, slot=stale)["skipped"]


def test_maintain_and_brief_leave_chinese_artifacts(services: Running, recorded: dict[str, str]):
    run_flow(recorded, "maintain")
    kept = artifacts(services, newest_run(services, "maintain")["id"])
    rows = json.loads(kept["maintain"]["data"])
    assert [row["事项"] for row in rows] == [*CHORES, "后台任务的运行记录"]
    assert all(row["完成"] for row in rows)
    run_flow(recorded, "brief")
    assert artifacts(services, newest_run(services, "brief")["id"])["brief"]["data"].startswith("# 每日要目")


def test_a_run_that_fails_says_why(recorded: dict[str, str], system: System):
    (system.settings.home / "backups").write_text("", encoding="utf-8")
    with pytest.raises(Broken, match="后台任务 maintain 没有完成"):
        run_flow(recorded, "maintain")


def test_a_run_left_running_by_a_power_cut_is_swept(services: Running, recorded: dict[str, str]):
    flow = services.asked("/flows/", {"name": "process"})["id"]
    left = services.asked("/flow_runs/", {"flow_id": flow, "state": {"type": "RUNNING"}})["id"]
    code = "import asyncio; from flows.serve import sweep; print(asyncio.run(sweep()))"
    done = subprocess.run([sys.executable, "-c", code], env=recorded, capture_output=True, text=True, check=True)
    assert left in done.stdout
    assert services.asked(f"/flow_runs/{left}")["state"]["type"] == "CRASHED"
