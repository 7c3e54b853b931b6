"""The entrance: who is here, as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from pipeline.errors import MinyiError
from pipeline.office.context import Office, office_of
from pipeline.web.desk import pages, who
from pipeline.web.desk.here import read
from pipeline.web.parts import parts

router = APIRouter(route_class=pages.DeskRoute)


@router.get("/desk/who")
def ask(request: Request) -> Response:
    """Ask for name and role."""
    return _ask(request, request.query_params)


@router.post("/desk/who")
async def enter(request: Request) -> Response:
    """Take name and role, and go on."""
    fields, _, _ = await read(request)
    return await to_thread.run_sync(_enter, request, fields)


def _enter(request: Request, fields: Mapping[str, str]) -> Response:
    who.check(request, who.who_of(request), fields.get("token", ""))
    try:
        name, role = who.admitted(_office(request), fields)
    except MinyiError as error:
        return _ask(request, fields, "。".join(filter(None, pages.sentence(error))))
    found = RedirectResponse(_onward(fields.get("next", "")), 303)
    who.keep(request, found, who.enter(request, name, role))
    return found


def _ask(request: Request, given: Mapping[str, str], fault: str | None = None) -> Response:
    there = who.who_of(request)
    now = there or who.enter(request, "", "")
    series = _office(request).series
    found = pages.page(
        "who.html",
        422 if fault else 200,
        token=who.token_of(request, now),
        name=given.get("name", now.name),
        chosen=given.get("role", now.role),
        roles=who.roles(series),
        people=who.people(series),
        next=_onward(given.get("next", "")),
        fault=fault,
    )
    if there is None:
        who.keep(request, found, now)
    return found


def _office(request: Request) -> Office:
    return office_of(cast("Any", parts(request).system))


def _onward(path: str) -> str:
    """Only to a page of the desk."""
    inside = path == "/desk" or path.startswith(("/desk/", "/desk?"))
    return path if inside and "\\" not in path and path.isprintable() and path.isascii() else "/desk"
