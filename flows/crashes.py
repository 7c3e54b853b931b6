"""crashes: runs whose process is gone are marked Crashed, so that they hold no place and nobody waits for them.

Their sign is silence: a live run gives a heartbeat every HEARTBEAT seconds, from a thread of its own. An automation
of the server watches for that; the sweep finds those that it cannot know: from before it existed, or never begun.
Both touch this project's runs alone, told by their tag, for others may use the server too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventOrder, EventResourceFilter
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.states import Crashed
from prefect.types import DateTime

from flows.offline import HEARTBEAT
from flows.serve import NAME
from pipeline.clock import system_clock

BEAT = "prefect.flow-run.heartbeat"
ENDS = ("Completed", "Failed", "Cancelled", "Crashed")
SILENT = 3 * HEARTBEAT  # seconds after which a run counts as dead
UNFINISHED = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
LOST = "运行中断：进程已不在，下一时段接着做"
AUTOMATION = AutomationCore(
    name="民意：中断的后台任务",
    description=f"超过 {SILENT} 秒没有心跳的运行标为 Crashed",
    trigger=EventTrigger(
        after={BEAT},
        expect={BEAT, *(f"prefect.flow-run.{name}" for name in ENDS)},
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=ResourceSpecification(
            {"prefect.resource.id": f"prefect.tag.{NAME}", "prefect.resource.role": "tag"}
        ),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=SILENT),
    ),
    actions=[ChangeFlowRunState(name=None, state=StateType.CRASHED, message=LOST, force=False)],
)
Sign = tuple[UUID | None, UUID | None]  # a run's state and its newest heartbeat


async def ensure_automation(client: PrefectClient) -> None:
    """Make the automation, or renew it where it differs: renewed, it forgets whom it was watching. One that an
    operator has switched off stays off."""
    found = await client.read_automations_by_name(AUTOMATION.name)
    if not found:
        await client.create_automation(AUTOMATION)
    elif _shape(found[0]) != _shape(AUTOMATION):
        renewed = AUTOMATION.model_copy(update={"enabled": found[0].enabled})
        await client.update_automation(found[0].id, renewed)


async def sweep(silent: float = SILENT + 10) -> list[UUID]:
    """Crash the runs that give no sign for `silent` seconds from now; their ids.

    Two looks, and no clock is asked: those of workers, server and this machine may differ. A run that lives, on
    whichever worker, has changed state or given a heartbeat in between.
    """
    async with get_client() as client:
        before = await _signs(client)
        if not before:
            return []
        await asyncio.sleep(silent)
        after = await _signs(client, list(before))
        dead = [run for run, sign in after.items() if sign == before[run]]
        for run in dead:
            await client.set_flow_run_state(run, Crashed(message=LOST))  # not by force: it may have ended just now
    return dead


async def _signs(client: PrefectClient, among: Sequence[UUID] | None = None) -> dict[UUID, Sign]:
    runs = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            id=FlowRunFilterId(any_=list(among)) if among is not None else None,
            tags=FlowRunFilterTags(all_=[NAME]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNFINISHED)),
        )
    )
    return {run.id: (run.state_id, await _newest(client, run)) for run in runs}


async def _newest(client: PrefectClient, run: FlowRun) -> UUID | None:
    now = system_clock()
    found = await client.read_events(
        EventFilter(
            # A day either way: the clock of this machine or of the run's may be off.
            occurred=EventOccurredFilter(
                since=DateTime.fromisoformat((now - timedelta(days=1)).isoformat()),
                until=DateTime.fromisoformat((now + timedelta(days=1)).isoformat()),
            ),
            event=EventNameFilter(name=[BEAT]),
            resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
            order=EventOrder.DESC,
        ),
        limit=1,
    )
    return found.events[0].id if found.events else None


def _shape(automation: AutomationCore) -> dict[str, object]:
    return automation.model_dump(include={"description", "trigger", "actions"})
