"""Items' rows, their marks, tombstones and retention (DESIGN 13, 14; OFFICE 3, 22)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import case, delete, func, or_, select, update

from pipeline.adapters.store_sql.edges import Edges, led_by
from pipeline.adapters.store_sql.marks import MARK, raise_marks
from pipeline.adapters.store_sql.revisions import Revisions
from pipeline.adapters.store_sql.rows import EXCERPT, WHOLE, item_of, stored_item
from pipeline.adapters.store_sql.signatures import Signatures
from pipeline.adapters.store_sql.statements import inserting, upserting
from pipeline.adapters.store_sql.tables import EXPIRING, edges, items, readings, revisions, signatures, to_index
from pipeline.records.items import Item
from pipeline.records.names import Kind, State

EXCERPT_LENGTH = 200  # characters of an expired body that stay (OFFICE 3)

WRITE = upserting(
    items,
    removed_at=lambda old, new: case(
        (new.removed_at.is_(None), None), else_=func.coalesce(old.removed_at, new.removed_at)
    ),
    body=lambda old, new: case((new.revision > old.revision, new.body), else_=old.body),
)

WRITE_NEW, MARK_NEW = inserting(items), inserting(to_index)


class SqlItems(Revisions, Signatures, Edges):
    """Items, revisions, readings, signatures, clusters."""

    def by_ids(self, ids: Sequence[str]) -> dict[str, Item]:
        """The rows that are there."""
        rows = self.where_in(select(items), items.c.id, ids)
        self.keys.met((row.id, row.serial) for row in rows)
        return {row.id: item_of(row) for row in rows}

    def write(self, rows: Sequence[Item]) -> None:
        """Insert or replace, with marks."""
        now = self.now()
        serials = self.keys.given(self, (row.id for row in rows))
        new = self.keys.written(serials)
        if len(serials) < len(rows):  # one item twice: the last of them stays
            new = set[str]()
        rows = sorted(rows, key=lambda row: serials[row.id])
        fresh, known = ([row for row in rows if (row.id in new) is wanted] for wanted in (True, False))
        for write, mark, some in ((WRITE, MARK, known), (WRITE_NEW, MARK_NEW, fresh)):
            self.many(write, [stored_item(serials[row.id], row, now) for row in some])
            self.many(mark, [(serials[row.id], row.id, row.version, now) for row in some])

    def live_ids(self, after: str = "", limit: int = 1000) -> list[str]:
        """In order, paged by key."""
        query = select(items.c.id).where(items.c.id > after, items.c.removed_at.is_(None)).order_by(items.c.id)
        return list(self.connection.execute(query.limit(limit)).scalars())

    def tombstones(self, since: str) -> list[str]:
        """Removed at or after, oldest first."""
        query = select(items.c.id).where(items.c.removed_at >= since).order_by(items.c.removed_at, items.c.id)
        return list(self.connection.execute(query).scalars())

    def count_live(self) -> int:
        """All rows less the tombstones: both are counted in small indexes."""
        rows = select(func.count()).select_from(items)
        gone = rows.where(items.c.removed_at.is_not(None))
        return self.connection.execute(rows).scalar_one() - self.connection.execute(gone).scalar_one()

    def members(self, clusters: Sequence[str]) -> list[Item]:
        """Items of these clusters, in order of received, id."""
        return sorted(
            (item_of(row) for row in led_by(self, set(clusters))), key=lambda item: (item.received_at, item.id)
        )

    def bury(self, item: str, at: str) -> None:
        """A tombstone: its words and likeness go; id, source, origin and version stay. Harmless twice."""
        gone = {
            "title": "",
            "content": "",
            "state": str(State.REMOVED),
            "cluster": item,
            "removed_at": at,
            "body": EXCERPT,
        }
        rows = update(items).where(items.c.id == item, items.c.removed_at.is_(None)).values(**gone)
        if not self.connection.execute(rows).rowcount:
            return
        serial = self.keys.one(self, item)
        for column in (revisions.c.item, readings.c.item, signatures.c.serial):
            self.connection.execute(delete(column.table).where(column == serial))
        self.connection.execute(delete(edges).where(or_(edges.c.a == item, edges.c.b == item)))
        raise_marks(self, [item])

    def purge_bodies(self, kind: str, before: str, limit: int) -> int:
        """Cut bodies that expired to their excerpts; how many items."""
        due = select(items.c.id, items.c.serial).where(
            items.c.kind == kind, items.c.body == WHOLE, items.c.received_at < before
        )
        if kind == Kind.WEB_LEAD:
            # Said in the index's own words, or SQLite would not use it.
            due = due.where(EXPIRING)
        found = self.connection.execute(due.order_by(items.c.received_at).limit(limit)).all()
        serials = [row.serial for row in found]
        cut = func.substr(revisions.c.text, 1, EXCERPT_LENGTH)
        texts = update(revisions).where(self.dialect.among(revisions.c.item, serials))
        self.connection.execute(texts.values(text=cut))
        self._drop_replies(serials)
        self.connection.execute(update(items).where(self.dialect.among(items.c.serial, serials)).values(body=EXCERPT))
        raise_marks(self, [row.id for row in found])
        return len(found)

    def _drop_replies(self, serials: Sequence[int]) -> None:
        """What offices answered on message boards expires with the question."""
        having = select(revisions.c.item, revisions.c.number, revisions.c.details).where(
            self.dialect.among(revisions.c.item, serials), revisions.c.details.like('%"reply":"%')
        )
        for row in self.connection.execute(having).all():
            this = update(revisions).where(revisions.c.item == row.item, revisions.c.number == row.number)
            details = orjson.dumps({**orjson.loads(row.details), "reply": None}).decode()
            self.connection.execute(this.values(details=details))
