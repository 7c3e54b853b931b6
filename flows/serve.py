"""serve: the four flows with their schedules, run as child processes on this machine (`minyi up`).

No pool, no deploy step. One run of a flow at a time: what would overlap is cancelled, and does no harm, because
every run takes up where the last one stopped.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.states import Crashed, Scheduled
from prefect.types.entrypoint import EntrypointType

from flows.slots import watermark
from pipeline.wiring import System, open_system

NAME = "minyi"


@dataclass(frozen=True, slots=True)
class Served:
    """A flow, the tag that its runs carry beside NAME, and its cron in the office's time zone; `daily` gives the
    hour and minute of those that are caught up when the machine was off then; `more` are the crons of the runs
    that in a work pool go beside the first (flows/deploy)."""

    name: str
    cron: str
    tag: str
    daily: tuple[int, int] | None = None
    more: tuple[str, ...] = ()

    @property
    def tags(self) -> list[str]:
        """What its runs are found by on a server that others use too."""
        return [NAME, self.tag]


# Those beside the first begin at other minutes: one ends a little before its next slot, the others go on.
FLOWS = (
    Served("process", "*/10 * * * *", "处理", more=("3-59/10 * * * *", "6-59/10 * * * *")),
    Served("crawl", "5-59/10 * * * *", "采集"),
    Served("brief", "30 7 * * *", "要目", (7, 30)),
    Served("maintain", "0 3 * * *", "维护", (3, 0)),
)


def main() -> None:
    """Serve until told to stop."""
    asyncio.run(serve())


async def serve() -> None:
    """Register the deployments, settle what an earlier crash left, catch up, then poll."""
    runner = Runner(name=NAME, pause_on_shutdown=False)
    with open_system() as system:
        ids = {one.name: await runner.aadd_deployment(await deployment(one, system.settings.zone.key)) for one in FLOWS}
        await sweep()
        await catch_up(system, ids)
    sys.stdout.write("serving\n")
    sys.stdout.flush()
    await runner.start()


async def deployment(one: Served, zone: str) -> RunnerDeployment:
    """A flow's deployment: its schedule, one run at a time."""
    return await flow_of(one).ato_deployment(
        name=NAME,
        schedule=Cron(one.cron, timezone=zone),
        concurrency_limit=at_most(1),
        tags=one.tags,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def flow_of(one: Served) -> Any:
    """The flow itself."""
    return getattr(importlib.import_module(f"flows.{one.name}"), one.name)


def at_most(runs: int) -> ConcurrencyLimitConfig:
    """So many runs of a flow at a time; one more is cancelled, for what waits grows a backlog of stale slots."""
    return ConcurrencyLimitConfig(limit=runs, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)


async def sweep() -> list[UUID]:
    """Crash what is still called running: this home's only runner has just begun, so nothing is. A run left
    Running by a power cut would hold its flow's one place for ever."""
    unfinished = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    found = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=unfinished)))
    async with get_client() as client:
        runs = await client.read_flow_runs(flow_run_filter=found)
        for run in runs:
            await client.set_flow_run_state(run.id, Crashed(message="上次停机时中断"), force=True)
    return [run.id for run in runs]


async def catch_up(system: System, ids: dict[str, UUID]) -> list[str]:
    """A run now for every daily flow whose last slot passed while the machine was off; the names."""
    now = system.clock()
    late = {one.name: slot for one in FLOWS if (slot := missed(system, one, now)) is not None}
    async with get_client() as client:
        for name, slot in late.items():
            await client.create_flow_run_from_deployment(
                ids[name],
                parameters={"slot": slot.isoformat()},
                state=Scheduled(),
                idempotency_key=f"{name} {slot.isoformat()}",
            )
    return list(late)


def missed(system: System, one: Served, now: datetime) -> datetime | None:
    """The newest slot of a daily flow that has begun and is not done. None too for a flow that never ran: a new
    home has nothing to catch up."""
    if one.daily is None:
        return None
    done = watermark(system.store, one.name, now + timedelta(days=1))
    slot = last_slot(one.daily, now, system)
    return slot if done is not None and done < slot else None


def last_slot(daily: Sequence[int], now: datetime, system: System) -> datetime:
    """The newest time of day, in the office's zone, that is not after now."""
    hour, minute = daily
    here = now.astimezone(system.settings.zone)
    today = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= here else today - timedelta(days=1)


if __name__ == "__main__":
    main()
