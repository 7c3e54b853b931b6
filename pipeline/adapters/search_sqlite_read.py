"""Reading a generation of the embedded search: pages of hits by date or by relevance."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from heapq import nsmallest
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.adapters import fts
from pipeline.adapters.search_rules import COUNT_CAP, days_of, parts_of
from pipeline.adapters.search_sqlite_write import FIELDS, OLDEST, PLACE_BITS, age_of, common
from pipeline.records.items import Document, Hit, Hits, Query

RANKED_HITS = 50_000
# A hit in the title outweighs four in the text; filters weigh nothing.
WEIGHTS = "4.0, 1.0, 0.0"
_PICKED = f"SELECT place, {', '.join(FIELDS)} FROM documents WHERE place IN (SELECT value FROM json_each(?))"  # noqa: S608 - fixed names


def find(connection: sqlite3.Connection, query: Query, zone: ZoneInfo) -> Hits:
    """The page of hits that a query asks for. Raises UsageError for a day or an order that is none."""
    parts = parts_of(query)
    if parts is None:
        return Hits((), 0)
    places = _Places(connection, query, parts, zone)
    if query.sort == "relevance" and parts:
        return _by_relevance(connection, query, parts, places)
    return _by_date(connection, query, parts, places)


class _Places:
    """The places that match a query, newest first; read from the index as far as needed."""

    def __init__(self, connection: sqlite3.Connection, query: Query, parts: list[str], zone: ZoneInfo) -> None:
        self._connection = connection
        self.match = fts.matching(parts, fts.facets_wanted(query), common(connection))
        since, until = days_of(query, zone)
        oldest = age_of(since) if since else OLDEST
        newest = age_of(until) + 1 if until else 0
        self.low, self.high = newest << PLACE_BITS, (oldest + 1 << PLACE_BITS) - 1

    def __iter__(self) -> Iterator[int]:
        if self.match:
            rows = self._connection.execute(
                "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid",
                (self.match, self.low, self.high),
            )
        else:
            rows = self._connection.execute(
                "SELECT place FROM documents WHERE place BETWEEN ? AND ? ORDER BY place", (self.low, self.high)
            )
        return (place for (place,) in rows)


# ---------------------------------------------------------------- by date


def _by_date(connection: sqlite3.Connection, query: Query, parts: list[str], places: _Places) -> Hits:
    end = query.offset + query.limit
    found = _whole_seconds(iter(places), end)
    page = _sorted_page(connection, found, query.offset, end)
    documents = _documents(connection, page)
    hits = tuple(_hit(documents[place], parts) for place in page)
    return Hits(hits, min(len(found), COUNT_CAP), capped=len(found) > COUNT_CAP)


def _whole_seconds(places: Iterator[int], end: int) -> list[int]:
    """As many places as the count and the page ask for, and the rest of the page's last second."""
    found = list(islice(places, max(end, COUNT_CAP + 1)))
    if 0 < end <= len(found):
        last = found[end - 1] >> PLACE_BITS
        if found[-1] >> PLACE_BITS == last:
            for place in places:
                found.append(place)
                if place >> PLACE_BITS != last:
                    break
    return found


def _sorted_page(connection: sqlite3.Connection, found: list[int], offset: int, end: int) -> list[int]:
    """Places offset … end - 1 in the exact order: date, newest first, then id. Only the seconds that the page
    touches are sorted; places are in the seconds' order already."""
    if offset >= min(end, len(found)):
        return []
    first, last = found[offset] >> PLACE_BITS, found[min(end, len(found)) - 1] >> PLACE_BITS
    touched = [place for place in found if first <= place >> PLACE_BITS <= last]
    rows = connection.execute(
        """SELECT place, coalesce(nullif(published_at, ''), received_at) FROM documents
           WHERE place IN (SELECT value FROM json_each(?)) ORDER BY id""",
        (json.dumps(touched),),
    ).fetchall()
    rows.sort(key=lambda row: row[1], reverse=True)
    rows.sort(key=lambda row: row[0] >> PLACE_BITS)
    before = found.index(touched[0])
    return [place for place, _ in rows[offset - before : end - before]]


# ---------------------------------------------------------------- by relevance


def _by_relevance(connection: sqlite3.Connection, query: Query, parts: list[str], places: _Places) -> Hits:
    ranked = connection.execute(
        f"""SELECT bm25(words, {WEIGHTS}), rowid FROM words
            WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?""",  # noqa: S608 - fixed weights
        (places.match, places.low, places.high, RANKED_HITS),
    ).fetchall()
    page = nsmallest(query.offset + query.limit, ranked)[query.offset :]
    documents = _documents(connection, [place for _, place in page])
    hits = tuple(_hit(documents[place], parts, -rank) for rank, place in page)
    return Hits(hits, min(len(ranked), COUNT_CAP), capped=len(ranked) > COUNT_CAP)


# ---------------------------------------------------------------- hits


def _documents(connection: sqlite3.Connection, places: list[int]) -> dict[int, Document]:
    rows = connection.execute(_PICKED, (json.dumps(places),))
    return {place: _document(dict(zip(FIELDS, values, strict=True))) for place, *values in rows}


def _document(row: dict[str, Any]) -> Document:
    row["regions"] = tuple(row["regions"].split())
    row |= {name: bool(row[name]) for name in ("urgent", "undecided", "twin")}
    return Document(**row)


def _hit(document: Document, parts: list[str], relevance: float | None = None) -> Hit:
    return Hit(document, fts.highlights(document.title, document.text, parts), relevance)
