"""The process flow as one Prefect run beside the same without Prefect: `python -m tests.benchmarks.bench_flow`.

A server is started for it. Each round works through two copies of one filled home, in a process of its own that
has Prefect loaded for both: one by a runner, one by one run of the flow. Rounds alternate which comes first.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.settings import child_environment, load
from tests.benchmarks.bench_process import filled, messages
from tests.benchmarks.figures import Figure, at_least

MESSAGES, QUICK = 20_000, 3_000
ROUNDS = 3
GOAL = 0.9


def plain(home: str) -> float:
    """Seconds of a runner."""
    from pipeline.wiring import open_system
    from pipeline.workers import runner_of

    since = time.perf_counter()
    with open_system(load({"MINYI_HOME": home})) as system, runner_of(system) as runner:
        assert runner.once(limit=600)
    return time.perf_counter() - since


def flow(count: int) -> float:
    """Seconds of one flow run on the home that the environment names."""
    import asyncio

    from flows.process import process

    since = time.perf_counter()
    done = asyncio.run(process(seconds=600.0, until_empty=True))
    spent = time.perf_counter() - since
    assert done["messages"] == count, done
    return spent


def child(home: str, count: int, *, flow_first: bool) -> None:
    """One round; prints both times."""
    import flows.process  # noqa: F401 - loaded for both, before the clock starts

    times: dict[str, float] = {}
    for name in ("flow", "plain") if flow_first else ("plain", "flow"):
        times[name] = flow(count) if name == "flow" else plain(home)
    print(json.dumps(times), flush=True)


def one_round(original: Path, at: int, count: int, environment: Mapping[str, str]) -> dict[str, float]:
    """Both, on copies."""
    with tempfile.TemporaryDirectory() as home:
        for name in ("plain", "flow"):
            shutil.copytree(original, Path(home, name))
        mine = child_environment(load({"MINYI_HOME": str(Path(home, "flow"))}))
        chosen = {**environment, **{name: value for name, value in mine.items() if name.startswith("MINYI_")}}
        words = [sys.executable, "-m", "tests.benchmarks.bench_flow", str(Path(home, "plain")), str(count), str(at % 2)]
        done = subprocess.run(words, env=chosen, stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])


def figures(quick: bool) -> Iterator[Figure]:
    from flows.server import start_server

    count = QUICK if quick else MESSAGES
    with filled(messages(count)) as system:
        home = system.settings.home
        system.bus.close()
        system.store.close()
        with tempfile.TemporaryDirectory() as own, start_server(load({"MINYI_HOME": own})) as server:
            server.wait()
            rounds = [one_round(home, at, count, server.environment) for at in range(1 if quick else ROUNDS)]
    rates = [count / statistics.median(one[name] for one in rounds) for name in ("flow", "plain")]
    more = f" ({rates[0]:.0f} and {rates[1]:.0f} items/s)"
    yield at_least(
        "process through Prefect / without", statistics.median(o["plain"] / o["flow"] for o in rounds), GOAL, more
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case [home, count, first]:
            child(home, int(count), flow_first=first == "1")
        case _:
            print(*figures(quick=False), sep="\n")
