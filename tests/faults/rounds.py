"""One generated round: processes killed at random moments while they crawl, import, serve and run, then the proof."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crawlers.site import serving
from tests.faults.county import County
from tests.faults.edges import CASES
from tests.faults.hands import Hand, hand
from tests.faults.proof import finish, prove
from tests.faults.trap import Edge

JOBS = ("crawl", "import", "api", "run")
LONGEST = 1.2  # seconds before a kill
TRIES = 4  # attempts a kill: some jobs end before their moment comes


@dataclass
class Round:
    """What one round did."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    origins: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        killed = ", ".join(f"{job} killed {self.kills[job]} times" for job in JOBS)
        return f"{self.seed:>10}  embedded  {self.origins:>5}  {self.seconds:>7.1f}  {killed}"


HEADER = f"{'seed':>10}  shape     words  seconds  strikes"


def play(seed: int, folder: Path, kills: int = 20) -> Round:
    """A round on a home of its own; AssertionError names what is wrong."""
    began, done = time.monotonic(), Round(seed)
    chance = random.Random(seed)
    home = folder / "home"
    with serving() as site:
        county = County(seed, folder / "county", site).grow(pages=8, rows=20, posts=8)
        for attempt in range(TRIES * kills):
            if done.kills.total() >= kills:
                break
            if attempt % 5 == 4:
                county.grow(pages=3, rows=10, posts=5)
            _strike(home, county, chance, done)
        finish(home, county)
        prove(home, county)
    done.origins, done.seconds = len(county.planted), time.monotonic() - began
    return done


def _strike(home: Path, county: County, chance: random.Random, done: Round) -> None:
    """Two jobs at once, each killed at a moment or an edge of its own, if it is not done before."""
    with ExitStack() as stack:
        pairs = []
        for job in chance.sample(JOBS, 2):
            one = stack.enter_context(hand(job, home, _edge(job, chance), **given(job, county)))
            pairs.append((job, one, _stalking(one, chance.uniform(0, LONGEST), _posting(job, one, county))))
        for job, one, stalking in pairs:
            stalking.join()
            done.kills[job] += one.wait() == "killed"


def given(job: str, county: County) -> dict[str, Any]:
    """A job's arguments."""
    return {"crawl": {"catalogue": county.catalogue}, "import": {"files": county.paths}}.get(job, {})


def _edge(job: str, chance: random.Random) -> Edge | None:
    edges = [case.edge for case in CASES if case.job == job]
    chosen = chance.choice(edges)
    # Half of the deaths at a moment, half at a call: moments alone seldom meet the short windows.
    return Edge(chosen.call, chosen.when, chance.randint(1, 4)) if chance.random() < 0.5 else None


def _posting(job: str, one: Hand, county: County) -> Callable[[], object]:
    return (lambda: county.post(one.hear("port"))) if job == "api" else (lambda: None)


def _stalking(one: Hand, delay: float, work: Callable[[], object]) -> threading.Thread:
    def stalk() -> None:
        with suppress(EOFError):  # it died before it told
            one.begun()
            timer = threading.Timer(delay, one.kill)
            timer.start()
            work()
            timer.join()
        one.kill()

    thread = threading.Thread(target=stalk)
    thread.start()
    return thread
