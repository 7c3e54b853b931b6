"""The dashboard, the scrape settings and the alert rules say what /metrics says, with the numbers of watch.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from pipeline.operate.backup import backup
from pipeline.operate.parts import Parts
from pipeline.records.watching import Alarm
from pipeline.rules import SHIPPED, Rules
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.conftest import StandingClock
from tests.crawlers.site import serving
from tests.watched_county import client, run_through, samples

DEPLOY = Path(__file__).parents[1] / "deploy"
BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "minyi.json").read_text("utf-8"))
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus" / "minyi.rules.yml").read_text("utf-8"))["groups"][
    0
]["rules"]
HAN = re.compile(r"[\u4e00-\u9fff]")
MADE_BY_PROMETHEUS = {"job", "instance", "le"}


def panels() -> list[dict[str, Any]]:
    return [one for one in BOARD["panels"] if one["type"] != "row"]


def expressions() -> list[str]:
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return shown + [rule["expr"] for rule in RULES]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Metric → its labels, of a county that ran through, with an alarm and a backup."""
    clock = StandingClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    settings = load({"MINYI_HOME": str(tmp_path_factory.mktemp("watched") / "home")})
    with open_system(settings, clock=clock) as system, serving() as site:
        run_through(system, site)
        backup(cast("Parts", system), settings.home / "backups")
        with system.store.writing() as session:
            session.alarms.settle([Alarm("lag", "opinions.crawled", "积压")], [])
    with client(settings, clock) as web:
        found = samples(web.get("/metrics").text)
    return {name: {label for labels in some for label, _ in labels} for name, some in found.items()}


def used(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric of an expression and the labels it is picked by."""
    for name, picked in re.findall(r"\b([a-z_]+)(?:\{([^}]*)\})?", re.sub(r'"[^"]*"(?=\s*[,}])', '""', expression)):
        if name.startswith("minyi_") or name == "up":
            yield name, set(re.findall(r"(\w+)\s*[=!]", picked))


def grouped(expression: str) -> set[str]:
    lists = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression)
    return {label.strip() for one in lists for label in one.split(",")} - MADE_BY_PROMETHEUS


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_metric_and_label_of_an_expression_is_served(expression: str, served: dict[str, set[str]]) -> None:
    found = dict(used(expression)) or pytest.fail("no metric in it")
    labels: set[str] = set()
    for name, picked in used(expression):
        if name == "up":
            continue
        assert name in served, name
        assert picked - MADE_BY_PROMETHEUS <= served[name], name
        labels |= served[name]
    assert grouped(expression) <= labels, found


def test_legends_name_labels_that_are_served(served: dict[str, set[str]]) -> None:
    for panel in panels():
        for target in panel["targets"]:
            labels = {label for name, _ in used(target["expr"]) for label in served[name]}
            assert set(re.findall(r"\{\{\s*(\w+)\s*\}\}", target["legendFormat"])) <= labels, panel["title"]


def test_every_metric_that_is_served_is_shown_or_watched(served: dict[str, set[str]]) -> None:
    shown = {name for expression in expressions() for name, _ in used(expression)}
    assert served.keys() - shown == set()


def test_titles_are_chinese_and_panels_lie_beside_each_other() -> None:
    assert HAN.search(BOARD["title"])
    places: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        assert HAN.search(panel["title"]), panel["title"]
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & places, panel["title"]
        assert at["x"] + at["w"] <= 24
        places |= cells
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_the_dashboard_is_of_grafana_11_and_asks_the_chosen_source() -> None:
    assert BOARD["schemaVersion"] >= 39
    variables = {one["name"]: one for one in BOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    for panel in panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        used_variables = set(re.findall(r"\$(\w+)", json.dumps(panel["targets"]))) - {"__rate_interval"}
        assert used_variables <= variables.keys()


# ---------------------------------------------------------------- one source of numbers


def rule(name: str) -> str:
    (found,) = [one["expr"] for one in RULES if one["alert"] == name]
    return " ".join(found.split())


WATCH = Rules(SHIPPED).watch


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("处理积压", f"> {timedelta(minutes=WATCH.lag_minutes).seconds}"),
        ("来稿没有处理", f"> {timedelta(minutes=WATCH.receipt_minutes).seconds}"),
        ("待入检索太多", f"> {WATCH.backlog_items}"),
        ("待入检索太久", f"> {timedelta(minutes=WATCH.backlog_minutes).seconds}"),
        ("磁盘空间不足", f"< {WATCH.free_megabytes * 1_000_000}"),
        ("备份太旧", f"> {int(timedelta(days=WATCH.backup_days).total_seconds())}"),
        ("来源没有新内容", f"[{WATCH.nothing_new_days}d])) > 0)"),
    ],
)
def test_the_rules_have_the_numbers_of_watch_yaml(name: str, ending: str) -> None:
    assert rule(name).endswith(ending)


def test_the_rule_of_a_silent_source_takes_its_number_from_the_metric() -> None:
    assert rule("来源没有采集").endswith("> minyi_crawl_quiet_seconds")


def test_the_dashboards_red_lines_are_the_same_numbers() -> None:
    lines = {panel["title"]: panel["fieldConfig"]["defaults"].get("thresholds") for panel in panels()}
    red = {title: one["steps"][-1]["value"] for title, one in lines.items() if one}
    assert red["待入检索"] == WATCH.backlog_items
    assert red["最早的来稿等了"] == red["最早的等了多久"] == WATCH.receipt_minutes * 60 == WATCH.lag_minutes * 60
    assert red["最近备份距今"] == WATCH.backup_days * 86_400
    assert red["磁盘剩余"] == WATCH.free_megabytes * 1_000_000


def test_every_rule_says_in_chinese_what_and_what_to_do() -> None:
    for one in RULES:
        assert set(one["annotations"]) == {"summary", "description"}
        assert all(HAN.search(text) for text in one["annotations"].values())


def test_the_scrape_settings_name_our_path_and_rules() -> None:
    found = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (job,) = found["scrape_configs"]
    assert (job["job_name"], job["metrics_path"]) == ("minyi", "/metrics")
    assert all((DEPLOY / "prometheus" / name).is_file() for name in found["rule_files"])
