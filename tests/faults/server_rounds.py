"""One generated round on servers: a worker or a server killed with -9, or frozen for longer than a session lasts,
while crawl, API and import go on; made well again, and then the proof."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.crawlers.site import serving
from tests.faults.county import County
from tests.faults.flow_runs import Run, running
from tests.faults.hands import Hand, hand
from tests.faults.proof import finish, prove
from tests.faults.rounds import given
from tests.faults.shapes import on_servers
from tests.faults.victims import Victim, victims
from tests.services import prefect
from tests.services.cluster import Cluster

WORKER, PREFECT = "worker", "prefect"
QUICK = (WORKER, "broker", "database", PREFECT)  # who is back soon
EVERYONE = (*QUICK, "search")
SESSION = 1.2  # seconds that a frozen worker keeps its partitions


@dataclass(frozen=True)
class ServerRound:
    """What one round did."""

    seed: int
    strikes: tuple[str, ...]
    origins: int
    seconds: float

    def line(self) -> str:
        return f"{self.seed:>10}  servers   {self.origins:>5}  {self.seconds:>7.1f}  {', '.join(self.strikes)}"


def play(seed: int, folder: Path, cluster: Cluster, whom: Sequence[str], strikes: int = 1) -> ServerRound:
    """A round on a namespace of its own, with so many strikes against some of `whom`; AssertionError names what is
    wrong."""
    began, chance = time.monotonic(), random.Random(seed)
    servers = victims(cluster)
    planned = [(chance.choice(whom), chance.choice(["killed", "frozen"])) for _ in range(strikes)]
    with cluster.namespace() as lines, serving() as site:
        home = on_servers(folder / "home", lines)
        county = County(seed, folder / "county", site)
        flows = cluster.flows if PREFECT in dict(planned) else None
        with at_work(home, flows) as work:
            for name, how in planned:
                county.grow(pages=3, rows=8, posts=6)
                work.arrive(county)
                time.sleep(chance.uniform(0, 2.0))
                work.strike(servers.get(name), how, chance.uniform(1.5, 3.0) * SESSION)
        finish(home, county)
        prove(home, county)
    told = tuple(f"{name} {how}" for name, how in planned)
    return ServerRound(seed, told, len(county.planted), time.monotonic() - began)


class Work:
    """An API and a worker that go on, and crawls and imports beside them. With a Prefect server the worker is a flow
    run on it."""

    def __init__(self, home: Path, stack: ExitStack, flows: prefect.Server | None) -> None:
        self._home, self._stack, self._flows = home, stack, flows
        self._api = stack.enter_context(hand("api", home))
        self._port = self._api.hear("port")
        self._worker = self._begun()
        self._threads: list[threading.Thread] = []
        self.wrong: list[str] = []

    def arrive(self, county: County) -> None:
        """Posts, a crawl and an import begin."""
        self._beside(lambda: county.post(self._port))
        for job in ("crawl", "import"):
            self._beside(lambda job=job: self._done(job, county))

    def strike(self, server: Victim | None, how: str, seconds: float) -> None:
        """One server, or the worker where none is named; then well again."""
        if isinstance(self._worker, Run):
            self._worker.begun()  # a new process takes seconds
        if server is not None:
            with server.killed() if how == "killed" else server.frozen():
                time.sleep(seconds)
        elif how == "killed":
            self._worker.kill()
            self._worker = self._begun()
        else:
            self._frozen(seconds)
        self._settle()

    def _frozen(self, seconds: float) -> None:
        """The worker stands still while another takes over."""
        with suppress(EOFError):
            self._worker.begun()
        with self._worker.still(), hand("follow", self._home) as other:
            time.sleep(seconds)
            other.tell()
            self._ended(other)

    def end(self) -> None:
        """Ask both to end, and see that they did."""
        for one in (self._api, self._worker):
            one.tell()
            self._ended(one)

    def _begun(self) -> Hand | Run:
        if self._flows is not None:
            return self._stack.enter_context(running(self._home, self._flows))
        return self._stack.enter_context(hand("follow", self._home))

    def _done(self, job: str, county: County) -> None:
        with hand(job, self._home, **given(job, county)) as one:
            self._ended(one)

    def _ended(self, one: Hand | Run) -> None:
        # An error that passes with its cause; any other would need a person.
        if one.wait() == "error" and not one.error.startswith("Transient"):
            self.wrong.append(one.error)

    def _beside(self, work: object) -> None:
        thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _settle(self) -> None:
        while self._threads:
            self._threads.pop().join()


@contextmanager
def at_work(home: Path, flows: prefect.Server | None = None) -> Iterator[Work]:
    """Everything goes on inside; at the end it is asked to end, and nothing but faults that pass was met."""
    with ExitStack() as stack:
        work = Work(home, stack, flows)
        yield work
        work.end()
        assert work.wrong == []
