"""列表 and 检索: items by filters, newest first, copies folded, page by page."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipeline.errors import UsageError
from pipeline.identity import RECEIPT_LETTERS
from pipeline.records.items import Hits
from pipeline.records.names import State
from pipeline.web.desk.filters import LAST, PAGE, Filters, filters_of
from pipeline.web.desk.here import Desk, Here
from pipeline.web.desk.pages import DeskRoute, sentence
from pipeline.web.desk.rows import Row, rows_of
from pipeline.workers import projector_of

router = APIRouter(route_class=DeskRoute)
# The states that the list offers as links.
LINKS = (
    State.SUBMITTED, State.SENT_BACK, State.VERIFYING, State.ACCEPTED, State.EDITING, State.TO_APPROVE,
    State.TO_SIGN, State.SIGNED, State.ISSUED, State.DECLINED, State.MERGED, State.RECEIVED, State.ARCHIVED,
)  # fmt: skip


@router.get("/desk/items")
def items(desk: Here, request: Request) -> Response:
    """The list."""
    return _listed(desk, filters_of(request.query_params), "items.html")


@router.get("/desk/search")
def search(desk: Here, request: Request) -> Response:
    """Search by words, with what was found marked."""
    filters = filters_of(request.query_params)
    if not filters.said:
        return desk.page("search.html", **_context(desk, filters), rows=[], total=None, more=False)
    return _listed(desk, filters, "search.html")


def _listed(desk: Desk, filters: Filters, template: str) -> Response:
    context = _context(desk, filters)
    try:
        hits = projector_of(desk.system).find(filters.query(desk.system.rules))
    except UsageError as error:
        fault = "。".join(filter(None, sentence(error)))
        return desk.page(template, 422, **{**context, "fault": fault}, rows=[], total=None, more=False)
    more = hits.capped or hits.total > filters.number * PAGE
    rows = _rows(desk, hits, folded=template == "items.html")
    return desk.page(template, **context, rows=rows, total=_total(hits), more=more and filters.number < LAST)


def _rows(desk: Desk, hits: Hits, *, folded: bool) -> list[Row]:
    found = rows_of(desk.office, [hit.document.id for hit in hits.hits], folded=folded)
    marked = {hit.document.id: hit.highlights for hit in hits.hits}
    return [Row(row.view, row.title, row.reading, row.copies, marked.get(row.item.id, ())) for row in found]


def _total(hits: Hits) -> str:
    return f"{hits.total} 篇以上" if hits.capped else f"{hits.total} 篇"


def _context(desk: Desk, filters: Filters) -> dict[str, Any]:
    with desk.office.store.reading() as session:
        late = session.marks.pending()
    return {
        "filters": filters,
        "links": [str(state) for state in LINKS],
        "domains": [one.name for one in desk.system.rules.taxonomy.domains],
        "late": late,
        "fault": None,
        "receipt": _receipt(filters.said.get("query", "")),
    }


def _receipt(said: str) -> str | None:
    """The words, when they look like a receipt: the item's page finds those too."""
    plain = said.replace(" ", "").replace("-", "").upper()
    return plain if len(plain) == 12 and set(plain) <= set(RECEIPT_LETTERS) else None  # noqa: PLR2004
