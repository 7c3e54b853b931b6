"""What a person does with a bulletin: every act is a form of its page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.desk.states import BULLETIN_MOVES, BULLETIN_STATES
from pipeline.errors import NotAllowed, UsageError
from pipeline.office import aftermath, drafting, issuing, signing
from pipeline.office.context import load_bulletin
from pipeline.office.shows import Done
from pipeline.office.signing import OnPaper
from pipeline.ports.desk import BulletinRow
from pipeline.records.names import BulletinState
from pipeline.web.desk.here import Form, Sent, with_warnings
from pipeline.web.desk.moves import may_bulletin, may_register
from pipeline.web.desk.pages import DeskRoute
from pipeline.web.desk.reading import key_of

router = APIRouter(route_class=DeskRoute)


@router.post("/desk/bulletins/{key}/moves/{act}")
def move(form: Sent, key: str, act: str) -> Response:
    """One of the table's moves."""
    row = _loaded(form, key)
    if act not in BULLETIN_MOVES:
        raise UsageError(f"没有“{act[:20]}”这种办法")
    may_bulletin(form.office, act, form.who, row.series)
    with form.once("bulletin", key):
        done = _moved(form, row, act)
    return _answer(form, BULLETIN_MOVES[act].title, done)


@router.post("/desk/bulletins/{key}/paper/{act}")
def register(form: Sent, key: str, act: str) -> Response:
    """Register what a leader approved or signed on paper: 由××代为登记."""
    _loaded(form, key)
    if not may_register(form.office, form.who):
        raise NotAllowed("纸质审签由编辑登记", fix="可点右上角姓名换人")
    with form.once("bulletin", key):
        done = _registered(form, key, act)
    return _answer(form, f"登记纸质{BULLETIN_MOVES[act].title}", done)


def _registered(form: Form, key: str, act: str) -> Done:
    office, by, said = form.office, form.text("by") or "", form.text("opinion")
    paper = OnPaper(form.who.name, form.text("on") or "", form.files.get("scan") or None)
    match act:
        case "approve":
            return signing.approve(office, key, by=by, opinion=said, paper=paper)
        case "sign":
            return signing.sign(office, key, by=by, opinion=said, paper=paper)
        case "countersign":
            return signing.countersign(office, key, by=by, opinion=said or "", paper=paper)
        case _:
            raise UsageError(f"没有“{act[:20]}”这种办法")


def _loaded(form: Form, key: str) -> BulletinRow:
    with form.office.store.reading() as session:
        return load_bulletin(session, key)


def _answer(form: Form, title: str, done: Done) -> Response:
    state = BULLETIN_STATES[BulletinState(done.bulletin.state)]
    said = with_warnings(f"已办：{title}。本期现为“{state}”", form.shown(), warnings=done.warnings)
    return form.go(f"/desk/bulletins/{done.bulletin.id}", *said)


def _moved(form: Form, row: BulletinRow, act: str) -> Done:
    if act in {"add", "remove", "order", "rewrite", "submit"}:
        return _drafted(form, row, act)
    if act in {"approve", "countersign", "sign", "send-back"}:
        return _signed(form, row.id, act)
    return _ended(form, row.id, act)


def _ended(form: Form, key: str, act: str) -> Done:
    office, by, said = form.office, form.who.name, form.text("opinion")
    match act:
        case "issue" | "finish":
            return issuing.issue(office, key, by=by, opinion=said)
        case "stop":
            return aftermath.stop(office, key, by=by, opinion=said or "")
        case "recall":
            return aftermath.recall(office, key, by=by, opinion=said or "", recipients=_recipients(form))
        case "correct":
            return aftermath.correct(office, key, by=by, opinion=said or "")
        case "void":
            return aftermath.void(office, key, by=by, opinion=said or "")
        case _:
            raise UsageError(f"这里不能{BULLETIN_MOVES[act].title}", fix="请从稿件页拟成一期")


def _recipients(form: Form) -> list[str]:
    plain = (form.text("recipients") or "").replace("，", "、").replace(",", "、").replace("\n", "、")
    return [name.strip() for name in plain.split("、") if name.strip()]


def _drafted(form: Form, row: BulletinRow, act: str) -> Done:
    office, by, said = form.office, form.who.name, form.text("opinion")
    match act:
        case "add":
            return drafting.add(office, row.id, _items(form), by=by, opinion=said)
        case "remove":
            return drafting.remove(office, row.id, form.lists.get("item", []), by=by, opinion=said)
        case "order":
            return drafting.order(office, row.id, _ordered(form, row), by=by)
        case "rewrite":
            return _rewritten(form, row)
        case _:
            return drafting.submit(office, row.id, by=by, opinion=said)


def _items(form: Form) -> list[str]:
    """The items ticked, and one written by id or receipt."""
    written = form.text("other")
    return [*form.lists.get("item", []), *([key_of(form.office, written)] if written else [])]


def _ordered(form: Form, row: BulletinRow) -> list[str]:
    """The leads in order, with one moved up or down."""
    leads = [article.items[0] for article in row.articles]
    moved, step = form.text("item") or "", -1 if form.text("to") == "up" else 1
    if moved not in leads:
        raise UsageError("本期没有这篇稿件")
    at = leads.index(moved)
    leads.insert(max(0, at + step), leads.pop(at))
    return leads


def _rewritten(form: Form, row: BulletinRow) -> Done:
    article = form.text("article") or "1"
    if not (article.isascii() and article.isdigit()):
        raise UsageError("没有写明改第几篇")
    note = form.fields.get("note")
    return drafting.rewrite(
        form.office,
        row.id,
        by=form.who.name,
        article=int(article),
        title=form.text("title"),
        text=form.text("text"),
        note_text=note if note is not None and note.strip() != row.note else None,
        opinion=form.text("opinion"),
    )


def _signed(form: Form, key: str, act: str) -> Done:
    office, by, role, said = form.office, form.who.name, form.who.role, form.text("opinion")
    match act:
        case "approve":
            return signing.approve(office, key, by=by, role=role, opinion=said)
        case "sign":
            return signing.sign(office, key, by=by, role=role, opinion=said)
        case "countersign":
            return signing.countersign(office, key, by=by, opinion=said or "")
        case _:
            return drafting.send_back(office, key, by=by, role=role, opinion=said or "")
