"""The desk's routes as one router, and how far it reaches."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from pipeline.web.desk import alarms, books, bulletin, bulletins, editing, entrance, home, item, items
from pipeline.web.desk.here import Reach, only_from

PARTS = (entrance, home, items, editing, item, bulletins, bulletin, books, alarms)


def desk_router(reach: Reach) -> APIRouter:
    """Every page of the desk, for this machine alone (`loopback`) or an inner network (`network`)."""
    router = APIRouter(dependencies=[Depends(only_from(reach))], include_in_schema=False)
    for part in PARTS:
        router.include_router(part.router)
    return router
