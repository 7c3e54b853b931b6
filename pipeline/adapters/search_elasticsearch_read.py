"""Reading from Elasticsearch: a query as the server is asked it, and hits of its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.adapters import fts
from pipeline.adapters.search_elasticsearch_write import microseconds
from pipeline.adapters.search_rules import COUNT_CAP, FIELDS, days_of
from pipeline.errors import UsageError
from pipeline.records.items import Document, Hit, Hits, Query

WINDOW = 50_000  # the index's max_result_window
# A hit in the title outweighs four in the text: three beside the one that `characters` counts.
TITLE = 3.0
LIVE: dict[str, Any] = {"term": {"tombstone": False}}
BY_ID = [{"id": "asc"}]
_BY_DATE = [{"at": {"order": "desc", "missing": "_last"}}, *BY_ID]


def request(query: Query, parts: Sequence[str], zone: ZoneInfo) -> dict[str, Any]:
    """The search's arguments. Raises UsageError for a day that is none, or a page too deep."""
    if query.offset + query.limit > WINDOW:
        raise UsageError(f"一次只能翻到前 {WINDOW} 篇", where="offset", fix="请加上日期等条件，缩小范围")
    asked = {"size": query.limit, "from_": query.offset, "track_total_hits": COUNT_CAP + 1}
    phrases = [_phrase("characters", part) for part in parts]
    filters = [LIVE, *_filters(query, zone)]
    if query.sort == "relevance" and parts:
        titles = [_phrase("characters_title", part, boost=TITLE) for part in parts]
        matched = {"filter": filters, "must": phrases, "should": titles}
        return asked | {"query": {"bool": matched}, "sort": [{"_score": "desc"}, *_BY_DATE]}
    return asked | {"query": {"bool": {"filter": [*filters, *phrases]}}, "sort": _BY_DATE}


def _phrase(field: str, part: str, boost: float = 1.0) -> dict[str, Any]:
    return {"match_phrase": {field: {"query": fts.indexed(part), "boost": boost}}}


def _filters(query: Query, zone: ZoneInfo) -> list[dict[str, Any]]:
    fields = {"kind": query.kind, "source": query.source, "state": query.state, "domain": query.domain}
    terms = {name: value for name, value in fields.items() if value is not None}
    if query.region is not None:
        terms["within"] = fts.region_asked(query.region)
    since, until = days_of(query, zone)
    bounds = {"gte": since, "lt": until}
    span = {name: microseconds(moment) for name, moment in bounds.items() if moment}
    found: list[dict[str, Any]] = [{"term": {name: _sayable(value)}} for name, value in terms.items()]
    return [*found, {"range": {"at": span}}] if span else found


def _sayable(value: str) -> str:
    # Half a character cannot be sent, and is in no document.
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def hits(answer: Mapping[str, Any], parts: Sequence[str], *, ranked: bool) -> Hits:
    """The page of hits that the server's answer holds."""
    total = answer["hits"]["total"]["value"]
    found = tuple(_hit(one, parts, ranked=ranked) for one in answer["hits"]["hits"])
    return Hits(found, min(total, COUNT_CAP), capped=total > COUNT_CAP)


def _hit(found: Mapping[str, Any], parts: Sequence[str], *, ranked: bool) -> Hit:
    kept: dict[str, Any] = {name: value for name, value in found["_source"].items() if name in FIELDS}
    kept["regions"] = tuple(kept.get("regions", ()))
    document = Document(**kept)
    highlights = fts.highlights(document.title, document.text, parts)
    return Hit(document, highlights, found["_score"] if ranked else None)
