"""What a request works with: the system, the group writer and the relay of this process."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from pipeline.intake.group import GroupWriter
from pipeline.intake.relay import Relaying
from pipeline.wiring import System


@dataclass(frozen=True, slots=True)
class Parts:
    """Opened by the app's lifespan, closed at its end."""

    system: System
    writer: GroupWriter
    relaying: Relaying


def parts(request: Request) -> Parts:
    """The parts of the app that a request came to."""
    found: Parts = request.app.state.parts
    return found
