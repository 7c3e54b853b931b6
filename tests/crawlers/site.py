"""A small scripted web server on loopback: pages by path, each a function of the request, and a log of all asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """What a path answers. `etag`: answers 304 to a request that knows it. `pause`: seconds before the body."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = "text/html; charset=utf-8"
    etag: bool = False
    pause: float = 0.0
    cut: int | None = None  # close the connection after so many bytes


Page = Answer | Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    at: float


@dataclass
class Site:
    """The site: change `pages` at any time; `asked` is every request, in order."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0  # requests at one moment
    lock: threading.Lock = field(default_factory=threading.Lock)

    def paths(self) -> list[str]:
        """The paths asked for, robots.txt left out."""
        return [one.path for one in self.asked if one.path != "/robots.txt"]

    def forget(self) -> None:
        """Start a new log."""
        self.asked.clear()

    def answer(self, asked: Asked) -> Answer:
        """What this request gets."""
        with self.lock:
            self.asked.append(asked)
        page = self.pages.get(asked.path, Answer(b"none here", 404))
        found = page(asked) if callable(page) else page
        etag = '"' + sha256(found.body).hexdigest()[:16] + '"'
        if found.etag and asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return found if not found.etag else Answer(found.body, found.status, {**found.headers, "ETag": etag})


def article(title: str, text: str = "县里的路灯坏了三个月，建议尽快修好。", **how: object) -> Answer:
    """An article page."""
    body = f"<h1>{title}</h1><div class=content><p>{text}</p></div>"
    html = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    return Answer(html.encode(), **how)  # type: ignore[arg-type]


def listing(paths: Iterable[str], after: str = "", **how: object) -> Answer:
    """A list page of links, each with a title and a date beside it."""
    rows = "".join(
        f'<li><a href="{path}">关于某件民生小事的第{n}号建议</a><span>2026-11-{n % 28 + 1:02}</span></li>'
        for n, path in enumerate(paths, 1)
    )
    return Answer(f"<html><body><ul>{rows}</ul>{after}</body></html>".encode(), **how)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each page waits 40 ms for a delayed ACK
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, time.monotonic())
        with site.lock:
            site.busy += 1
            site.busiest = max(site.busiest, site.busy)
        try:
            self._send(site.answer(asked))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with site.lock:
                site.busy -= 1

    def _send(self, answer: Answer) -> None:
        if answer.pause and self.server.stopping.wait(answer.pause):
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        self.send_header("Date", formatdate(usegmt=True))
        for name, value in {"Content-Type": answer.type, **answer.headers}.items():
            self.send_header(name, value)
        if answer.status != 304 and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
        if answer.cut is not None:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stopping = threading.Event()
        self.site = Site(f"http://127.0.0.1:{self.server_address[1]}")

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    """A running site with an empty robots.txt."""
    with _Server() as server:
        server.site.pages["/robots.txt"] = Answer(b"", type="text/plain")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.site
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
