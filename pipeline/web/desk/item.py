"""稿件页: one item, what may be done with it, and what a person did. Every act is a form of this page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from pipeline.desk.moves import WEB_LEAD_REFUSAL
from pipeline.desk.states import ITEM_MOVES, STATES
from pipeline.errors import NotAllowed, UsageError
from pipeline.office import drafting, leads, merging
from pipeline.office import items as office_items
from pipeline.office.context import desk_of, note
from pipeline.office.items import PLAIN, Moved
from pipeline.records.names import Kind, State
from pipeline.web.desk.here import Desk, Form, Here, Sent, with_warnings
from pipeline.web.desk.moves import Offer, item_offers, may_item
from pipeline.web.desk.pages import DeskRoute
from pipeline.web.desk.reading import Told, key_of, told

router = APIRouter(route_class=DeskRoute)
# From these one click accepts and drafts.
DRAFTABLE = (State.SUBMITTED, State.VERIFYING, State.ACCEPTED)
OWN_FORMS = ("edit", "merge", "convert")  # moves with forms that are not the plain one


@router.get("/desk/items/{key}")
def item(desk: Here, key: str) -> Response:
    """The page."""
    found = key_of(desk.office, key)
    return RedirectResponse(f"/desk/items/{found}") if found != key else _page(desk, told(desk.office, key))


@router.post("/desk/items/{key}/reveal")
def reveal(desk: Sent, key: str) -> Response:
    """The page with personal data in clear: asked for by a person, and written down before it is shown."""
    may_item(desk.office, "note", desk.who)
    told(desk.office, key)
    with desk.office.store.writing() as session:
        act = note(desk.office, "item", key, "reveal", desk.who.name, role=desk.who.role)
        desk_of(session).record([act])
    return _page(desk, told(desk.office, key, plain=True))


def _page(desk: Desk, found: Told) -> Response:
    offers = item_offers(desk.office, found.item, desk.who)
    acts = {one.act for one in offers}
    rules = desk.system.rules
    return desk.page(
        "item.html",
        it=found,
        offers=_plain(offers),
        acts=acts,
        series=_series(desk) if _may_draft(desk, found) else [],
        accepts="accept" in acts and found.item.state in DRAFTABLE,
        mains=_mains(found) if "merge" in acts else [],
        into=leads.INTO if "convert" in acts else {},
        refusal=WEB_LEAD_REFUSAL if found.item.kind is Kind.WEB_LEAD else None,
        reasons=rules.reasons.decline,
        channels=rules.reasons.redirect,
        domains=rules.taxonomy.domains if "note" in acts else [],
    )


def _plain(offers: Sequence[Offer]) -> list[Offer]:
    """Simple clicks first, then those that ask for words."""
    return sorted((one for one in offers if one.act not in OWN_FORMS), key=lambda one: bool(one.asks))


def _may_draft(desk: Desk, found: Told) -> bool:
    submission = found.item.kind is Kind.SUBMISSION and not found.item.tombstone
    writes = desk.who.role in {rule.chain[0] for rule in desk.office.series.values()}
    return submission and writes and found.item.state in DRAFTABLE


def _series(desk: Desk) -> list[dict[str, str]]:
    kinds = {"single": "一事一报", "digest": "摘编"}
    return [{"name": one.name, "kind": kinds[one.type]} for one in desk.office.series.values()]


def _mains(found: Told) -> list[Any]:
    """What this item may be merged into: submissions that resemble it."""
    return [one for one in found.likenesses if one.item.kind is Kind.SUBMISSION]


# ---------------------------------------------------------------- acts


@router.post("/desk/items/{key}/moves/{act}")
def move(form: Sent, key: str, act: str) -> Response:
    """One of the table's moves."""
    may_item(form.office, act, form.who)
    with form.once("item", key):
        moved = _moved(form, key, act)
    one = next((row for row in moved if row.id == key), moved[0])
    said = f"已办：{ITEM_MOVES[act].title}。稿件现为“{STATES[State(one.state)]}”"
    return form.go(f"/desk/items/{key}", *with_warnings(said, form.shown(), warnings=one.warnings))


def _moved(form: Form, key: str, act: str) -> Sequence[Moved]:
    office, by, said = form.office, form.who.name, form.text("opinion")
    match act:
        case "merge":
            return merging.merge(office, [_main(form), key], by=by, opinion=said)
        case "unmerge":
            return merging.unmerge(office, [key], by=by, opinion=said)
        case "convert":
            return leads.convert(office, [key], into=form.text("into") or "", by=by, opinion=said or "")
        case _ if act in PLAIN:
            given = {"reason": form.text("reason"), "channel": form.text("channel")}
            return office_items.move(office, act, [key], by=by, opinion=said, **given)
        case _:
            raise UsageError(f"没有“{act[:20]}”这种办法")


def _main(form: Form) -> str:
    said = form.text("other") or form.text("main")
    if not said:
        raise UsageError("没有写明并入哪一篇", fix="请选择，或写上主稿的编号或回执号")
    return key_of(form.office, said)


@router.post("/desk/items/{key}/draft")
def draft(form: Sent, key: str) -> Response:
    """拟成一期, accepting first what is not accepted yet: two acts of the one person who clicked."""
    if not _writes(form):
        raise NotAllowed("拟成一期由编辑办理", fix="可点右上角姓名换人")
    with form.once("item", key):
        if form.text("accept"):
            office_items.move(form.office, "accept", [key], by=form.who.name)
        done = drafting.draft(form.office, [key], by=form.who.name, series=form.text("series"))
    said = with_warnings("已拟成一期，可以送审", form.shown(), warnings=done.warnings)
    return form.go(f"/desk/bulletins/{done.bulletin.id}", *said)


def _writes(form: Form) -> bool:
    return form.who.role in {rule.chain[0] for rule in form.office.series.values()}


@router.post("/desk/items/{key}/fields")
def assign(form: Sent, key: str) -> Response:
    """What a person says of domain and urgency wins over the machine's reading; empty gives it back."""
    may_item(form.office, "note", form.who)
    words = {"yes": True, "no": False}
    domain = form.text("domain")
    topics = {f"{one.name}/{topic.name}": (one.name, topic.name) for one in form.system.rules.taxonomy.domains
              for topic in one.topics}  # fmt: skip
    known = {one.name for one in form.system.rules.taxonomy.domains}
    if domain and domain not in known and domain not in topics:
        raise UsageError(f"没有“{domain[:20]}”这一类", fix=f"可选：{'、'.join(sorted(known))}")
    named, topic = topics.get(domain or "", (domain, None))
    fields = {"domain": named, "topic": topic, "urgent": words.get(form.text("urgent") or "")}
    with form.once("item", key):
        office_items.assign(form.office, key, by=form.who.name, fields=fields, opinion=form.text("opinion"))
    return form.go(f"/desk/items/{key}", *with_warnings("已改定类别和缓急", form.shown()))
