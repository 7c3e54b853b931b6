"""brief: what waits for an editor this morning, urgent first, then by 参考排序, copies folded. Decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact

from flows.opened import opened
from flows.runs import slot_of_run
from flows.slots import Slot, finish, watermark, why_not
from pipeline.clock import SHANGHAI, shown, stored
from pipeline.records.items import Document, Query
from pipeline.records.names import State
from pipeline.wiring import System, open_system
from pipeline.workers import projector_of

log = logging.getLogger(__name__)
SLOT = timedelta(days=1)
LONGEST = timedelta(days=7)  # an office that was shut for longer begins with its newest week
STATES = (State.SUBMITTED, State.ACCEPTED)
PAGE = 200
MOST = 50  # rows of the artifact


@dataclass(frozen=True, slots=True)
class Candidate:
    """One matter that waits: the earliest copy, and how many more there are."""

    first: Document
    urgent: bool
    score: float
    copies: int


@flow(name="brief", flow_run_name="每日要目", description="每天早上：待编的稿件，急件在前", validate_parameters=False)
async def brief(*, slot: str | None = None) -> dict[str, Any]:
    """The candidates that arrived since the last brief; a day that was missed is in the next one."""
    with opened() as system:
        mine = slot_of_run("brief", SLOT, slot)
        if mine and (why := why_not(mine, system.store, system.clock())):
            log.info("%s", why)
            return {"skipped": why}
        since, until = span(system, mine)
        page = await compile_brief(stored(since), stored(until))
        await acreate_markdown_artifact(page["markdown"], key="brief", description="每日要目")
        if mine:
            finish(mine, system.store)
        log.info("要目 %s 篇", page["count"])
    return {"count": page["count"], "since": stored(since)}


@task(name="brief", task_run_name="汇总待编稿件")
async def compile_brief(since: str, until: str) -> dict[str, Any]:
    """The brief of what was received in [since, until), stored times, as Markdown."""
    with open_system() as system:
        waiting = fold(one for one in documents(system) if since <= one.received_at < until)
        day = shown(until, system.settings.zone)[:10]
        return {"count": len(waiting), "markdown": markdown(waiting, day, system.settings.zone)}


def span(system: System, slot: Slot | None) -> tuple[datetime, datetime]:
    """From the last brief, or a day before, to the slot's time (of a run by hand: now)."""
    until = slot.at if slot else system.clock()
    last = watermark(system.store, "brief", until)
    return max(last or until - SLOT, until - LONGEST), until


def documents(system: System) -> Iterable[Document]:
    """Everything that waits for an editor and is in no bulletin."""
    projector = projector_of(system)
    for state in STATES:
        offset = 0
        while hits := projector.find(Query(state=state.value, limit=PAGE, offset=offset)).hits:
            yield from (hit.document for hit in hits if hit.document.bulletin is None)
            offset += PAGE


def fold(found: Iterable[Document]) -> list[Candidate]:
    """One candidate a cluster, urgent first, then by score, then by time of receipt. Its earliest copy stands
    for it; it is urgent when any copy is, and has the best score of them."""
    clusters: dict[str, list[Document]] = {}
    for one in found:
        clusters.setdefault(one.cluster or one.id, []).append(one)
    folded = (_folded(copies) for copies in clusters.values())
    return sorted(folded, key=lambda one: (not one.urgent, -one.score, one.first.received_at, one.first.id))


def _folded(copies: Sequence[Document]) -> Candidate:
    first = min(copies, key=lambda one: (one.received_at, one.id))
    urgent = any(one.urgent for one in copies)
    return Candidate(first, urgent, max(one.score for one in copies), len(copies) - 1)


def markdown(waiting: Sequence[Candidate], day: str, zone: ZoneInfo = SHANGHAI) -> str:
    """The brief as a page for the flows' UI."""
    lines = [f"# 每日要目 {day}", "", f"待编 {len(waiting)} 件，急件在前，其余按参考排序；相同的只列一次。"]
    if waiting:
        lines += ["", "| 参考排序 | 标题 | 来源 | 领域 | 收到 | 编号 |", "|---:|---|---|---|---|---|"]
        lines += [_row(one, zone) for one in waiting[:MOST]]
    if len(waiting) > MOST:
        lines += ["", f"另有 {len(waiting) - MOST} 件未列出，请在稿件页查看。"]
    return "\n".join(lines)


def _row(one: Candidate, zone: ZoneInfo) -> str:
    first = one.first
    title = ("【急】" if one.urgent else "") + (first.title or "（无标题）")
    title += f"（另有 {one.copies} 件相同）" if one.copies else ""
    received = shown(first.received_at, zone)[5:16].replace("T", " ")
    cells = (f"{one.score:.0f}", title, first.source, first.domain or "未定", received, first.id)
    return "| " + " | ".join(cell.replace("|", "｜").replace("\n", " ") for cell in cells) + " |"
