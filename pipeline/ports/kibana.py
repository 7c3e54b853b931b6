"""Kibana: takes saved objects, as NDJSON, in place of those of the same ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NotImported:
    """An object that Kibana did not take, and why, in a sentence."""

    kind: str
    id: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import."""

    count: int
    failures: tuple[NotImported, ...] = ()


class Kibana(Protocol):
    """A Kibana."""

    def take(self, objects: bytes) -> Imported:
        """Import. Raises Transient when it is away, Broken when it refuses the whole."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...
