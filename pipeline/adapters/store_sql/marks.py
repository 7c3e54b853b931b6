"""to_index: what search has not seen yet (DESIGN 13, 14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, func, select, update

from pipeline.adapters.store_sql.keys import in_order
from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import upserting
from pipeline.adapters.store_sql.tables import generations, items, to_index

# A mark keeps its place in the queue when its item changes again.
MARK = upserting(to_index, keep=("since", "item"))


class SqlMarks(Part):
    """What search has not seen yet."""

    def due(self, limit: int) -> list[tuple[str, int]]:
        """(item, version), oldest first."""
        query = select(to_index.c.item, to_index.c.version).order_by(to_index.c.since, to_index.c.serial).limit(limit)
        return [(row[0], row[1]) for row in self.connection.execute(query)]

    def clear(self, projected: Mapping[str, int], generations_version: int) -> set[str]:
        """Delete what search has; the items without a mark now."""
        serials = self.keys.known(self, projected)
        self._lock(serials.values())
        for version, these in by_version(projected, serials).items():
            found = delete(to_index).where(self.dialect.among(to_index.c.serial, these), to_index.c.version <= version)
            self.connection.execute(found.where(exists().where(generations.c.version == generations_version)))
        left = {row[0] for row in self.where_in(select(to_index.c.item), to_index.c.serial, serials.values())}
        return set(projected) - left

    def _lock(self, serials: Collection[int]) -> None:
        """Take the marks in the order in which others raise them: a deletion takes them as they lie in the table."""
        if not self.dialect.one_writer:
            these = self.dialect.among(to_index.c.serial, sorted(serials))
            query = select(to_index.c.serial).where(these).order_by(to_index.c.serial)
            self.connection.execute(query.with_for_update())

    def pending(self, items: Sequence[str] | None = None) -> int:
        """How many wait."""
        if items is None:
            return self.connection.execute(select(func.count()).select_from(to_index)).scalar_one()
        return len(self.where_in(select(to_index.c.item), to_index.c.serial, self.keys.known(self, items).values()))

    def oldest(self) -> str | None:
        """Since when."""
        return self.connection.execute(select(func.min(to_index.c.since))).scalar()

    def raise_for(self, items: Sequence[str]) -> None:
        """Version + 1 and a mark."""
        raise_marks(self, items)


def by_version(versions: Mapping[str, int], keys: Mapping[str, Any]) -> dict[int, list[Any]]:
    """The items' keys in order, by the version each is to have: few versions, so few statements."""
    found: dict[int, list[Any]] = {}
    for item, key in in_order(keys):
        found.setdefault(versions[item], []).append(key)
    return found


def raise_marks(part: Part, ids: Sequence[str]) -> None:
    """Version + 1 and a mark for each, however often it is named."""
    now = part.now()
    these = part.dialect.among(items.c.serial, list(part.keys.known(part, ids).values()))
    # Locked in the order of their serials, here as everywhere: two that raise the same items never wait in a ring.
    found = select(items.c.serial, items.c.id, items.c.version).where(these).order_by(items.c.serial)
    rows = part.connection.execute(found.with_for_update()).all()
    part.connection.execute(update(items).where(these).values(version=items.c.version + 1))
    part.many(MARK, [(row.serial, row.id, row.version + 1, now) for row in rows])
