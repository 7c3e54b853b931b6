"""What every search keeps, whatever its engine: what a query asks for, which moment a document has."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.adapters import fts
from pipeline.errors import UsageError
from pipeline.records.items import Document, Query

COUNT_CAP = 1000
# Short fields first: sorting by date leaves the texts' overflow pages alone.
_LONG = ("title", "text")
FIELDS = tuple(each.name for each in fields(Document) if each.name not in {*_LONG, "tombstone"}) + _LONG
# Why a document is refused; never the value itself, which may be somebody's words.
HALF_CHARACTER = "文字里有无法保存的字符（残缺的代理码元）"
NO_DATE = "日期不是有效的时间"


def parts_of(query: Query) -> list[str] | None:
    """The phrases asked for; None for signs alone, which find nothing. Raises UsageError for an order that is none."""
    if query.sort not in {"date", "relevance"}:
        raise UsageError(
            f"排序方式“{query.sort}”不认识", where="sort", fix="请写 date（按日期）或 relevance（按相关度）"
        )
    parts = fts.phrases(query.text)
    return None if not parts and query.text.strip() else parts


def days_of(query: Query, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From which moment on, and up to which (itself left out). Raises UsageError for a day that is none."""
    since = _midnight(query.since, "since", zone) if query.since else None
    until = _midnight(query.until, "until", zone, days=1) if query.until else None
    return since, until


def _midnight(day: str, field: str, zone: ZoneInfo, *, days: int = 0) -> datetime:
    try:
        found = date.fromisoformat(day) + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"日期“{day}”认不出来", where=field, fix="请写成 2026-01-31 的样子") from error
    return datetime.combine(found, time(), zone)


def moment_of(document: Document) -> datetime | None:
    """The moment a document is sorted by: published, else received. Raises ValueError for text that is none."""
    text = document.published_at or document.received_at
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment
