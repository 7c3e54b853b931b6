"""The crawl of a small real site on loopback: real pages in their own bytes, lists, feed and robots.txt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from crawlers.limits import Limits
from crawlers.run import crawl
from crawlers.tally import SourceReport
from pipeline.records.messages import Crawled, decode, decompress
from pipeline.records.names import CRAWLED
from pipeline.wiring import System
from tests.conftest import StandingClock
from tests.crawlers.site import Answer, Site, serving

REAL = Path(os.environ.get("MINYI_REAL") or "../shared/real") / "site"
TYPES = {".html": "text/html", ".xml": "application/rss+xml", ".txt": "text/plain"}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"没有真实网站 {REAL}（MINYI_REAL）"),
]


@pytest.fixture
def catalogue(tmp_path: Path):
    with serving() as site:
        for file in REAL.rglob("*.*"):
            body = file.read_bytes().replace(b"http://127.0.0.1:8000/", site.url.encode() + b"/")
            site.pages["/" + file.relative_to(REAL).as_posix()] = Answer(body, type=TYPES[file.suffix], etag=True)
        yield written(tmp_path / "catalogue.yaml", site)


def written(file: Path, site: Site) -> Path:
    starts = [
        {"kind": "list", "url": site.url + "/index.html", "links": "div.list li", "next": "a.next", "pages": 10},
        {"kind": "feed", "url": site.url + "/rss.xml"},
        {"kind": "page", "url": site.url + "/private/no.html"},
    ]
    source = {"name": "real", "title": "要闻", "delay": "0s", "starts": starts}
    file.write_text(yaml.safe_dump({"version": 1, "sources": [source]}, allow_unicode=True), encoding="utf-8")
    return file


def crawled(system: System, catalogue: Path) -> SourceReport:
    (report,) = crawl(system, catalogue=catalogue, limits=Limits(linger=0.0))
    return report


def published(system: System) -> dict[str, Crawled]:
    consumer = system.bus.consumer("look", [CRAWLED], lambda _topic, _partition: 0)
    found: dict[str, Crawled] = {}
    while batch := consumer.poll(messages=1000, size=100_000_000, wait=0):
        for one in batch:
            message = decode(one.value)
            assert isinstance(message, Crawled)
            assert message.message_id not in found
            found[message.message_id] = message
    consumer.close()
    return found


def test_every_page_comes_once_in_its_own_bytes_and_a_second_crawl_adds_only_unchanged(
    system: System, clock: StandingClock, catalogue: Path
):
    report = crawled(system, catalogue)
    assert (report.found, report.new, report.forbidden, report.failed) == (51, 50, 1, 0)
    messages = published(system)
    bodies = {decompress(message.body or b"", 50_000_000) for message in messages.values()}
    assert bodies == {page.read_bytes() for page in (REAL / "pages").iterdir()}
    assert all(message.link_title and message.link_date for message in messages.values())
    again = crawled(system, catalogue)
    assert again.unchanged + again.forbidden == again.found
    clock.forward(days=1)
    later = crawled(system, catalogue)
    assert (later.found, later.unchanged, later.forbidden) == (51, 50, 1)
    assert published(system).keys() == messages.keys()
