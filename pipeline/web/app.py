"""The web app: `create_app(system_factory)`. Routers of other pages join in ROUTERS."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from pipeline.intake.group import GroupWriter
from pipeline.intake.relay import Relaying
from pipeline.web import api, form, guards, refusals
from pipeline.web.parts import Parts
from pipeline.wiring import System, open_system

ROUTERS = (api.router, form.router)
STATIC = Path(__file__).parent / "static"


def create_app(
    system_factory: Callable[[], System] = open_system,
    *,
    rate: guards.Rate = guards.Rate(),  # noqa: B008 - frozen
    bodies: guards.Bodies = guards.Bodies(),  # noqa: B008 - frozen
) -> FastAPI:
    """The app. Its lifespan opens the system, the group writer and a relay, and closes them in that order's
    reverse, so that everything acknowledged is written."""
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
            try:
                yield
            finally:
                writer.close()
                relaying.close()

    return lifespan
