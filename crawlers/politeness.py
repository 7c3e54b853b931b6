"""How we behave on other people's servers: robots.txt, one request at a time, pauses, and leaving when told to.

Scrapy's own parts where they do it; those here are what they lack: robots.txt after RFC 9309 with Crawl-delay,
retries that wait, redirects that stay on their host, and (`hosts`) turns and hosts that are left. Nothing here
gets round a login, a captcha or a signature.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.logformatter import LogFormatter
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawlers.catalogue import host_of, is_loopback
from crawlers.hosts import ROBOTS, Gate, Turns, hosts_of
from crawlers.limits import Limits
from crawlers.reasons import ROBOTS_FORBID, SERVER_ERROR, NotFetched, Why, of_error

REDIRECTION = 300
TOKEN = "Minyi"  # noqa: S105 - the product token that robots.txt may name (RFC 9309 2.2.1)


class Refusal(RobotParser):
    """The rules of a robots.txt that could not be had: nothing is allowed, because of `why`."""

    def __init__(self, why: Why) -> None:
        self.why = why

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:
        """Unused; the class is made here alone."""
        raise NotImplementedError

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        return False

    def crawl_delay(self, user_agent: str | bytes) -> float | None:
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

    async def process_request(self, request: Request, spider: Any = None) -> None:
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
        limits = hosts_of(self.crawler).limits
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
        if wait > hosts_of(self.crawler).limits.crawl_delay_most:
            return Refusal(Why(f"robots.txt 要求每次间隔 {wait:g} 秒，太久，不采集", forbidden=True))
        hosts_of(self.crawler).holds.slow_down(host_of(url), wait)
        return rules


class Patience(RetryMiddleware):
    """Scrapy's retries, each after a pause twice as long as the one before."""

    async def process_response(  # pyright: ignore[reportIncompatibleMethodOverride] - Scrapy awaits either
        self,
        request: Request,
        response: Response,
        spider: Any = None,
    ) -> Request | Response:
        """Ask again after 5xx."""
        return await self._paused(super().process_response(request, response))

    async def process_exception(  # pyright: ignore[reportIncompatibleMethodOverride] - Scrapy awaits either
        self,
        request: Request,
        exception: Exception,
        spider: Any = None,
    ) -> Request | Response | None:
        """Ask again after a broken connection."""
        return await self._paused(super().process_exception(request, exception))

    async def _paused(self, outcome: Any) -> Any:
        if isinstance(outcome, Request):
            times = outcome.meta.get("retry_times", 1)
            await asyncio.sleep(hosts_of(self.crawler).limits.retry_wait * 2 ** (times - 1))
        return outcome


class SameHost(RedirectMiddleware):
    """Scrapy's redirects, refused when they lead to another host; a robots.txt may lie elsewhere (RFC 9309 2.3.1.2)."""

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Any = None,
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


class Silence(LogFormatter):
    """Says nothing of each page; the report does."""

    def crawled(self, request: Request, response: Response, spider: Any) -> Any:
        return None


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
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware",
)

FIXED: dict[str, Any] = {
    "TWISTED_REACTOR_ENABLED": False,  # twice in one process, in threads and in Prefect's tasks
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": TOKEN,
    "COOKIES_ENABLED": False,
    "REFERER_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0,  # `hosts` holds the pauses
    "DOWNLOAD_WARNSIZE": 0,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_HANDLERS": {"http": Turns, "https": Turns, "ftp": None, "file": None, "data": None, "s3": None},
    "METAREFRESH_ENABLED": False,
    "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
    "RETRY_HTTP_CODES": [500, 502, 503, 504, 522, 524, 408],  # never 429
    "HTTPERROR_ALLOW_ALL": True,
    "CONCURRENT_ITEMS": 1,  # Scrapy makes so many tasks a response; we yield requests alone
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # links are told apart by canonical URL, and counted
    "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    "DOWNLOADER_STATS": False,
    "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
    "LOG_FORMATTER": Silence,
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,  # runs code sent to a port and writes to the user's profile
    "EXTENSIONS": dict.fromkeys(_EXTENSIONS_LEFT_OUT),
    "SPIDER_MIDDLEWARES": dict.fromkeys(_SPIDER_PARTS_LEFT_OUT),
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
        # Every part costs each request its share; `Turns` does what these three do.
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": None,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
        Robots: 100,
        Patience: 550,
        SameHost: 600,
        Gate: 950,  # innermost, so that every single attempt passes it
    },
}


def headers(user_agent: str) -> dict[str, str]:
    """What every request says."""
    return {
        "User-Agent": user_agent,
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "zh-CN,zh;q=0.9",
    }


def settings(hosts: int, limits: Limits) -> dict[str, Any]:
    """Scrapy's settings for one run that asks so many hosts."""
    return {
        **FIXED,
        "CONCURRENT_REQUESTS": max(8, 2 * hosts),  # no host waits for another
        "DOWNLOAD_MAXSIZE": limits.page_bytes,
        "REDIRECT_MAX_TIMES": limits.redirects,
        "RETRY_TIMES": limits.retries,
    }
