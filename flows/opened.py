"""The system for a flow run: its lines in the home's log, refused while a restore of the home is unfinished."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from pipeline.logs import logging_to
from pipeline.operate.restore import refuse_unfinished
from pipeline.wiring import System, open_system


@contextmanager
def opened() -> Generator[System]:
    """What the environment describes. For a flow; the tasks within it call `open_system`."""
    with open_system() as system:
        refuse_unfinished(system.settings.home)
        with logging_to(system.settings.home, system.settings.zone, system.settings.log):
            yield system
