"""A store replaced as a whole: by the rows of another one (move), or by a backup on its server (restore)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


class Tables(Protocol):
    """Every table of a store as rows, within its session's snapshot."""

    def names(self) -> list[str]:
        """The tables' names."""
        ...

    def counts(self) -> dict[str, int]:
        """name → rows."""
        ...

    def rows(self, table: str) -> Iterator[list[tuple[Any, ...]]]:
        """Its rows in the order of its key, a page at a time; columns in the order of the table's."""
        ...


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A store that was replaced as a whole, and what belongs to that is not over: nobody may work on it but who does
    it. `origin` is whose work it is (of a move: the id of the store left); `fix` tells a person how it goes on."""

    origin: str
    fix: str
