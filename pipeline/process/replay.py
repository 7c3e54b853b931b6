"""Replay: a quarantined item works from its kept payload and changes its ledger row, with history (DESIGN 12).
It publishes nothing; its place among revisions is by time received, then offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.errors import NotAllowed
from pipeline.ports.store import Session
from pipeline.process.batch import Batch, Workshop, assemble
from pipeline.process.commit import Plan, make_plan, write_items
from pipeline.process.isolation import prepare_apart
from pipeline.process.topology import Early, prepare
from pipeline.process.worker import Bench
from pipeline.records.items import LedgerRow, Quarantined
from pipeline.records.messages import Delivered, Place
from pipeline.records.names import Outcome, Step


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one replay: the outcome and, when it failed again, why."""

    number: int
    outcome: Outcome
    reason: str | None = None


def replay(bench: Bench, number: int, *, accept: bool = False) -> Replayed:
    """Process a quarantined message again; with `accept` a person answers for a low confidence (低置信). Raises
    NotFound, and NotAllowed when it no longer waits."""
    with bench.store.reading() as session:
        row = waiting(session, number)
    if row.step is Step.SEARCH:
        return _project_again(bench, row)
    delivered = Delivered(row.place, row.item or "", row.payload or b"")
    trusting = replace(bench.steps, clean_rules=replace(bench.steps.clean_rules, min_confidence=0.0))
    bench = replace(bench, steps=trusting) if accept else bench
    batch = assemble([delivered], _workshop(bench, apart=row.error == "crash"), replays=True)
    return _commit(bench, batch, row)


def waiting(session: Session, number: int) -> Quarantined:
    """The row, if it still waits."""
    row = session.quarantine.get(number)
    if row.state != "waiting":
        raise NotAllowed(f"第 {number} 号隔离记录已处理过", fix="用 minyi quarantine list 查看仍待处理的记录")
    return row


def _workshop(bench: Bench, *, apart: bool) -> Workshop:
    def gently(delivered: Sequence[Delivered]) -> list[Early]:
        # One death is enough here: the message is set aside already.
        return prepare_apart(delivered, bench.environment, _dead) if apart else prepare(delivered, bench.steps)

    return Workshop(bench.store, bench.bands, bench.steps.rules, bench.clock, gently)


def _dead(_place: Place) -> int:
    return 2


def _commit(bench: Bench, batch: Batch, row: Quarantined) -> Replayed:
    with bench.store.writing() as session:
        waiting(session, row.number)
        session.lock_batches()
        plan = make_plan(session, batch, bench.zone, bench.clock)
        write_items(session, plan)
        for line in plan.ledger:
            _turn(session, line)
        reason = _reason(plan)
        session.quarantine.turn(row.number, "waiting" if reason else "replayed", reason or "重新处理成功")
    return Replayed(row.number, plan.ledger[0].outcome, reason)


def _turn(session: Session, line: LedgerRow) -> None:
    session.ledger.turn(line.place, line.outcome, version=line.version, item=line.item, why=line.reason or "重新处理")


def _reason(plan: Plan) -> str | None:
    return plan.quarantine[0].reason if plan.quarantine else None


def _project_again(bench: Bench, row: Quarantined) -> Replayed:
    with bench.store.writing() as session:
        waiting(session, row.number)
        item = row.item or ""
        session.marks.raise_for([item])
        version = session.items.by_ids([item])[item].version
        # A message of its own that a step could not take waits on for itself.
        held = [one for one in session.quarantine.of_item(item) if one.state == "waiting"]
        own = {one.place for one in held if one.step is not Step.SEARCH}
        for line in session.ledger.of_item(item):
            if line.outcome is Outcome.QUARANTINED and line.place not in own:
                _turn(session, replace(line, outcome=Outcome.PENDING, version=min(line.version, version)))
        session.quarantine.turn(row.number, "replayed", "重新送检索库")
    return Replayed(row.number, Outcome.PENDING)
