"""A host is asked by one run at a time, whatever process or machine it is in: rows in the store that lapse.

A run takes a source's hosts before it asks, keeps them while it lasts and gives them back with the time of its last
request, from which the next run's pause counts. A run that dies gives nothing back: its hold lapses, and counts as
if the last request had ended then. Before each request the hold must stand for longer than a request may take, so
that no request of a run that was frozen, or cut off from the store, meets those of the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from time import monotonic

from crawlers.limits import Limits
from pipeline.clock import Clock, parsed, stored
from pipeline.errors import MinyiError
from pipeline.ports.store import Hold, Store

log = logging.getLogger("minyi.crawl")
RENEWALS = 6  # in the time after which a hold lapses


@dataclass(slots=True)
class Held:
    """One host as this run holds it. Both clocks count: the machine's may be set, the other stands in its sleep."""

    until: datetime
    ends: float
    last: str | None = None  # when its last request ended, whoever asked
    freed: float = -inf  # the same
    pause: float = 0.0  # due after it, when another run asked
    busy: bool = False  # a request is under way


class Holds:
    """The hosts of one run. `delays` is host → seconds between two requests."""

    def __init__(self, store: Store, run: str, delays: dict[str, float], clock: Clock, limits: Limits) -> None:
        self.delays = delays
        self._store = store
        self._run = run
        self._clock = clock
        self._limits = limits
        self._held: dict[str, Held] = {}
        self._wanted: dict[str, frozenset[str]] = {}  # source → hosts
        self._door = asyncio.Lock()  # what the store said is noted in the order in which it was said

    async def take(self, source: str, hosts: frozenset[str]) -> bool:
        """Take a source's hosts, or none of them when another run holds one. Raises the store's error."""
        self._wanted[source] = hosts
        taken = await self._take(hosts)
        if not taken:
            del self._wanted[source]
        return taken

    async def leave(self, source: str) -> None:
        """A source is done: give back the hosts that no other source of this run wants."""
        await self._give_back(self._wanted.pop(source, frozenset()))

    async def ensure(self, host: str) -> bool:
        """Whether the host is this run's for one more request. Raises the store's error."""
        return self._stands(host) or await self._take({host})

    def wait(self, host: str) -> float:
        """Seconds until a host that is held may be asked."""
        held = self._held[host]
        return held.freed + max(held.pause, self.delays.get(host, 0.0)) - monotonic()

    def asking(self, host: str) -> None:
        """A request to a host that is held begins."""
        self._held[host].busy = True

    def asked(self, host: str) -> None:
        """It has ended."""
        if held := self._held.get(host):
            held.last, held.freed, held.pause, held.busy = stored(self._clock()), monotonic(), 0.0, False

    def slow_down(self, host: str, delay: float) -> None:
        """Pause at least so many seconds at a host from now on."""
        self.delays[host] = max(self.delays.get(host, 0.0), delay)

    async def keep(self) -> None:
        """Renew what is held, for ever."""
        while True:
            await asyncio.sleep(self._limits.hold / RENEWALS)
            try:
                await self._renew()
            except MinyiError as error:
                log.warning("hosts not kept", extra={"run": self._run, "why": str(error)})

    async def close(self) -> None:
        """Give everything back."""
        self._wanted.clear()
        await self._give_back(list(self._held))

    # ------------------------------------------------------------ inside

    def _stands(self, host: str) -> bool:
        held, request = self._held.get(host), self._limits.timeout
        if held is None or monotonic() + request >= held.ends:
            return False
        return self._clock() + timedelta(seconds=request) < held.until

    async def _take(self, hosts: Collection[str]) -> bool:
        async with self._door:
            now, begun = self._clock(), monotonic()
            until = now + timedelta(seconds=self._limits.hold)
            found = await asyncio.to_thread(self._taken, list(hosts), stored(now), stored(until))
            if found is None:
                return False
            for host in hosts:
                self._held.setdefault(host, Held(until, 0.0))
            self._stand(hosts, until, begun)
            for before in found:
                self._follow(before, now, begun)
            return True

    def _follow(self, before: Hold, now: datetime, begun: float) -> None:
        """Count the pause from another run's last request, which no clock that was set back puts into the future."""
        held = self._held[before.host]
        held.last, held.pause = min(before.until or "", stored(now)), before.pause
        held.freed = begun - (now - parsed(held.last)).total_seconds()

    def _stand(self, hosts: Iterable[str], until: datetime, begun: float) -> None:
        for host in hosts:
            self._held[host].until, self._held[host].ends = until, begun + self._limits.hold

    async def _renew(self) -> None:
        async with self._door:
            now, begun = self._clock(), monotonic()
            until = now + timedelta(seconds=self._limits.hold)
            mine = await asyncio.to_thread(self._renewed, self._rows(self._held, until))
            self._stand(mine, until, begun)
            for host in self._held.keys() - mine:
                self._held[host].ends = 0.0

    async def _give_back(self, hosts: Collection[str]) -> None:
        async with self._door:
            wanted = set[str]().union(*self._wanted.values())
            # Another source's robots.txt may have led to a host that is busy.
            free = [host for host in self._held.keys() & (set(hosts) - wanted) if not self._held[host].busy]
            rows = self._rows(free)
            for host in free:
                del self._held[host]
            try:
                await asyncio.to_thread(self._released, rows)
            except MinyiError as error:  # they lapse by themselves
                log.warning("hosts not given back", extra={"run": self._run, "why": str(error)})

    def _rows(self, hosts: Collection[str], until: datetime | None = None) -> list[Hold]:
        held = [(host, self._held[host]) for host in hosts if host in self._held]
        return [
            Hold(host, stored(until) if until else one.last, max(one.pause, self.delays.get(host, 0.0)))
            for host, one in held
        ]

    # ------------------------------------------------------------ on a thread

    def _taken(self, hosts: Sequence[str], now: str, until: str) -> list[Hold] | None:
        with self._store.writing() as session:
            return session.crawls.take(self._run, hosts, now, until)

    def _renewed(self, rows: Sequence[Hold]) -> set[str]:
        with self._store.writing() as session:
            return session.crawls.renew(self._run, rows)

    def _released(self, rows: Sequence[Hold]) -> None:
        with self._store.writing() as session:
            session.crawls.release(self._run, rows)
