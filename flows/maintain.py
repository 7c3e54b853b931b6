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
)

from crawlers.watched import watched
from flows.offline import RETENTION_DAYS
from flows.opened import opened
from flows.runs import slot_of_run
from flows.slots import finish, why_not
from pipeline.clock import system_clock
from pipeline.errors import Broken, MinyiError
from pipeline.intake.relay import relay_all
from pipeline.operate.alarms import watch
from pipeline.operate.backup import backup
from pipeline.operate.observed import Observer
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
        rows.append(await forget_runs(RETENTION_DAYS))
        await acreate_table_artifact(rows, key="maintain", description="维护：事项、结果、秒")
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
            said, done = CHORES[name](system), True
    except MinyiError as error:
        log.warning("%s没有完成：%s", name, error)
        said, done = str(error), False
    return {"事项": name, "结果": said, "完成": done, "秒": round(time.monotonic() - began, 1)}


@task(name="forget", task_run_name="清理旧的运行记录")
async def forget_runs(days: int) -> dict[str, Any]:
    """Remove Prefect's own runs that ended more than `days` ago, with their artifacts; the server removes their
    logs and tasks with them."""
    began, gone = time.monotonic(), 0
    before = FlowRunFilterEndTime.model_validate({"before_": system_clock() - timedelta(days=days)})
    old = FlowRunFilter(end_time=before)
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=old, limit=PAGE):
            theirs = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id for run in runs]))
            for artifact in await client.read_artifacts(artifact_filter=theirs):
                await client.delete_artifact(artifact.id)
            for run in runs:
                await client.delete_flow_run(run.id)
            gone += len(runs)
    took = round(time.monotonic() - began, 1)
    return {"事项": "后台任务的运行记录", "结果": f"清理 {gone} 次", "完成": True, "秒": took}


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
    sources, _ = watched(system)
    observer = Observer(cast("Any", system), sources)
    try:
        look = watch(cast("Any", system), observer)
    finally:
        observer.close()
    said = "；".join(alarm.what for alarm in look.found)
    return f"告警 {len(look.found)} 项{f'：{said}' if said else ''}；新增 {len(look.raised)}，解除 {len(look.cleared)}"


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
