"""Figures: the ledger's sums and the crawls' reports where those who search past us (Kibana) see them. A projection
like search, for engines that others look into; the embedded shape has the desk's own pages instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.records.items import Balance


@dataclass(frozen=True, slots=True)
class Figures:
    """What is to be seen: a balance for a day and source, a report (`CrawlBook.reports`) for a run and source."""

    balances: Sequence[Balance] = ()
    reports: Sequence[Mapping[str, Any]] = ()


class FiguresBoard(Protocol):
    """Where figures are put."""

    def put(self, figures: Figures) -> None:
        """Write these, each in place of what it was. Raises Transient when the engine is away."""
        ...

    def replace(self, figures: Figures) -> None:
        """Write these, and remove every other: what the books no longer hold."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...
