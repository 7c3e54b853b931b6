"""Here: what a desk's request works with. `Here` for a page, `Sent` for a form that was sent by a page of ours."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Any, Literal, cast

from anyio import to_thread
from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from pipeline.desk.states import STATES
from pipeline.errors import MinyiError, NotAllowed
from pipeline.office.context import Office, desk_of, office_of
from pipeline.records.names import State
from pipeline.web.desk import pages, who
from pipeline.web.desk.who import Who
from pipeline.web.guards import LOCAL_NAMES, LOOPBACK, passed_on
from pipeline.web.parts import parts
from pipeline.wiring import System
from pipeline.workers import projector_of

Reach = Literal["off", "loopback", "network"]
# Two clicks on one button, one after the other.
_LOCKS = [Lock() for _ in range(64)]


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts, and who is here."""

    request: Request
    system: System
    office: Office
    who: Who

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page with what every page shows."""
        own = {
            "who": self.who,
            "role": who.roles(self.office.series).get(self.who.role, self.who.role),
            "token": who.token_of(self.request, self.who),
            "said": who.said(self.request),
            "path": self.request.url.path,
        }
        found = pages.page(template, status, **own, **context)
        if own["said"]:
            who.heard(found)
        return found

    def go(self, path: str, *sentences: str) -> Response:
        """To another page, which says these sentences."""
        found = RedirectResponse(path, 303)
        who.say(self.request, found, sentences)
        return found

    def shown(self) -> str | None:
        """Show in search at once what was changed; a sentence where search is away."""
        try:
            projector_of(self.system).turn()
        except MinyiError:
            return "已办理；检索暂时没有更新，稍后会自行补上"
        return None


@dataclass(frozen=True, slots=True)
class Form(Desk):
    """A form that was sent: its fields, the lists among them, its files."""

    fields: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A field; None when it is empty."""
        return self.fields.get(name, "").strip() or None

    @contextmanager
    def once(self, subject: str, key: str) -> Generator[None]:
        """Act on what the person saw: raises NotAllowed when the subject was dealt with since the page was made."""
        with _LOCKS[zlib.crc32(key.encode()) % len(_LOCKS)]:
            _unchanged(self, subject, key)
            yield


def _unchanged(form: Form, subject: str, key: str) -> None:
    with form.office.store.reading() as session:
        acts = desk_of(session).acts(subject, key)
        if form.fields.get("seen") in {None, str(acts[-1].seq if acts else 0)}:
            return
        item = session.items.by_ids([key]).get(key)
        bulletin = desk_of(session).bulletins([key]).get(key)
    last = acts[-1].act
    state = STATES[State(item.state)] if item else pages.BULLETIN_STATES[bulletin.state] if bulletin else ""
    done = f"{last.actor}已办“{pages.act_title(subject, last.act)}”"
    raise NotAllowed(f"本页打开以后，{done}，现为“{state}”；这一次没有再办", where=key, fix="请看过现在的情况再办")


def only_from(reach: Reach) -> Callable[[Request], None]:
    """The dependency that keeps the desk on this machine (`loopback`), or lets an inner network in."""

    def guarded(request: Request) -> None:
        if reach == "network":
            return
        client = request.client.host if request.client else ""
        local = client in LOOPBACK and (request.url.hostname or "") in LOCAL_NAMES
        if not local or passed_on(request):
            raise HTTPException(403, "工作台只在本机打开；要在内网使用，请由管理人员设 MINYI_DESK=network")

    return guarded


def here(request: Request) -> Desk:
    """Raises Unnamed."""
    found = who.who_of(request)
    if found is None or not found.name:
        raise pages.Unnamed
    system = parts(request).system
    return Desk(request, system, office_of(cast("Any", system)), found)


async def sent(request: Request) -> Form:
    """Raises HTTPException (403) for a form that is not ours, Unnamed."""
    fields, lists, files = await read(request)
    found = await to_thread.run_sync(who.who_of, request)
    who.check(request, found, fields.get("token", ""))
    if found is None or not found.name:
        raise pages.Unnamed
    system = parts(request).system
    office = await to_thread.run_sync(office_of, cast("Any", system))
    return Form(request, system, office, found, fields, lists, files)


async def read(request: Request) -> tuple[dict[str, str], dict[str, list[str]], dict[str, bytes]]:
    """A form's fields, lists and files."""
    lists: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    async with request.form(max_files=2, max_fields=200) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = await value.read()
            else:
                lists.setdefault(name, []).append(value)
    return {name: values[-1] for name, values in lists.items()}, lists, files


def with_warnings(*sentences: str | None, warnings: Iterable[str] = ()) -> list[str]:
    """What the next page says."""
    return [one for one in (*sentences, *warnings) if one]


Here = Annotated[Desk, Depends(here)]
Sent = Annotated[Form, Depends(sent)]
