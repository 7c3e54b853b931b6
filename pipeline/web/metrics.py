"""/metrics: for a Prometheus that asks every fifteen seconds. One look serves everybody for some seconds.

Answers this machine alone, or with `MINYI_METRICS` set whoever shows it as a bearer token. What a proxy passes on
is not this machine: the form is on the Internet behind one.
"""

from __future__ import annotations

import hmac
import time
from threading import Lock
from typing import cast

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from pipeline.operate.observed import Observer, thresholds
from pipeline.operate.parts import Parts
from pipeline.web.guards import LOCAL_NAMES, LOOPBACK, passed_on
from pipeline.web.parts import parts
from pipeline.wiring import System

router = APIRouter(include_in_schema=False)
FRESH = 5.0  # seconds that one answer serves
TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """The page, or 403 with a sentence."""
    system = parts(request).system
    if refusal := why_not(request, system.settings.metrics):
        return PlainTextResponse(refusal + "\n", 403)
    return Response(page_of(request, system).text(), media_type=TYPE)


def why_not(request: Request, token: str) -> str | None:
    """Why who asks may not read them."""
    if token:
        shown = request.headers.get("authorization", "")
        right = hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
        return None if right else "运行指标要凭口令读取，请核对 Prometheus 的 authorization 与 MINYI_METRICS"
    client = request.client.host if request.client else ""
    here = client in LOOPBACK and (request.url.hostname or "") in LOCAL_NAMES and not passed_on(request)
    return None if here else "运行指标只有本机能读；要从别的机器读取，请设置 MINYI_METRICS"


class Page:
    """The newest look of one app, and what it remembers of labels."""

    def __init__(self, system: System) -> None:
        from pipeline.operate.metrics import REASONS, Names

        self._system = system
        self._observer = Observer(cast("Parts", system))
        self._names = Names(thresholds(cast("Parts", system)).named_sources), Names(REASONS)
        self._lock = Lock()
        self._text, self._until = b"", 0.0

    def text(self) -> bytes:
        """The page, made anew when it is older than FRESH; who asks meanwhile waits for it."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._text = self._made()
                self._until = time.monotonic() + FRESH
            return self._text

    def _made(self) -> bytes:
        from crawlers.watched import watched
        from pipeline.operate.metrics import Exposition

        self._observer.sources, _ = watched(self._system)
        return Exposition(self._observer.look(), self._observer, *self._names).text()


_MAKING = Lock()


def page_of(request: Request, system: System) -> Page:
    """The app's page."""
    with _MAKING:
        if not hasattr(request.app.state, "metrics"):
            request.app.state.metrics = Page(system)
    found: Page = request.app.state.metrics
    return found
