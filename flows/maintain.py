"""maintain: every night, one chore after another; one that fails does not keep the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from prefect import flow, task
from prefect.artifacts import acreate_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterTags,
)

from flows.alarms import look, tell_raised
from flows.events import tell
from flows.opened import opened
from flows.runs import slot_of_run
from flows.serve import NAME
from flows.slots import finish, why_not
from pipeline.clock import system_clock
from pipeline.errors import Broken, MinyiError
from pipeline.intake.relay import relay_all
from pipeline.operate.backup import backup
from pipeline.operate.retention import keep
from pipeline.wiring import System, open_system
from pipeline.workers import teller_of

log = logging.getLogger(__name__)
SLOT = timedelta(days=1)
PAGE = 100


@flow(name="maintain", flow_run_name="维护", description="每天夜里：补发、清理、备份", validate_parameters=False)
async def maintain(*, slot: str | None = None) -> dict[str, Any]:
    """Every chore once. Raises Broken naming those that failed, when the others are done."""
    with opened() as system:
        mine = slot_of_run("maintain", SLOT, slot)
        if mine and (why := why_not(mine, system.store, system.clock())):
            log.info("%s", why)
            return {"skipped": why}
        rows = [await chore(name) for name in CHORES]
        rows.append(await forget_runs())
        await acreate_table_artifact(rows, key="maintain", description="维护：事项、结果、秒")
        for row in rows:
            if not row["完成"]:
                tell("chore.failed", f"chore.{row['事项']}", f"{row['事项']}没有完成：{row['结果']}")
        if failed := [row["事项"] for row in rows if not row["完成"]]:
            raise Broken(f"维护没有全部完成：{'、'.join(failed)}", fix="详情见本次运行的表")
        if mine:
            finish(mine, system.store)
    return {"chores": [row["事项"] for row in rows]}


@task(name="chore", task_run_name="{name}")
async def chore(name: str) -> dict[str, Any]:
    """One chore of CHORES; its row in the artifact."""
    began = time.monotonic()
    try:
        with open_system() as system:
            said = CHORES[name](system)
    except MinyiError as error:
        return _failed(name, error, began)
    return _row(name, said, began)


@task(name="forget", task_run_name="清理旧的运行记录")
async def forget_runs() -> dict[str, Any]:
    """Remove this project's runs that ended more than the rules' days ago, with their artifacts; the server removes
    their logs and tasks with them. Other projects' runs on the same server are let be."""
    name, began, gone = "后台任务的运行记录", time.monotonic(), 0
    try:
        with open_system() as system:
            before = system_clock() - timedelta(days=system.rules.retention.runs)
    except MinyiError as error:
        return _failed(name, error, began)
    ended = FlowRunFilterEndTime.model_validate({"before_": before})
    old = FlowRunFilter(end_time=ended, tags=FlowRunFilterTags(all_=[NAME]))
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=old, limit=PAGE):
            theirs = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id for run in runs]))
            while artifacts := await client.read_artifacts(artifact_filter=theirs, limit=PAGE):
                for artifact in artifacts:
                    await client.delete_artifact(artifact.id)
            for run in runs:
                await client.delete_flow_run(run.id)
            gone += len(runs)
    return _row(name, f"清理 {gone} 次", began)


def _failed(name: str, error: MinyiError, began: float) -> dict[str, Any]:
    log.warning("%s没有完成：%s", name, error)
    return _row(name, str(error), began, done=False)


def _row(name: str, said: str, began: float, *, done: bool = True) -> dict[str, Any]:
    return {"事项": name, "结果": said, "完成": done, "秒": round(time.monotonic() - began, 1)}


def _relay(system: System) -> str:
    return f"补发 {relay_all(system.store, system.bus)} 条"


def _backup(system: System) -> str:
    report = backup(cast("Any", system), backups_dir(system))
    return f"备份到 {report.folder}"


def _keep(system: System) -> str:
    kept = keep(cast("Any", system), backups=backups_dir(system))
    if not kept.ok:
        listed = "、".join(kept.wrong_clusters[:5])
        raise Broken(f"有 {len(kept.wrong_clusters)} 篇的重复归并与记录不符：{listed}", fix="请运行 minyi doctor")
    return (
        f"清理总线消息 {kept.bus_messages} 条、待发记录 {kept.outbox} 条、线索正文 {kept.bodies} 篇、"
        f"备份 {len(kept.backups)} 份、日志 {len(kept.logs)} 个；核对归并 {kept.clusters_proven} 篇，无误"
    )


def _watch(system: System) -> str:
    found = look(system, proven=True)
    tell_raised(system)
    said = "；".join(alarm.what for alarm in found.found)
    return (
        f"告警 {len(found.found)} 项{f'：{said}' if said else ''}；新增 {len(found.raised)}，解除 {len(found.cleared)}"
    )


def _figures(system: System) -> str:
    if system.figures is None:
        return "检索在本机，账目看工作台"
    return f"送出账目和采集报告 {teller_of(system).everything()} 条"


def backups_dir(system: System) -> Path:
    """Where the nightly backups lie."""
    return system.settings.home / "backups"


CHORES: dict[str, Callable[[System], str]] = {
    "补发待发": _relay,
    "备份": _backup,
    "清理和核对": _keep,
    "账目供 Kibana": _figures,
    "告警": _watch,
}
