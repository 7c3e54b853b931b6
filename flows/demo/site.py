"""site: the county's web pages on loopback: lists with next pages, a feed, robots.txt, one page in GBK, a host that
answers 403. Two host names of the same machine stand for two sites."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from jinja2 import Environment, FileSystemLoader

from flows.demo.content import COUNTY, Channel, Page
from pipeline.clock import SHANGHAI

CLOSED = "/circle/"  # a forum that lets no program in
ROBOTS = "User-agent: *\nDisallow: /inner/\n"
SAMPLE = "演示样例 内容虚构"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a path gives."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200

    @property
    def tag(self) -> str:
        """Its ETag."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass
class Site:
    """The pages of one round of crawling; `round_` is set by the demo between two crawls."""

    channels: Sequence[Channel]
    today: date
    round_: int = 1
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, path: str) -> Answer:
        """What a request gets."""
        self.asked.append(path)
        if path.startswith(CLOSED):
            return Answer(self._html("closed.html.jinja", "utf-8"), status=403)
        return self._pages().get(path) or Answer(self._html("missing.html.jinja", "utf-8"), status=404)

    def catalogue(self) -> str:
        """The catalogue of sources, with this site's port."""
        return (COUNTY / "catalogue.yaml").read_text(encoding="utf-8").replace("{port}", str(self.port))

    def page_count(self) -> int:
        """How many articles stand in this round."""
        return sum(1 for channel in self.channels for page in channel.pages if page.since <= self.round_)

    def _pages(self) -> dict[str, Answer]:
        pages = {"/robots.txt": Answer(ROBOTS.encode(), "text/plain; charset=utf-8")}
        for channel in self.channels:
            pages.update(self._channel(channel))
        return pages

    def _channel(self, channel: Channel) -> Iterator[tuple[str, Answer]]:
        there = sorted((page for page in channel.pages if page.since <= self.round_), key=lambda page: -page.day)
        for page in there:
            template = "page.html.jinja" if page.text else "picture.html.jinja"
            html = self._html(template, channel.charset, channel=channel, page=page, text=self._text(page))
            yield page.path, Answer(html, f"text/html; charset={channel.charset}")
        groups = [there[at : at + channel.rows] for at in range(0, len(there), channel.rows)]
        for number, group in enumerate(groups, 1):
            onward = list_path(channel, number + 1) if number < len(groups) else None
            html = self._html("list.html.jinja", channel.charset, channel=channel, pages=group, onward=onward)
            yield list_path(channel, number), Answer(html, f"text/html; charset={channel.charset}")
        if channel.feed:
            yield f"/{channel.key}/feed.xml", Answer(self._feed(channel, there), "application/rss+xml; charset=utf-8")

    def _text(self, page: Page) -> list[str]:
        text = page.text
        for before, after in page.then if self.round_ > 1 else ():
            text = text.replace(before, after)
        return [line for line in text.splitlines() if line.strip()]

    def _feed(self, channel: Channel, pages: Sequence[Page]) -> bytes:
        entries = "".join(
            f"<item><title>{escape(page.title)}</title><link>http://127.0.0.1:{self.port}{page.path}</link>"
            f"<pubDate>{format_datetime(self._moment(page))}</pubDate></item>"
            for page in pages
        )
        return f'<rss version="2.0"><channel><title>{channel.name}</title>{entries}</channel></rss>'.encode()

    def _moment(self, page: Page) -> datetime:
        return datetime.combine(self.today + timedelta(days=page.day), datetime.min.time(), SHANGHAI).replace(hour=9)

    def _html(self, template: str, charset: str, **facts: Any) -> bytes:
        made = self._templates.get_template(template).render(
            **facts, charset=charset, sample=SAMPLE, day=lambda page: self.today + timedelta(days=page.day)
        )
        return made.encode(charset, "xmlcharrefreplace")

    @cached_property
    def _templates(self) -> Environment:
        return Environment(loader=FileSystemLoader(COUNTY / "pages"), autoescape=True)


def list_path(channel: Channel, number: int) -> str:
    """Where the n-th list page of a channel is."""
    return f"/{channel.key}/index{'' if number == 1 else f'_{number}'}.html"


@contextmanager
def served(site: Site) -> Generator[Site]:
    """The site on its port of this machine, a free one where none is given, for as long as it is used."""
    server = _Server(site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", site.port), _Handler)
        self.site = site
        site.port = self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - the one that made it

    def do_GET(self) -> None:
        found = self.server.site.answer(self.path)
        same = found.status == 200 and self.headers.get("If-None-Match") == found.tag  # noqa: PLR2004
        body = b"" if same else found.body
        self.send_response(304 if same else found.status)
        self.send_header("Content-Type", found.kind)
        self.send_header("ETag", found.tag)
        if not same:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """The story tells what was asked."""
