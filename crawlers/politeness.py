"""How we behave on other people's servers: robots.txt, one request at a time, pauses, and leaving when told to.

Scrapy's own parts where they do it; the four here are what they lack: robots.txt after RFC 9309 with
Crawl-delay, hosts left after 403, 429 or a row of broken attempts, retries that wait, and redirects that stay
on their host. Nothing here gets round a login, a captcha or a signature.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawlers.catalogue import host_of, is_loopback
from crawlers.limits import Limits
from crawlers.reasons import ROBOTS_FORBID, SERVER_ERROR, NotFetched, Why, of_error, of_status
from pipeline.clock import parsed, shown, stored

if TYPE_CHECKING:
    from crawlers.spiders import SourceSpider

ROBOTS = "minyi_robots"  # request.meta: this asks for a robots.txt
TURN = "minyi_turn"  # request.meta: the host's turn, held
REDIRECTION = 300
LEAVE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
TOKEN = "Minyi"  # noqa: S105 - the product token that robots.txt may name (RFC 9309 2.2.1)


def _spider(crawler: Crawler) -> SourceSpider:
    from crawlers.spiders import SourceSpider

    if not isinstance(crawler.spider, SourceSpider):
        raise TypeError("these parts serve SourceSpider alone")
    return crawler.spider


class Refusal(RobotParser):
    """The rules of a robots.txt that could not be had: nothing is allowed, because of `why`."""

    def __init__(self, why: Why) -> None:
        self.why = why

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:
        """Unused; the class is made here alone."""
        raise NotImplementedError

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:  # noqa: ARG002 - Scrapy's signature
        return False

    def crawl_delay(self, user_agent: str | bytes) -> float | None:  # noqa: ARG002 - Scrapy's signature
        return None


class Robots(RobotsTxtMiddleware):
    """robots.txt after RFC 9309: 2xx is read, 4xx allows all, 5xx and silence allow nothing in this run."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, asyncio.Task[RobotParser | None]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's origin, asked for once in a run."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._ask(origin))
        return await asyncio.shield(self._rules[origin])

    async def process_request(self, request: Request, spider: Any = None) -> None:  # noqa: ARG002 - Scrapy's signature
        """Raises NotFetched for what robots.txt does not allow."""
        if is_loopback(host_of(request.url)):
            request.meta["proxy"] = None  # an office's proxy cannot reach this machine's own pages
        if request.meta.get(ROBOTS):
            return
        rules = await self.robot_parser(request)
        if isinstance(rules, Refusal):
            raise NotFetched(rules.why)
        if rules is not None and not rules.allowed(request.url, TOKEN):
            raise NotFetched(ROBOTS_FORBID)

    async def _ask(self, origin: str) -> RobotParser | None:
        limits = _spider(self.crawler).limits
        meta = {ROBOTS: True, "download_maxsize": limits.robots_bytes, "verbatim_url": True}
        request = Request(f"{origin}/robots.txt", callback=NO_CALLBACK, meta=meta, priority=1000, dont_filter=True)
        try:
            response = await self.crawler.engine.download_async(request)
        except NotFetched as error:
            return Refusal(error.why)
        except Exception as error:  # noqa: BLE001 - whatever keeps robots.txt from us keeps us from the site
            return Refusal(Why(f"robots.txt 取不到：{of_error(error).sentence}", noted=False))
        return self._read(response)

    def _read(self, response: Response) -> RobotParser | None:
        if response.status >= SERVER_ERROR:
            return Refusal(Why(f"robots.txt 取不到（{response.status}），本轮不采集", forbidden=True, noted=False))
        if response.status >= REDIRECTION:
            return None
        rules = ProtegoRobotParser.from_crawler(self.crawler, response.body)
        wait = rules.crawl_delay(TOKEN)
        return self._slowed(response.url, rules, wait) if wait else rules

    def _slowed(self, url: str, rules: RobotParser, wait: float) -> RobotParser:
        spider = _spider(self.crawler)
        if wait > spider.limits.crawl_delay_most:
            return Refusal(Why(f"robots.txt 要求每次间隔 {wait:g} 秒，太久，不采集", forbidden=True))
        slow_down(self.crawler, host_of(url), wait)
        return rules


def slow_down(crawler: Crawler, host: str, delay: float) -> None:
    """Keep at least `delay` seconds between two requests to a host from now on."""
    downloader = crawler.engine.downloader
    # The slot now, and the one made anew when this one was idle for a minute.
    settings = downloader.per_slot_settings.setdefault(host, {"concurrency": 1, "delay": 0.0, "jitter": 0.0})
    settings["delay"] = max(settings["delay"], delay)
    if host in downloader.slots:
        downloader.slots[host].delay = settings["delay"]


class Hosts:
    """One request at a time to a host, and hosts left for this run: after 403 or 429 (kept between runs), or after
    a row of broken attempts.

    Scrapy's own slots hand several requests at once to the handler when there is no delay; the turn here is given
    back only when the answer has been looked at, so that not one more is asked after a refusal.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._turns: dict[str, asyncio.Lock] = {}
        self._left: dict[str, Why | None] = {}
        self._strikes: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's seam."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for the host's turn. Raises NotFetched for a host that is left or rests."""
        host = host_of(request.url)
        turn = self._turns.setdefault(host, asyncio.Lock())
        await turn.acquire()
        request.meta[TURN] = turn
        if host not in self._left:
            self._left[host] = await self._resting(host)
        if why := self._left[host] or _spider(self.crawler).leaving:
            raise NotFetched(why)  # process_exception gives the turn back

    async def process_response(self, request: Request, response: Response) -> Response:
        """Raises NotFetched after 401, 403, 429, 451; for the middle two the host is left and its rest kept."""
        host, why = host_of(response.url), of_status(response.status)
        if response.status in LEAVE:
            self._left[host] = Why(f"{why.sentence}，本轮不再访问该网站", forbidden=True, noted=False)
        elif response.status >= SERVER_ERROR:
            self._strike(host, why)
        else:
            self._strikes[host] = 0
        _give_back(request)
        if response.status in LEAVE:
            raise NotFetched(await self._rest(host, response))
        # RFC 9309 2.3.1.3 reads a robots.txt of 401 as none.
        if why.forbidden and not request.meta.get(ROBOTS):
            raise NotFetched(why)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count what broke on the way; what was refused by ourselves does not count."""
        if not isinstance(exception, IgnoreRequest):
            self._strike(host_of(request.url), of_error(exception))
        _give_back(request)

    def _strike(self, host: str, why: Why) -> None:
        self._strikes[host] += 1
        if self._strikes[host] >= _spider(self.crawler).limits.strikes:
            self._left[host] = Why(f"{why.sentence}，连续多次，本轮不再访问该网站", noted=False)

    async def _resting(self, host: str) -> Why | None:
        spider = _spider(self.crawler)
        until = await spider.books.rest_until(host)
        if until is None or parsed(until) <= spider.clock():
            return None
        return Why(f"网站此前拒绝访问，{shown(until)} 之前不再访问", forbidden=True, noted=False)

    async def _rest(self, host: str, response: Response) -> Why:
        spider = _spider(self.crawler)
        until = stored(spider.clock() + rest_after(response, spider.clock(), spider.limits))
        await spider.books.rest(host, until)
        sentence = f"{of_status(response.status).sentence}，{shown(until)} 之前不再访问该网站"
        return Why(sentence, forbidden=True, noted=False)


def _give_back(request: Request) -> None:
    # Taken out of meta, which retries and redirects copy.
    if turn := request.meta.pop(TURN, None):
        turn.release()


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


class Patience(RetryMiddleware):
    """Scrapy's retries, each after a pause twice as long as the one before."""

    async def process_response(  # pyright: ignore[reportIncompatibleMethodOverride] - Scrapy awaits either
        self,
        request: Request,
        response: Response,
        spider: Any = None,  # noqa: ARG002 - Scrapy's signature
    ) -> Request | Response:
        """Ask again after 5xx."""
        return await self._paused(super().process_response(request, response))

    async def process_exception(  # pyright: ignore[reportIncompatibleMethodOverride] - Scrapy awaits either
        self,
        request: Request,
        exception: Exception,
        spider: Any = None,  # noqa: ARG002 - Scrapy's signature
    ) -> Request | Response | None:
        """Ask again after a broken connection."""
        return await self._paused(super().process_exception(request, exception))

    async def _paused(self, outcome: Any) -> Any:
        if isinstance(outcome, Request):
            times = outcome.meta.get("retry_times", 1)
            await asyncio.sleep(_spider(self.crawler).limits.retry_wait * 2 ** (times - 1))
        return outcome


class SameHost(RedirectMiddleware):
    """Scrapy's redirects, refused when they lead to another host; a robots.txt may lie elsewhere (RFC 9309 2.3.1.2)."""

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Any = None,  # noqa: ARG002 - Scrapy's signature
    ) -> Request | Response:
        """Follow, or raise NotFetched."""
        outcome = super().process_response(request, response)
        if not isinstance(outcome, Request):
            return outcome
        there = host_of(outcome.url)
        if there != host_of(request.url) and not request.meta.get(ROBOTS):
            raise NotFetched(Why(f"网页转到了其他网站（{there}），不跟随；需要采集时请把该网址写进目录"))
        outcome.meta.pop("download_slot", None)
        return outcome


def settings(user_agent: str, delays: dict[str, float], limits: Limits) -> dict[str, Any]:
    """Scrapy's settings for one run. `delays`: host → seconds between two requests to it."""
    slots = {host: {"concurrency": 1, "delay": delay, "jitter": 0.0} for host, delay in delays.items()}
    return {
        "TWISTED_REACTOR_ENABLED": False,  # twice in one process, in threads and in Prefect's tasks
        "USER_AGENT": user_agent,
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": TOKEN,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "CONCURRENT_REQUESTS": max(8, 2 * len(delays)),  # no host waits for another
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_SLOTS": slots,
        "DOWNLOAD_DELAY": 2.0,
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "DOWNLOAD_MAXSIZE": limits.page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": limits.timeout,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": limits.redirects,
        "METAREFRESH_ENABLED": False,
        "RETRY_TIMES": limits.retries,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "RETRY_HTTP_CODES": [500, 502, 503, 504, 522, 524, 408],  # never 429
        "HTTPERROR_ALLOW_ALL": True,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9",
        },
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # links are told apart by canonical URL, and counted
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "DOWNLOADER_STATS": False,
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
        "TELNETCONSOLE_ENABLED": False,
        # Runs code sent to a port and writes to the user's profile.
        "REMOTE_CONTROL_ENABLED": False,
        "EXTENSIONS": dict.fromkeys(_EXTENSIONS_LEFT_OUT),
        "SPIDER_MIDDLEWARES": dict.fromkeys(_SPIDER_PARTS_LEFT_OUT),
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
            Robots: 100,
            Patience: 550,
            SameHost: 600,
            # Innermost, so that every single attempt passes it.
            Hosts: 950,
        },
    }


_EXTENSIONS_LEFT_OUT = (
    "scrapy.extensions.corestats.CoreStats",
    "scrapy.extensions.logcount.LogCount",
    "scrapy.extensions.memusage.MemoryUsage",
    "scrapy.extensions.memdebug.MemoryDebugger",
    "scrapy.extensions.closespider.CloseSpider",
    "scrapy.extensions.feedexport.FeedExporter",
    "scrapy.extensions.logstats.LogStats",
    "scrapy.extensions.spiderstate.SpiderState",
    "scrapy.extensions.throttle.AutoThrottle",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.telnet.TelnetConsole",
)
_SPIDER_PARTS_LEFT_OUT = (
    "scrapy.spidermiddlewares.referer.RefererMiddleware",
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware",
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
)
