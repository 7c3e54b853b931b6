"""Rows: items as lists show them, personal data masked, copies folded under the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.office.context import Office
from pipeline.ports.store import Session, View
from pipeline.records.items import Item

MOST_SNIPPETS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list; `copies` are the other items of its cluster."""

    view: View
    title: str
    reading: dict[str, Any]
    copies: tuple[Item, ...] = ()
    highlights: tuple[str, ...] = ()

    @property
    def item(self) -> Item:
        """The item."""
        return self.view.item

    @property
    def marked_title(self) -> str | None:
        """The title with 【】 around what a search found in it; None when it found nothing there."""
        return self.highlights[0] if self._in_title else None

    @property
    def snippets(self) -> tuple[str, ...]:
        """Pieces of the text around what was found."""
        return self.highlights[1 if self._in_title else 0 :][:MOST_SNIPPETS]

    @property
    def _in_title(self) -> bool:
        return bool(self.highlights) and self.highlights[0].replace("【", "").replace("】", "") == self.title


def rows_of(office: Office, ids: Sequence[str], *, folded: bool = True) -> list[Row]:
    """The items in order; with `folded` a copy of an earlier one of them stands under it."""
    with office.store.reading() as session:
        views = session.items.views(ids)
        copies = _copies(session, [view.item for view in views.values()])
    found: list[Row] = []
    seen: set[str] = set()
    for one in ids:
        view = views.get(one)
        if view is None or view.item.tombstone or (folded and view.item.cluster in seen):
            continue
        seen.add(view.item.cluster)
        others = tuple(item for item in copies.get(view.item.cluster, ()) if item.id != one)
        found.append(row_of(office, view, others))
    return found


def row_of(office: Office, view: View, copies: tuple[Item, ...] = ()) -> Row:
    """One line."""
    reading = {**(view.reading or {}), **(view.overrides or {})}
    return Row(view, office.mask(view.edit_title or view.item.title) or "（无标题）", reading, copies)


def _copies(session: Session, items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in session.items.members(sorted({item.cluster for item in items})):
        if not item.tombstone:
            found.setdefault(item.cluster, []).append(item)
    return found
