"""A process that moves a home to servers, or restores one there, and dies on the way, or stands still until it is
told to go on."""

from __future__ import annotations

import importlib
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.cli.move import _drain
from pipeline.errors import MinyiError
from pipeline.operate.move import Moved, move
from pipeline.operate.restore import restore
from pipeline.settings import load
from pipeline.wiring import System, open_system
from tests.faults.shapes import settings_of
from tests.faults.trap import Edge, die

# Where: module, attribute, and which call of it.
POINTS = {
    "among the tables": ("pipeline.adapters.store_sql.postgres_fill", "_copied", 20),
    "before the commit": ("pipeline.adapters.store_sql.postgres_fill", "note", 1),
    "after the commit": ("pipeline.operate.move", "_begin", 1),
    "between the marks": ("pipeline.operate.moved", "write_mark", 2),
    "after the marks": ("pipeline.adapters.store_sql.postgres_upkeep", "PostgresUpkeep.finish", 1),
}

RESTORING = {
    "before the commit": ("pipeline.adapters.store_sql.postgres_tools", "_after", 1),
    "after the commit": ("pipeline.operate.restore", "_prepare", 1),
    "before it is open": ("pipeline.adapters.store_sql.postgres_upkeep", "PostgresUpkeep.finish", 1),
}


def moved(home: str, lines: dict[str, str], old: dict[str, str] | None = None) -> Moved:
    """From what is embedded (or `old`) to where the lines say."""
    return move(load({**(old or {}), "MINYI_HOME": home}), load({**lines, "MINYI_HOME": home}), System, _drain)


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """Move to `lines`, or restore `backup`; `do` says where it dies. `wait` makes it stand still there instead, until
    told."""
    wait = given.get("wait", False)
    if do:
        _end(
            RESTORING if "backup" in given else POINTS,
            do,
            (lambda: (pipe.send(("there", None)), pipe.recv())) if wait else die,
        )
    try:
        if "backup" in given:
            restore(settings_of(Path(home)), Path(given["backup"]), open_system)
        else:
            moved(home, given["lines"])
    except MinyiError as error:
        pipe.send(("error", str(error)))
    else:
        pipe.send(("done", None))


def _end(points: dict[str, tuple[str, str, int]], point: str, act: Any) -> None:
    module, path, nth = points[point]
    *above, name = path.split(".")
    owner = importlib.import_module(module)
    for part in above:
        owner = getattr(owner, part)
    call, met = getattr(owner, name), 0

    def watched(*given: Any, **named: Any) -> Any:
        nonlocal met
        met += 1
        if met == nth:
            act()
        return call(*given, **named)

    setattr(owner, name, watched)
