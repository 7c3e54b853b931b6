"""run: crawl sources now. Used by `minyi crawl`, by the crawl flow and by tests; may be called again and again.

Scrapy runs without Twisted's reactor, so that one process can crawl twice, in threads and in Prefect's tasks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from scrapy.crawler import AsyncCrawlerRunner, Crawler

from crawlers import politeness
from crawlers.catalogue import Catalogue, Source, catalogue_file, load_catalogue
from crawlers.frontier import Frontier
from crawlers.holds import Holds
from crawlers.hosts import Hosts
from crawlers.limits import DEFAULT, Limits
from crawlers.publish import Books
from crawlers.reasons import STOPPED, Why
from crawlers.spiders import SourceSpider
from crawlers.tally import SourceReport
from pipeline.errors import MinyiError
from pipeline.wiring import System

log = logging.getLogger("minyi.crawl")
Result = TypeVar("Result")
TIME_IS_UP = Why("本轮时间已到，其余下次继续", noted=False)


def crawl(
    system: System, names: Sequence[str] = (), catalogue: Path | None = None, *, limits: Limits = DEFAULT
) -> list[SourceReport]:
    """Crawl the named sources (all when none is named) of `catalogue`, by default the site's own.

    One report a source, in the catalogue's order, also kept in the store. Raises RuleError for a wrong catalogue
    or an unknown name; a source that fails is a report with `ok` False. Interrupted (SIGINT) it writes what it
    has, reports, and raises KeyboardInterrupt.
    """
    found = load_catalogue(catalogue or catalogue_file(system.settings))
    sources = found.chosen(names)
    return _in_a_loop(lambda: _crawl(system, sources, limits, user_agent(found))) if sources else []


def user_agent(catalogue: Catalogue) -> str:
    """Who we say we are."""
    try:
        version = metadata.version("minyi")
    except metadata.PackageNotFoundError:
        version = "0"
    contact = f" (+{catalogue.contact})" if catalogue.contact else ""
    return f"{politeness.TOKEN}/{version}{contact}"


def _in_a_loop(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    with ThreadPoolExecutor(1) as thread:  # the caller's loop is busy with the caller
        return thread.submit(lambda: asyncio.run(work())).result()


async def _crawl(system: System, sources: Sequence[Source], limits: Limits, agent: str) -> list[SourceReport]:
    _quieten()
    run = uuid4().hex[:12]
    books, holds = Books(system, limits), Holds(system.store, run, _delays(sources), system.clock, limits)
    keeping = asyncio.create_task(holds.keep())
    try:
        clock, zone = system.clock, system.settings.zone
        frontiers = [Frontier(source, books, holds, clock, limits, zone, run) for source in sources]
        hosts = Hosts(books, holds, politeness.headers(agent), clock, limits)
        crawler = AsyncCrawlerRunner(politeness.settings(len(holds.delays), limits)).create_crawler(SourceSpider)
        work = asyncio.ensure_future(
            crawler.crawl_async(frontiers=frontiers, books=books, hosts=hosts, clock=clock, limits=limits)
        )
        interrupted = await _until_done(crawler, hosts, work, limits.run_seconds)
        why = hosts.everywhere
        reports = [await _finished(frontier, why or STOPPED) for frontier in frontiers]
    finally:
        keeping.cancel()
        await holds.close()
        await books.close()
    for report in reports:
        log.info("source crawled", extra={"run": run, **report.line()})
    if interrupted:
        raise asyncio.CancelledError
    return reports


async def _until_done(crawler: Crawler, hosts: Hosts, work: asyncio.Future[None], seconds: float | None) -> bool:
    """Wait for the crawl's end, or end it. Whether we were interrupted."""
    interrupted = False
    try:
        await asyncio.wait([work], timeout=seconds)
    except asyncio.CancelledError:
        interrupted = True
    if not work.done():
        hosts.stop(STOPPED if interrupted else TIME_IS_UP)
        begun = bool(crawler.engine and crawler.engine.running)
        await crawler.stop_async()
        if not begun:  # an engine that has not begun hears no stop
            work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    return interrupted


async def _finished(frontier: Frontier, why: Why) -> SourceReport:
    frontier.stop(why)
    try:
        return await frontier.report()
    except MinyiError as error:
        log.warning("report not kept", extra={"source": frontier.source.name, "why": str(error)})
        return frontier.tally.report()


def _delays(sources: Sequence[Source]) -> dict[str, float]:
    """Host → seconds between two requests: the longest that a source on it asks for."""
    delays: dict[str, float] = {}
    for source in sources:
        for host in source.hosts:
            delays[host] = max(delays.get(host, 0.0), source.delay.total_seconds())
    return delays


def _quieten() -> None:
    # Scrapy narrates at INFO and warns of each page over a limit; the report says it all. Its errors stay.
    logging.getLogger("scrapy").setLevel(logging.ERROR)
