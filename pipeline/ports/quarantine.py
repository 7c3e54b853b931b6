"""What was set aside, in the store. Found as `session.quarantine`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipeline.records.items import Quarantined
from pipeline.records.messages import Place


class Quarantine(Protocol):
    """What was set aside, with its payload, reason and history."""

    def add(self, rows: Sequence[tuple[Place, str | None, str, str, str, str, str, bytes]]) -> None:
        """(place, item, source, received_at, step, error, reason, payload); made now, by this program."""
        ...

    def get(self, number: int) -> Quarantined: ...

    def list(
        self, *, state: str = "waiting", step: str | None = None, error: str | None = None, limit: int = 1000
    ) -> list[Quarantined]:
        """Rows without payload."""
        ...

    def waiting(self) -> dict[tuple[str, str], int]:
        """How many wait, by step and source."""
        ...

    def turn(self, number: int, state: str, why: str) -> None:
        """replayed, removed, or waiting again; with history. `removed` erases the payload."""
        ...

    def of_item(self, item: str) -> list[Quarantined]: ...
