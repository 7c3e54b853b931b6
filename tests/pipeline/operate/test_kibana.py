"""What editors see in Kibana: built from one source, whole in itself, and right on the real Elasticsearch."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from hatchling.builders.wheel import WheelBuilder

from pipeline.adapters.elasticsearch_upkeep import shipped
from pipeline.adapters.figures_elasticsearch import ElasticsearchFigures, balance, report
from pipeline.adapters.fts import within
from pipeline.adapters.search_elasticsearch import ElasticsearchSearch
from pipeline.clock import SHANGHAI, day_of, stored
from pipeline.operate.kibana import Site, build, region_names
from pipeline.operate.kibana.source import By, Measure, PanelSource, source
from pipeline.ports.figures import Figures
from pipeline.records.items import Balance, Document
from pipeline.rules import Rules
from pipeline.settings import load
from tests.pipeline.operate.kibana_asked import aggregations, flat, objects, query
from tests.services.elasticsearch import TOGETHER, Node

ROOT = Path(__file__).parents[3]
BUILT = build(Site())
OBJECTS = objects(BUILT)
SOURCE = source()


def of(kind: str) -> list[dict[str, Any]]:
    return [one for one in OBJECTS if one["type"] == kind]


def read(text: str) -> Any:
    return json.loads(text)


# ---------------------------------------------------------------- the file


def test_deploy_has_what_the_source_builds() -> None:
    site = Site(regions=region_names(Rules(Path("nowhere")).regions))
    assert (ROOT / "deploy/kibana/minyi.ndjson").read_bytes() == build(site)


def test_what_the_issue_names_is_there_in_chinese() -> None:
    titles = {kind: [one["attributes"]["title"] for one in of(kind)] for kind in ("search", "dashboard")}
    assert titles["search"] == ["今日来稿", "网上线索", "紧急", "待初审", "疑似重复", "未定类"]
    assert titles["dashboard"] == ["每日总览", "来源构成", "来源健康", "领域与地区分布", "采用情况", "采集账目"]
    visuals = [one["attributes"]["title"] for one in of("visualization")]
    assert len(set(visuals)) == len(visuals)


def test_every_object_has_the_shape_that_kibana_imports() -> None:
    versions = {"index-pattern": "8.0.0", "search": "8.0.0", "visualization": "8.5.0", "dashboard": "8.9.0"}
    names = {"type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion"}
    for one in OBJECTS:
        assert set(one) == names
        assert one["typeMigrationVersion"] == versions[one["type"]]
    assert len({(one["type"], one["id"]) for one in OBJECTS}) == len(OBJECTS)


def named_references(one: dict[str, Any]) -> Iterator[str]:
    """Where an object's own text has a reference's name in place of an id."""
    asked = read(one["attributes"].get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "{}"))
    if "indexRefName" in asked:
        yield asked["indexRefName"]
    yield from (each["meta"]["indexRefName"] for each in asked.get("filter", ()))
    for panel in read(one["attributes"].get("panelsJSON", "[]")):
        yield f"{panel['panelIndex']}:{panel['panelRefName']}"


def test_every_reference_resolves_within_the_file_before_it_is_used() -> None:
    seen: set[tuple[str, str]] = set()
    for one in OBJECTS:
        assert {(each["type"], each["id"]) for each in one["references"]} <= seen
        assert sorted(each["name"] for each in one["references"]) == sorted(named_references(one))
        seen.add((one["type"], one["id"]))
    panels = {each["id"] for one in of("dashboard") for each in one["references"]}
    assert panels >= {one["id"] for one in of("visualization")}  # none is left over


def mapped(view: str) -> dict[str, Any]:
    if view == "items":
        return next(body for name, body in shipped("component", "minyi") if "mappings" in name)["template"]["mappings"][
            "properties"
        ]
    return dict(shipped("index", "minyi"))[f"minyi-{view}"]["template"]["mappings"]["properties"]


def view_of(one: dict[str, Any]) -> str:
    (view,) = {each["id"] for each in one["references"] if each["type"] == "index-pattern"}
    return view.removeprefix("minyi-")


def fields_of(one: dict[str, Any]) -> Iterator[str]:
    attributes = one["attributes"]
    yield from attributes.get("columns", ())
    yield from (field for field, _ in attributes.get("sort", ()))
    asked = read(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    queries = [each["query"]["query_string"]["query"] for each in asked["filter"]]
    for each in read(attributes.get("visState", '{"aggs": []}'))["aggs"]:
        if "field" in each["params"]:
            yield each["params"]["field"]
        queries += [row["input"]["query"] for row in each["params"].get("filters", ())]
    for text in queries:
        yield from re.findall(r"(\w+):", text.replace("_exists_:", ""))
        yield from re.findall(r"_exists_:(\w+)", text)


def test_every_field_that_is_named_is_in_the_indexs_template() -> None:
    for one in (*of("search"), *of("visualization")):
        assert set(fields_of(one)) <= set(mapped(view_of(one))), one["id"]


def test_every_field_of_an_index_has_a_chinese_label() -> None:
    for one in of("index-pattern"):
        properties, attributes = mapped(one["id"].removeprefix("minyi-")), one["attributes"]
        labels = read(attributes["fieldAttrs"])
        assert set(labels) == set(properties)
        assert all(re.search("[一-鿿]", each["customLabel"]) for each in labels.values())
        assert set(read(attributes["fieldFormatMap"])) <= set(properties)
        assert properties[attributes["timeFieldName"]]["type"] == "date"
        assert {each["value"] for each in read(attributes["sourceFilters"])} <= set(properties)


def test_what_is_not_kept_is_not_shown() -> None:
    excluded = next(body for name, body in shipped("component", "minyi") if "mappings" in name)["template"]["mappings"]
    (items, *_) = of("index-pattern")
    hidden = {each["value"] for each in read(items["attributes"]["sourceFilters"])}
    assert hidden == set(excluded["_source"]["excludes"])


def test_panels_lie_side_by_side_within_the_grid() -> None:
    for one in of("dashboard"):
        taken: set[tuple[int, int]] = set()
        for panel in read(one["attributes"]["panelsJSON"]):
            at = panel["gridData"]
            cells = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
            assert at["x"] + at["w"] <= 48
            assert not cells & taken
            taken |= cells


def test_a_site_has_its_own_names_links_and_places() -> None:
    regions = {"990101": "云漳市岚禾县", "99": "某省"}
    made = objects(build(Site("henan", "https://desk.example/minyi/", "Asia/Urumqi", regions)))
    assert {one["id"].partition("-")[0] for one in made} == {"henan"}
    items = made[0]["attributes"]
    assert items["title"] == "henan-items"
    formats = read(items["fieldFormatMap"])
    assert formats["id"]["params"]["urlTemplate"] == "https://desk.example/minyi/desk/items/{{value}}"
    assert formats["regions"]["params"]["lookupEntries"] == [{"key": "990101", "value": "云漳市岚禾县"}]
    assert formats["within"]["params"]["lookupEntries"] == [{"key": "99", "value": "某省"}]
    assert b"Asia/Shanghai" not in build(Site(zone="Asia/Urumqi"))


def test_codes_are_shown_as_the_desks_words() -> None:
    from pipeline.records.names import State

    formats = read(of("index-pattern")[0]["attributes"]["fieldFormatMap"])
    states = {each["key"]: each["value"] for each in formats["state"]["params"]["lookupEntries"]}
    assert set(states) == {str(state) for state in State}
    assert states["submitted"] == "待初审"
    names = region_names(Rules(Path("nowhere")).regions)
    assert (names["410102"], names["4101"], names["41"]) == ("郑州市中原区", "河南省郑州市", "河南省")


# ---------------------------------------------------------------- on the real Elasticsearch

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
    state = read(visual["attributes"]["visState"])
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


def test_an_installed_wheel_builds_the_same(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    out = tmp_path / "minyi.ndjson"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    say = "import runpy, pipeline as p; print(p.__file__); runpy.run_module('pipeline.operate.kibana', {}, '__main__')"
    ran = subprocess.run(
        [sys.executable, "-c", say, str(out)], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert ran.stdout.startswith(str(tmp_path / "installed"))
    assert out.read_bytes() == (ROOT / "deploy/kibana/minyi.ndjson").read_bytes()


# The names that Kibana's own schemas of these versions take; a further one would be refused.
TAKEN = {
    "index-pattern": {"allowNoIndex", "fieldAttrs", "fieldFormatMap", "fields", "name", "runtimeFieldMap",
                      "sourceFilters", "timeFieldName", "title", "type", "typeMeta"},
    "search": {"breakdownField", "columns", "description", "grid", "hideAggregatedPreview", "hideChart", "hits",
               "isTextBasedQuery", "kibanaSavedObjectMeta", "refreshInterval", "rowHeight", "rowsPerPage", "sort",
               "timeRange", "timeRestore", "title", "usesAdHocDataView", "version", "viewMode"},
    "visualization": {"description", "kibanaSavedObjectMeta", "savedSearchRefName", "title", "uiStateJSON", "version",
                      "visState"},
    "dashboard": {"controlGroupInput", "description", "hits", "kibanaSavedObjectMeta", "optionsJSON", "panelsJSON",
                  "refreshInterval", "timeFrom", "timeRestore", "timeTo", "title", "version"},
}  # fmt: skip


def test_no_object_has_an_attribute_that_kibana_does_not_know() -> None:
    for one in OBJECTS:
        assert set(one["attributes"]) <= TAKEN[one["type"]]
        for value in one["attributes"].values():
            if isinstance(value, str) and value.startswith(("[", "{")):
                json.loads(value)
