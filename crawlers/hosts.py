"""One request at a time to a host with a pause between two, and hosts that are left: after 403 or 429, or a row
of broken attempts.

`Hosts` is one run's memory of hosts; the gate (a middleware) and the turns (a download handler) ask it. What a
403 or 429 says outlives the run in the store; `holds` keeps other runs away meanwhile. Scrapy's own slots do not
hold this: without a delay they let all that waits go at once, with one they count from when a request left the
queue, not from when it was answered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol, Self

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.misc import build_from_crawler, load_object

from crawlers.catalogue import host_of
from crawlers.holds import Holds
from crawlers.limits import Limits
from crawlers.reasons import ELSEWHERE, FORBIDDEN, SERVER_ERROR, NotFetched, Why, of_error, of_status
from pipeline.clock import Clock, parsed, stored, worded
from pipeline.errors import MinyiError

ROBOTS = "minyi_robots"  # request.meta: this asks for a robots.txt
LEAVE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


class Rests(Protocol):
    """What hosts ask of the store."""

    async def rest_until(self, host: str) -> str | None:
        """When the host may be asked again."""
        ...

    async def rest(self, host: str, until: str) -> None:
        """Leave it alone until then."""
        ...


class Hosts:
    """What a run knows of the hosts it asks."""

    def __init__(self, rests: Rests, holds: Holds, headers: Mapping[str, str], clock: Clock, limits: Limits) -> None:
        self.limits = limits
        self.holds = holds
        self.headers = headers  # of every request
        self.everywhere: Why | None = None  # why no host at all is asked any more
        self._rests = rests
        self._clock = clock
        self._left: dict[str, Why | None] = {}
        self._strikes: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Lock] = {}
        self._stopping = asyncio.Event()

    def left(self, host: str) -> Why | None:
        """Why a host is not asked, as far as this run knows."""
        return self.everywhere or self._left.get(host)

    async def look_up(self, host: str) -> Why | None:
        """The same, with what earlier runs left in the store."""
        if host not in self._left:
            until = await self._rests.rest_until(host)
            resting = until is not None and parsed(until) > self._clock()
            sentence = f"网站此前拒绝访问，{worded(until)} 之前不再访问" if until else ""
            self._left[host] = Why(sentence, forbidden=True, noted=False) if resting else None
        return self.left(host)

    def stop(self, why: Why) -> None:
        """Ask no host any more; pauses end at once."""
        self.everywhere = why
        self._stopping.set()

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncGenerator[None, None]:
        """The host's turn, after its pause. Raises NotFetched when the host was left meanwhile, or is another's."""
        async with self._turns.setdefault(host, asyncio.Lock()):
            await self._hold(host)
            while (rest := self.holds.wait(host)) > 0:
                await self._pause(rest)
                await self._hold(host)  # a pause may outlast it
            self.holds.asking(host)
            try:
                yield
            finally:
                self.holds.asked(host)

    async def _hold(self, host: str) -> None:
        why = self.left(host)
        try:
            if why is None and not await self.holds.ensure(host):
                why = self._left[host] = ELSEWHERE
        except MinyiError as error:
            why = Why(str(error), noted=False)
        if why := why or self.left(host):
            raise NotFetched(why)

    async def _pause(self, rest: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), rest)

    def answered(self, host: str, status: int) -> None:
        """Look at an answer before the host is asked once more."""
        if status in LEAVE:
            why = of_status(status)
            self._left[host] = Why(f"{why.sentence}，本轮不再访问该网站", forbidden=True, noted=False)
        elif status >= SERVER_ERROR:
            self.broke(host, of_status(status))
        else:
            self._strikes[host] = 0

    def broke(self, host: str, why: Why) -> None:
        """Count an attempt that broke; a row of them, and the host is left for this run."""
        self._strikes[host] += 1
        if self._strikes[host] >= self.limits.strikes:
            self._left[host] = Why(f"{why.sentence}，连续多次，本轮不再访问该网站", noted=False)

    async def rest(self, response: Response) -> Why:
        """Keep how long the host of a 403 or 429 is left alone."""
        until = stored(self._clock() + rest_after(response, self._clock(), self.limits))
        await self._rests.rest(host_of(response.url), until)
        sentence = f"{of_status(response.status).sentence}，{worded(until)} 之前不再访问该网站"
        return Why(sentence, forbidden=True, noted=False)


def hosts_of(crawler: Crawler) -> Hosts:
    """The run's hosts; Scrapy hands its parts the crawler alone."""
    found = getattr(crawler.spider, "hosts", None)
    if not isinstance(found, Hosts):
        raise TypeError("this part serves a spider with hosts")
    return found


class Gate:
    """Refuses requests to hosts that are left, and turns 401, 403, 429 and 451 into NotFetched."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's seam."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises NotFetched for a host that is left or rests."""
        if why := await hosts_of(self.crawler).look_up(host_of(request.url)):
            raise NotFetched(why)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Raises NotFetched after 401, 403, 429, 451; for the middle two the host's rest is kept."""
        if response.status in LEAVE:
            raise NotFetched(await hosts_of(self.crawler).rest(response))
        # RFC 9309 2.3.1.3 reads a robots.txt of 401 as none.
        if response.status in FORBIDDEN and not request.meta.get(ROBOTS):
            raise NotFetched(of_status(response.status))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count what broke on the way; what was refused by ourselves does not count."""
        if not isinstance(exception, IgnoreRequest):
            hosts_of(self.crawler).broke(host_of(request.url), of_error(exception))


class Turns(BaseDownloadHandler):
    """Scrapy's own HTTP handler, one request at a time to a host, none to a host that is left."""

    lazy = True  # a TLS context costs 40 ms, and http needs none

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        path = crawler.settings["DOWNLOAD_HANDLERS_BASE"]["https"]
        self._handler: Any = build_from_crawler(load_object(path), crawler)

    async def download_request(self, request: Request) -> Response:
        """Download, in turn. Raises NotFetched when the host was left while this waited."""
        host, hosts = host_of(request.url), hosts_of(self.crawler)
        for name, value in hosts.headers.items():
            request.headers.setdefault(name, value)
        request.meta.setdefault("download_timeout", hosts.limits.timeout)
        async with hosts.turn(host):
            response: Response = await self._handler.download_request(request)
            hosts.answered(host, response.status)
        return response

    async def close(self) -> None:
        """Close the handler's connections."""
        await self._handler.close()


def rest_after(response: Response, now: datetime, limits: Limits) -> timedelta:
    """How long a host rests: Retry-After in seconds or as a date (RFC 9110 10.2.3), else the default."""
    default = limits.rest_forbidden if response.status == HTTPStatus.FORBIDDEN else limits.rest_busy
    wait = _retry_after((response.headers.get("Retry-After") or b"").decode("latin-1").strip(), now)
    return default if wait is None else min(max(wait, limits.rest_least), limits.rest_most)


def _retry_after(written: str, now: datetime) -> timedelta | None:
    if written.isascii() and written.isdigit():
        return timedelta(seconds=min(int(written), 10**9))
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
