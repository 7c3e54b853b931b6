"""What crawlers remember (DESIGN 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select, update

from pipeline.adapters.store_sql.dialects import dumped
from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import Statement, ensuring, matched, matching, upserting
from pipeline.adapters.store_sql.tables import ledger, pages, reports, rests, turns
from pipeline.ports.crawls import Hold, SeenPage

UNREAD = "总线上的消息在处理前丢失，重新采集"
REMEMBER = upserting(pages)
REST = upserting(rests)
REPORT = upserting(reports)
KNOW = ensuring(turns)
TAKE = Statement(
    ["run", "until", *matched("host")],
    lambda _insert: update(turns).where(matching(turns, "host")).values(run=bindparam("run"), until=bindparam("until")),
)
CUT = Statement(
    ["until", *matched("host")],
    lambda _insert: update(turns).where(matching(turns, "host")).values(until=bindparam("until")),
)
KEEP = Statement(
    ["run", "until", "pause", *matched("host", "run")],
    lambda _insert: (
        update(turns)
        .where(matching(turns, "host", "run"))
        .values(run=bindparam("run"), until=bindparam("until"), pause=bindparam("pause"))
    ),
)


class SqlCrawls(Part):
    """What crawlers remember."""

    def pages(self, source: str, urls: Sequence[str]) -> dict[str, SeenPage]:
        """Those that were seen."""
        query = select(pages).where(pages.c.source == source)
        return {row.url: SeenPage(*row) for row in self.where_in(query, pages.c.url, urls)}

    def remember(self, some: Sequence[SeenPage]) -> None:
        """Insert or replace."""
        self.many(REMEMBER, [astuple(page) for page in some])

    def due(self, source: str, now: str, limit: int = 1000) -> list[SeenPage]:
        """Failed, and to be tried again by now; longest due first."""
        query = select(pages).where(pages.c.source == source, pages.c.retry_at <= now)
        return [SeenPage(*row) for row in self.connection.execute(query.order_by(pages.c.retry_at).limit(limit))]

    def forget_unread(self, limit: int) -> int:
        """As failures of today, which are due whatever the lists name."""
        read = select(ledger.c.message_id).where(ledger.c.message_id == pages.c.fetch)
        query = select(pages).where(pages.c.fetch.is_not(None), ~read.exists()).limit(limit)
        found = [SeenPage(*row) for row in self.connection.execute(query)]
        self.remember([_unread(page, self.now()) for page in found])
        return len(found)

    def rest_until(self, host: str) -> str | None:
        """When it may be asked again."""
        return self.connection.execute(select(rests.c.until).where(rests.c.host == host)).scalar()

    def rest(self, host: str, until: str) -> None:
        """Leave it alone until then."""
        self.many(REST, [(host, until)])

    def take(self, run: str, hosts: Sequence[str], now: str, until: str) -> list[Hold] | None:
        """All or none."""
        # Everywhere in one order, so that runs which want the same hosts wait for each other and never across.
        self.many(KNOW, [(host, None, None, 0.0) for host in sorted(set(hosts))])
        rows = self.where_in(select(turns).order_by(turns.c.host).with_for_update(), turns.c.host, hosts)
        others = [row for row in rows if row.run not in {None, run} and row.until > now]
        if others:
            self.many(CUT, [(until, row.host) for row in others if row.until > until])
            return None
        self.many(TAKE, [(run, until, row.host) for row in rows])
        return [Hold(row.host, row.until, row.pause) for row in rows if row.run != run and row.until]

    def renew(self, run: str, some: Sequence[Hold]) -> set[str]:
        """Those still held."""
        self.many(KEEP, [(run, one.until, one.pause, one.host, run) for one in _in_order(some)])
        query = select(turns.c.host).where(turns.c.run == run)
        return {row.host for row in self.where_in(query, turns.c.host, [one.host for one in some])}

    def release(self, run: str, some: Sequence[Hold]) -> None:
        """Nobody's, with the time of the last request."""
        self.many(KEEP, [(None, one.until, one.pause, one.host, run) for one in _in_order(some)])

    def report(self, run: str, source: str, at: str, counts: Mapping[str, Any]) -> None:
        """Note what a run found of a source."""
        self.many(REPORT, [(run, source, at, dumped(dict(counts)))])

    def reports(self, source: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Newest first."""
        query = select(reports).order_by(reports.c.at.desc(), reports.c.run, reports.c.source).limit(limit)
        if source is not None:
            query = query.where(reports.c.source == source)
        found = self.connection.execute(query)
        return [{"run": row.run, "source": row.source, "at": row.at, **orjson.loads(row.counts)} for row in found]

    def spans(self, sources: Sequence[str]) -> dict[str, tuple[str, str]]:
        """First and last report of each."""
        name = self.dialect.listed(list(sources))
        # One look at each end of the index; a grouping would read every report.
        first = select(func.min(reports.c.at)).where(reports.c.source == name).scalar_subquery()
        last = select(func.max(reports.c.at)).where(reports.c.source == name).scalar_subquery()
        rows = self.connection.execute(select(name, first, last)) if sources else ()
        return {row[0]: (row[1], row[2]) for row in rows if row[1]}


def _unread(page: SeenPage, now: str) -> SeenPage:
    fresh = replace(page, body=None, etag=None, last_modified=None, fetch=None)
    return replace(fresh, failures=1, retry_at=now, reason=UNREAD)


def _in_order(some: Sequence[Hold]) -> list[Hold]:
    return sorted(some, key=lambda one: one.host)
