"""编辑: the 审签稿 beside the original; and 自采成稿, a submission of the office's own made of a web lead."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.desk.moves import checked
from pipeline.errors import Refused, UsageError
from pipeline.office import items as office_items
from pipeline.office import leads
from pipeline.office.context import load_items
from pipeline.office.items import TITLE_LIMIT, current
from pipeline.office.leads import Verified
from pipeline.ports.desk import Edit
from pipeline.records.items import Personal
from pipeline.text.personal import find
from pipeline.web.desk.here import Desk, Form, Here, Sent, with_warnings
from pipeline.web.desk.moves import may_item
from pipeline.web.desk.pages import DeskRoute, sentence
from pipeline.web.desk.reading import told

router = APIRouter(route_class=DeskRoute)
PERSONAL = {
    "identity": "身份证号", "credit_code": "统一社会信用代码", "mobile": "手机号", "landline": "固定电话",
    "bank_card": "银行卡号", "plate": "车牌号", "email": "邮箱", "address": "住址", "name": "姓名",
    "passport": "护照号", "permit": "通行证号", "account": "微信号或QQ号",
}  # fmt: skip


@router.get("/desk/items/{key}/edit")
def edit(desk: Here, key: str) -> Response:
    """The form, with the text in force."""
    may_item(desk.office, "edit", desk.who)
    with desk.office.store.reading() as session:
        (item,) = load_items(session, [key])
        checked("edit", item)
        now = current(desk.office, session, [key])[key]
    return _form(desk, key, now, now.title, now.text)


@router.post("/desk/items/{key}/edit")
def save(form: Sent, key: str) -> Response:
    """Keep a new 审签稿; what somebody else saved meanwhile is never overwritten unseen, nor what was typed lost."""
    may_item(form.office, "edit", form.who)
    title = " ".join(form.fields.get("title", "").split())
    text = form.fields.get("text", "").replace("\r\n", "\n").strip()
    with form.office.store.reading() as session:
        load_items(session, [key])
        now = current(form.office, session, [key])[key]
    if (title, text) == (now.title, now.text):
        return form.go(f"/desk/items/{key}", "文字没有变化，已是最新的审签稿")
    fault = _fault(form, now, title, text)
    if fault:
        return _form(form, key, now, title, text, fault)
    try:
        done = _saved(form, key, now, title, text)
    except (Refused, UsageError) as error:
        return _form(form, key, now, title, text, "。".join(filter(None, sentence(error))))
    return form.go(f"/desk/items/{key}", *with_warnings("已存为新的审签稿，原稿不动", form.shown(), warnings=done))


def _saved(form: Form, key: str, now: Edit, title: str, text: str) -> tuple[str, ...]:
    own = {"title": title if title != now.title else None, "text": text if text != now.text else None}
    with form.once("item", key):
        return office_items.edit(form.office, key, by=form.who.name, opinion=form.text("opinion"), **own).warnings


def _fault(form: Form, now: Edit, title: str, text: str) -> str | None:
    if not title or not text:
        return "标题和正文都要有字"
    if form.fields.get("number") != str(now.number):
        return f"{now.by}已另存了一份审签稿（见下方“现行审签稿”）；您改的文字还在框里，请合到一起后再保存"
    return None


def _form(desk: Desk, key: str, now: Edit, title: str, text: str, fault: str | None = None) -> Response:
    it = told(desk.office, key)
    found = find(text)
    context: dict[str, Any] = {
        "it": it,
        "now": now,
        "title_now": title,
        "text_now": text,
        "changed_under": fault is not None and (title, text) != (now.title, now.text),
        "limit": TITLE_LIMIT,
        "personal": [(PERSONAL.get(one.kind, one.kind), _around(text, one)) for one in found],
        "fault": fault,
    }
    return desk.page("edit.html", 409 if fault else 200, **context)


def _around(text: str, one: Personal) -> str:
    return text[one.start : one.end][:40]


# ---------------------------------------------------------------- of a web lead


@router.get("/desk/items/{key}/own")
def own(desk: Here, key: str) -> Response:
    """The form of a submission of one's own."""
    may_item(desk.office, "convert", desk.who)
    found = told(desk.office, key)
    checked("convert", found.item)
    return desk.page("own.html", it=found, typed={}, fault=None, today=desk.office.today().isoformat())


@router.post("/desk/items/{key}/own")
def make_own(form: Sent, key: str) -> Response:
    """Make it: by the one inlet, with who verified it in the history of both."""
    may_item(form.office, "convert", form.who)
    try:
        with form.once("item", key):
            done = _made(form, key)
    except (UsageError, Refused) as error:
        found, fault = told(form.office, key), "。".join(filter(None, sentence(error)))
        today = form.office.today().isoformat()
        return form.page("own.html", 422, it=found, typed=form.fields, fault=fault, today=today)
    said = f"自采成稿已收，回执号 {done.receipt}；处理后在待初审中，可凭回执号找到"
    return form.go(f"/desk/items/{key}", *with_warnings(said, form.shown()))


def _made(form: Form, key: str) -> leads.Own:
    verified = Verified(
        by=form.text("verified_by") or "",
        on=form.text("verified_on") or "",
        how=form.text("verified_how") or "",
        author=form.text("author"),
        unit=form.text("unit"),
        named=form.text("named") == "yes",
    )
    given = {"title": form.text("title") or "", "text": form.text("text") or ""}
    return leads.make_own(form.office, key, by=form.who.name, verified=verified, opinion=form.text("opinion"), **given)
