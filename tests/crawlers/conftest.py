"""Fixtures of the crawl's tests: a running site, and a way to crawl it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawlers.limits import Limits
from crawlers.run import crawl
from crawlers.tally import SourceReport
from pipeline.records.messages import Crawled, decode
from pipeline.records.names import CRAWLED
from pipeline.wiring import System
from tests.crawlers.site import Site, serving

QUICK = Limits(retries=1, retry_wait=0.0, timeout=10.0, linger=0.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@dataclass
class Crawl:
    """`crawl(starts)` crawls a source named `site`; `published()` is what lies on the bus."""

    system: System
    site: Site
    file: Path

    def __call__(self, *starts: dict[str, Any], limits: Limits | None = None, **source: Any) -> SourceReport:
        (report,) = self.sources([{"starts": list(starts), **source}], limits=limits)
        assert report.found == report.new + report.changed + report.unchanged + report.failed + report.forbidden
        return report

    def sources(self, sources: Sequence[dict[str, Any]], limits: Limits | None = None) -> list[SourceReport]:
        self.write(sources)
        return crawl(self.system, catalogue=self.file, limits=limits or QUICK)

    def write(self, sources: Sequence[dict[str, Any]]) -> None:
        whole = [{"name": "site", "title": "某县政协网", "delay": 0, **source} for source in sources]
        for source in whole:
            source["starts"] = [{**start, "url": self.address(start["url"])} for start in source["starts"]]
        self.file.write_text(yaml.safe_dump({"version": 1, "sources": whole}, allow_unicode=True), encoding="utf-8")

    def address(self, path: str) -> str:
        return path if "://" in path else self.site.url + path

    def published(self) -> list[Crawled]:
        consumer = self.system.bus.consumer("look", [CRAWLED], lambda _topic, _partition: 0)
        found: list[Crawled] = []
        while batch := consumer.poll(messages=1000, size=100_000_000, wait=0):
            found += [message for one in batch if isinstance(message := decode(one.value), Crawled)]
        consumer.close()
        return found

    def paths(self) -> list[str]:
        return sorted(message.url.removeprefix(self.site.url) for message in self.published())


@pytest.fixture
def run(system: System, site: Site, tmp_path: Path) -> Crawl:
    return Crawl(system, site, tmp_path / "catalogue.yaml")


def quick(**changes: Any) -> Limits:
    """The tests' limits with changes."""
    return replace(QUICK, **changes)
