"""`minyi doctor --watch`: looks again and again, and prints what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import click

from pipeline.cli.output import message, print_json
from pipeline.cli.parts import stopping
from pipeline.clock import shown, stored
from pipeline.desk.words import PARTS

if TYPE_CHECKING:
    from pipeline.operate.alarms import Look
    from pipeline.records.watching import Alarm
    from pipeline.wiring import System

Standing = dict[tuple[str, str], "Alarm"]


def watch(system: System, interval: float, times: int | None, *, json_: bool) -> int:
    """Until told to stop, or `times` looks; 0 when nothing stands at the end."""
    from pipeline.operate.observed import Observer

    observer = Observer(cast("Any", system))
    standing: Standing = {}
    proven: datetime | None = None
    looks = 0
    message(f"每 {interval:g} 秒看一次，有变化才说；按 Ctrl+C 结束")
    try:
        with stopping() as stopped:
            while not stopped.is_set() and (times is None or looks < times):
                now, due = system.clock(), _due(system, proven)
                standing = _changed(system, _looked(system, observer, proven=due), standing, json_=json_)
                proven, looks = now if due else proven, looks + 1
                if times is None or looks < times:
                    stopped.wait(interval)
    finally:
        observer.close()
    message(f"有 {len(standing)} 项告警" if standing else "没有告警")
    return 1 if standing else 0


def _due(system: System, proven: datetime | None) -> bool:
    # The proof reads all of the ledger.
    from pipeline.operate.observed import thresholds

    pause = timedelta(minutes=thresholds(cast("Any", system)).proof_minutes)
    return proven is None or system.clock() - proven >= pause


def _looked(system: System, observer: Any, *, proven: bool) -> Look:
    from crawlers.watched import watched
    from pipeline.operate.alarms import watch as look

    observer.sources, _ = watched(system)
    return look(cast("Any", system), observer, proven=proven)


def _changed(system: System, look: Look, before: Standing, *, json_: bool) -> Standing:
    """Say what is new and what is over; what stands now. What could not be looked at stands as before."""
    found = {alarm.key: alarm for alarm in look.found}
    unseen = {key: alarm for key, alarm in before.items() if key[0] not in look.looked}
    say = _json(system) if json_ else _words(system)
    for key, alarm in found.items():
        if key not in before:
            say(alarm, False)  # noqa: FBT003 - ok, as doctor's lines have it
    for key, alarm in before.items():
        if key not in found and key not in unseen:
            say(alarm, True)  # noqa: FBT003
    return {**unseen, **found}


def _json(system: System) -> Callable[[Alarm, bool], None]:
    def say(alarm: Alarm, ok: bool) -> None:  # noqa: FBT001
        print_json({**_line(alarm, ok=ok), "time": _now(system)})

    return say


def _words(system: System) -> Callable[[Alarm, bool], None]:
    def say(alarm: Alarm, ok: bool) -> None:  # noqa: FBT001
        line = _line(alarm, ok=ok)
        click.echo(f"{_now(system)[:19].replace('T', ' ')}  {PARTS.get(alarm.part, alarm.part)}：{line['what']}")
        if line["fix"]:
            click.echo(f"        → {line['fix']}")

    return say


def _line(alarm: Alarm, *, ok: bool) -> Mapping[str, Any]:
    what = f"已解除：{alarm.what}" if ok else alarm.what
    return {"part": alarm.part, "ok": ok, "what": what, "fix": None if ok else alarm.fix}


def _now(system: System) -> str:
    return shown(stored(system.clock()), system.settings.zone)
