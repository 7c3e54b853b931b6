"""Filters: what a list's form says -> a query. Words of the screen or the contract's; one not known is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from pipeline.desk.words import source_key
from pipeline.errors import UsageError
from pipeline.records.items import Query
from pipeline.rules import Rules
from pipeline.rules.regions import Regions

NAMES = ("query", "state", "kind", "domain", "region", "source", "since", "sort")
PAGE = 30
LAST = 300  # pages
NAMED = 6  # places listed when one name is borne by many


@dataclass(frozen=True, slots=True)
class Filters:
    """What the form said, and the page wanted (from 1)."""

    said: Mapping[str, str] = field(default_factory=dict)
    number: int = 1

    def link(self, **changes: str | None) -> str:
        """The list's address with some filters changed; other filters mean the first page again."""
        said = {**self.said, **changes}
        return "?" + urlencode({name: value for name, value in said.items() if value})

    def query(self, rules: Rules) -> Query:
        """The search. Raises UsageError."""
        said = self.said
        return Query(
            text=said.get("query", ""),
            domain=said.get("domain"),
            region=region_code(rules.regions, said["region"]) if "region" in said else None,
            state=said.get("state"),
            kind=said.get("kind"),
            source=source_key(said.get("source")),
            since=_day(said["since"]) if "since" in said else None,
            sort="relevance" if said.get("sort") == "relevance" and said.get("query") else "date",
            limit=PAGE,
            offset=(self.number - 1) * PAGE,
        )


def filters_of(given: Mapping[str, str]) -> Filters:
    """The filters of an address."""
    said = {name: value for name in NAMES if (value := given.get(name, "").strip()[:200])}
    page = given.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1  # noqa: PLR2004
    return Filters(said, min(LAST, max(1, number)))


def region_code(regions: Regions, said: str) -> str:
    """The code of a place named or coded. Raises UsageError for an unknown name, or one that several bear."""
    if said in regions.divisions:
        return said
    named = [one for one in regions.divisions.values() if said in {one.name, one.short}]
    if len(named) == 1:
        return named[0].code
    if not named:
        raise UsageError(f"没有“{said}”这个地方", fix="请写行政区划的全名，如 岚禾县，或六位代码")
    listed = "、".join(f"{one.code} {_above(regions, one.parent)}{one.name}" for one in named[:NAMED])
    raise UsageError(f"叫“{said}”的地方有 {len(named)} 个", fix=f"请写代码：{listed}")


def _above(regions: Regions, code: str | None) -> str:
    division = regions.divisions.get(code or "")
    return _above(regions, division.parent) + division.name if division else ""


def _day(said: str) -> str:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError as error:
        raise UsageError(f"“{said}”不是日期", fix="请写成 2026-11-23 的样子") from error
