"""The frontier of one source in one run: which links are asked for, and when a start is settled (DESIGN 2).

A `Node` is a list page, feed or sitemap being read; a `Ticket` is one page. A node's validators are kept when
every link it gave, and every node below it, is settled: published, unchanged, or failed with a retry noted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from w3lib.url import safe_url_string

from crawlers import memory
from crawlers.catalogue import Source, Start, host_of
from crawlers.holds import Holds
from crawlers.limits import Limits
from crawlers.links import Link, is_attachment
from crawlers.memory import Facts, Plan
from crawlers.publish import Books, Fetch
from crawlers.reasons import STOPPED, Why
from crawlers.tally import Outcome, SourceReport, Tally
from pipeline.clock import Clock
from pipeline.errors import MinyiError, Terminal
from pipeline.identity import canonical_url
from pipeline.ports.store import SeenPage

AT_WORK = "网站正由另一次采集访问，本轮没有重复采集。请等那一次结束后再采；那一次如果是被强行关闭的，过几分钟就可以再采"


@dataclass(eq=False, slots=True)
class Node:
    """A start, or what it leads on to, being read. `open` counts what it still waits for, itself included."""

    frontier: Frontier
    start: Start
    url: str
    key: str
    known: SeenPage | None = None
    parent: Node | None = None
    number: int = 1  # of the list page
    open: int = 1
    clean: bool = True
    read: bool = False
    facts: Facts | None = None


@dataclass(eq=False, slots=True)
class Ticket:
    """One page that was found; `nodes` wait for its outcome."""

    frontier: Frontier
    key: str
    link: Link
    known: SeenPage | None = None
    nodes: list[Node] = field(default_factory=list[Node])
    outcome: Outcome | None = None
    noted: bool = False
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class Frontier:
    """One source's links in one run."""

    def __init__(
        self, source: Source, books: Books, holds: Holds, clock: Clock, limits: Limits, zone: ZoneInfo, run: str
    ) -> None:
        self.source = source
        self.clock = clock
        self.limits = limits
        self.zone = zone
        self.tally = Tally(source.name)
        self.sent: dict[tuple[str, str], Ticket] = {}  # canonical URL and hash → who publishes it in this run
        self._books = books
        self._holds = holds
        self._run = run
        self._nodes: dict[str, Node] = {}
        self._tickets: dict[str, Ticket] = {}
        self._unread = 0
        self._open = 0
        self._asked = 0
        self._retried = False
        self._reported = False
        self._settled_nodes: list[Node] = []

    # ------------------------------------------------------------ what to ask for

    async def begin(self) -> list[Node | Ticket]:
        """The starts; none when another run is asking the source's hosts."""
        if not await self._holds.take(self.source.name, self.source.hosts):
            self.tally.elsewhere = True
            self.tally.note(AT_WORK, self.source.starts[0].url)
            return []
        urls = {safe_url_string(start.url): start for start in self.source.starts}
        known = await self._books.known(self.source.name, [canonical_url(url) for url in urls])
        steps = [self._begun(start, url, known.get(canonical_url(url))) for url, start in urls.items()]
        return [step for step in steps if step is not None]

    async def take(self, node: Node, links: Sequence[Link]) -> list[Ticket]:
        """The pages of a node's links that are to be asked for now; the others are settled here."""
        mine = [ticket for link in links if (ticket := self._found(node, link))]
        known = await self._books.known(self.source.name, [ticket.key for ticket in mine])
        for ticket in mine:
            ticket.known = known.get(ticket.key)
        asked = [ticket for ticket in mine if self._is_asked(ticket)]
        beyond = asked[max(self.limits.pages - self._asked, 0) :]
        self._leave_for_later(node, beyond)
        asked = asked[: len(asked) - len(beyond)]
        self._asked += len(asked)
        return asked

    def lead_on(self, node: Node, urls: Iterable[str], known: dict[str, SeenPage]) -> list[Node]:
        """Nodes below a node: the next list page, the sitemaps of an index."""
        fresh = [(url, canonical_url(url)) for url in urls if canonical_url(url) not in self._nodes]
        children = [
            self._opened(Node(self, node.start, url, key, known.get(key), node, node.number + 1)) for url, key in fresh
        ]
        node.open += len(children)
        return children

    def on_our_hosts(self, urls: Sequence[str]) -> list[str]:
        """Those of the source's hosts, at most as many as one index may name."""
        ours = [url for url in urls if host_of(url) in self.source.hosts]
        if left := len(urls) - len(ours):
            self.tally.note("列表的下一页或子 sitemap 在其他网站，不采集", urls[0], left)
        if len(ours) > self.limits.sitemaps:
            self.tally.note(f"sitemap 多于 {self.limits.sitemaps} 个，只取前面的", ours[0], len(ours))
        return ours[: self.limits.sitemaps]

    async def known(self, urls: Sequence[str]) -> dict[str, SeenPage]:
        """What is remembered of these URLs, by canonical URL."""
        return await self._books.known(self.source.name, [canonical_url(url) for url in urls])

    async def retries(self) -> list[Ticket]:
        """Once, when every start is read: failed pages whose retry is due and that no list named."""
        if self._unread or self._retried:
            return []
        self._retried = True
        rows = await self._books.due(self.source.name, max(self.limits.pages - self._asked, 0))
        fresh = [row for row in rows if row.use == memory.PAGE and row.url not in self._tickets]
        self._asked += len(fresh)
        return [self._ticketed(row.url, Link(row.url, row.link_title, row.link_date), row) for row in fresh]

    # ------------------------------------------------------------ what became of it

    async def settle(
        self,
        ticket: Ticket,
        outcome: Outcome,
        why: Why | None = None,
        *,
        rows: Sequence[SeenPage] = (),
        fetch: Fetch | None = None,
    ) -> None:
        """Write what an outcome leaves behind, then count it. Raises the store's or bus's error, counted as failed."""
        try:
            if rows or fetch:
                await self._books.write(rows, fetch)
        except Terminal as error:
            await self.fail(ticket, Why(str(error)))
            return
        except MinyiError as error:
            self._close(ticket, Outcome.FAILED, Why(str(error), noted=False))
            raise
        self._close(ticket, outcome, why)
        await self.advance()

    async def fail(self, ticket: Ticket, why: Why) -> None:
        """A page that could not be had."""
        outcome = Outcome.FORBIDDEN if why.forbidden else Outcome.FAILED
        rows: list[SeenPage] = []
        if why.noted and not why.forbidden:
            about = (self.source.name, ticket.key, ticket.known, why.sentence, self.clock(), self.limits)
            rows.append(memory.failed(*about, link=ticket.link, gone=why.gone))
        await self.settle(ticket, outcome, why, rows=rows)

    def has_read(self, node: Node, facts: Facts | None) -> None:
        """A node gave its links (`facts`), or was found as it was (None)."""
        if facts is None and node.parent is None:
            self.tally.add(Outcome.UNCHANGED, node.url)
        node.facts = facts
        self._release_reading(node, clean=True)

    def lost(self, node: Node, why: Why) -> None:
        """A node that could not be had or read: it counts as one link, and stands as a reason."""
        self.tally.add(Outcome.FORBIDDEN if why.forbidden else Outcome.FAILED, node.url, why)
        self.tally.ok = self.tally.ok and node.parent is not None
        self._release_reading(node, clean=False)

    async def advance(self) -> None:
        """Keep the validators of settled nodes; when all is done, the report."""
        settled, self._settled_nodes = self._settled_nodes, []
        rows = [
            memory.read(self.source.name, node.key, node.facts, self.clock(), self.limits)
            for node in settled
            if node.facts
        ]
        if not self._open and not self._unread:
            self._books.hurry()
        if rows:
            await self._books.write(rows)
        if self._retried and not self._unread and not self._open:
            await self.report()

    async def report(self) -> SourceReport:
        """The report, kept in the store once; the source's hosts are free."""
        report = self.tally.report()
        if not self._reported and not report.elsewhere:
            await self._books.report(self._run, self.source.name, report.counts())
            self._reported = True
            await self._holds.leave(self.source.name)
        return report

    def stop(self, why: Why = STOPPED) -> None:
        """Count what is still open as failed; nothing of it is remembered, so that the next run finds it again."""
        for ticket in self._tickets.values():
            self._close(ticket, Outcome.FAILED, why)
        for node in list(self._nodes.values()):
            if not node.read:
                self.lost(node, why)
        if not self._nodes and not self._tickets and not self.tally.elsewhere:
            for start in self.source.starts:
                self.tally.add(Outcome.FAILED, start.url, why)
            self.tally.ok = False

    def close_with(self, step: Node | Ticket, why: Why) -> None:
        """Count a step whose handling broke."""
        if isinstance(step, Ticket):
            self._close(step, Outcome.FAILED, why)
        elif not step.read:
            self.lost(step, why)

    # ------------------------------------------------------------ inside

    def _begun(self, start: Start, url: str, known: SeenPage | None) -> Node | Ticket | None:
        key = canonical_url(url)
        if start.kind != "page":
            if key in self._nodes:
                return None
            return self._opened(Node(self, start, url, key, known if known and known.use == memory.START else None))
        if key in self._tickets:
            return None
        self._asked += 1
        return self._ticketed(key, Link(url), known if known and known.use == memory.PAGE else None)

    def _opened(self, node: Node) -> Node:
        self._nodes[node.key] = node
        self._unread += 1
        return node

    def _ticketed(self, key: str, link: Link, known: SeenPage | None = None) -> Ticket:
        ticket = self._tickets[key] = Ticket(self, key, link, known)
        self._open += 1
        return ticket

    def _found(self, node: Node, link: Link) -> Ticket | None:
        """A ticket for a link met first here; None for one that is left out or that another node gave."""
        if not self._is_ours(link):
            return None
        key = canonical_url(link.url)
        before = self._tickets.get(key)
        ticket = before or self._ticketed(key, link)
        if ticket.outcome is None:
            ticket.nodes.append(node)
            node.open += 1
        else:
            node.clean &= ticket.noted
        return None if before else ticket

    def _is_ours(self, link: Link) -> bool:
        if self.source.since and link.day and link.day < self.source.since:
            return False
        if host_of(link.url) not in self.source.hosts:
            self.tally.note("链接指向其他网站，不采集；需要时请把该网站写进目录", link.url)
            return False
        if is_attachment(link.url):
            self.tally.note("链接是附件（pdf、doc、图片等），不作网页采集", link.url)
            return False
        return True

    def _is_asked(self, ticket: Ticket) -> bool:
        known = ticket.known
        match memory.plan(known, self.clock()):
            case Plan.SKIP_SAME:
                self._close(ticket, Outcome.UNCHANGED)
            case Plan.SKIP_FAILED:
                sentence = (known.reason if known else None) or "此前采集失败"
                self._close(ticket, Outcome.FAILED, Why(f"{sentence}（未到重试时间）"))
            case Plan.FETCH:
                return True
        return False

    def _leave_for_later(self, node: Node, tickets: Sequence[Ticket]) -> None:
        if not tickets:
            return
        self.tally.note(f"本轮只取前 {self.limits.pages} 页，其余下次继续", tickets[0].link.url, len(tickets))
        for ticket in tickets:
            del self._tickets[ticket.key]
            self._open -= 1
            for waiting in ticket.nodes:
                waiting.open -= 1
        node.clean = False

    def _close(self, ticket: Ticket, outcome: Outcome, why: Why | None = None) -> None:
        if ticket.outcome is not None:
            return
        ticket.outcome, ticket.noted = outcome, why is None or why.noted
        ticket.closed.set()
        self._open -= 1
        self.tally.add(outcome, ticket.link.url, why)
        for node in ticket.nodes:
            self._release(node, clean=ticket.noted)

    def _release_reading(self, node: Node, *, clean: bool) -> None:
        if not node.read:
            node.read = True
            self._unread -= 1
            self._release(node, clean=clean)

    def _release(self, node: Node, *, clean: bool) -> None:
        node.open -= 1
        node.clean &= clean
        if node.open:
            return
        if node.clean:
            self._settled_nodes.append(node)
        if node.parent:
            self._release(node.parent, clean=node.clean)
