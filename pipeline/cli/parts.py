"""The opened system for a command: logs begun, everything closed at the end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pipeline.office.context import Office
    from pipeline.wiring import System


@contextmanager
def opened() -> Generator[System]:
    """The system that the environment describes."""
    from pipeline.wiring import open_system

    with open_system() as system:
        yield system


@contextmanager
def office() -> Generator[Office]:
    """The office of that system."""
    with opened() as system:
        yield office_in(system)


def office_in(system: System) -> Office:
    """The office of an opened system."""
    from pipeline.office.context import office_of

    # A cached property reads like a property; the checker does not say so.
    return office_of(cast("Any", system))
