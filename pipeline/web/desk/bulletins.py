"""期刊: the list, one bulletin with its articles, signatures and files, its print on the screen, its files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from pipeline.desk.signing import thawed
from pipeline.desk.states import OPEN
from pipeline.documents import FORMATS
from pipeline.errors import NotFound
from pipeline.office import numbers, shows, signing
from pipeline.office.context import desk_of, load_bulletin
from pipeline.office.issuing import Exported, export
from pipeline.office.items import current
from pipeline.ports.desk import BulletinRow, Edit
from pipeline.ports.store import Session
from pipeline.records.names import BulletinState, State
from pipeline.web.desk.here import Desk, Here
from pipeline.web.desk.moves import bulletin_offers, may_register
from pipeline.web.desk.pages import DeskRoute
from pipeline.web.desk.rows import Row, rows_of

router = APIRouter(route_class=DeskRoute)
MOST = 300
FORMAT_WORDS = {"docx": "Word 文档", "pdf": "PDF", "html": "网页", "md": "纯文本（Markdown）"}
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
CHOICES = 50  # accepted items that may be added
# The policy allows no style inside a page: it is served beside it.
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
_BODY = b"<body>"
# The way back, and narrower margins on a telephone.
_OWN_STYLE = (
    b".back{margin:0;padding:.5em 1em;font:12pt/1.5 sans-serif}@media print{.back{display:none}}"
    b"@media(max-width:600px){main{padding:8mm 6mm}h1{font-size:26pt}h2{font-size:18pt}body{font-size:14pt}}"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """An article as its bulletin's page shows it; `own` when its text is not the item's."""

    items: tuple[str, ...]
    title: str
    text: str
    own: bool


@router.get("/desk/bulletins")
def bulletins(desk: Here, state: str = "", series: str = "") -> Response:
    """The list, newest first."""
    states = [BulletinState(state)] if state in set(BulletinState) else []
    named = series if series in desk.office.series else None
    return desk.page(
        "bulletins.html",
        rows=shows.bulletins(desk.office, series=named, states=states, limit=MOST),
        state=state,
        chosen=named,
        series=numbers.series(desk.office),
        most=MOST,
    )


@router.get("/desk/bulletins/{key}")
def bulletin(desk: Here, key: str) -> Response:
    """The page."""
    with desk.office.store.reading() as session:
        row = load_bulletin(session, key)
        signatures = desk_of(session).signatures(key)
        hands = signing.hands(session, row)
        pieces = _pieces(desk, session, row)
        corrections = desk_of(session).corrections(key)
    offers, standing = bulletin_offers(desk.office, row, desk.who, signatures, hands)
    acts = {one.act for one in offers}
    return desk.page(
        "bulletin.html",
        b=shows.show(desk.office, key),
        row=row,
        pieces=pieces,
        corrections=corrections,
        offers=offers,
        acts=acts,
        standing=standing,
        due=_title(desk, row, standing.due),
        signatures=[(one, _title(desk, row, one.role)) for one in signatures],
        history=(history := shows.history(desk.office, "bulletin", key)),
        seen=history[-1]["seq"] if history else 0,
        formats=_formats(row),
        open=row.state in OPEN,
        paper=_paper(desk, row),
        choices=_choices(desk) if "add" in acts else [],
        today=desk.office.today().isoformat(),
    )


def _title(desk: Desk, row: BulletinRow, role: str | None) -> str:
    series = desk.office.series.get(row.series)
    if role == "countersigner":
        return "会签人"
    return series.title_of(role) if series and role else role or ""


def _formats(row: BulletinRow) -> list[tuple[str, str]]:
    ready = row.state in OPEN or (row.content is not None and row.state is not BulletinState.ISSUING)
    return [(form, FORMAT_WORDS.get(form, form)) for form in FORMATS] if ready else []


def _paper(desk: Desk, row: BulletinRow) -> list[tuple[str, str]]:
    """What may be registered of a signature on paper."""
    if not may_register(desk.office, desk.who):
        return []
    moves = {BulletinState.TO_APPROVE: ("approve", "审核"), BulletinState.TO_SIGN: ("sign", "签发")}
    both = [moves[row.state]] if row.state in moves else []
    return [*both, ("countersign", "会签")] if both else []


def _choices(desk: Desk) -> list[Row]:
    with desk.office.store.reading() as session:
        ids = desk_of(session).ids_in([State.ACCEPTED], kind="submission", limit=CHOICES)
    return rows_of(desk.office, ids, folded=False)


def _pieces(desk: Desk, session: Session, row: BulletinRow) -> list[Piece]:
    if row.content:
        printed = thawed(row.content).articles
        pairs = zip(row.articles, printed, strict=True)
        return [Piece(article.items, text.title, text.text, own=False) for article, text in pairs]
    texts: dict[str, Edit] = current(desk.office, session, row.items)
    mask = desk.office.mask
    found: list[Piece] = []
    for article in row.articles:
        edit = texts.get(article.items[0])
        title = article.title or (edit.title if edit else "")
        text = article.text or (edit.text if edit else "")
        found.append(Piece(article.items, mask(title), mask(text), own=article.text is not None))
    return found


# ---------------------------------------------------------------- print and files


@router.get("/desk/bulletins/{key}/preview")
def preview(desk: Here, key: str) -> Response:
    """The print as a page, with a way back; a 送审稿 before issue."""
    found = export(desk.office, key, "html").content
    style = f"/desk/bulletins/{quote(key)}/preview.css"
    # Without an icon of its own a browser would ask for /favicon.ico.
    link = f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{style}">'.encode()
    back = f'<p class="back"><a href="/desk/bulletins/{quote(key)}">← 返回本期</a></p>'.encode()
    shown = _STYLE.sub(lambda _: link, found, count=1).replace(_BODY, _BODY + back, 1)
    return HTMLResponse(shown)


@router.get("/desk/bulletins/{key}/preview.css")
def style(desk: Here, key: str) -> Response:
    """The print's own style."""
    found = _STYLE.search(export(desk.office, key, "html").content)
    return Response((found[1] if found else b"") + _OWN_STYLE, media_type="text/css")


@router.get("/desk/bulletins/{key}/files/{form}")
def file(desk: Here, key: str, form: str) -> Response:
    """The stored bytes of an issued bulletin, a 送审稿 before."""
    if form not in TYPES:
        raise NotFound("没有这种格式的文件", fix=f"可下载：{'、'.join(FORMAT_WORDS.values())}")
    return _handed(export(desk.office, key, form), form)


def _handed(found: Exported, form: str) -> Response:
    # RFC 6266, 5987: a plain name for old programs, the real one in UTF-8.
    named = f"attachment; filename=\"bulletin.{form}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    return Response(found.content, media_type=TYPES[form], headers={"content-disposition": named})
