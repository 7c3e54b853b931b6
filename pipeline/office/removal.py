"""Taking back: a withdrawal before processing, and the purge of one item's body by two persons (OFFICE 22)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import orjson

from pipeline.desk.moves import opinion_of, person
from pipeline.desk.states import OPEN
from pipeline.errors import MinyiError, NotAllowed, NotFound, Transient
from pipeline.office.context import Office, desk_of, note
from pipeline.office.items import Moved, move
from pipeline.office.merging import reclustered
from pipeline.ports.bus import Bus
from pipeline.ports.store import Session, SubmissionRow
from pipeline.records.items import Item
from pipeline.records.messages import Crawled, Place, Submitted, decode
from pipeline.records.names import Outcome

WHY = "两人清除"
NOTE = "purge.to_remove"


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge removed, and what stays. `until` is the day on which the bus's own retention ends the rest;
    `kept` names issued bulletins whose print stays."""

    id: str
    messages: int
    files: int
    until: str | None = None
    kept: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def withdraw(office: Office, key: str, *, by: str, opinion: str) -> Moved:
    """Withdraw by receipt or id, processed or not. Before processing it is written at the submission's row,
    which the batch reads."""
    who = person(by)
    said = opinion_of(opinion, needed=True, act="撤稿")
    with office.writing() as session:
        row = _submission(session, key)
        item = row.item if row else key
        waiting = item not in session.items.by_ids([item])
        if waiting:
            if row is None:
                raise NotFound(f"没有稿件或回执 {key}", fix="请核对编号")
            if row.status == "purged":
                raise NotFound(f"{key} 的内容已清除", fix="清除的来稿不必再撤")
            session.arrivals.set_status(row.receipt, "withdrawn")
            line = note(office, "item", item, "withdraw", who, opinion=said, after="withdrawn")
            desk_of(session).record([line])
            return Moved(item, "withdraw", "received", "withdrawn", 0)
    return move(office, "withdraw", [item], by=who, opinion=said)[0]


def purge(
    office: Office,
    bus: Bus,
    key: str,
    *,
    by: str,
    second: str,
    opinion: str | None = None,
    repeats: str | None = None,
) -> Purged:
    """Two persons remove one item's body (by id or receipt). Repeatable: what a crash left is removed by the
    next call. Raises NotAllowed for one person, or while the item stands in a draft; not for one that `repeats` the
    purge of that stored time in a store restored from before it: then the draft is a warning."""
    who, other = _two(by, second)
    with office.writing() as session:
        row = _submission(session, key)
        key = row.item if row else key
        item = session.items.by_ids([key]).get(key)
        if item is None and row is None and not session.ledger.of_item(key):
            raise NotFound(f"没有稿件或回执 {key}", fix="请核对编号")
        kept, drafts = _bulletins(session, item, repeated=repeats is not None)
        sent = _sent(session, key, item)
        files = _owe(session, _files(session, key, sent))
        places = _erase(office, session, key, item, sent)
        details = {"second": other, "messages": len(places), **({"repeats": repeats} if repeats else {})}
        act = note(office, "item", key, "purge", who, opinion=opinion, after="removed", details=details)
        desk_of(session).record([act])
    _remove(office)
    until, warnings = _blank(bus, places)
    with suppress(Transient):
        # The words stand in the store's log, too, until it is folded and cut; what hinders it now, maintain does.
        office.store.tidy()
    warnings += (*map(_stays, kept), *map(_emptied, drafts))
    return Purged(key, len(places), len(files), until, kept, warnings)


def _two(by: str, second: str) -> tuple[str, str]:
    who, other = person(by), person(second)
    if who == other:
        raise NotAllowed("清除须由两人办理", where="--second", fix="请由另一人复核并写上姓名")
    return who, other


def _submission(session: Session, key: str) -> SubmissionRow | None:
    return session.arrivals.by_receipt([key]).get(key) or session.arrivals.by_items([key]).get(key)


def _sent(session: Session, key: str, item: Item | None) -> list[SubmissionRow]:
    """Every submission of the item: an import may have sent it many times."""
    named = session.arrivals.by_receipt([item.receipt]) if item and item.receipt else {}
    return list({**named, **{row.receipt: row for row in session.arrivals.of_item(key)}}.values())


def _bulletins(session: Session, item: Item | None, *, repeated: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The bulletins whose print stays, and the drafts that lose the item."""
    if item is None or not item.bulletin:
        return (), ()
    row = desk_of(session).bulletins([item.bulletin]).get(item.bulletin)
    if row is not None and row.state in OPEN:
        if repeated:
            return (), (row.id,)
        raise NotAllowed(
            "稿件在未印发的期刊中，不能清除", where=row.id, fix="请先移出（minyi bulletin remove）或停发该期"
        )
    return ((row.id,) if row is not None and row.content else ()), ()


def _erase(office: Office, session: Session, key: str, item: Item | None, sent: Sequence[SubmissionRow]) -> list[Place]:
    """Everything the store holds of it, in one transaction; where its messages lie on the bus."""
    ledger = session.ledger.of_item(key)
    places = [one.place for one in ledger]
    for one in ledger:
        if one.outcome is not Outcome.PURGED:
            session.ledger.turn(one.place, Outcome.PURGED, why=WHY)
    for one in session.quarantine.of_item(key):
        if one.state != "removed":
            session.quarantine.turn(one.number, "removed", WHY)
    for receipt in session.arrivals.lock(sorted({row.receipt for row in sent})):
        session.arrivals.set_status(receipt, "purged")
    desk_of(session).erase(key)
    session.contents.release(key)
    if item is not None and not item.tombstone:
        _bury(office, session, key)
    return places


def _bury(office: Office, session: Session, key: str) -> None:
    """Its cluster goes on without it, under another lead."""
    ends = {end for edge in session.items.edges([key]) for end in (edge.a, edge.b)}
    session.items.bury(key, office.now())
    reclustered(session, sorted(ends - {key}))


def _owe(session: Session, names: Sequence[str]) -> list[str]:
    """Note, in the purge's transaction, the files to be removed after it: once it is over no row names them."""
    before: list[str] = orjson.loads(session.registry.note(NOTE) or "[]")
    session.registry.set_note(NOTE, orjson.dumps(sorted({*before, *names})).decode() if before or names else None)
    return list(names)


def _remove(office: Office) -> None:
    """Remove what is due, but for what another submission or page has too; what a crash left is removed here."""
    with office.store.reading() as session:
        due: list[str] = orjson.loads(session.registry.note(NOTE) or "[]")
        free = [name for name in due if not session.arrivals.refers(name)]
    if not due:
        return
    for name in free:
        office.files.has(name)  # a place that is away or frozen is told before the lock is taken
    with office.store.writing() as session:
        # Under the lock: a crawler notes there whose a content is before it puts the content.
        for name in free:
            if not session.contents.refers(name):
                office.files.remove(name)
        left = set(orjson.loads(session.registry.note(NOTE) or "[]")) - set(due)
        session.registry.set_note(NOTE, orjson.dumps(sorted(left)).decode() if left else None)


def _files(session: Session, key: str, sent: Sequence[SubmissionRow]) -> list[str]:
    """Contents that lie in files: what its messages were too large for."""
    named: list[str | None] = list(session.contents.of_item(key))
    named += [row.message.text_file for row in sent if row.message]
    for one in session.quarantine.of_item(key):
        payload = session.quarantine.get(one.number).payload if one.state != "removed" else None
        named.append(_reference(payload) if payload else None)
    return sorted({name for name in named if name})


def _reference(payload: bytes) -> str | None:
    try:
        message = decode(payload)
    except MinyiError:
        return None
    match message:
        case Submitted():
            return message.text_file
        case Crawled():
            return message.body_file


def _blank(bus: Bus, places: list[Place]) -> tuple[str | None, tuple[str, ...]]:
    ids = {topic: bus.bus_id(topic) for topic in {place.topic for place in places}}
    here = [place for place in places if place.bus == ids[place.topic]]
    days = [day for place in here if (day := bus.blank(place))]
    gone = len(places) - len(here)
    elsewhere = f"有 {gone} 条原始消息在从前的总线上，这里清不到；旧的总线和库若还留着，请一并删去"
    warnings = (elsewhere,) if gone else ()
    if not days:
        return None, warnings
    return max(days), (*warnings, f"总线上的原始消息按保存期限于 {max(days)} 到期清除")


def _emptied(bulletin: str) -> str:
    return f"未印发的期刊 {bulletin} 中有已清除的稿件，请停发该期（minyi bulletin stop {bulletin}）"


def _stays(bulletin: str) -> str:
    return f"已印发的期刊 {bulletin} 定稿和文件不变；如须处理，请收回或更正"
