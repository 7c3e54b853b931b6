"""What editors see in Kibana: built from one source and whole in itself."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder

from pipeline.adapters.elasticsearch_upkeep import shipped
from pipeline.operate.kibana import Site, build, region_names
from pipeline.operate.kibana.source import source
from pipeline.rules import Rules
from tests.pipeline.operate.kibana_asked import objects

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
