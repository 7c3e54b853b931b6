"""稿件页: all that is known of one item, put together for the eye. Personal data is masked unless `plain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import NotFound
from pipeline.office import shows
from pipeline.office.context import Office, desk_of
from pipeline.office.items import current
from pipeline.ports.desk import Edit, Merge
from pipeline.ports.store import Session, View
from pipeline.records.items import Item, LedgerRow, Pair
from pipeline.records.messages import Submitted
from pipeline.records.names import Kind, Similarity

MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another item that resembles this one. `copied`: a public page, so that 摘抄 may be asked about;
    `estimate`: its body expired, the share was measured before or is a guess."""

    item: Item
    title: str
    pair: Pair | None
    copied: bool
    estimate: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One item's page. Texts are as they are to be shown; `seen` is the last act that the page shows."""

    item: Item
    view: View
    title: str
    original: str
    original_title: str
    reply: str  # the office's, on a message board
    edit: Edit | None
    edits: list[dict[str, Any]]
    reading: dict[str, Any]
    overrides: dict[str, Any]
    contact: dict[str, str]
    declared: dict[str, str]
    revisions: list[dict[str, Any]]
    likenesses: list[Likeness]
    merged: list[Item]
    into: Merge | None
    main_title: str
    history: list[dict[str, Any]]
    ledger: list[LedgerRow]
    seen: int
    plain: bool


def key_of(office: Office, key: str) -> str:
    """The item's id, from itself or a receipt."""
    written = key.replace(" ", "").replace("-", "").upper()
    with office.store.reading() as session:
        row = session.arrivals.by_receipt([written]).get(written)
    return row.item if row else key


def told(office: Office, key: str, *, plain: bool = False) -> Told:
    """All of an item. Raises NotFound, for a submission no batch has read with a sentence of its own."""
    history, edits = shows.history(office, "item", key), shows.edits(office, key)
    with office.store.reading() as session:
        view = session.items.views([key]).get(key)
        if view is None:
            raise _unread(session, key)
        found = _told(office, session, view, plain=plain)
    return replace(found, history=history, edits=edits, seen=history[-1]["seq"] if history else 0)


def _unread(session: Session, key: str) -> NotFound:
    if row := session.arrivals.by_items([key]).get(key):
        words = {"withdrawn": "已撤稿", "purged": "已清除"}.get(row.status, "已收到，正等待处理，几秒到几分钟后可办")
        return NotFound(f"这篇稿件{words}", fix="请稍后刷新；一直没有处理的，请管理人员查看")
    if aside := session.quarantine.of_item(key):
        return NotFound(f"这篇没有入库，在隔离区第 {aside[-1].number} 号", fix="请到隔离区查看原因")
    return NotFound(f"没有稿件 {key[:40]}", fix="请核对编号或回执号，也可用检索查找")


def _told(office: Office, session: Session, view: View, *, plain: bool) -> Told:
    item, desk = view.item, desk_of(session)
    show: Callable[[str], str] = str if plain else office.mask
    message = _message(session, item)
    merged = desk.merged([item.id]).get(item.id, [])
    there = session.items.by_ids([one.item for one in merged])
    into = desk.merges([item.id]).get(item.id)
    edit = current(office, session, [item.id]).get(item.id) if item.kind is Kind.SUBMISSION else None
    return Told(
        item=item,
        view=view,
        title=show(view.edit_title or item.title) or "（无标题）",
        original=show(view.text),
        original_title=show(item.title),
        reply=show((view.reading or {}).get("reply") or ""),
        edit=replace(edit, title=show(edit.title), text=show(edit.text)) if edit else None,
        edits=[],
        reading=view.reading or {},
        overrides=dict(view.overrides or {}),
        contact=_contact(message, show),
        declared={name: show(value) for name, value in (message.declared if message else {}).items()},
        revisions=session.items.revisions(item.id),
        likenesses=_likenesses(office, session, item),
        merged=list(there.values()),
        into=into,
        main_title=show(_title_of(session, into.main)) if into else "",
        history=[],
        ledger=session.ledger.of_item(item.id),
        seen=0,
        plain=plain,
    )


def _title_of(session: Session, key: str) -> str:
    view = session.items.views([key]).get(key)
    return (view.edit_title or view.item.title if view else "") or "（无标题）"


def _message(session: Session, item: Item) -> Submitted | None:
    if not item.receipt:
        return None
    row = session.arrivals.by_receipt([item.receipt]).get(item.receipt)
    return row.message if row else None


def _contact(message: Submitted | None, show: Callable[[str], str]) -> dict[str, str]:
    if message is None:
        return {}
    given = {"联系电话": message.phone, "邮箱": message.email}
    return {name: show(value) for name, value in given.items() if value}


def _likenesses(office: Office, session: Session, item: Item) -> list[Likeness]:
    pairs = _pairs(session, item.id)
    found = {one.id: one for one in session.items.members([item.cluster]) if one.id != item.id}
    found |= session.items.by_ids([key for key in pairs if key not in found])
    views = session.items.views([one.id for one in found.values() if one.kind is Kind.WEB_LEAD])
    rows = [
        _likeness(office, item, one, pairs.get(one.id), excerpt=one.id in views and views[one.id].excerpt)
        for one in found.values()
        if not one.tombstone
    ]
    return sorted(rows, key=lambda one: (-(one.pair.similarity if one.pair else 0.0), one.item.id))


def _pairs(session: Session, key: str) -> dict[str, Pair]:
    """The other end → the edge; an editor's wins over the machine's."""
    touching = [pair for pair in session.items.edges([key]) if key in {pair.a, pair.b}]
    ranked = sorted(touching, key=lambda pair: pair.by != MACHINE)
    return {(pair.b if pair.a == key else pair.a): pair for pair in ranked}


def _likeness(office: Office, item: Item, other: Item, pair: Pair | None, *, excerpt: bool) -> Likeness:
    negative = pair is not None and pair.kind is Similarity.NEGATIVE
    copied = item.kind is Kind.SUBMISSION and other.kind is Kind.WEB_LEAD and not negative
    return Likeness(other, office.mask(other.title) or "（无标题）", pair, copied, excerpt)
