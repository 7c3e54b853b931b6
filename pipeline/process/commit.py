"""The one transaction of a batch (DESIGN 5 to 8): fence, then items, readings, signatures, edges, ledger,
quarantine and marks together. The plan is made under the lock, from rows read under the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from pipeline.clock import Clock, day_of, stored
from pipeline.errors import Fenced, MinyiError
from pipeline.ports.store import Session, Store
from pipeline.process.batch import Batch, Blank, Repeated, Settled, place_of, unseen
from pipeline.process.erasing import owe
from pipeline.process.join import rejoin
from pipeline.process.tally import ended
from pipeline.records.items import Cleaned, Failed, Item, LedgerRow, Read, Rejected, Signature
from pipeline.records.messages import Delivered, Place, Submitted, decode
from pipeline.records.names import GROUP, Kind, Outcome, State

PURGED = "内容已被清除"


@dataclass(frozen=True, slots=True)
class Span:
    """What a batch covers of one partition: offsets start (the stored next) … end - 1."""

    bus: str
    topic: str
    partition: int
    start: int
    end: int


@dataclass
class Plan:
    """What the transaction writes."""

    items: dict[str, Item]
    seen: set[str]
    touched: set[str] = field(default_factory=set)
    revisions: list[tuple[Read, int]] = field(default_factory=list)
    late: list[Read] = field(default_factory=list)  # came after a newer revision: history, never the newest
    newest: dict[str, Read] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)
    quarantine: list[Failed] = field(default_factory=list)
    purged: list[Place] = field(default_factory=list)
    written: dict[str, Item] = field(default_factory=dict)  # every row as it was written, and marked
    signed: list[Signature] = field(default_factory=list)  # with their seqs


def commit(store: Store, batch: Batch, spans: Sequence[Span], zone: ZoneInfo, clock: Clock, worker: str) -> Plan:
    """Write a batch once. Raises Fenced when another worker moved a partition on; nothing is written then."""
    with store.writing() as session:
        fence(session, spans)
        session.lock_batches()
        plan = make_plan(session, batch, zone, clock)
        write_items(session, plan)
        session.ledger.add(plan.ledger)
        session.tallies.add(ended(batch.outcomes, plan.ledger))
        session.quarantine.add([_set_aside(one) for one in plan.quarantine])
        owe(session, batch, plan.purged)
        for span, gap in gaps(batch, spans):
            session.offsets.gap(span.bus, span.topic, span.partition, *gap)
        session.offsets.end(worker)
    return plan


def fence(session: Session, spans: Sequence[Span]) -> None:
    """Move every partition's stored offset, in order, or none."""
    for span in sorted(spans, key=lambda one: (one.topic, one.partition)):
        if not session.offsets.advance(GROUP, span.bus, span.topic, span.partition, span.start, span.end):
            raise Fenced("这一段消息已由另一进程处理", partitions=((span.topic, span.partition),))


def make_plan(session: Session, batch: Batch, zone: ZoneInfo, clock: Clock) -> Plan:
    """Decide every message's outcome from rows read under the lock, in order. A batch that replays has rows
    in the ledger already: its own message ids say nothing then."""
    items = session.items.by_ids(sorted({_item_of(one) for one in batch.outcomes}))
    reads = {read.cleaned.place: read for read in unseen(batch, session, items)}
    outcomes = [reads.get(one.cleaned.place, one) if isinstance(one, Read) else one for one in batch.outcomes]
    plan = Plan(
        items=items,
        seen=set() if batch.replays else session.ledger.seen(list(filter(None, map(_message_of, outcomes)))),
    )
    submissions = _submissions(session, outcomes, batch.delivered, plan)
    for one in outcomes:
        gone = _place(one) in plan.purged
        row = _purged(one, plan, zone, clock) if gone else _decide(one, plan, submissions, zone, clock)
        plan.ledger.append(row)
        plan.seen.add(row.message_id)
    return plan


def write_items(session: Session, plan: Plan) -> None:
    """Write the plan's items; clusters are joined again where new pairs or new texts touch them."""
    items, reads = session.items, list(plan.newest.values())
    items.revise([*plan.revisions, *_history(session, plan.late)])
    signatures = [read.deduped.signature for read in reads]
    plan.signed = [replace(one, seq=seq) for one, seq in zip(signatures, items.sign(signatures), strict=True)]
    touched = {name: plan.items[name] for name in plan.touched}
    moved = rejoin(session, touched, reads)
    items.write(list(moved.values()))
    plan.written = moved


def _history(session: Session, late: Sequence[Read]) -> list[tuple[Read, int]]:
    # Numbers below zero, one lower each: they never stand for the newest.
    numbered: list[tuple[Read, int]] = []
    for read in late:
        before = sum(1 for one, _ in numbered if one.cleaned.item == read.cleaned.item)
        numbered.append((read, -1 - before - len(session.items.revisions(read.cleaned.item))))
    return numbered


def _submissions(
    session: Session, outcomes: Sequence[Settled], delivered: Sequence[Delivered], plan: Plan
) -> dict[Place, str]:
    """What the rows of the batch's submissions say (withdrawn); those that are purged, by their row or with
    their item, are named in the plan and their rows emptied."""
    values = {one.place: one.value for one in delivered}
    receipts = {place: receipt for one in outcomes if (receipt := _receipt(one, values[place := _place(one)]))}
    rows = session.arrivals.lock(sorted(set(receipts.values())))
    found = {place: rows[receipt] for place, receipt in receipts.items() if receipt in rows}
    gone = {name for name, item in plan.items.items() if item.tombstone}
    plan.purged += [place for one in outcomes if found.get(place := _place(one)) == "purged" or _item_of(one) in gone]
    for receipt in sorted({receipts[place] for place in plan.purged if place in found}):
        session.arrivals.set_status(receipt, "purged")
    for place in receipts.keys() - found.keys() - set(plan.purged):
        # A store restored from a backup meets messages it no longer knows: they carry what makes the row.
        if message := _submitted(values[place]):
            session.arrivals.restore(message)
    return found


def _receipt(one: Settled, value: bytes) -> str | None:
    match one:
        case Blank():
            return None
        case Read():
            return one.cleaned.receipt
        case Repeated(prepared):
            return prepared.cleaned.receipt
        case _:
            return message.receipt if (message := _submitted(value)) else None


def _submitted(value: bytes) -> Submitted | None:
    try:
        message = decode(value)
    except MinyiError:
        return None
    return message if isinstance(message, Submitted) else None


def _purged(one: Settled, plan: Plan, zone: ZoneInfo, clock: Clock) -> LedgerRow:
    match one:
        case Blank(delivered):
            return _blank(delivered, plan, zone, clock)
        case Read():
            return _row(one.cleaned, Outcome.PURGED, zone, plan.items.get(one.cleaned.item))
        case Repeated(prepared):
            return _row(prepared.cleaned, Outcome.PURGED, zone, plan.items.get(prepared.cleaned.item))
        case _:
            aside = _aside(one, plan, Outcome.PURGED, zone, clock)
            return replace(aside, outcome=Outcome.PURGED, reason=PURGED)


def _decide(one: Settled, plan: Plan, submissions: dict[Place, str], zone: ZoneInfo, clock: Clock) -> LedgerRow:
    match one:
        case Blank(delivered):
            return _blank(delivered, plan, zone, clock)
        case Repeated(prepared):
            return _row(prepared.cleaned, Outcome.DUPLICATE, zone, plan.items.get(prepared.cleaned.item))
        case Rejected():
            return _aside(one, plan, Outcome.REJECTED, zone, clock)
        case Failed():
            row = _aside(one, plan, Outcome.QUARANTINED, zone, clock)
            if row.outcome is Outcome.QUARANTINED:
                plan.quarantine.append(one)
            return row
        case Read():
            return _read(one, plan, submissions, zone)


def _read(read: Read, plan: Plan, submissions: dict[Place, str], zone: ZoneInfo) -> LedgerRow:
    cleaned, old = read.cleaned, plan.items.get(read.cleaned.item)
    if cleaned.message_id in plan.seen or (old and old.content == cleaned.content):
        return _row(cleaned, Outcome.DUPLICATE, zone, old)
    withdrawn = submissions.get(cleaned.place) == "withdrawn"
    if old and place_of(cleaned) < place_of(old):
        new = _late(old)
        plan.late.append(read)
    else:
        new = _revised(read, old, withdrawn=withdrawn)
        plan.revisions.append((read, new.revision))
        plan.newest[new.id] = read
    plan.items[new.id] = new
    plan.touched.add(new.id)
    return _row(cleaned, Outcome.PENDING, zone, new)


def _late(old: Item) -> Item:
    # Shown facts stay; the version rises so that this message, too, is proven in search.
    return replace(old, version=old.version + 1)


def _revised(read: Read, old: Item | None, *, withdrawn: bool) -> Item:
    cleaned = read.cleaned
    received_at, place = place_of(cleaned)
    fresh = Item(
        id=cleaned.item,
        kind=cleaned.kind,
        source=cleaned.source,
        origin=cleaned.origin,
        state=State.WITHDRAWN if withdrawn else State.RECEIVED if cleaned.kind is Kind.WEB_LEAD else State.SUBMITTED,
        version=1,
        received_at=received_at,
        revision=1,
        revision_received_at=received_at,
        revision_place=place,
        content=cleaned.content,
        cluster=cleaned.item,
        title=cleaned.title,
        url=cleaned.url,
        receipt=cleaned.receipt,
    )
    if old is None:
        return fresh
    return replace(
        old,
        state=State.WITHDRAWN if withdrawn else old.state,
        version=old.version + 1,
        revision=old.revision + 1,
        revision_received_at=received_at,
        revision_place=place,
        content=cleaned.content,
        title=cleaned.title,
        url=cleaned.url,
        receipt=cleaned.receipt or old.receipt,
    )


def _row(cleaned: Cleaned, outcome: Outcome, zone: ZoneInfo, item: Item | None) -> LedgerRow:
    return LedgerRow(
        place=cleaned.place,
        day=day_of(cleaned.received_at, zone),
        source=cleaned.source,
        message_id=cleaned.message_id,
        item=cleaned.item,
        version=item.version if item else 0,
        outcome=outcome,
    )


def _aside(one: Rejected | Failed, plan: Plan, outcome: Outcome, zone: ZoneInfo, clock: Clock) -> LedgerRow:
    again = one.message_id in plan.seen
    return LedgerRow(
        place=one.place,
        day=day_of(one.received_at or stored(clock()), zone),
        source=one.source,
        message_id=one.message_id,
        item=one.item,
        version=0,
        outcome=Outcome.DUPLICATE if again else outcome,
        reason=one.reason,
    )


def _blank(delivered: Delivered, plan: Plan, zone: ZoneInfo, clock: Clock) -> LedgerRow:
    item, place = plan.items.get(delivered.key), delivered.place
    return LedgerRow(
        place=place,
        day=day_of(stored(clock()), zone),
        source=item.source if item else "?",
        message_id=f"b-{place.topic}/{place.partition}/{place.offset}",
        item=delivered.key,
        version=item.version if item else 0,
        outcome=Outcome.PURGED,
        reason=PURGED,
    )


def gaps(batch: Batch, spans: Sequence[Span]) -> list[tuple[Span, tuple[int, int]]]:
    """Offsets of the spans at which the bus held no message: none are expected, all are booked."""
    found: list[tuple[Span, tuple[int, int]]] = []
    for span in spans:
        held = sorted(place.offset for place in map(_place, batch.outcomes) if _within(place, span))
        for before, after in zip([span.start - 1, *held], [*held, span.end], strict=True):
            if after > before + 1:
                found.append((span, (before + 1, after)))
    return found


def _within(place: Place, span: Span) -> bool:
    return (place.topic, place.partition) == (span.topic, span.partition)


def _place(one: Settled) -> Place:
    match one:
        case Blank(delivered):
            return delivered.place
        case Repeated(prepared):
            return prepared.cleaned.place
        case Read():
            return one.cleaned.place
        case _:
            return one.place


def _item_of(one: Settled) -> str:
    match one:
        case Blank(delivered):
            return delivered.key
        case Repeated(prepared):
            return prepared.cleaned.item
        case Read():
            return one.cleaned.item
        case _:
            return one.item


def _message_of(one: Settled) -> str | None:
    match one:
        case Blank():
            return None
        case Repeated(prepared):
            return prepared.cleaned.message_id
        case Read():
            return one.cleaned.message_id
        case _:
            return one.message_id


def _set_aside(one: Failed) -> tuple[Place, str | None, str, str, str, str, str, bytes]:
    return (one.place, one.item, one.source, one.received_at, one.step.value, one.error, one.reason, one.payload)
