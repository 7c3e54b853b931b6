"""Approving, countersigning and signing: each keeps the hash of the text it was given on (OFFICE 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.desk import bulletins as drafts
from pipeline.desk.moves import opinion_of, person
from pipeline.desk.people import Hands, Standing, apart, due_role, expected, hands_on, next_approver, standing
from pipeline.desk.signing import text_hash
from pipeline.desk.states import BULLETIN_MOVES
from pipeline.errors import UsageError
from pipeline.office.context import Office, desk_of, load_bulletin
from pipeline.office.moving import stepped
from pipeline.office.shows import Done, material, shown_of
from pipeline.ports.desk import BulletinRow, SignatureRow
from pipeline.ports.store import Session
from pipeline.records.names import BulletinState
from pipeline.rules.series import Series

COUNTERSIGNER = "countersigner"
CHANGED = "审核后文稿有改动，请核对后再办理"


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A leader approved or signed on paper (审签单): who registers it, the day (`YYYY-MM-DD`), the scan."""

    registered_by: str
    on: str
    scan: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Hand:
    """Who signs as what, on which day, and how it came here."""

    kind: str
    name: str
    role: str | None
    opinion: str | None
    day: date
    registered_by: str | None
    scan: str | None

    @property
    def actor(self) -> str:
        return self.registered_by or self.name


def approve(
    office: Office,
    key: str,
    *,
    by: str,
    role: str | None = None,
    opinion: str | None = None,
    paper: OnPaper | None = None,
) -> Done:
    """The next approval of the chain; after the last one the bulletin waits to be signed."""
    return _in_turn(office, key, _hand(office, "approve", by, role, opinion, paper))


def countersign(
    office: Office, key: str, *, by: str, opinion: str, role: str = COUNTERSIGNER, paper: OnPaper | None = None
) -> Done:
    """会签: another leader's opinion on the text; moves nothing."""
    hand = _hand(office, "countersign", by, role, opinion, paper)
    with office.writing() as session:
        old = load_bulletin(session, key)
        drafts.checked("countersign", old)
        who = Standing(role, hand.name)
        new = drafts.put(old, old.state)
        _step(office, session, old, new, hand, who, _written(office, session, old, hand, who))
        return Done(shown_of(office, session, [new])[0])


def sign(
    office: Office,
    key: str,
    *,
    by: str,
    role: str | None = None,
    opinion: str | None = None,
    paper: OnPaper | None = None,
) -> Done:
    """签发: the signature is on the text as it stands; any later change takes it back to 待签发."""
    return _in_turn(office, key, _hand(office, "sign", by, role, opinion, paper))


def hands(session: Session, row: BulletinRow) -> Hands:
    """Whose hands the bulletin has been through."""
    desk = desk_of(session)
    edits = [edit for edits in desk.edits(row.items).values() for edit in edits]
    acts = [line.act for line in desk.acts("bulletin", row.id)]
    return hands_on(row, edits, acts, desk.signatures(row.id))


def _hand(office: Office, kind: str, by: str, role: str | None, opinion: str | None, paper: OnPaper | None) -> _Hand:
    move = BULLETIN_MOVES[kind]
    said = opinion_of(opinion, needed="opinion" in move.asks, act=move.title)
    day = _day(paper.on, office.today()) if paper else office.today()
    scan = office.files.put(paper.scan) if paper and paper.scan else None
    return _Hand(kind, person(by), role, said, day, person(paper.registered_by) if paper else None, scan)


def _day(said: str, today: date) -> date:
    try:
        day = date.fromisoformat(said)
    except ValueError as error:
        raise UsageError(f"签批日期“{said}”认不出来", fix="请写成 2026-11-23 的样子") from error
    if day > today:
        raise UsageError(f"签批日期 {day} 在今天（{today}）之后", fix="请核对日期")
    return day


def _in_turn(office: Office, key: str, hand: _Hand) -> Done:
    """The next step of the chain, by whoever's turn it is."""
    with office.writing() as session:
        old = load_bulletin(session, key)
        drafts.checked(hand.kind, old)
        series = drafts.series_of(old, office.series)
        given = desk_of(session).signatures(key)
        who = _standing(session, series, old, hand, due_role(series, old, given) or series.signer)
        row = _written(office, session, old, hand, who)
        state, notes = _outcome(series, given, row)
        new = drafts.put(old, state)
        _step(office, session, old, new, hand, who, row)
        return Done(shown_of(office, session, [new])[0], (*who.notes, *notes))


def _outcome(series: Series, given: Sequence[SignatureRow], row: SignatureRow) -> tuple[BulletinState, tuple[str, ...]]:
    """The bulletin's state after this signature, and what the person should know."""
    if row.kind == "sign":
        return BulletinState.SIGNED, _stale(given, row)
    if after := next_approver(series, [*given, row]):
        return BulletinState.TO_APPROVE, (f"还须{series.title_of(after)}审核",)
    return BulletinState.TO_SIGN, ()


def _standing(session: Session, series: Series, row: BulletinRow, hand: _Hand, due: str) -> Standing:
    who = standing(series, expected(series, hand.role, due), hand.name, hand.day)
    return apart(series, who, hands(session, row))


def _written(office: Office, session: Session, old: BulletinRow, hand: _Hand, who: Standing) -> SignatureRow:
    row = SignatureRow(
        bulletin=old.id,
        kind=hand.kind,
        role=who.role,
        name=who.name,
        hash=text_hash(material(office, session, old)),
        at=office.now(),
        signed_on=hand.day.isoformat(),
        opinion=hand.opinion,
        proxy_for=who.proxy_for,
        registered_by=hand.registered_by,
        scan=hand.scan,
    )
    desk_of(session).sign(row)
    return row


def _step(
    office: Office,
    session: Session,
    old: BulletinRow,
    new: BulletinRow,
    hand: _Hand,
    who: Standing,
    row: SignatureRow,
) -> None:
    details: dict[str, Any] = {"name": who.name, "hash": row.hash, "signed_on": row.signed_on}
    if who.proxy_for:
        details["proxy_for"] = who.proxy_for
    if hand.registered_by:
        details["registered"] = f"由{hand.registered_by}代为登记"
    if who.notes:
        details["notes"] = list(who.notes)
    stepped(office, session, old, new, hand.kind, hand.actor, role=who.role, opinion=hand.opinion, details=details)


def _stale(given: Sequence[SignatureRow], row: SignatureRow) -> tuple[str, ...]:
    before = [one for one in given if one.valid and one.kind == "approve"]
    return (CHANGED,) if any(one.hash != row.hash for one in before) else ()
