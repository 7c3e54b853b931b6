"""figures: the books → the board that those who search past us see (Kibana). Beside the work, never in its way: where
the board is away, the next time puts what this one could not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from zoneinfo import ZoneInfo

from pipeline.clock import Clock, day_of, stored
from pipeline.errors import MinyiError
from pipeline.meanwhile import meanwhile
from pipeline.ports.figures import Figures, FiguresBoard
from pipeline.ports.store import Store
from pipeline.records.items import Balance
from pipeline.text.masks import masked

log = logging.getLogger(__name__)
RECENT_REPORTS = 500
ALL_REPORTS = 100_000
EVERY = 600.0  # seconds, as a slot of the process flow
COUNTS = tuple(each.name for each in fields(Balance) if each.name not in {"day", "source"})


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts the books' figures on the board; without a board it does nothing."""

    store: Store
    board: FiguresBoard | None
    zone: ZoneInfo
    clock: Clock

    def recent(self) -> bool:
        """Put the days of today and yesterday and the newest reports; whether it was done."""
        if self.board is None:
            return False
        try:
            self.board.put(self._figures(self._days(), RECENT_REPORTS))
        except MinyiError as error:
            log.warning("figures not put", extra={"why": error.what})
            return False
        return True

    def everything(self) -> int:
        """Put all days and reports in place of all that was there; how many. Raises Transient while it is away."""
        if self.board is None:
            return 0
        found = self._figures((None,), ALL_REPORTS)
        self.board.replace(found)
        return len(found.balances) + len(found.reports)

    def _days(self) -> tuple[str, str]:
        now = self.clock()
        return day_of(stored(now), self.zone), day_of(stored(now - timedelta(days=1)), self.zone)

    def _figures(self, days: Sequence[str | None], reports: int) -> Figures:
        with self.store.reading() as session:
            rows = [row for day in days for row in session.ledger.balance(day)]
            found = session.crawls.reports(limit=reports)
        return Figures(_shown(rows), found)


def _shown(rows: Iterable[Balance]) -> list[Balance]:
    """Without personal data: an import's source is by default its file's name, which may be somebody's."""
    sums: dict[tuple[str, str], Balance] = {}
    for row in rows:
        key = row.day, masked(row.source)
        before = sums.get(key, Balance(*key, *[0] * len(COUNTS)))
        sums[key] = Balance(*key, *(getattr(before, name) + getattr(row, name) for name in COUNTS))
    return list(sums.values())


@contextmanager
def telling(make: Callable[[], Teller]) -> Generator[None]:
    """Inside, a thread tells the recent figures every EVERY seconds; at the end they are told once more. The teller is
    made when it is to tell: its parts may be away until then."""

    def tell(over: threading.Event) -> None:
        while not over.wait(EVERY):
            _recent(make)

    try:
        with meanwhile(tell, "figures"):
            yield
    finally:
        _recent(make)


def _recent(make: Callable[[], Teller]) -> None:
    try:
        make().recent()
    except MinyiError as error:
        log.warning("figures not put", extra={"why": error.what})
