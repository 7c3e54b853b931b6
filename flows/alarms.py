"""alarms: a run's look at them, and an event for each that was raised since a run told last, whoever raised it.

On servers the watcher (`minyi doctor --watch`) looks all the time, on its own machine's disk; on one machine with
`minyi up` nobody else does, so that its runs of `process` look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from crawlers.watched import watched
from flows.events import in_run, tell
from pipeline.clock import stored
from pipeline.errors import MinyiError
from pipeline.operate.alarms import Look, watch
from pipeline.operate.observed import Observer
from pipeline.operate.parts import Parts
from pipeline.wiring import System

log = logging.getLogger(__name__)
TOLD = "flow.alarms.told"  # the stored time when the newest of those that were told was raised
CATCHING_UP = 120.0  # seconds that a slot has for what waited while the machine was off, before that is an alarm


def look(system: System, *, proven: bool) -> Look:
    """Look once and settle; `proven` with the proof of the ledger, which reads all of it."""
    sources, _ = watched(system)
    observer = Observer(cast("Parts", system), sources)
    try:
        return watch(cast("Parts", system), observer, proven=proven)
    finally:
        observer.close()


def tell_raised(system: System) -> list[str]:
    """An event for each alarm that stands and was raised after those that were told; which, by part. Outside of a
    flow run nothing is told, and stays to be told."""
    if not in_run():
        return []
    with system.store.reading() as session:
        told = session.registry.note(TOLD) or ""
        if told > stored(system.clock()):  # under a wrong clock
            told = ""
        new = [row for row in session.alarms.standing() if row.raised_at > told]
    for row in new:
        alarm = row.alarm
        about = ".".join(filter(None, ("alarm", alarm.part, alarm.subject)))
        tell("alarm.raised", about, alarm.what, part=alarm.part, subject=alarm.subject, fix=alarm.fix)
    if new:
        with system.store.writing() as session:
            session.registry.set_note(TOLD, max(row.raised_at for row in new))
    return [row.alarm.part for row in new]


def attend(system: System) -> None:
    """Look where nobody else does, and tell. Raises nothing: what cannot be looked at now is looked at next time."""
    try:
        if system.settings.store.path is not None:
            look(system, proven=False)
        tell_raised(system)
    except MinyiError as error:
        log.warning("alarms not looked at", extra={"why": error.what})


@asynccontextmanager
async def attended(system: System, after: float = CATCHING_UP) -> AsyncGenerator[None]:
    """Attend to the alarms while the body works: `after` these seconds, or at its end when that comes first."""
    over = asyncio.Event()
    attending = asyncio.create_task(_later(system, over, after))
    try:
        yield
    finally:
        over.set()
        await attending


async def _later(system: System, over: asyncio.Event, after: float) -> None:
    await asyncio.wait([waiting := asyncio.create_task(over.wait())], timeout=after)
    waiting.cancel()
    await asyncio.to_thread(attend, system)
