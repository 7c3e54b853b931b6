"""place: a home of its own for each run of the demo, and the rules of the county in it."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from flows.demo.content import rules_file
from pipeline.errors import UsageError
from pipeline.records.names import TOPICS
from pipeline.settings import PRIVATE, Settings, load
from pipeline.wiring import System, open_system

RULES = ("regions.yaml", "series.yaml")


def new_home(environment: Mapping[str, str], now: datetime) -> Settings:
    """Settings with a new folder under HOME/demo as their home; parts that the environment names stay as named.
    Raises UsageError when those hold items already: numbers and ledger would be another county's."""
    above = load(environment).home / "demo"
    home = _made(above, now.strftime("%Y%m%d-%H%M%S"))
    settings = load({**environment, "MINYI_HOME": str(home)})
    _write_rules(settings, now)
    with open_system(settings) as system:
        _refuse_what_is_in_use(system)
    return settings


def _refuse_what_is_in_use(system: System) -> None:
    with system.store.reading() as session:
        taken = session.items.count_live()
    if taken:
        raise UsageError(
            f"MINYI_STORE 所指的库里已有 {taken} 篇稿件，演示要在空库里走",
            fix="请换一个空库，或去掉 MINYI_STORE 再运行",
        )
    waiting = sum(extent.end - extent.first for topic in TOPICS for extent in system.bus.extent(topic).values())
    if waiting:
        raise UsageError(
            f"MINYI_BUS 所指的总线里已有 {waiting} 条消息，演示要在空总线上走",
            fix="请换一套空的总线，或去掉 MINYI_BUS 再运行",
        )


def _made(above: Path, name: str) -> Path:
    above.mkdir(parents=True, exist_ok=True)
    for tries in range(1, 1000):
        home = above / (name if tries == 1 else f"{name}-{tries}")
        try:
            home.mkdir(mode=PRIVATE)
        except FileExistsError:
            continue
        return home
    raise UsageError("演示文件夹建不起来", where=str(above), fix="请清理旧的演示文件夹")


def _write_rules(settings: Settings, now: datetime) -> None:
    settings.rules_dir.mkdir(parents=True, exist_ok=True)
    for name in RULES:
        (settings.rules_dir / name).write_text(rules_file(name, now.date()), encoding="utf-8")


def quiet_logs(settings: Settings) -> None:
    """Logs go into a file of the home: the story is what the screen shows."""
    path = settings.home / "logs" / "demo.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(filename=path, encoding="utf-8", level=logging.WARNING, format=form, force=True)
    logging.captureWarnings(capture=True)


def environment_of(settings: Settings) -> str:
    """How a person names this home to the next command, on this machine's shell."""
    setting = f"MINYI_HOME={settings.home}"
    return f"set {setting}" if os.name == "nt" else f"export {setting}"
