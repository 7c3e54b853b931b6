"""publish: fetched pages → the bus, then the crawl book. A page is remembered only after the bus's own answer.

All blocking work (files, bus, store) happens on one thread of its own, in batches, so that downloads go on
meanwhile. A kill at any moment leaves a page on the bus or unremembered, never remembered alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from crawlers.catalogue import Source
from crawlers.limits import Limits
from crawlers.links import Link
from crawlers.memory import PAGE
from crawlers.tally import tallied
from pipeline.clock import Clock, stored
from pipeline.errors import MinyiError
from pipeline.identity import fetch_id, file_name, item_id
from pipeline.ports.bus import Bus
from pipeline.ports.files import Files
from pipeline.ports.store import SeenPage, Store
from pipeline.records.messages import INLINE_LIMIT, Crawled, Outgoing, compress, encode
from pipeline.records.names import CRAWLED
from pipeline.wiring import System

Result = TypeVar("Result")
Keep = Callable[[str, bytes], str]  # (item, content) -> its name in files
LOOK_UP = 500  # URLs a query
DUE = 100_000  # rows; settled pages whose recheck is due may stand among them
# A cookie is a visitor's, and no fact of the page.
HEADERS_LEFT_OUT = frozenset({"set-cookie", "set-cookie2"})


@dataclass(frozen=True, slots=True)
class Fetch:
    """One page as the site gave it, before it is a message."""

    source: Source
    url: str
    origin: str  # canonical
    status: int
    headers: Mapping[str, str]
    body: bytes
    link: Link | None
    fetched_at: str
    since: str = ""  # when the page was last noted
    parts: Sequence[int] = ()  # bytes of each page, of a text that was split


@dataclass(slots=True)
class Entry:
    """What one settled link writes: its message, if it has one, and then its rows."""

    rows: Sequence[SeenPage]
    fetch: Fetch | None = None
    message_id: str | None = None  # once it is made
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def noted(self) -> list[SeenPage]:
        """Its rows; a page's names the message of its fetch."""
        name = self.message_id
        return [replace(row, fetch=name) if name and row.use == PAGE else row for row in self.rows]

    @property
    def size(self) -> int:
        """Bytes it holds in memory."""
        return len(self.fetch.body) if self.fetch else 0


def message_of(fetch: Fetch, keep: Keep) -> tuple[str, Outgoing]:
    """The page's message and its id; a body too large for it is durable in files before the message exists."""
    item, packed = item_id(fetch.source.name, fetch.origin), compress(fetch.body)
    inline = len(packed) * 4 // 3 <= INLINE_LIMIT  # base64
    message = Crawled(
        message_id=fetch_id(fetch.source.name, fetch.url, fetch.body, fetch.since),
        source=fetch.source.name,
        origin=fetch.origin,
        received_at=fetch.fetched_at,
        url=fetch.url,
        source_title=fetch.source.title,
        region=fetch.source.region,
        status=fetch.status,
        headers={name: value for name, value in fetch.headers.items() if name not in HEADERS_LEFT_OUT},
        body=packed if inline else None,
        body_file=None if inline else keep(item, packed),
        parts=list(fetch.parts),
        link_title=fetch.link.title if fetch.link else None,
        link_date=fetch.link.date if fetch.link else None,
        selectors=fetch.source.article.selectors(),
    )
    return message.message_id, Outgoing(item, encode(message))


class Books:
    """Bus, store and files for the crawl's event loop. `close` writes what waits."""

    def __init__(self, system: System, limits: Limits) -> None:
        self._bus: Bus = system.bus
        self._store: Store = system.store
        self._files: Files = system.files
        self._clock: Clock = system.clock
        self._limits = limits
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="minyi-crawl")
        self._waiting: list[Entry] = []
        self._writer: asyncio.Task[None] | None = None
        self._now = asyncio.Event()  # a batch need not wait for company

    async def write(self, rows: Sequence[SeenPage], fetch: Fetch | None = None) -> None:
        """Publish, then remember. Raises the bus's or the store's error; then nothing was remembered."""
        entry = Entry(rows, fetch)
        self._waiting.append(entry)
        if len(self._waiting) >= self._limits.batch:
            self._now.set()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await entry.done

    def hurry(self) -> None:
        """Nothing else is under way: write what waits at once."""
        self._now.set()

    async def known(self, source: str, urls: Sequence[str]) -> dict[str, SeenPage]:
        """What is remembered of these URLs."""
        return await self._run(self._known, source, list(urls)) if urls else {}

    async def due(self, source: str, limit: int) -> list[SeenPage]:
        """Failed pages whose retry is due."""
        return await self._run(self._due, source, limit)

    async def rest_until(self, host: str) -> str | None:
        """When a host that sent us away may be asked again."""
        return await self._run(self._rest_until, host)

    async def rest(self, host: str, until: str) -> None:
        """Leave a host alone until then, in other runs too."""
        await self._run(self._rest, host, until)

    async def report(self, run: str, source: str, counts: Mapping[str, Any]) -> None:
        """Keep one source's report."""
        await self._run(self._report, run, source, counts)

    async def close(self) -> None:
        """Write what waits and end the thread."""
        if self._writer:
            await asyncio.wait([self._writer])
        self._thread.shutdown()

    async def _run(self, work: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _write_all(self) -> None:
        # While one batch is written the next gathers; a short wait gives the first ones company.
        while self._waiting:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._now.wait(), self._limits.linger)
            self._now.clear()
            batch = self._taken()
            try:
                answers = await self._run(self._write, batch)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for it, or they wait for ever
                answers = [error] * len(batch)
            for entry, answer in zip(batch, answers, strict=True):
                _answer(entry.done, answer)

    def _taken(self) -> list[Entry]:
        size = count = 0
        for entry in self._waiting[: self._limits.batch]:
            size += entry.size
            if count and size > self._limits.batch_bytes:
                break
            count += 1
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    # ------------------------------------------------------------ on the thread

    def _write(self, batch: Sequence[Entry]) -> list[Exception | None]:
        answers = self._publish(batch)
        rows = [row for entry, answer in zip(batch, answers, strict=True) if answer is None for row in entry.noted]
        if rows:
            with self._store.writing() as session:
                session.crawls.remember(rows)
        return answers

    def _publish(self, batch: Sequence[Entry]) -> list[Exception | None]:
        answers: list[Exception | None] = [None] * len(batch)
        outgoing: dict[int, Outgoing] = {}
        for place, entry in enumerate(batch):
            if entry.fetch is None:
                continue
            try:
                entry.message_id, outgoing[place] = message_of(entry.fetch, self._keep)
            except MinyiError as error:
                answers[place] = error
        if outgoing:
            told = self._bus.publish(CRAWLED, list(outgoing.values()))
            for place, answer in zip(outgoing, told, strict=True):
                answers[place] = answer if isinstance(answer, Exception) else None
        return answers

    def _keep(self, item: str, content: bytes) -> str:
        # Noted first, or a purge of another page with the same bytes would remove it from under the message.
        with self._store.writing() as session:
            session.contents.hold([(item, file_name(content))])
        return self._files.put(content)

    def _known(self, source: str, urls: Sequence[str]) -> dict[str, SeenPage]:
        found: dict[str, SeenPage] = {}
        with self._store.reading() as session:
            for start in range(0, len(urls), LOOK_UP):
                found |= session.crawls.pages(source, urls[start : start + LOOK_UP])
        return found

    def _due(self, source: str, limit: int) -> list[SeenPage]:
        with self._store.reading() as session:
            rows = session.crawls.due(source, stored(self._clock()), DUE)
        return [row for row in rows if row.failures][:limit]

    def _rest_until(self, host: str) -> str | None:
        with self._store.reading() as session:
            return session.crawls.rest_until(host)

    def _rest(self, host: str, until: str) -> None:
        with self._store.writing() as session:
            session.crawls.rest(host, until)

    def _report(self, run: str, source: str, counts: Mapping[str, Any]) -> None:
        with self._store.writing() as session:
            session.crawls.report(run, source, stored(self._clock()), counts)
            session.tallies.add(tallied(source, counts))


def _answer(waiting: asyncio.Future[None], answer: Exception | None) -> None:
    if waiting.done():
        return
    if answer is None:
        waiting.set_result(None)
    else:
        waiting.set_exception(answer)
