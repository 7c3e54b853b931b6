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


class Replaceable(Protocol):
    """A store as far as it is replaced as a whole."""

    def others(self) -> list[str]:
        """Where else programs of ours work on a store on a server, for people to read. Of a file its lock tells."""
        ...

    def unfinished(self) -> Unfinished | None:
        """What is not over since the store was replaced as a whole: all but who does it are refused until then."""
        ...

    def fill(self, source: Tables, unfinished: Unfinished) -> dict[str, int]:
        """Replace everything by the rows of another store, in one transaction, compared row by row before it
        commits: table → rows. The store gets another id and is unfinished. Raises NotAllowed for one that holds
        something, unless an unfinished work of the same origin put it there."""
        ...

    def load(self, folder: str, name: str, unfinished: Unfinished) -> str:
        """Replace everything by what `backup` wrote to the folder, in one transaction; the tables that were there
        are kept under another name, which begins with `name` and is given ('' when there were none). The store gets
        another id and is unfinished."""
        ...

    def finish(self) -> None:
        """The work after fill or load is over."""
        ...
