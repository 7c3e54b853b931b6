"""The crawlers' part of the store: what they remember of pages and hosts. Found as `session.crawls`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What a crawler remembers of a URL. `use`: page or start (list, feed, sitemap). `settled` pages are not
    fetched before `retry_at`; validators make the next request conditional. `link_*` is what the link to a failed
    page said beside it: its retry may come when no list names it any more."""

    source: str
    url: str
    use: str
    checked_at: str
    body: str | None = None  # hash of the bytes last published
    etag: str | None = None
    last_modified: str | None = None
    failures: int = 0
    retry_at: str | None = None
    reason: str | None = None
    link_title: str | None = None
    link_date: str | None = None
    fetch: str | None = None  # message id of the fetch last published


@dataclass(frozen=True, slots=True)
class Hold:
    """A host that was asked before: its last request ended at `until` or earlier, and `pause` seconds are due after
    it. Given to `renew`: the hold lapses at `until`."""

    host: str
    until: str | None
    pause: float


class CrawlBook(Protocol):
    """What crawlers remember."""

    def pages(self, source: str, urls: Sequence[str]) -> dict[str, SeenPage]: ...

    def remember(self, pages: Sequence[SeenPage], /) -> None: ...

    def due(self, source: str, now: str, limit: int = 1000) -> list[SeenPage]:
        """Pages that failed and whose retry is due."""
        ...

    def forget_unread(self, limit: int) -> int:
        """Make up to `limit` pages whose last fetch has no row in the ledger due to be fetched anew, as if never
        seen; how many."""
        ...

    def rest_until(self, host: str) -> str | None:
        """When a host that answered 403 or 429 may be asked again."""
        ...

    def rest(self, host: str, until: str) -> None: ...

    def take(self, run: str, hosts: Sequence[str], now: str, until: str) -> list[Hold] | None:
        """Take all these hosts for one run until then, or none of them: how those that other runs asked before were
        found, or None because another run holds one. A hold that reaches beyond `until` was made under a wrong clock:
        it is cut to `until`, and so lapses unless its run lives and renews it."""
        ...

    def renew(self, run: str, holds: Sequence[Hold], /) -> set[str]:
        """Keep hosts longer; those that are still the run's."""
        ...

    def release(self, run: str, holds: Sequence[Hold], /) -> None:
        """Give back those that are still the run's."""
        ...

    def report(self, run: str, source: str, at: str, counts: Mapping[str, Any]) -> None: ...

    def reports(self, source: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """{run, source, at, found, new, changed, unchanged, failed, forbidden, reasons}, newest first."""
        ...

    def spans(self, sources: Sequence[str]) -> dict[str, tuple[str, str]]:
        """When each of these was reported of first and last; those never reported of are left out."""
        ...
