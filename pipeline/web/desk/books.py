"""隔离区 and 账目: what could not be processed, and what became of everything that was received."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.desk.words import FAULTS, OTHER_FAULT, OUTCOMES, STEPS, source_key
from pipeline.errors import NotAllowed, NotFound
from pipeline.process.replay import Replayed, Word, about, doubted, preview, replay, waiting
from pipeline.process.topology import Steps
from pipeline.records.items import Quarantined
from pipeline.steps.clean import CleanRules, Corrected
from pipeline.text.repair import repair, scrub
from pipeline.web.desk.filters import filters_of
from pipeline.web.desk.here import Desk, Form, Here, Sent, with_warnings
from pipeline.web.desk.moves import may_item
from pipeline.web.desk.pages import DeskRoute, sentence
from pipeline.workers import bench_of

router = APIRouter(route_class=DeskRoute)
MOST = 200
LOW = "low_confidence"


@router.get("/desk/quarantine")
def quarantine(desk: Here) -> Response:
    """What was set aside and waits."""
    with desk.office.store.reading() as session:
        rows = session.quarantine.list(limit=MOST)
        subjects = {row.number: about(session.quarantine.get(row.number)) for row in rows}
    words: dict[str, Any] = {"steps": STEPS, "faults": FAULTS, "other": OTHER_FAULT, "low": LOW}
    return desk.page("quarantine.html", rows=rows, subjects=subjects, most=MOST, doubted=doubted, **words)


@router.get("/desk/quarantine/{number}")
def correct(desk: Here, number: int) -> Response:
    """What was read of a page with doubt, to be compared with the page and put right."""
    may_item(desk.office, "note", desk.who)
    with desk.office.store.reading() as session:
        row = waiting(session, number)
    if not doubted(row):
        raise NotFound(f"第 {number} 号不是因读不准而隔离的网页", fix="请在隔离区重新处理")
    read = preview(Steps(desk.system.rules.for_reading(), CleanRules(), desk.system.files.get), row)
    return _correcting(desk, row, read.title if read else "", read.text if read else "")


def _correcting(desk: Desk, row: Quarantined, title: str, text: str, fault: str | None = None) -> Response:
    """The form; with a `fault`, what was typed is still in it."""
    status = 422 if fault else 200
    return desk.page("correct.html", status, row=row, url=about(row).url, title=title, text=text, fault=fault)


@router.post("/desk/quarantine/replay")
def again(form: Sent) -> Response:
    """Process one record again, its payload being kept; `accept`: a person answers for a low confidence; `text` and
    `title`: what the page says, as a person read it."""
    may_item(form.office, "note", form.who)
    row, word = _chosen(form), _word(form)
    typed = word.corrected if word else None
    try:
        with form.once("quarantine", str(row.number)):
            done = _replayed(form, row.number, word)
    except NotAllowed as error:
        if typed is None:
            raise
        return _correcting(form, row, typed.title or "", typed.text, "。".join(filter(None, sentence(error))))
    if typed and done.reason:
        return _correcting(form, row, typed.title or "", typed.text, done.reason)
    found = done.reason or f"已处理，记作“{OUTCOMES[str(done.outcome)]}”"
    return form.go("/desk/quarantine", *with_warnings(f"第 {row.number} 号：{found}", form.shown()))


def _chosen(form: Form) -> Quarantined:
    said = form.text("number") or ""
    if not (said.isascii() and said.isdigit() and len(said) < 15):  # noqa: PLR2004
        raise NotFound("没有写明哪一条")
    with form.office.store.reading() as session:
        return session.quarantine.get(int(said))


def _replayed(form: Form, number: int, word: Word | None) -> Replayed:
    bench = bench_of(form.system)
    with bench.bands:
        return replay(bench, number, word)


def _word(form: Form) -> Word | None:
    """What the person who sent this says of a page that was read with doubt."""
    if text := repair(form.text("text") or "")[0].strip():
        return Word(Corrected(text, scrub(form.text("title"))), form.who.name)
    return Word(by=form.who.name) if form.text("accept") == "yes" else None


@router.get("/desk/ledger")
def ledger(desk: Here, day: str = "", source: str = "") -> Response:
    """Received and what became of it, by day and source; every row balances."""
    filters = filters_of({"since": day, "source": source})
    if day:
        filters.query(desk.system.rules)
    with desk.office.store.reading() as session:
        rows = session.ledger.balance(day or None, source_key(source.strip() or None))
    rows.sort(key=lambda row: (row.day, row.received), reverse=True)
    sums = {name: sum(getattr(row, name) for row in rows) for name in OUTCOMES}
    return desk.page("ledger.html", rows=rows[:MOST], total=len(rows), sums=sums, day=day, source=source)
