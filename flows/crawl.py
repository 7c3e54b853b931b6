"""crawl: the sources that are due in this slot, one report for each. Nothing is judged here."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from prefect import flow, task
from prefect.artifacts import acreate_table_artifact

from crawlers.catalogue import schedule
from crawlers.run import crawl as crawl_now
from crawlers.tally import SourceReport
from flows.events import tell
from flows.opened import opened
from flows.runs import slot_of_run
from flows.slots import Slot, finish, watermark, why_not
from pipeline.wiring import System, open_system

log = logging.getLogger(__name__)
SLOT = timedelta(minutes=10)
HEADS = {
    "source": "来源",
    "found": "找到",
    "new": "新",
    "changed": "有改动",
    "unchanged": "未变",
    "failed": "失败",
    "forbidden": "不许采集",
}


@flow(name="crawl", flow_run_name="采集", description="采集到期的来源，每 10 分钟看一次", validate_parameters=False)
async def crawl(*, names: Sequence[str] = (), slot: str | None = None) -> dict[str, Any]:
    """Crawl the named sources; of a scheduled run those that are due, of one started by hand all."""
    with opened() as system:
        mine = slot_of_run("crawl", SLOT, slot)
        if mine and (why := why_not(mine, system.store, system.clock())):
            log.info("%s", why)
            return {"skipped": why}
        chosen = list(names) or due(system, mine)
        lines = await crawl_sources(chosen) if chosen else []
        if mine:
            _note(system, collected(lines), mine)
        log.info("采集 %s 个来源，新 %s 篇", len(lines), sum(line["new"] for line in lines))
    if lines:
        await acreate_table_artifact(report_rows(lines), key="crawl-report", description="采集情况：每个来源一行")
    for line in lines:
        _tell(line)
    return {"sources": lines}


@task(name="crawl", task_run_name="采集各来源")
async def crawl_sources(names: Sequence[str]) -> list[dict[str, Any]]:
    """Crawl these sources; their reports as CONTRACT has them, each with `ok` and `elsewhere`."""
    with open_system() as system:
        return [line_of(report) for report in crawl_now(system, names)]


def line_of(report: SourceReport) -> dict[str, Any]:
    """A report as plain data."""
    return {**report.line(), "ok": report.ok, "elsewhere": report.elsewhere}


def collected(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sources that are done for this slot. One that another run was at stays due: that run may die."""
    return [line["source"] for line in lines if not line["elsewhere"]]


def due(system: System, slot: Slot | None) -> list[str]:
    """The catalogue's sources whose `every` has passed by the slot's time; all when there is no slot."""
    every: Mapping[str, timedelta] = schedule(system.settings)
    return [name for name, pause in every.items() if slot is None or _is_due(system, name, pause, slot.at)]


def _is_due(system: System, name: str, pause: timedelta, at: datetime) -> bool:
    # Slot times are compared, never times of finishing: a source of every hour would else slip by a slot a round.
    done = watermark(system.store, _key(name), at + SLOT)
    return done is None or at - done >= pause


def _note(system: System, names: Sequence[str], slot: Slot) -> None:
    for name in names:
        finish(Slot(_key(name), slot.at, slot.length), system.store)
    finish(slot, system.store)


def _key(source: str) -> str:
    return f"crawl.{source}"


def _tell(line: Mapping[str, Any]) -> None:
    name = line["source"]
    if not line["ok"] or (line["found"] and line["failed"] == line["found"]):
        reasons = _reasons(line["reasons"])
        tell("source.failed", f"source.{name}", f"来源 {name} 采集失败：{reasons}", reasons=reasons)


def report_rows(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The artifact: a row a source, reasons in one cell."""
    return [{HEADS[name]: line[name] for name in HEADS} | {"说明": _reasons(line["reasons"])} for line in lines]


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> str:
    return "；".join(f"{reason['why']} {reason['count']}" for reason in reasons)
