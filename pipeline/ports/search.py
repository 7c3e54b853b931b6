"""Search: a projection of the store. Documents live in generations (an index, a file); which is live is
kept in the store. Writing an older version than the one there is a conflict, and counts as done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from pipeline.records.items import Answer, Document, Finding, Hits, Query


class Search(Protocol):
    """A search engine."""

    @property
    def writers(self) -> int:
        """How many writes at once are of use: one where a second would only wait for the first."""
        ...

    def create(self, generation: str) -> None:
        """Make an empty generation; harmless when it is there."""
        ...

    def drop(self, generation: str) -> None:
        """Remove a generation; harmless when it is gone."""
        ...

    def promote(self, generation: str) -> None:
        """Point the engine's own alias at it, for those who search past us (Kibana)."""
        ...

    def generations(self) -> list[str]:
        """The generations that are there."""
        ...

    def write(self, generation: str, documents: Sequence[Document]) -> list[Answer]:
        """Write or, for tombstones, blank documents, durably, by `external_gte` on their versions: one answer
        each, in order. Raises Transient when the engine is away or full."""
        ...

    def query(self, generation: str, query: Query) -> Hits:
        """A page of hits; tombstones are never among them. Matching: NFKC and lower case on both sides, one
        token a character, a phrase's characters follow each other whatever stands between (punctuation,
        blanks); sort `date` is published_at, else received_at, newest first, then id."""
        ...

    def count(self, generation: str) -> int:
        """Documents that are not tombstones, durably written and visible."""
        ...

    def ids(self, generation: str) -> Iterator[tuple[str, int]]:
        """Every document's id and version, tombstones left out, for proving the projection."""
        ...

    def check(self) -> list[Finding]:
        """doctor's lines."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...
