"""An item and its row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from pipeline.records.items import Item
from pipeline.records.names import Kind, State

WHOLE, EXCERPT = "whole", "excerpt"  # what is left of an item's body


def item_of(row: Row[Any]) -> Item:
    """An item of its table's row."""
    return Item(
        row.id,
        Kind(row.kind),
        row.source,
        row.origin,
        State(row.state),
        row.version,
        row.received_at,
        row.revision,
        row.revision_received_at,
        row.revision_place,
        row.content,
        row.cluster,
        row.title,
        row.url,
        row.receipt,
        row.bulletin,
        row.removed_at is not None,
    )


def stored_item(serial: int, item: Item, now: str) -> tuple[Any, ...]:
    """An item as its table's row; `now` is when a tombstone was made, if it is one from now on."""
    return (
        serial,
        item.id,
        str(item.kind),
        item.source,
        item.origin,
        str(item.state),
        item.version,
        item.received_at,
        item.revision,
        item.revision_received_at,
        item.revision_place,
        item.content,
        item.cluster,
        item.title,
        item.url,
        item.receipt,
        item.bulletin,
        now if item.tombstone else None,
        WHOLE,
    )
