"""A small county run through, and what its /metrics says: for the tests of metrics, dashboard and rules."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import yaml
from prometheus_client.parser import text_string_to_metric_families

with warnings.catch_warnings():
    # Starlette asks for a successor of httpx that is not among our dependencies.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

from crawlers.catalogue import catalogue_file
from crawlers.limits import Limits
from crawlers.run import crawl
from pipeline.records.messages import Outgoing
from pipeline.records.names import CRAWLED
from pipeline.settings import Settings
from pipeline.web.app import create_app
from pipeline.wiring import System, open_system
from pipeline.workers import runner_of
from tests.arriving import TEXT, publish, put, submitted
from tests.conftest import StandingClock
from tests.crawlers.site import Site, article, listing

LIMITS = Limits(retries=0, retry_wait=0.0, timeout=10.0, linger=0.0)
Labels = frozenset[tuple[str, str]]


def run_through(system: System, site: Site) -> None:
    """Pages, submissions, a copy, an empty one, one that nobody can read: every outcome but a purge."""
    crawl_once(system, site)
    messages = [submitted(system, str(number), TEXT.format(number) * 2, source="api") for number in range(1, 6)]
    again = submitted(system, "1", TEXT.format(1) * 2, source="api")
    empty = submitted(system, "9", "", source="甲.jsonl")
    put(system, *messages, again, empty)
    publish(system, CRAWLED, [Outgoing("nobody", "不是消息".encode())])
    process(system)


def crawl_once(system: System, site: Site) -> None:
    """A list of two pages and one that is not there."""
    site.pages |= {"/": listing(["/1.html", "/2.html", "/gone.html"])}
    site.pages |= {f"/{number}.html": article(f"第{number}篇", TEXT.format(number) * 2) for number in (1, 2)}
    start = {"kind": "list", "url": f"{site.url}/", "links": "li"}
    source = {"name": "hnzx", "title": "某县政协网", "delay": 0, "every": "1h", "starts": [start]}
    file = catalogue_file(system.settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"version": 1, "sources": [source]}, allow_unicode=True), encoding="utf-8")
    crawl(system, limits=LIMITS)


def process(system: System) -> None:
    """Everything that arrived, into search."""
    with runner_of(system) as runner:
        assert runner.once(60)


@contextmanager
def client(settings: Settings, clock: StandingClock) -> Iterator[TestClient]:
    """The web app of the home, asked from this machine."""
    app = create_app(lambda: open_system(settings, clock=clock))
    with TestClient(app, client=("127.0.0.1", 5000), base_url="http://127.0.0.1:8000") as found:
        yield found


def samples(text: str) -> dict[str, dict[Labels, float]]:
    """Sample name → labels → value, as Prometheus reads it."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            values = found.setdefault(sample.name, {})
            labels = frozenset(sample.labels.items())
            assert labels not in values, sample
            values[labels] = sample.value
    return found


def value(some: Mapping[Labels, float], **labels: str) -> float:
    """The one sample of these labels; 0 where there is none."""
    return some.get(frozenset(labels.items()), 0.0)
