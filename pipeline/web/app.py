"""The web app: `create_app(system_factory)`. Routers of other pages join in ROUTERS."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from pipeline.intake.group import GroupWriter
from pipeline.intake.relay import Relaying
from pipeline.web import api, form, guards, metrics, refusals
from pipeline.web.desk.here import Reach
from pipeline.web.desk.routes import desk_router
from pipeline.web.parts import Parts
from pipeline.wiring import System, open_system

ROUTERS = (api.router, form.router, metrics.router)
# Seconds after which a waiting thread gets the interpreter. The group writer asks for it after every call to the
# database: with Python's usual 5 ms behind busy requests, p99 was a fifth longer (measured).
SWITCH = 0.0005
STATIC = Path(__file__).parent / "static"


def create_app(
    system_factory: Callable[[], System] = open_system,
    *,
    rate: guards.Rate = guards.Rate(),  # noqa: B008 - frozen
    bodies: guards.Bodies = guards.Bodies(),  # noqa: B008 - frozen
    desk: Reach = "loopback",
) -> FastAPI:
    """The app. Its lifespan opens the system, the group writer and a relay, and closes them in that order's
    reverse, so that everything acknowledged is written. `desk`: `off` (the public form and API alone),
    `loopback` (the desk answers this machine alone), `network` (whoever reaches the app: an inner network only,
    for the desk has no accounts)."""
    app = FastAPI(
        title="民意",
        description="社情民意信息：提交与查询",
        version="1",
        lifespan=_lifespan(system_factory),
        openapi_url="/api/openapi.json",
        # Both pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
    )
    for router in ROUTERS:
        app.include_router(router)
    if desk != "off":
        app.include_router(desk_router(desk))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    refusals.install(app)
    # The last added is the outermost: headers stand on refusals of the other two as well.
    app.add_middleware(guards.BodyLimit, bodies=bodies)
    app.add_middleware(guards.RateLimit, rate=rate)
    app.add_middleware(guards.SecurityHeaders)
    return app


def app_of_environment() -> FastAPI:
    """For `uvicorn --factory pipeline.web.app:app_of_environment`."""
    return create_app()


def _lifespan(system_factory: Callable[[], System]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        with system_factory() as system:
            relaying = Relaying(system.store, lambda: system.bus)
            writer = GroupWriter(system.store, committed=relaying.wake)
            app.state.parts = Parts(system, writer, relaying)
            relaying.start()
            writer.start()
            usual = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH)
            try:
                yield
            finally:
                sys.setswitchinterval(usual)
                writer.close()
                relaying.close()

    return lifespan
