"""What crawlers remember (DESIGN 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

import orjson
from sqlalchemy import select

from pipeline.adapters.store_sql.dialects import dumped
from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import upserting
from pipeline.adapters.store_sql.tables import pages, reports, rests
from pipeline.ports.crawls import SeenPage

REMEMBER = upserting(pages)
REST = upserting(rests)
REPORT = upserting(reports)


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

    def rest_until(self, host: str) -> str | None:
        """When it may be asked again."""
        return self.connection.execute(select(rests.c.until).where(rests.c.host == host)).scalar()

    def rest(self, host: str, until: str) -> None:
        """Leave it alone until then."""
        self.many(REST, [(host, until)])

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
