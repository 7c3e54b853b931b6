"""Every number of the crawl in one place: sizes in bytes, times in seconds or timedelta."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run allows itself. The defaults are for other people's servers; tests set shorter ones."""

    page_bytes: int = 10_000_000
    parts: int = 20  # pages of one text
    sitemap_bytes: int = 50_000_000  # sitemaps.org's own limit, unpacked
    robots_bytes: int = 2_000_000  # RFC 9309 2.5 asks for at least 500 KiB
    timeout: float = 60.0  # a request, body included
    hold: float = 120.0  # a host is held so long without renewal; more than `timeout`, or each request renews it
    run_seconds: float | None = None  # the whole run; what is left is found again by the next one
    redirects: int = 5  # RFC 9309 2.3.1.2 asks for at least five
    retries: int = 2  # within the run, after 5xx and broken connections
    retry_wait: float = 5.0  # before the first of them, then twice as long
    strikes: int = 6  # broken attempts in a row after which a host is left for this run
    pages: int = 2_000  # fetched of one source in one run
    sitemaps: int = 50  # files of one sitemap index
    crawl_delay_most: float = 300.0  # a robots.txt that asks for more is not crawled
    batch: int = 100  # pages published at once
    batch_bytes: int = 8_000_000
    linger: float = 0.25  # seconds a batch waits for company

    # Between runs.
    recheck_first: timedelta = DAY  # a page just published, a list just read
    recheck_most: timedelta = 7 * DAY  # reached by doubling while a page stays the same
    retry_first: timedelta = HOUR  # after a failure, then four times as long
    gone_first: timedelta = DAY  # after 404 or 410
    retry_most: timedelta = 7 * DAY
    give_up: int = 10  # failures in a row
    rest_forbidden: timedelta = DAY  # after 403 without Retry-After
    rest_busy: timedelta = HOUR  # after 429 without Retry-After
    rest_least: timedelta = timedelta(minutes=1)
    rest_most: timedelta = 30 * DAY


DEFAULT = Limits()
