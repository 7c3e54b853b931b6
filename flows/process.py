"""process: follow the bus for one slot. A task is a drain of up to five seconds of batches, never a message:
Prefect's server takes 40 to 60 ms to record one. `minyi run --follow` does the same without Prefect."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from prefect import flow, task
from prefect.artifacts import acreate_table_artifact

from flows.alarms import attended
from flows.events import tell
from flows.kept import Kept
from flows.opened import opened
from flows.runs import slot_of_run
from flows.slots import Slot, finish, why_not
from pipeline.errors import MinyiError, Transient
from pipeline.records.items import Balance
from pipeline.records.names import GROUP, TOPICS, Outcome
from pipeline.run import LONGEST_PAUSE
from pipeline.wiring import System
from pipeline.workers import teller_of

log = logging.getLogger(__name__)
SLOT = timedelta(minutes=10)
DRAIN = 5.0  # seconds of batches in one task
LEAVE = 15.0  # seconds before the next slot: its run asks for a place up to 10 s early, cancelled when there is none
IDLE = 1.0  # seconds between looks at an empty bus
STAGES = {"poll": "读取", "note": "登记", "steps": "各步处理", "commit": "入库"}
KEPT = Kept()
OUTCOMES = {
    Outcome.INDEXED: "已入检索",
    Outcome.PENDING: "待入检索",
    Outcome.DUPLICATE: "重复",
    Outcome.REJECTED: "未收",
    Outcome.QUARANTINED: "隔离",
    Outcome.PURGED: "已清除",
}


@dataclass
class Total:
    """What a slot did: tasks, messages by outcome, seconds by stage."""

    tasks: int = 0
    messages: int = 0
    outcomes: dict[str, int] = field(default_factory=dict[str, int])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    def add(self, done: dict[str, Any]) -> None:
        """Take a drain's answer in."""
        self.tasks += 1
        self.messages += done["messages"]
        for name, count in done["outcomes"].items():
            self.outcomes[name] = self.outcomes.get(name, 0) + count
        for name, spent in done["seconds"].items():
            self.seconds[name] = self.seconds.get(name, 0.0) + spent


@flow(
    name="process", flow_run_name="处理", description="处理总线上的新内容，一个时段 10 分钟", validate_parameters=False
)
async def process(
    *, seconds: float = SLOT.total_seconds(), until_empty: bool = False, slot: str | None = None, share: int = 1
) -> dict[str, Any]:
    """Follow the bus for `seconds`, no longer than the slot; `until_empty` ends when nothing waits.

    Runs of different `share` go on at once and divide the partitions among them; each has slots of its own.
    """
    with opened() as system:
        mine = slot_of_run("process" if share == 1 else f"process.{share}", SLOT, slot)
        if mine and (why := why_not(mine, system.store, system.clock())):
            log.info("%s", why)
            return {"skipped": why}
        # At the slot's beginning: a board that is slow to answer must not reach into the next.
        told = asyncio.create_task(asyncio.to_thread(teller_of(system).recent))
        try:
            async with attended(system) if share == 1 else nullcontext():
                total = await follow(system, time.monotonic() + _room(seconds, mine, system), until_empty=until_empty)
        except MinyiError as error:
            tell("process.stopped", "process", str(error))
            raise
        await told
        if mine:
            finish(mine, system.store)
        with system.store.reading() as session:
            balance = session.ledger.balance()
        log.info("处理 %s 条，%s 个任务", total.messages, total.tasks)
    if total.messages:
        await acreate_table_artifact(step_rows(total), key="process-steps", description="本时段：步骤、条数、秒")
    await acreate_table_artifact(ledger_rows(balance), key="ledger", description="采集账目：收到 = 其余各列之和")
    if aside := total.outcomes.get(Outcome.QUARANTINED):
        tell("quarantine.grew", "quarantine", f"隔离区新增 {aside} 条", count=aside)
    return {"messages": total.messages, "outcomes": total.outcomes, "tasks": total.tasks}


@task(name="drain", task_run_name="处理一段")
async def drain(seconds: float) -> dict[str, Any]:
    """Relay, process and project for up to `seconds`, ending early when nothing is left."""
    with KEPT.runner() as runner:
        done = runner.drain(seconds, wait=0.1)
        report = runner.report.taken()
        found = {"messages": report.messages, "outcomes": report.outcomes, "seconds": report.seconds}
        return {"done": done, "joining": runner.joining, **found}


async def follow(system: System, ends: float, *, until_empty: bool) -> Total:
    """Drains while anything waits, looks while nothing does, until `ends` (monotonic)."""
    total, pause = Total(), IDLE
    with KEPT.stretch():
        while (left := ends - time.monotonic()) > 0:
            if not waiting(system):
                if until_empty:
                    break
                KEPT.let_go()
                await asyncio.sleep(min(IDLE, left))
            elif await _drained(total, min(DRAIN, left)):
                pause = IDLE
            else:
                KEPT.let_go()
                await asyncio.sleep(min(pause, left))
                pause = min(LONGEST_PAUSE, pause * 2)
    return total


async def _drained(total: Total, seconds: float) -> bool:
    # Whether to go on at once: something was done, or the group is being joined, and who leaves has it begin anew.
    # Else what waits is another worker's, or a part is away: both are asked again at a slowing pace.
    try:
        done = await drain(seconds)
    except Transient as error:
        log.warning("暂时无法处理：%s", error)
        return False
    total.add(done)
    return done["done"] > 0 or done["joining"]


def waiting(system: System) -> bool:
    """Whether anything waits: in the outbox, on the bus, or for search."""
    with system.store.reading() as session:
        newest, least = session.arrivals.outbox()
        marks = session.marks.pending()
        at = {(row.bus, row.topic, row.partition): row.next for row in session.offsets.rows(GROUP)}
    if least <= newest or marks:
        return True
    return any(
        extent.end > at.get((system.bus.bus_id(topic), topic, partition), extent.first)
        for topic in TOPICS
        for partition, extent in system.bus.extent(topic).items()
    )


def step_rows(total: Total) -> list[dict[str, Any]]:
    """The artifact of a slot: a row a stage, then a row an outcome."""
    stages = [
        {"步骤": STAGES.get(name, name), "条数": total.messages, "秒": round(spent, 3)}
        for name, spent in total.seconds.items()
    ]
    # At its commit a new message is pending; by the slot's end it is in search, which the ledger tells.
    words = {**OUTCOMES, Outcome.PENDING: "新收"}
    outcomes = [
        {"步骤": f"其中{words[Outcome(name)]}", "条数": count, "秒": None} for name, count in total.outcomes.items()
    ]
    return stages + outcomes


def ledger_rows(balance: Iterable[Balance]) -> list[dict[str, Any]]:
    """The ledger as an artifact, newest day first."""
    return [
        {"日期": row.day, "来源": row.source, "收到": row.received}
        | {OUTCOMES[name]: getattr(row, name.value) for name in OUTCOMES}
        for row in sorted(balance, key=lambda row: row.day, reverse=True)
    ]


def _room(seconds: float, slot: Slot | None, system: System) -> float:
    if slot is None:
        return seconds
    return min(seconds, (slot.ends - system.clock()).total_seconds() - LEAVE)
