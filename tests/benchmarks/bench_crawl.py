"""Crawling with publishing beside a spider that does nothing with its pages: `python -m tests.benchmarks.bench_crawl`.

600 pages of about 20 kB behind 20 list pages, served by a process of its own on loopback, no delay. All obey
robots.txt and ask one page at a time. Rounds alternate, a fresh home each; the table gives medians. Goal: a ratio
of at least .8 to the spider with Scrapy's defaults. The lean one is shown because one setting, which the crawl
uses too, makes Scrapy itself a good deal quicker.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response

from crawlers.run import crawl
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.benchmarks.figures import Figure, at_least
from tests.crawlers.site import article, listing, serving
from tests.made_up import Writer

PAGES, LISTS, ROUNDS = 600, 20, 5
GOAL = 0.8
LETTERS = 6_000  # 18 kB of UTF-8


class Idle(Spider):
    """Follows the lists and drops every page."""

    name = "idle"
    custom_settings = {  # noqa: RUF012 - Scrapy's own way
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
    }
    pages = 0

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url, self.read)

    def read(self, response: Response) -> Iterator[Request]:
        for href in response.css("li a::attr(href)").getall():
            yield response.follow(href, self.drop)
        for href in response.css("a.next::attr(href)").getall():
            yield response.follow(href, self.read)

    def drop(self, response: Response) -> None:
        Idle.pages += 1


def site_process() -> None:
    """Serve the pages until standard input ends."""
    writer = Writer(3)
    with serving() as site:
        for number in range(PAGES):
            site.pages[f"/{number}.html"] = article(f"第{number}号", writer.text(LETTERS))
        for number in range(LISTS):
            paths = [f"/{page}.html" for page in range(number, PAGES, LISTS)]
            after = f'<a class="next" href="/list{number + 1}">下一页</a>' if number + 1 < LISTS else ""
            site.pages[f"/list{number}"] = listing(paths, after)
        print(site.url, flush=True)
        sys.stdin.read()


@contextmanager
def site() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_crawl", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


def lean(url: str) -> float:
    return idle(url, CONCURRENT_ITEMS=1)


def idle(url: str, **settings: object) -> float:
    async def run() -> None:
        runner = AsyncCrawlerRunner({"TWISTED_REACTOR_ENABLED": False, **settings})
        await runner.crawl(Idle, url=f"{url}/list0")

    Idle.pages = 0
    begun = time.perf_counter()
    asyncio.run(run())
    spent = time.perf_counter() - begun
    assert Idle.pages == PAGES
    return spent


def ours(url: str) -> float:
    start: dict[str, Any] = {"kind": "list", "url": f"{url}/list0", "links": "li a", "next": "a.next", "pages": LISTS}
    source = {"name": "bench", "title": "测速", "delay": "0s", "starts": [start]}
    with tempfile.TemporaryDirectory() as home:
        catalogue = Path(home) / "catalogue.yaml"
        catalogue.write_text(yaml.safe_dump({"version": 1, "sources": [source]}), encoding="utf-8")
        with open_system(load({"MINYI_HOME": home})) as system:
            _ = system.bus, system.store, system.files  # opened before the clock starts, as in a worker that runs
            begun = time.perf_counter()
            (report,) = crawl(system, catalogue=catalogue)
            spent = time.perf_counter() - begun
    assert report.new == PAGES, report
    return spent


WAYS = {
    "a spider that does nothing": idle,
    "the same, CONCURRENT_ITEMS=1": lean,
    "crawl, publishing included": ours,
}


def measured(rounds: int) -> list[list[float]]:
    """Seconds of each of WAYS, round by round; the first round warms up."""
    logging.getLogger("scrapy").setLevel(logging.ERROR)
    with site() as url:
        return [[way(url) for way in WAYS.values()] for _ in range(rounds + 1)][1:]


def figures(quick: bool) -> Iterator[Figure]:
    rounds = measured(1 if quick else ROUNDS)
    rates = [PAGES / statistics.median(times) for times in zip(*rounds, strict=True)]
    found = statistics.median(times[0] / times[2] for times in rounds)
    yield at_least("crawl / a spider that does nothing", found, GOAL, f" ({rates[2]:.0f} and {rates[0]:.0f} pages/s)")
    lean_one = statistics.median(times[1] / times[2] for times in rounds)
    yield Figure("the same, to one with CONCURRENT_ITEMS=1", f"{lean_one:.2f} ({rates[1]:.0f} pages/s)")


def main() -> None:
    for figure in figures(quick=False):
        print(figure)


if __name__ == "__main__":
    site_process() if sys.argv[1:] == ["serve"] else main()
