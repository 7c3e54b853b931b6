"""Revisions (what the origin said), readings (what the steps made of it) and the view of both (DESIGN 16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, RowMapping, and_, delete, func, select

from pipeline.adapters.store_sql.details import of_reading, of_revision
from pipeline.adapters.store_sql.dialects import dumped
from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.rows import EXCERPT, item_of
from pipeline.adapters.store_sql.statements import inserting
from pipeline.adapters.store_sql.tables import items, readings, revisions
from pipeline.adapters.store_sql.tables_desk import edits, overrides
from pipeline.ports.store import View
from pipeline.records.items import Cleaned, Read

REVISE = inserting(revisions)
READ = inserting(readings)
NEWEST = and_(revisions.c.item == items.c.serial, revisions.c.number == items.c.revision)
READ_NEWEST = and_(readings.c.item == items.c.serial, readings.c.revision == items.c.revision)
VIEW = (
    select(
        items,
        *(
            revisions.c[name]
            for name in ("text", "published_at", "author", "unit", "sector", "party", "named", "details")
        ),
        *(readings.c[name] for name in ("number", "rules", "run", "details")),
    )
    .join(revisions, NEWEST, isouter=True)
    .join(readings, and_(READ_NEWEST, revisions.c.item.is_not(None)), isouter=True)
)
# Places in VIEW's rows: an item's id, how many columns are the item's, the reading's number.
ID, SHOWN, READING = 1, len(items.c), len(items.c) + 8


class Revisions(Part):
    """Texts and what was read in them."""

    def revise(self, reads: Sequence[tuple[Read, int]]) -> None:
        """Insert revisions, each with its first reading."""
        now = self.now()
        serials = self.keys.given(self, (read.cleaned.item for read, _ in reads))
        self.many(REVISE, [_revision(serials[read.cleaned.item], read.cleaned, number) for read, number in reads])
        self.many(READ, [_reading(serials[read.cleaned.item], read, number, 1, now) for read, number in reads])

    def reread(self, reads: Sequence[Read]) -> None:
        """Another reading of each newest revision."""
        now = self.now()
        newest = self._newest_readings([read.cleaned.item for read in reads])
        rows: list[tuple[Any, ...]] = []
        for read in reads:
            if found := newest.get(read.cleaned.item):
                serial, revision, number = found
                newest[read.cleaned.item] = (serial, revision, number + 1)
                rows.append(_reading(serial, read, revision, number + 1, now))
        self.many(READ, rows)

    def unread(self, run: str, limit: int) -> list[str]:
        """The run's readings go; what was read before shows again."""
        key = (readings.c.item, readings.c.revision, readings.c.number)
        found = self.connection.execute(select(*key).where(readings.c.run == run).order_by(*key).limit(limit)).all()
        serials = [row[0] for row in found]
        self.connection.execute(
            delete(readings).where(self.dialect.among(readings.c.item, serials), readings.c.run == run)
        )
        names = self.where_in(select(items.c.id), items.c.serial, serials)
        return sorted({row[0] for row in names})

    def _newest_readings(self, ids: Sequence[str]) -> dict[str, tuple[int, int, int]]:
        query = (
            select(items.c.id, items.c.serial, items.c.revision, func.coalesce(func.max(readings.c.number), 0))
            .join(revisions, NEWEST)
            .join(readings, READ_NEWEST, isouter=True)
            .group_by(items.c.id, items.c.serial, items.c.revision)
        )
        return {row[0]: (row[1], row[2], row[3]) for row in self.where_in(query, items.c.id, ids)}

    def views(self, ids: Sequence[str]) -> dict[str, View]:
        """What is shown of each."""
        edited, overridden = self._edits(ids), self._overrides(ids)
        newest: dict[str, Row[Any]] = {}
        for row in self.where_in(VIEW, items.c.id, ids):
            # Unsorted, as a sort would copy every text; of several readings the one with the highest number stays.
            before = newest.get(row[ID])
            if before is None or row[READING] > before[READING]:
                newest[row[ID]] = row
        return {name: _view(row, *edited.get(name, (None, None)), overridden.get(name)) for name, row in newest.items()}

    def _newest(self, *columns: Any) -> Any:
        return select(*columns).select_from(revisions).join(items, NEWEST)

    def _edits(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        query = select(edits.c.item, edits.c.title, edits.c.text).order_by(edits.c.number)
        return {row[0]: (row[1], row[2]) for row in self.where_in(query, edits.c.item, ids)}

    def _overrides(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        query = select(overrides.c.item, overrides.c.fields)
        return {row[0]: orjson.loads(row[1]) for row in self.where_in(query, overrides.c.item, ids)}

    def texts(self, ids: Sequence[str]) -> dict[str, str]:
        """Newest revisions' texts."""
        return {row[0]: row[1] for row in self.where_in(self._newest(items.c.id, revisions.c.text), items.c.id, ids)}

    def revisions(self, item: str) -> list[dict[str, Any]]:
        """Oldest first, each with its readings; those that arrived late come by their time."""
        serial = self.keys.one(self, item)
        made = select(readings).where(readings.c.item == serial).order_by(readings.c.revision, readings.c.number)
        by_revision: dict[int, list[dict[str, Any]]] = {}
        for row in self.connection.execute(made):
            facts = {"number": row.number, "rules": row.rules, "run": row.run, "made_at": row.made_at}
            by_revision.setdefault(row.revision, []).append({**facts, **orjson.loads(row.details)})
        query = (
            select(revisions).where(revisions.c.item == serial).order_by(revisions.c.received_at, revisions.c.number)
        )
        return [
            {**row, **_loaded(row), "item": item, "readings": by_revision.get(row["number"], [])}
            for row in self.connection.execute(query).mappings()
        ]


def _loaded(row: RowMapping) -> dict[str, Any]:
    return {"details": orjson.loads(row["details"]), "named": bool(row["named"])}


def _view(row: Row[Any], edit_title: str | None, edit_text: str | None, overrides: dict[str, Any] | None) -> View:
    item = item_of(row[:SHOWN])
    text, published_at, author, unit, sector, party, named, details, number, rules, run, found = row[SHOWN:]
    return View(
        item,
        text or "",
        published_at,
        author,
        unit,
        sector,
        party,
        named=bool(named),
        reading=None
        if number is None
        else {**orjson.loads(details), **orjson.loads(found), "rules": rules, "run": run},
        edit_title=edit_title,
        edit_text=edit_text,
        overrides=overrides,
        excerpt=text is not None and row[SHOWN - 1] == EXCERPT,
    )


def _revision(serial: int, cleaned: Cleaned, number: int) -> tuple[Any, ...]:
    place = cleaned.place
    return (
        serial,
        number,
        cleaned.received_at,
        f"{place.topic}/{place.partition}/{place.offset}",
        cleaned.message_id,
        cleaned.content,
        cleaned.title,
        cleaned.text,
        cleaned.published_at,
        cleaned.author,
        cleaned.unit,
        cleaned.sector,
        cleaned.party,
        int(cleaned.named),
        dumped(of_revision(cleaned)),
    )


def _reading(serial: int, read: Read, revision: int, number: int, now: str) -> tuple[Any, ...]:
    return (serial, revision, number, read.rules, read.run, now, dumped(of_reading(read)))
