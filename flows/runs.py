"""The flow run that this code is part of, as Prefect knows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from prefect.context import FlowRunContext

from flows.slots import Slot


def slot_of_run(flow: str, length: timedelta, given: str | None = None) -> Slot | None:
    """The slot this run stands for: `given` (ISO with offset, of a run made to catch up), else the time the
    scheduler set; None for a run that a person started."""
    if given is not None:
        return Slot(flow, datetime.fromisoformat(given), length)
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or not run.auto_scheduled or run.expected_start_time is None:
        return None
    return Slot(flow, run.expected_start_time, length)
