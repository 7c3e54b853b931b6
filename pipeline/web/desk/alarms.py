"""告警: what stands, since when and what to do; and what was over lately. For those who run the office's machine and
those who answer for it: the first two of a series' chain."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.records.watching import AlarmRow
from pipeline.web.desk.here import Desk, Here
from pipeline.web.desk.pages import DeskRoute

router = APIRouter(route_class=DeskRoute)
PAST = 50
SEEING = 2  # roles of a chain


@router.get("/desk/alarms")
def alarms(desk: Here) -> Response:
    """Every alarm that stands, and the newest of those that are over."""
    with desk.office.store.reading() as session:
        standing, past = session.alarms.standing(), session.alarms.past(PAST)
    return desk.page("alarms.html", standing=standing, past=past)


def of_home(desk: Desk) -> list[AlarmRow]:
    """Those that the first page shows to who is here."""
    if not any(desk.who.role in series.chain[:SEEING] for series in desk.office.series.values()):
        return []
    with desk.office.store.reading() as session:
        return session.alarms.standing()
