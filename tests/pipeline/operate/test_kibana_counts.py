"""What editors see in Kibana is what was indexed: every panel and search asked of the real Elasticsearch as Kibana asks
it, and counted once more from the planted rows."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.adapters.figures_elasticsearch import ElasticsearchFigures, balance, report
from pipeline.adapters.fts import within
from pipeline.adapters.search_elasticsearch import ElasticsearchSearch
from pipeline.clock import SHANGHAI, day_of, stored
from pipeline.operate.kibana import Site, build
from pipeline.operate.kibana.source import By, Measure, PanelSource, source
from pipeline.ports.figures import Figures
from pipeline.records.items import Balance, Document
from pipeline.settings import load
from tests.pipeline.operate.kibana_asked import aggregations, flat, objects, query
from tests.services.elasticsearch import TOGETHER, Node

SOURCE = source()
NOW = datetime.now(UTC).astimezone(SHANGHAI)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
STATES = ("submitted", "received", "sent_back", "verifying", "accepted", "editing", "to_sign", "issued", "archived",
          "declined", "merged")  # fmt: skip
DOMAINS = ("三农", "教育", "城乡建设、环境保护", None)


def documents() -> list[Document]:
    """Documents of every kind and state, at the edges of today and of each span of time."""
    ages = [timedelta(0), *(timedelta(days=days, minutes=1) for days in (0, 3, 7, 8, 29, 31, 89, 92, 300, 400))]
    facts = itertools.product(STATES, range(3))
    return [_document(number, state, ages[number % len(ages)]) for number, (state, _) in enumerate(facts)]


def _document(number: int, state: str, age: timedelta) -> Document:
    moment = stored(MIDNIGHT - age)
    lead = number % 4 == 0 or state == "received"
    return Document(
        id=f"i{number:03}", version=1, kind="web_lead" if lead else "submission", origin=str(number),
        title=f"第{number}篇", text="烘干排队", source=("web", "api", "hnzx", "县农技站")[number % 4],
        published_at=None, received_at=moment, day=day_of(moment), state=state, domain=DOMAINS[number % 4],
        topic=("粮食", "午休", "电梯", None)[number % 4], regions=((), ("410102",), ("410102", "410200"))[number % 3],
        score=number * 2.5, urgent=number % 5 == 0, undecided=number % 7 == 0, cluster=f"i{number % 30:03}",
        twin=number % 3 == 2, bulletin="b1" if state in {"editing", "to_sign", "issued"} or number % 13 == 0 else None,
        author=None, unit=("县农技站", "民建县支部", None)[number % 3], sector=("农业界", None)[number % 2],
        url=f"https://x.test/{number}",
    )  # fmt: skip


def balances() -> list[Balance]:
    days = [(NOW - timedelta(days=days)).date().isoformat() for days in (0, 1, 29, 30, 31)]
    sums = itertools.count(1)
    return [
        Balance(day, name, 10 * (one := next(sums)) + (one % 4 == 0), 5 * one, one, one, one, one, one)
        for day in days
        for name in ("web", "hnzx", "县农技站")
    ]


def reports() -> list[dict[str, Any]]:
    rows = []
    for number in range(12):
        at = stored(NOW - timedelta(days=number * 3, minutes=1))
        counts = {
            "found": number,
            "new": number % 3,
            "changed": 1,
            "unchanged": 2,
            "failed": number % 4,
            "forbidden": 0,
        }
        rows.append({"run": f"r{number}", "source": ("hnzx", "hnrd")[number % 2], "at": at, **counts})
    return rows


ROWS: dict[str, list[dict[str, Any]]] = {
    "items": [{**asdict(one), "within": sorted(within(one.regions))} for one in documents()],
    "ledger": [balance(one) for one in balances()],
    "crawls": [report(one) for one in reports()],
}
ACCEPTED = {"accepted", "editing", "to_approve", "to_sign", "signed", "issued"}
IN_PRINT = {"editing", "to_approve", "to_sign", "signed", "issued", "archived"}
# Each condition told once more, in another language, over what was planted.
CONDITIONS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "submission": lambda row: row["kind"] == "submission",
    "web_lead": lambda row: row["kind"] == "web_lead",
    "today": lambda row: day_of(row["received_at"]) == NOW.date().isoformat(),
    "urgent": lambda row: row["urgent"],
    "open": lambda row: row["state"] in {"submitted", "received", "sent_back", "verifying"},
    "submitted": lambda row: row["state"] == "submitted",
    "twin": lambda row: row["twin"] and row["state"] != "merged",
    "undecided": lambda row: row["undecided"],
    "accepted": lambda row: row["state"] in ACCEPTED or (row["state"] == "archived" and row["bulletin"] is not None),
    "in_bulletin": lambda row: row["bulletin"] is not None and row["state"] in IN_PRINT,
    "issued": lambda row: row["state"] == "issued" or (row["state"] == "archived" and row["bulletin"] is not None),
    "declined": lambda row: row["state"] == "declined",
    "failing": lambda row: row["failed"] >= 1,
    "uneven": lambda row: row["difference"] != 0,
    "placed": lambda row: bool(row["regions"]),
}


@pytest.fixture(scope="module")
def planted(elasticsearch_node: Node) -> Iterator[tuple[Elasticsearch, str]]:
    """The planted rows in indices made as the program makes them, behind the alias."""
    prefix = f"k{id(object())}"
    address = load({"MINYI_SEARCH": f"{elasticsearch_node.url}/{prefix}"}).search
    search, figures = ElasticsearchSearch(address), ElasticsearchFigures(address)
    search.create("1")
    gone = Document(id="gone", version=2, tombstone=True)
    assert all(answer.ok for answer in search.write("1", [*documents(), gone]))
    search.promote("1")
    figures.put(Figures(balances(), reports()))
    search.close()
    figures.close()
    with Elasticsearch(elasticsearch_node.url) as client:
        client.indices.refresh(index=f"{prefix}-*")
        yield client, prefix
    elasticsearch_node.clear(prefix)


def start_of(since: str) -> datetime:
    """What `now-7d/d` and its like mean, in the office's zone."""
    match = re.fullmatch(r"now(?:-(\d+)([dy]))?(/d)?", since)
    assert match
    amount = int(match[1] or 0)
    moment = NOW - timedelta(days=amount) if match[2] != "y" else NOW.replace(year=NOW.year - amount)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if match[3] else moment


def within_span(view: str, since: str) -> Iterator[dict[str, Any]]:
    start = start_of(since)
    for row in ROWS[view]:
        if start <= moment_of(row[SOURCE.views[view].time]):
            yield row


def keys(by: By, row: dict[str, Any]) -> list[str]:
    """The buckets that a row falls into."""
    if by.conditions:
        return [SOURCE.conditions[one].label for one in by.conditions if CONDITIONS[one](row)]
    if by.days:
        day = datetime.fromisoformat(row[by.days] if "T" not in row[by.days] else day_of(row[by.days])).date()
        return [(day - timedelta(days=day.weekday() if by.every == "w" else 0)).isoformat()]
    value = row[str(by.values)]
    found = list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
    return [one for one in found if by.only is None or re.fullmatch(by.only, one)]


def measured(measure: Measure, rows: list[dict[str, Any]]) -> float | str:
    values = [row[measure.field] for row in rows] if measure.field else []
    match measure.of:
        case "count":
            return len(rows)
        case "sum":
            return sum(values)
        case "average":
            return pytest.approx(sum(values) / len(values))
        case "unique":
            return len(set(values))
        case _:
            return pytest.approx(moment_of(max(values)).timestamp() * 1000, abs=1)


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")


def expected(panel: PanelSource, since: str) -> dict[tuple[str, ...], list[Any]]:
    rows = [row for row in within_span(str(panel.view), since) if all(CONDITIONS[one](row) for one in panel.conditions)]
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        for key in itertools.product(*(keys(by, row) for by in panel.by)):
            groups[key].append(row)
    return {key: [measured(one, found) for one in panel.measures] for key, found in groups.items()}


PANELS = [
    pytest.param(name, number, panel, id=f"{dashboard.title}-{panel.title}")
    for name, dashboard in SOURCE.dashboards.items()
    for number, panel in enumerate(dashboard.panels, 1)
    if panel.view
]


@TOGETHER
@pytest.mark.parametrize(("name", "number", "panel"), PANELS)
def test_every_panel_counts_what_was_indexed(
    planted: tuple[Elasticsearch, str], name: str, number: int, panel: PanelSource
) -> None:
    client, prefix = planted
    since = SOURCE.dashboards[name].since
    made = {one["id"]: one for one in objects(build(Site(prefix)))}
    visual, dashboard = made[f"{prefix}-{name}-{number}"], made[f"{prefix}-dashboard-{name}"]["attributes"]
    view = made[f"{prefix}-{panel.view}"]["attributes"]
    state = json.loads(visual["attributes"]["visState"])
    asked = query(visual, view["timeFieldName"], dashboard["timeFrom"], dashboard["timeTo"])
    answer = client.search(
        index=view["title"], query=asked, aggs=aggregations(state) or None, size=0, track_total_hits=True
    ).body
    answer.setdefault("aggregations", {})
    truth = expected(panel, since)
    assert truth, "nothing planted shows in this panel"
    assert flat(state, answer) == truth


@TOGETHER
@pytest.mark.parametrize("name", list(SOURCE.searches))
def test_every_saved_search_finds_what_was_indexed(planted: tuple[Elasticsearch, str], name: str) -> None:
    client, prefix = planted
    search = SOURCE.searches[name]
    made = {one["id"]: one for one in objects(build(Site(prefix)))}
    saved = made[f"{prefix}-search-{name}"]
    span = saved["attributes"]["timeRange"]
    asked = query(saved, "received_at", span["from"], span["to"])
    sort = [{field: order} for field, order in saved["attributes"]["sort"]]
    columns = [{"field": one} for one in saved["attributes"]["columns"] if one not in {"title", "text"}]
    answer = client.search(index=f"{prefix}-items", query=asked, sort=sort, fields=columns, size=1000)
    rows = [row for row in within_span("items", search.since) if all(CONDITIONS[one](row) for one in search.conditions)]
    assert rows
    assert sorted(hit["_id"] for hit in answer["hits"]["hits"]) == sorted(row["id"] for row in rows)
    times = [hit["_source"]["received_at"] for hit in answer["hits"]["hits"]]
    assert times == sorted(times, reverse=True)


def test_every_condition_is_used() -> None:
    used: Iterable[str] = itertools.chain(
        *(one.conditions for one in SOURCE.searches.values()),
        *(panel.conditions for one in SOURCE.dashboards.values() for panel in one.panels),
        *(by.conditions for one in SOURCE.dashboards.values() for panel in one.panels for by in panel.by),
    )
    assert set(used) == set(SOURCE.conditions) == set(CONDITIONS)
