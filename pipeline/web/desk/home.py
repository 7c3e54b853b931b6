"""工作台: counts by state, what is urgent, what is new, whose turn it is, what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.clock import local_date
from pipeline.desk.people import due_role
from pipeline.office import shows
from pipeline.office.context import Office, desk_of
from pipeline.ports.desk import BulletinRow
from pipeline.ports.store import Session
from pipeline.records.items import Balance
from pipeline.records.names import BulletinState, Kind, State
from pipeline.web.desk.alarms import of_home
from pipeline.web.desk.here import Desk, Here
from pipeline.web.desk.pages import DeskRoute
from pipeline.web.desk.rows import Row, rows_of

router = APIRouter(route_class=DeskRoute)
TILES = (
    State.SUBMITTED, State.SENT_BACK, State.VERIFYING, State.ACCEPTED, State.EDITING, State.TO_APPROVE,
    State.TO_SIGN, State.ISSUED, State.RECEIVED,
)  # fmt: skip
WAITING = (State.SUBMITTED, State.VERIFYING)
LOOKED_AT = 300  # of those waiting, the newest
NEWEST = 10
MOST = 200  # open bulletins


@dataclass(frozen=True, slots=True)
class Waiting:
    """Submissions that wait for a first decision."""

    urgent: list[Row]
    newest: list[Row]
    total: int
    oldest: dict[str, Any] | None  # {id, title, days}


@router.get("/desk")
def home(desk: Here) -> Response:
    """The first page."""
    with desk.office.store.reading() as session:
        today = session.ledger.balance(day=desk.office.today().isoformat())
        aside = len(session.quarantine.list(limit=MOST))
        counts = desk_of(session).count_states()
    return desk.page(
        "home.html",
        counts={str(state): counts.get(str(state), 0) for state in TILES},
        waiting=_waiting(desk.office),
        turns=_turns(desk),
        arrivals=_arrivals(today),
        aside=aside,
        alarms=of_home(desk),
        most=MOST,
    )


def _waiting(office: Office) -> Waiting:
    with office.store.reading() as session:
        ids = desk_of(session).ids_in(WAITING, kind=str(Kind.SUBMISSION), limit=1_000_000)
        oldest = _oldest(office, session, ids[-1]) if ids else None
    rows = rows_of(office, ids[:LOOKED_AT])
    urgent = [row for row in rows if row.reading.get("urgent")]
    return Waiting(urgent, rows[:NEWEST], len(ids), oldest)


def _oldest(office: Office, session: Session, key: str) -> dict[str, Any]:
    item = session.items.by_ids([key])[key]
    days = (office.today() - local_date(item.received_at, office.zone)).days
    return {"id": item.id, "title": office.mask(item.title) or "（无标题）", "days": days}


def _arrivals(rows: Sequence[Balance]) -> dict[str, int]:
    return {row.source: row.received for row in sorted(rows, key=lambda row: -row.received)}


def _turns(desk: Desk) -> list[shows.Shown]:
    """The bulletins that wait for the person here: drafts for who writes, else those of his turn."""
    states = [BulletinState.DRAFT, BulletinState.TO_APPROVE, BulletinState.TO_SIGN, BulletinState.SIGNED]
    with desk.office.store.reading() as session:
        rows = desk_of(session).bulletins_in(states=states, limit=MOST)
        mine = [row for row in rows if _is_mine(desk, session, row)]
        return shows.shown_of(desk.office, session, mine)


def _is_mine(desk: Desk, session: Session, row: BulletinRow) -> bool:
    series = desk.office.series.get(row.series)
    if series is None:
        return False
    if row.state in {BulletinState.DRAFT, BulletinState.SIGNED}:
        return desk.who.role == series.chain[0]
    return desk.who.role == due_role(series, row, desk_of(session).signatures(row.id))
