"""Replay: a quarantined item works from its kept payload and changes its ledger row, with history (DESIGN 12).
It publishes nothing; its place among revisions is by time received, then offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.errors import MinyiError, NotAllowed
from pipeline.ports.store import Session
from pipeline.process.batch import Batch, Workshop, assemble
from pipeline.process.commit import Plan, make_plan, write_items
from pipeline.process.isolation import prepare_apart
from pipeline.process.topology import Early, Prepared, Steps, prepare
from pipeline.process.worker import Bench
from pipeline.records.items import Cleaned, LedgerRow, Quarantined
from pipeline.records.messages import Crawled, Delivered, Place, decode
from pipeline.records.names import Outcome, Step
from pipeline.steps.clean import Corrected
from pipeline.text.repair import scrub

TITLE = 200  # characters of what a record is of
DOUBTED = ("low_confidence", "unreadable")  # of a page, by `clean`


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one replay: the outcome and, when it failed again, why."""

    number: int
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word on a page that was read with doubt (低置信): it says what was read, or what is `corrected`."""

    corrected: Corrected | None = None
    by: str = ""

    @property
    def why(self) -> str:
        """As the record's history keeps it."""
        done = "对照原网页改正后收下" if self.corrected else "经人看过，照读出的收下"
        return f"{done}（{self.by}）" if self.by else done


def replay(bench: Bench, number: int, word: Word | None = None) -> Replayed:
    """Process a quarantined message again, on a person's word or as it is. Raises NotFound, and NotAllowed when it no
    longer waits, or when there is nothing to correct."""
    with bench.store.reading() as session:
        row = waiting(session, number)
    if word and not doubted(row):
        if word.corrected:
            raise NotAllowed(f"第 {number} 号不是因读不准而隔离的网页，不能改正文", fix="请除去原因后重新处理")
        word = None  # there is nothing to answer for
    if row.step is Step.SEARCH:
        return _project_again(bench, row)
    bench = replace(bench, steps=_trusting(bench.steps, word)) if word else bench
    batch = assemble([_delivered(row)], _workshop(bench, apart=row.error == "crash"), replays=True)
    return _commit(bench, batch, row, word.why if word else "重新处理成功")


def preview(steps: Steps, row: Quarantined) -> Cleaned | None:
    """What was read of a page that was set aside in doubt; None of anything else."""
    if not doubted(row):
        return None
    (found,) = prepare([_delivered(row)], _trusting(steps, Word()))
    return found.cleaned if isinstance(found, Prepared) else None


def doubted(row: Quarantined) -> bool:
    """Whether it is a page of which a person can say what it says."""
    return row.step is Step.CLEAN and row.error in DOUBTED


@dataclass(frozen=True, slots=True)
class About:
    """What a quarantined message is of, for whoever has to choose among many; both None where it cannot be read. The
    title may hold personal data."""

    title: str | None = None
    url: str | None = None


def about(row: Quarantined) -> About:
    """A page's address and what the link to it said; a submission's title (its own address is free text)."""
    try:
        message = decode(row.payload or b"")
    except MinyiError:
        return About()
    if isinstance(message, Crawled):
        return About(_short(message.link_title), scrub(message.url))
    return About(_short(message.title))


def _short(title: str | None) -> str | None:
    return scrub(title[:TITLE] if title else None)


def _delivered(row: Quarantined) -> Delivered:
    return Delivered(row.place, row.item or "", row.payload or b"")


def _trusting(steps: Steps, word: Word) -> Steps:
    return replace(steps, clean_rules=replace(steps.clean_rules, min_confidence=0.0), corrected=word.corrected)


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


def _commit(bench: Bench, batch: Batch, row: Quarantined, why: str) -> Replayed:
    with bench.store.writing() as session:
        waiting(session, row.number)
        session.lock_batches()
        plan = make_plan(session, batch, bench.zone, bench.clock)
        write_items(session, plan)
        for line in plan.ledger:
            _turn(session, line)
        reason = _reason(plan)
        session.quarantine.turn(row.number, "waiting" if reason else "replayed", reason or why)
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
