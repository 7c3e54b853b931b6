"""The opened system for a command: logs begun, everything closed at the end."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Generator, Iterator
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

    with open_system() as system, logging_to(system.settings.home, system.settings.zone, system.settings.log):
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


@contextmanager
def stopping() -> Generator[threading.Event]:
    """Inside, SIGINT and SIGTERM ask for an end after what is in hand."""
    stopped = threading.Event()
    before = {one: signal.signal(one, lambda *_: stopped.set()) for one in _signals()}
    try:
        yield stopped
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _signals() -> Iterator[signal.Signals]:
    # Handlers belong to the main thread; elsewhere whoever began the thread ends it.
    if threading.current_thread() is threading.main_thread():
        yield from (signal.SIGINT, signal.SIGTERM)
