"""What a crawler remembers of a URL, and when it asks for it again. Pure: rows in, rows out.

A settled page is not asked for before its `retry_at`; the span between `checked_at` and `retry_at` is the
interval that doubles while the page stays the same. A start's `retry_at` ends the use of its validators, so
that a list is read whole once a day and its known pages are rechecked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crawlers.limits import Limits
from crawlers.links import Link
from pipeline.clock import parsed, stored
from pipeline.ports.store import SeenPage

PAGE = "page"
START = "start"


class Plan(StrEnum):
    """What to do about a known URL."""

    FETCH = "fetch"
    SKIP_SAME = "skip_same"  # settled, its recheck is not due
    SKIP_FAILED = "skip_failed"  # failed, its retry is not due


@dataclass(frozen=True, slots=True)
class Facts:
    """What a response says of its own version."""

    body: str  # hash of the bytes
    etag: str | None = None
    last_modified: str | None = None


def plan(known: SeenPage | None, now: datetime) -> Plan:
    """Whether a linked page is fetched now."""
    if known is None or (known.retry_at is not None and parsed(known.retry_at) <= now):
        return Plan.FETCH
    if known.failures:
        return Plan.SKIP_FAILED
    return Plan.SKIP_SAME if known.retry_at else Plan.FETCH


def validators(known: SeenPage | None, now: datetime) -> dict[str, str]:
    """The headers that make a request conditional; a start's end with its `retry_at`."""
    if known is None or known.body is None:
        return {}
    if known.use == START and (known.retry_at is None or parsed(known.retry_at) <= now):
        return {}
    found = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in found.items() if value}


def published(source: str, url: str, facts: Facts, now: datetime, limits: Limits) -> SeenPage:
    """A page whose bytes the bus has just confirmed."""
    return _row(source, url, PAGE, facts, now, limits.recheck_first)


def unchanged(known: SeenPage, facts: Facts | None, now: datetime, limits: Limits) -> SeenPage:
    """A page found as it was; `facts` are None after 304, whose validators stay."""
    last = _interval(known, limits)
    kept = facts or Facts(known.body or "", known.etag, known.last_modified)
    row = _row(known.source, known.url, PAGE, kept, now, min(last * 2, limits.recheck_most))
    return replace(row, fetch=known.fetch)


def failed(
    source: str,
    url: str,
    known: SeenPage | None,
    reason: str,
    now: datetime,
    limits: Limits,
    *,
    link: Link | None = None,
    gone: bool = False,
) -> SeenPage:
    """A page that could not be fetched: its retry waits four times as long each time, then none is noted."""
    failures = (known.failures if known else 0) + 1
    wait = min((limits.gone_first if gone else limits.retry_first) * 4 ** (failures - 1), limits.retry_most)
    retry_at = None if failures >= limits.give_up else stored(now + wait)
    before = known or SeenPage(source, url, PAGE, stored(now))
    return replace(
        before,
        checked_at=stored(now),
        failures=failures,
        retry_at=retry_at,
        reason=reason,
        link_title=(link.title if link else None) or before.link_title,
        link_date=(link.date if link else None) or before.link_date,
    )


def read(source: str, url: str, facts: Facts, now: datetime, limits: Limits) -> SeenPage:
    """A start all of whose links are settled."""
    return _row(source, url, START, facts, now, limits.recheck_first)


def _row(source: str, url: str, use: str, facts: Facts, now: datetime, wait: timedelta) -> SeenPage:
    return SeenPage(
        source=source,
        url=url,
        use=use,
        checked_at=stored(now),
        body=facts.body,
        etag=facts.etag,
        last_modified=facts.last_modified,
        retry_at=stored(now + wait),
    )


def _interval(known: SeenPage, limits: Limits) -> timedelta:
    if known.retry_at is None or known.failures:
        return limits.recheck_first / 2
    return max(parsed(known.retry_at) - parsed(known.checked_at), limits.recheck_first / 2)
