"""Who is at the desk: a name and a role, said once, kept in a sealed cookie and written with every act.

There are no accounts yet: the desk is for an inner network. The cookie is SameSite=Strict and HttpOnly and
lasts a working day; every POST carries a token bound to it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pipeline.clock import parsed, stored
from pipeline.desk.moves import person
from pipeline.desk.people import standing
from pipeline.errors import NotAllowed, UsageError
from pipeline.office.context import Office
from pipeline.rules.series import Series
from pipeline.web.desk import seals
from pipeline.web.parts import parts

COOKIE, SAID = "minyi_desk", "minyi_said"
LASTS = timedelta(hours=12)
SAID_LENGTH = 900  # characters; a cookie holds 4 kB
FORGED = "本页已过期，或请求不是从本页发出的，没有办理。请返回后重新打开再办"


@dataclass(frozen=True, slots=True)
class Who:
    """A person at the desk, since when (stored); `cookie` is how the browser keeps it. No name: not said yet."""

    name: str
    role: str
    at: str
    cookie: str


def key_of(request: Request) -> bytes:
    """The installation's key."""
    app = request.app
    if not hasattr(app.state, "desk_key"):
        app.state.desk_key = seals.key_in(parts(request).system.store)
    found: bytes = app.state.desk_key
    return found


def who_of(request: Request) -> Who | None:
    """Who sent the request; None without a cookie of ours, or with one that is over."""
    text = request.cookies.get(COOKIE, "")
    value = seals.opened(key_of(request), COOKIE, text) if text else None
    if value is None:
        return None
    now = parts(request).system.clock()
    found = Who(value["name"], value["role"], value["at"], text)
    return found if now - parsed(found.at) < LASTS else None


def enter(request: Request, name: str, role: str) -> Who:
    """A person with a cookie of his own."""
    at = stored(parts(request).system.clock())
    value = {"name": name, "role": role, "at": at, "nonce": secrets.token_hex(8)}
    return Who(name, role, at, seals.sealed(key_of(request), COOKIE, value))


def keep(request: Request, response: Response, who: Who) -> None:
    """Give the browser the cookie."""
    _set(request, response, COOKIE, who.cookie)


def token_of(request: Request, who: Who) -> str:
    """The token that the forms of a page carry."""
    return seals.mark(key_of(request), "csrf", who.cookie)


def check(request: Request, who: Who | None, given: str) -> None:
    """Raises HTTPException (403) for a form that is not of a page of ours."""
    foreign = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    if who is None or foreign or not hmac.compare_digest(token_of(request, who).encode(), given.encode("utf-8")):
        raise HTTPException(403, FORGED)


def say(request: Request, response: Response, sentences: Iterable[str]) -> None:
    """Sentences that the next page shows once."""
    text = "\n".join(sentences)[:SAID_LENGTH]
    if text:
        _set(request, response, SAID, seals.sealed(key_of(request), SAID, text))


def said(request: Request) -> list[str]:
    """The sentences that the page before left."""
    value = seals.opened(key_of(request), SAID, request.cookies.get(SAID, "")) if SAID in request.cookies else None
    return str(value).split("\n") if value else []


def heard(response: Response) -> None:
    """Take the sentences away."""
    response.delete_cookie(SAID, path="/desk", samesite="strict", httponly=True)


def _set(request: Request, response: Response, name: str, value: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, path="/desk", httponly=True, samesite="strict", secure=secure)


# ---------------------------------------------------------------- roles and people


def roles(series: Mapping[str, Series]) -> dict[str, str]:
    """Role → title, of all series, in the order of their chains."""
    return {role: rule.title_of(role) for rule in reversed(list(series.values())) for role in rule.chain}


def people(series: Mapping[str, Series]) -> list[str]:
    """The names that the series list."""
    listed = [name for rule in series.values() for names in rule.people.values() for name in names]
    proxies = [proxy.name for rule in series.values() for proxy in rule.proxies]
    return list(dict.fromkeys([*listed, *proxies]))


def admitted(office: Office, fields: Mapping[str, Any]) -> tuple[str, str]:
    """(name, role) as said on the page. Raises UsageError, and NotAllowed for a person no series has in that role."""
    role = str(fields.get("role", ""))
    if role not in roles(office.series):
        raise UsageError("没有选择职务", fix="请选择一项")
    name = person(str(fields.get("name", "")))
    refused: NotAllowed | None = None
    for rule in office.series.values():
        if role not in rule.chain:
            continue
        try:
            standing(rule, role, name, office.today())
        except NotAllowed as error:
            refused = error
        else:
            return name, role
    raise refused or UsageError("没有选择职务")
