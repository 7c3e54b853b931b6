"""The public form, its receipt and its status page. Server-made, works without JavaScript."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pipeline.errors import Refused, Transient
from pipeline.intake.drafts import Draft
from pipeline.intake.formats import values
from pipeline.intake.matters import MATTERS, NONE
from pipeline.intake.submit import FORM
from pipeline.records.messages import Consent
from pipeline.text.secrecy import NOTICE
from pipeline.web.api import taken
from pipeline.web.bodies import Form, enclosed, read_form, refuse_elsewhere
from pipeline.web.pages import rendered
from pipeline.web.parts import parts
from pipeline.web.refusals import Fault, of_error, respond
from pipeline.web.status import normal, status_of

router = APIRouter(include_in_schema=False)
KEY = 32  # characters of the hidden key
IDENTITIES = ("委员", "党派", "群众")
# What a person must fill in, in the order of the page.
REQUIRED = {
    "matter": "请先回答本事项是否属于信访、诉讼、举报、人事",
    "title": "请填写标题",
    "situation": "请填写情况反映",
    "proposals": "请填写意见建议",
    "author": "请填写反映人",
    "identity": "请选择身份",
    "phone": "请填写联系电话",
}
LABELS = {"situation": "情况反映", "causes": "原因分析", "proposals": "意见建议"}
# The field of a draft that is shown under another name on the page.
SHOWN_AT = {"text": "situation", "Idempotency-Key": "title"}

# At rest; who has begun to send something marked is told NOTICE.
REMINDER = "本系统为非涉密系统，严禁录入、存储、传输国家秘密。涉及国家秘密的，请改由机要渠道报送。"


@dataclass(frozen=True, slots=True)
class Page:
    """What the form shows: what was typed, and sentences by field."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Fault | None = None
    key: str = ""
    notice: str | None = None


@router.get("/")
def blank() -> Response:
    """The empty form."""
    return _form(Page())


@router.post("/submissions")
async def submit(request: Request) -> Response:
    """Take a form: to its receipt, or back to the form with sentences and everything typed."""
    if not _ours(request):
        raise HTTPException(403)
    form = await read_form(request)
    typed = {name: values.tidy(value).strip() for name, value in form.fields}
    try:
        refuse_elsewhere(typed.get("matter") or NONE)
        if faults := _faults(typed):
            return _form(Page(typed, faults, key=typed.get("key", "")), 422)
        return await _taken(request, form, typed)
    except Refused as refused:
        return _refused(request, typed, refused)
    except Transient as error:
        fault = of_error(error)
        page = Page(typed, key=typed.get("key", ""), notice=f"{fault.what}。{fault.fix}")
        return _form(page, fault.status)


async def _taken(request: Request, form: Form, typed: Mapping[str, str]) -> Response:
    draft, bounds = await enclosed(_draft(typed), form.uploads)
    receipt = await taken(parts(request), draft, "web", typed["key"], bounds)
    return RedirectResponse(f"/submissions/{receipt.receipt}?new=1", 303)


def _ours(request: Request) -> bool:
    """Whether the form was sent by a page of ours (browsers say so; other programs use the API)."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _faults(typed: Mapping[str, str]) -> dict[str, str]:
    faults = {name: sentence for name, sentence in REQUIRED.items() if not typed.get(name)}
    if len(typed.get("title", "")) > FORM.title:
        faults["title"] = f"标题有 {len(typed['title'])} 字，请精简到 {FORM.title} 字以内"
    if (length := sum(len(typed.get(name, "")) for name in LABELS)) > FORM.text:
        faults["situation"] = f"正文共 {length} 字，请精简到 {FORM.text} 字以内，或按一事一报分成几件"
    if typed.get("identity") and typed["identity"] not in IDENTITIES:
        faults["identity"] = REQUIRED["identity"]
    if len(typed.get("key", "")) != KEY:
        faults["title"] = "本页已过期，请核对后再点一次“提交”"
    return faults


def _draft(typed: Mapping[str, str]) -> Draft:
    yes = {name: typed.get(name) == "yes" for name in ("named", "passed_on", "published", "urgent")}
    return Draft(
        text=_text(typed),
        title=" ".join(typed["title"].split()),
        author=typed["author"],
        unit=typed.get("unit") or None,
        sector=typed.get("sector") or None,
        party=typed.get("party") or None,
        phone=typed["phone"],
        urgent=yes["urgent"],
        declared=_declared(typed),
        consent=Consent(named=yes["named"], passed_on=yes["passed_on"], published=yes["published"]),
    )


def _text(typed: Mapping[str, str]) -> str:
    """The three parts as one text; only the later ones need a heading."""
    later = [f"{label}：\n{typed[name]}" for name, label in list(LABELS.items())[1:] if typed.get(name)]
    return "\n\n".join((typed["situation"], *later))


def _declared(typed: Mapping[str, str]) -> dict[str, str]:
    said = {"身份": typed["identity"]}
    for name, label in (("elsewhere", "已报送其他渠道"), ("public", "公开发表过")):
        where = typed.get(f"{name}_where", "")
        said[label] = f"是：{where}" if where else "是" if typed.get(name) == "yes" else "否"
    return said


def _refused(request: Request, typed: Mapping[str, str], refused: Refused) -> Response:
    if refused.what == NOTICE:
        # Nothing of it is sent back: the page would keep a copy in the browser.
        return respond(request.scope, Fault(422, None, NOTICE))
    if refused.field == "matter":
        return _form(Page(typed, elsewhere=of_error(refused), key=typed.get("key", "")), 422)
    sentence = refused.what if refused.fix is None else f"{refused.what}。{refused.fix}"
    name = SHOWN_AT.get(refused.field or "", refused.field or "title")
    # A changed text under the old key is another submission: the next click gets a key of its own.
    key = "" if refused.field == "Idempotency-Key" else typed.get("key", "")
    if not key:
        sentence = f"{refused.what}。如要另报一件，请再点一次“提交”"
    return _form(Page(typed, {name: sentence}, key=key), 422)


def _form(page: Page, status: int = 200) -> HTMLResponse:
    key = page.key if len(page.key) == KEY else secrets.token_hex(KEY // 2)
    context = {"page": page, "key": key, "matters": MATTERS, "identities": IDENTITIES, "limits": FORM}
    return HTMLResponse(rendered("form.html", secrecy=REMINDER, **context), status)


@router.get("/submissions")
def find(receipt: str = "") -> Response:
    """The page that asks for a receipt, or the way to its status."""
    if written := normal(receipt)[:40]:
        return RedirectResponse(f"/submissions/{written}", 303)
    return HTMLResponse(rendered("find.html"))


@router.get("/submissions/{receipt}")
def status(request: Request, receipt: str, new: str = "") -> Response:
    """The receipt page right after submitting (`new`), and the status page later."""
    found = status_of(parts(request).system.store, receipt)
    return HTMLResponse(rendered("status.html", found=found, new=bool(new)))
