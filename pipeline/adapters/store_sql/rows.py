"""An item and its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from pipeline.records.items import Item
from pipeline.records.names import Kind, State

# A look-up costs a tenth of what calling the enumeration does.
KINDS = {str(kind): kind for kind in Kind}
STATES = {str(state): state for state in State}
WHOLE, EXCERPT = "whole", "excerpt"  # what is left of an item's body


def item_of(row: Row[Any] | Sequence[Any]) -> Item:
    """An item of its table's row, whose columns stand in the order of the record's fields."""
    _serial, name, kind, source, origin, state, *shown, removed_at, _body = row
    return Item(name, KINDS[kind], source, origin, STATES[state], *shown, tombstone=removed_at is not None)


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
