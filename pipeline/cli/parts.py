"""The opened system for a command: logs begun, everything closed at the end."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import click

from pipeline.cli.output import message

if TYPE_CHECKING:
    from pipeline.office.context import Office
    from pipeline.wiring import System

log = logging.getLogger("minyi.cli")


@contextmanager
def opened() -> Generator[System]:
    """The system that the environment describes. Raises Broken while a restore of its home is unfinished."""
    from pipeline.logs import logging_to
    from pipeline.operate.restore import refuse_unfinished
    from pipeline.wiring import open_system

    with open_system() as system, logging_to(system.settings.home, system.settings.zone):
        refuse_unfinished(system.settings.home)
        context = click.get_current_context(silent=True)
        log.info("command begins", extra={"command": context.command_path if context else None})
        try:
            yield system
        except BaseException as error:
            log.warning("command failed: %s", type(error).__name__, exc_info=error)
            raise
        log.info("command ends", extra={"command": context.command_path if context else None})


@contextmanager
def office() -> Generator[Office]:
    """The office of that system."""
    with opened() as system:
        yield office_in(system)
        _project(system)


def _project(system: System) -> None:
    """Show in search at once what this command changed; where search is away, `minyi run` does it later."""
    from pipeline.errors import MinyiError
    from pipeline.workers import projector_of

    try:
        projector_of(system).turn()
    except MinyiError as error:
        message(f"已办理；检索暂未更新（{error.what}），运行 minyi run 后即可查到")


def office_in(system: System) -> Office:
    """The office of an opened system."""
    from pipeline.office.context import office_of

    # A cached property reads like a property; the checker does not say so.
    return office_of(cast("Any", system))
