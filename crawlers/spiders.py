"""The spider: asks for starts and pages, and hands what came back to its source's frontier. It judges no page.

One spider serves all sources of a run, so that two sources on one host share its pauses and its robots.txt.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, NoReturn

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawlers import memory
from crawlers.frontier import Frontier, Node, Ticket
from crawlers.hosts import Hosts
from crawlers.limits import Limits
from crawlers.links import Link, Unreadable, feed_links, list_links, next_link, sitemap_links, unpacked
from crawlers.memory import Facts
from crawlers.parts import Parts
from crawlers.publish import Books, Fetch
from crawlers.reasons import GONE, ROBOTS_FORBID, Why, of_error, of_status
from crawlers.tally import Outcome
from pipeline.clock import Clock, stored
from pipeline.errors import MinyiError
from pipeline.identity import canonical_url, digest

OK = 200
NOT_MODIFIED = 304
STARTS_FIRST = 10  # priority: links should be known early


class SourceSpider(Spider):
    """All sources of one run."""

    name = "minyi"

    def __init__(self, frontiers: Sequence[Frontier], books: Books, hosts: Hosts, clock: Clock, limits: Limits) -> None:
        super().__init__()
        self.frontiers = frontiers
        self.books = books
        self.clock = clock
        self.limits = limits
        self.hosts = hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SourceSpider:
        """Scrapy's seam."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.broke, signal=signals.spider_error)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The starts of every source."""
        for frontier in self.frontiers:
            try:
                for step in await frontier.begin():
                    yield self._request(step)
            except MinyiError as error:
                self._stop(error)

    async def read_start(self, response: Response, node: Node) -> AsyncIterator[Request]:
        """A list page, feed or sitemap: its links and what it leads on to."""
        try:
            for step in await self._steps(response, node):
                yield self._request(step)
            async for request in self._onward(node.frontier):
                yield request
        except MinyiError as error:
            self._stop(error)

    async def start_failed(self, failure: Failure) -> AsyncIterator[Request]:
        """A start that could not be had."""
        node: Node = failure.request.cb_kwargs["node"]  # pyright: ignore[reportAttributeAccessIssue] - Scrapy sets it
        node.frontier.lost(node, of_error(failure.value))
        try:
            async for request in self._onward(node.frontier):
                yield request
        except MinyiError as error:
            self._stop(error)

    async def read_page(self, response: Response, ticket: Ticket) -> AsyncIterator[Request]:
        """A page: unchanged, published, failed, or the first of several."""
        self._hurry()
        try:
            if (request := await self._settle(response, ticket)) is not None:
                yield request
        except MinyiError as error:
            self._stop(error)

    async def read_part(self, response: Response, ticket: Ticket, parts: Parts) -> AsyncIterator[Request]:
        """A further page of a text: one that is not there ends it."""
        self._hurry()
        try:
            if response.status == OK:
                parts.add(response)
                request = await self._take(response, parts, ticket)
                if request is not None:
                    yield request
            elif response.status in GONE:
                await self._publish(parts, ticket)
            else:
                await ticket.frontier.fail(ticket, of_status(response.status))
        except MinyiError as error:
            self._stop(error)

    async def part_failed(self, failure: Failure) -> None:
        """A further page that could not be had: where robots.txt keeps it from us, the text ends before it."""
        given: dict[str, Any] = failure.request.cb_kwargs  # pyright: ignore[reportAttributeAccessIssue] - Scrapy's
        ticket, parts, why = given["ticket"], given["parts"], of_error(failure.value)
        try:
            if why is ROBOTS_FORBID:
                await self._publish(parts, ticket)
            else:
                await ticket.frontier.fail(ticket, why)
        except MinyiError as error:
            self._stop(error)

    async def page_failed(self, failure: Failure) -> None:
        """A page that could not be had."""
        ticket: Ticket = failure.request.cb_kwargs["ticket"]  # pyright: ignore[reportAttributeAccessIssue] - Scrapy's
        try:
            await ticket.frontier.fail(ticket, of_error(failure.value))
        except MinyiError as error:
            self._stop(error)

    def broke(self, failure: Failure, response: Any) -> None:
        """A fault of our own while handling a response: counted, and in Scrapy's log with its trace."""
        if isinstance(failure.value, CloseSpider) or response is None or response.request is None:
            return
        step = response.request.cb_kwargs.get("node") or response.request.cb_kwargs.get("ticket")
        if step is not None:
            step.frontier.close_with(step, of_error(failure.value))

    def leave(self, why: Why) -> None:
        """Ask for nothing more; what is under way still comes to its end."""
        self.hosts.stop(why)

    def _hurry(self) -> None:
        if not self.crawler.engine.downloader.active:
            self.books.hurry()

    def _stop(self, error: MinyiError) -> NoReturn:
        # Without bus or store every further request would bother the site for nothing.
        self.leave(Why(f"{error}；采集已停，下次继续", noted=False))
        raise CloseSpider("edge") from error

    def _request(self, step: Node | Ticket) -> Request:
        now = self.clock()
        meta: dict[str, Any] = {"verbatim_url": True}  # GBK escapes go out as they were written
        if isinstance(step, Ticket):
            return Request(
                step.link.url,
                self.read_page,
                errback=self.page_failed,
                headers=memory.validators(step.known, now),
                meta=meta,
                cb_kwargs={"ticket": step},
                dont_filter=True,
            )
        if step.start.kind == "sitemap":
            meta["download_maxsize"] = self.limits.sitemap_bytes
        return Request(
            step.url,
            self.read_start,
            errback=self.start_failed,
            headers=memory.validators(step.known, now),
            meta=meta,
            cb_kwargs={"node": step},
            priority=STARTS_FIRST,
            dont_filter=True,
        )

    async def _onward(self, frontier: Frontier) -> AsyncIterator[Request]:
        for ticket in await frontier.retries():
            yield self._request(ticket)
        await frontier.advance()

    async def _steps(self, response: Response, node: Node) -> list[Node | Ticket]:
        frontier = node.frontier
        if response.status == NOT_MODIFIED and node.known:
            frontier.has_read(node, None)
            return []
        if response.status != OK:
            frontier.lost(node, of_status(response.status))
            return []
        try:
            links = _links(response, node, self.limits)
        except Unreadable as error:
            frontier.lost(node, Why(str(error)))
            return []
        pages = await frontier.take(node, [link for link in links if not link.onward])
        onward = _onward_urls(response, node, links)
        children = frontier.lead_on(node, onward, await frontier.known(onward))
        frontier.has_read(node, _facts(response))
        return [*children, *pages]

    async def _settle(self, response: Response, ticket: Ticket) -> Request | None:
        frontier, known, now = ticket.frontier, ticket.known, self.clock()
        if response.status == NOT_MODIFIED and known:
            row = memory.unchanged(known, None, now, self.limits)
            await frontier.settle(ticket, Outcome.UNCHANGED, rows=[row])
        elif response.status != OK:
            await frontier.fail(ticket, of_status(response.status))
        elif known and known.body == digest(response.body):
            row = memory.unchanged(known, _facts(response), now, self.limits)
            await frontier.settle(ticket, Outcome.UNCHANGED, rows=[row])
        else:
            return await self._take(response, Parts.of(response), ticket)
        return None

    async def _take(self, response: Response, parts: Parts, ticket: Ticket) -> Request | None:
        """What asks for the part after this one; the last one publishes them all."""
        room = len(parts.bodies) < self.limits.parts and parts.size < self.limits.page_bytes
        if not room or (url := parts.onward(response)) is None:
            await self._publish(parts, ticket)
            return None
        return Request(
            url,
            self.read_part,
            errback=self.part_failed,
            meta={"verbatim_url": True},
            cb_kwargs={"ticket": ticket, "parts": parts},
            dont_filter=True,
        )

    async def _publish(self, parts: Parts, ticket: Ticket) -> None:
        response = parts.first
        frontier, now, facts = ticket.frontier, self.clock(), _facts(response)
        final = ticket.key if response.url == ticket.link.url else canonical_url(response.url)
        rows = [
            memory.published(frontier.source.name, url, facts, now, self.limits)
            for url in dict.fromkeys([ticket.key, final])
        ]
        if final != ticket.key and await self._is_sent(ticket, final, facts):
            await frontier.settle(ticket, Outcome.UNCHANGED, rows=rows)
            return
        frontier.sent[final, facts.body] = ticket
        fetch = Fetch(
            source=frontier.source,
            url=response.url,
            origin=final,
            status=response.status,
            headers=_headers(response),
            body=b"".join(parts.bodies),
            parts=parts.sizes,
            link=ticket.link,
            fetched_at=stored(now),
            since=ticket.known.checked_at if ticket.known else "",
        )
        outcome = Outcome.CHANGED if ticket.known and ticket.known.body else Outcome.NEW
        await frontier.settle(ticket, outcome, rows=rows, fetch=fetch)

    async def _is_sent(self, ticket: Ticket, final: str, facts: Facts) -> bool:
        """Whether the page a redirect led to was published already, now or in an earlier run."""
        if (other := ticket.frontier.sent.get((final, facts.body))) and other is not ticket:
            await other.closed.wait()
            return other.outcome in {Outcome.NEW, Outcome.CHANGED}
        known = (await ticket.frontier.known([final])).get(final)
        return known is not None and known.body == facts.body


def _links(response: Response, node: Node, limits: Limits) -> list[Link]:
    zone = node.frontier.zone
    match node.start.kind:
        case "feed":
            return feed_links(response.body, response.url, zone)
        case "sitemap":
            return sitemap_links(unpacked(response.body, limits.sitemap_bytes), response.url, zone)
        case _:
            links = list_links(response, node.start, zone) if isinstance(response, TextResponse) else []
            if not links and node.parent is None:
                raise Unreadable("列表页里没有找到链接，请核对网址和 links 选择器")
            return links


def _onward_urls(response: Response, node: Node, links: Sequence[Link]) -> list[str]:
    """The next list page, or the sitemaps of an index; never deeper or further than the limits."""
    frontier, since = node.frontier, node.frontier.source.since
    if node.start.kind == "list" and isinstance(response, TextResponse):
        all_old = since and links and all(link.day and link.day < since for link in links)
        found = next_link(response, node.start) if node.number < node.start.page_limit and not all_old else None
        return frontier.on_our_hosts([found] if found else [])
    fresh = [link.url for link in links if link.onward and not (since and link.day and link.day < since)]
    if node.parent is not None:
        return []  # an index names sitemaps, not indexes (sitemaps.org)
    return frontier.on_our_hosts(fresh)


def _facts(response: Response) -> Facts:
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    return Facts(
        digest(response.body),
        etag.decode("latin-1") if etag else None,
        modified.decode("latin-1") if modified else None,
    )


def _headers(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
