"""What the desk sees: bulletins, lists, histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.clock import shown
from pipeline.desk import bulletins as drafts
from pipeline.desk.audit import broken_at
from pipeline.desk.compiling import compiled, matter, printed_signer
from pipeline.desk.moves import WEB_LEAD_REFUSAL
from pipeline.desk.signing import thawed
from pipeline.errors import NotAllowed
from pipeline.office.context import Office, desk_of, load_bulletin, load_items
from pipeline.office.items import current
from pipeline.ports.desk import ActRow, BulletinRow, SignatureRow
from pipeline.ports.store import Session
from pipeline.records.bulletins import Bulletin
from pipeline.records.items import Item
from pipeline.records.names import BulletinState, Kind, State

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """A bulletin as `minyi bulletin show` prints it; `files` are {format, name, size, sha256}."""

    id: str
    series: str
    state: str
    number: int | None
    running: int | None
    year: int | None
    title: str
    items: tuple[str, ...]
    signer: str | None
    issued_on: str | None
    files: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Done:
    """An act on a bulletin: what it is now, and what the person should know."""

    bulletin: Shown
    warnings: tuple[str, ...] = ()


def show(office: Office, key: str) -> Shown:
    """One bulletin. Raises NotFound."""
    with office.store.reading() as session:
        return shown_of(office, session, [load_bulletin(session, key)])[0]


def bulletins(
    office: Office, *, series: str | None = None, states: Sequence[BulletinState] = (), limit: int = 100
) -> list[Shown]:
    """Bulletins, newest first."""
    with office.store.reading() as session:
        return shown_of(office, session, desk_of(session).bulletins_in(series=series, states=states, limit=limit))


def shown_of(office: Office, session: Session, rows: Sequence[BulletinRow]) -> list[Shown]:
    """Rows as they are shown, with two queries for all."""
    desk = desk_of(session)
    files = desk.files([row.id for row in rows])
    titles = {item: edit.title for item, edit in current(office, session, [row.items[0] for row in rows]).items()}
    return [
        Shown(
            id=row.id,
            series=row.series,
            state=str(row.state),
            number=row.number,
            running=row.running,
            year=row.year,
            title=_title(row, titles),
            items=row.items,
            signer=_signer(desk.signatures(row.id)),
            issued_on=row.issued_on,
            files=tuple(
                {"format": one.format, "name": one.name, "size": one.size, "sha256": one.content}
                for one in files.get(row.id, [])
            ),
        )
        for row in rows
    ]


def _title(row: BulletinRow, titles: Mapping[str, str]) -> str:
    if row.content:
        return thawed(row.content).title
    return row.title or row.articles[0].title or titles[row.items[0]]


def _signer(signatures: Sequence[SignatureRow]) -> str | None:
    return next((printed_signer(row) for row in signatures if row.valid and row.kind == "sign"), None)


def material(office: Office, session: Session, row: BulletinRow) -> Bulletin:
    """The bulletin compiled as it stands. Raises NotAllowed for a web lead in it, whoever put it there."""
    series = drafts.series_of(row, office.series)
    desk = desk_of(session)
    merged = {main: [one.item for one in merges] for main, merges in desk.merged(row.items).items()}
    everybody = [*row.items, *(item for items in merged.values() for item in items)]
    views = session.items.views(everybody)
    if any(view.item.kind is Kind.WEB_LEAD for view in views.values()):
        raise NotAllowed(WEB_LEAD_REFUSAL)
    edits = {item: rows[-1] for item, rows in desk.edits(everybody).items()}
    matters = {item: matter(view, edits.get(item), series, office.mask) for item, view in views.items()}
    return compiled(row, series, matters, merged, desk.signatures(row.id), office.mask)


def items_in(
    office: Office,
    states: Sequence[State],
    *,
    kind: Kind | None = None,
    limit: int = 100,
    after: str | None = None,
) -> list[Item]:
    """The desk's list: live items in these states, latest received first; `after` is the last id of the page
    before."""
    with office.store.reading() as session:
        ids = desk_of(session).ids_in(states, kind=str(kind) if kind else None, limit=limit, after=after)
        return load_items(session, ids)


def counts(office: Office) -> Mapping[str, int]:
    """state → live items."""
    with office.store.reading() as session:
        return desk_of(session).count_states()


def history(office: Office, subject: str, key: str) -> list[dict[str, Any]]:
    """What was done with an item, bulletin or series, oldest first, as it is printed."""
    with office.store.reading() as session:
        return [_line(office, row) for row in desk_of(session).acts(subject, key)]


def edits(office: Office, item: str) -> list[dict[str, Any]]:
    """The numbered 审签稿 of an item, oldest first."""
    with office.store.reading() as session:
        return [
            {
                "number": one.number,
                "title": one.title,
                "text": one.text,
                "by": one.by,
                "at": shown(one.at, office.zone),
                "note": one.note,
            }
            for one in desk_of(session).edits([item]).get(item, [])
        ]


def verify_history(office: Office) -> int | None:
    """The first seq where the chain of acts does not hold; None when it is whole."""
    previous, seq = "", 0
    while True:
        with office.store.reading() as session:
            rows = desk_of(session).chain(seq, PAGE)
        if not rows:
            return None
        if (found := broken_at(rows, previous=previous, seq=seq)) is not None:
            return found
        previous, seq = rows[-1].seal, rows[-1].seq


def _line(office: Office, row: ActRow) -> dict[str, Any]:
    act = row.act
    return {
        "seq": row.seq,
        "at": shown(act.at, office.zone),
        "act": act.act,
        "by": act.actor,
        "role": act.role,
        "opinion": act.opinion,
        "from": act.before,
        "to": act.after,
        "details": act.details,
    }
