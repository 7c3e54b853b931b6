"""All that `minyi show` prints of one item."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from pipeline.clock import shown
from pipeline.errors import NotFound
from pipeline.office import shows
from pipeline.office.context import Office
from pipeline.ports.store import Session, SubmissionRow, View
from pipeline.records.items import Item, LedgerRow, Pair

TIMES = ("received_at", "published_at", "made_at", "at")
# What only the store's own keys say.
INNER = ("item", "serial", "exact", "content", "message_id", "details", "text_id")


def item_page(office: Office, key: str) -> dict[str, Any]:
    """One item by id or receipt: texts, readings with reasons, history, cluster, ledger. Raises NotFound."""
    with office.store.reading() as session:
        row = session.arrivals.by_receipt([key]).get(key)
        item = row.item if row else key
        view = session.items.views([item]).get(item)
        page = _page(session, view, office.zone) if view else _unread(session, item, row, office.zone)
    history, edits = shows.history(office, "item", item), shows.edits(office, item)
    return {**page, "edits": edits, "history": history}


def _unread(session: Session, key: str, row: SubmissionRow | None, zone: ZoneInfo) -> dict[str, Any]:
    """What is known of a submission that no batch has read, or of a message that became no item."""
    row = row or session.arrivals.by_items([key]).get(key)
    ledger = session.ledger.of_item(key)
    aside = session.quarantine.of_item(key)
    if row is None and not ledger and not aside:
        raise NotFound(f"没有稿件 {key}", fix="请核对编号；可用 minyi search 查找")
    message = row.message if row else None
    return {
        **dict.fromkeys(PAGE),
        "id": key,
        "kind": message.kind if message else None,
        "source": message.source if message else (ledger[0].source if ledger else None),
        "origin": message.origin if message else None,
        "state": row.status if row else None,
        "title": message.title if message else None,
        "receipt": row.receipt if row else None,
        "received_at": shown(row.received_at, zone) if row else None,
        "text": (message.text or None) if message else None,
        "revisions": [],
        "cluster": {"lead": key, "members": []},
        "ledger": [_line(one) for one in ledger],
        "quarantine": [{"number": one.number, "step": one.step, "reason": one.reason} for one in aside],
    }


PAGE = (
    "id", "kind", "source", "origin", "state", "version", "title", "url", "receipt", "bulletin", "received_at",
    "published_at", "author", "unit", "sector", "party", "named", "text", "reply", "excerpt", "edit", "reading",
    "overrides", "revisions", "cluster", "ledger", "quarantine",
)  # fmt: skip


def _page(session: Session, view: View, zone: ZoneInfo) -> dict[str, Any]:
    item = view.item
    edited = {"title": view.edit_title, "text": view.edit_text} if view.edit_text is not None else None
    return {
        **{name: getattr(item, name) for name in ("id", "kind", "source", "origin", "version", "url", "receipt")},
        "state": item.state,
        "title": view.edit_title or item.title,
        "bulletin": item.bulletin,
        "received_at": shown(item.received_at, zone),
        "published_at": shown(view.published_at, zone) if view.published_at else None,
        **{name: getattr(view, name) for name in ("author", "unit", "sector", "party", "named", "excerpt")},
        "text": view.text or None,
        "reply": (view.reading or {}).get("reply"),
        "edit": edited,
        "reading": view.reading,
        "overrides": view.overrides or None,
        "revisions": [_outer(one, zone) for one in session.items.revisions(item.id)],
        "cluster": _cluster(session, item),
        "ledger": [_line(one) for one in session.ledger.of_item(item.id)],
        "quarantine": [
            {"number": one.number, "step": one.step, "reason": one.reason}
            for one in session.quarantine.of_item(item.id)
        ],
    }


def _outer(row: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """A revision without the store's inner keys, its times as they are shown, empty words as null."""
    found: dict[str, Any] = {}
    for key, value in {**row, **row.get("details", {})}.items():
        name = str(key)  # the database's own kind of text
        if name in INNER:
            continue
        if name == "readings":
            found[name] = [_outer(reading, zone) for reading in value]
        elif name in TIMES and value:
            found[name] = shown(value, zone)
        else:
            found[name] = None if value == "" else value
    return found


def _cluster(session: Session, item: Item) -> dict[str, Any]:
    members = session.items.members([item.cluster])
    edges = {frozenset((edge.a, edge.b)): edge for edge in session.items.edges([item.id])}
    return {"lead": item.cluster, "members": [_member(one, edges.get(frozenset((one.id, item.id)))) for one in members]}


def _member(item: Item, edge: Pair | None) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "source": item.source,
        "kind": item.kind,
        "state": item.state,
        "url": item.url,
        "similarity": edge.similarity if edge else None,
        "similarity_kind": edge.kind if edge else None,
        "by": edge.by if edge else None,
    }


def _line(row: LedgerRow) -> dict[str, Any]:
    place = row.place
    return {
        "day": row.day,
        "source": row.source,
        "outcome": row.outcome,
        "version": row.version,
        "reason": row.reason,
        "place": f"{place.topic}/{place.partition}/{place.offset}",
    }
