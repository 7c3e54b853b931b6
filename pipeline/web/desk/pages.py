"""Pages of the desk: templates with the desk's words, and every error as a sentence with a way back."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pipeline.clock import shown
from pipeline.desk.states import BULLETIN_MOVES, BULLETIN_STATES, ITEM_MOVES, STATES
from pipeline.desk.words import OUTCOMES, PARTS, source_word, whence
from pipeline.errors import MinyiError, NotAllowed, NotFound, Refused, Transient, UsageError
from pipeline.records.items import Item
from pipeline.records.names import Kind, Similarity
from pipeline.text.masks import masked
from pipeline.web.pages import environment, in_fours
from pipeline.web.refusals import STATUSES as BARE

log = logging.getLogger(__name__)
STATUSES: tuple[tuple[type[MinyiError], int], ...] = (
    (NotAllowed, 409),
    (NotFound, 404),
    (Refused, 422),
    (UsageError, 422),
    (Transient, 503),
)
BROKEN = 500
KINDS = {str(Kind.SUBMISSION): "来稿", str(Kind.WEB_LEAD): "网上线索"}
ALIKE = {
    str(Similarity.EXACT): "文字相同",
    str(Similarity.NEAR): "文字相近",
    str(Similarity.SIMILAR): "同一事项",
    str(Similarity.NEGATIVE): "已判定不是同一篇",
}
OTHER_ACTS = {"reveal": "查看原文", "purge": "清除", "reserve": "预留期号", "confirm": "核对期号"}
# What an office's sentence says to somebody at a command line.
_IN_BRACKETS = re.compile(r"（[^（）]*minyi [^（）]*）|\([^()]*minyi [^()]*\)")
_CLAUSE = re.compile(r"[^；，。]*(?:minyi |--[a-z])[^；，。]*[；，。]?")
_OPTION = re.compile(r"请用 --(?:opinion|by) 写上(意见|姓名)")

_HASH = re.compile(r"[a-z2-7]{20}")


class Unnamed(Exception):
    """Nobody has said who is at the desk."""


def act_title(subject: str, act: str) -> str:
    """An act as the screen calls it."""
    first, second = (BULLETIN_MOVES, ITEM_MOVES) if subject == "bulletin" else (ITEM_MOVES, BULLETIN_MOVES)
    move = first.get(act) or second.get(act)
    return move.title if move else OTHER_ACTS.get(act, act)


@cache
def _templates() -> Environment:
    made = environment()
    made.filters |= {
        "masked": masked,
        "day": _day,
        "marked": _marked,
        "percent": "{:.0%}".format,
        "source": lambda name: source_word(str(name)),
    }
    words: dict[str, Any] = {
        "STATES": {str(state): word for state, word in STATES.items()},
        "BULLETIN_STATES": {str(state): word for state, word in BULLETIN_STATES.items()},
        "KINDS": KINDS,
        "ALIKE": ALIKE,
        "OUTCOMES": OUTCOMES,
        "PARTS": PARTS,
        "act_title": act_title,
        "whence": lambda item: whence(KINDS[item.kind], item.source, STATES[item.state]),
        "origin": _origin,
        "places": _places,
    }
    made.globals.update(words)
    return made


def _day(stored: str) -> str:
    return shown(stored)[:10]


def _origin(item: Item) -> str:
    """What the source calls the item, where it says something to a person: no hash of ours."""
    if item.receipt and item.origin == item.receipt:
        return f"回执号 {in_fours(item.receipt)}"
    return "" if _HASH.fullmatch(item.origin) else item.origin


def _places(reading: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """(name, code) of the regions, each once: a place is often both where it happened and where it comes from."""
    return list(dict.fromkeys((one["name"], one["code"]) for one in reading.get("regions") or ()))


def _marked(snippet: str) -> Markup:
    """A highlight: what stands between 【】 is marked, all of it is text."""
    found = re.sub(r"【([^【】]*)】", r"<mark>\1</mark>", str(escape(snippet)))
    return Markup(found)  # noqa: S704 - escaped above


def page(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of the desk."""
    return HTMLResponse(_templates().get_template(f"desk/{template}").render(context), status)


def sentence(error: MinyiError) -> tuple[str, str | None]:
    """What happened and what to do, in words for a screen: an error's options and commands are left out."""
    fix = _OPTION.sub(r"请写上\1", error.fix or "")
    fix = _CLAUSE.sub("", _IN_BRACKETS.sub("", fix)).strip("；，。 ")
    return _IN_BRACKETS.sub("", error.what).rstrip("。"), fix or None


def problem(request: Request, status: int, what: str, fix: str | None = None) -> Response:
    """The page of an error: the sentence, and a way back."""
    back = _back(request)
    headers: Mapping[str, str] = {"retry-after": "5"} if status == STATUSES[-1][1] else {}
    found = page("problem.html", status, what=what, fix=fix, back=back)
    found.headers.update(headers)
    return found


def _back(request: Request) -> str:
    """The subject's page for an act, the desk's first page else."""
    parts = request.url.path.strip("/").split("/")
    depth = 3 if len(parts) > 3 else 2 if len(parts) > 2 and request.method == "GET" else len(parts) - 1  # noqa: PLR2004
    return "/" + quote("/".join(parts[: max(1, depth)]))


class DeskRoute(APIRoute):
    """A route whose errors become pages of the desk."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, its errors caught."""
        handler = super().get_route_handler()

        async def caught(request: Request) -> Response:
            try:
                return await handler(request)
            except Unnamed:
                return RedirectResponse(f"/desk/who?next={quote(_next(request))}", 303)
            except MinyiError as error:
                return _of_error(request, error)
            except RequestValidationError:
                return problem(request, 404, *BARE[404])
            except HTTPException as error:
                return problem(request, error.status_code, *_bare(error))

        return caught


def _next(request: Request) -> str:
    if request.method != "GET":
        return _back(request)
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _bare(error: HTTPException) -> tuple[str, str | None]:
    if not error.detail.isascii():
        return error.detail, None
    return BARE.get(error.status_code, ("请求没有完成", "请稍后再试"))


def _of_error(request: Request, error: MinyiError) -> Response:
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), BROKEN)
    if status == BROKEN:
        log.error("desk request failed: %s", type(error).__name__)
    return problem(request, status, *sentence(error))
