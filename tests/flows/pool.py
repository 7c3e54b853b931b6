"""A province's Prefect as tests use it: its environment, its commands, a worker, and what its API answers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from flows.offline import past_proxies
from pipeline.settings import Settings, child_environment
from tests.services.prefect import Server

ROOT = Path(__file__).parents[2]
MINYI = (sys.executable, "-m", "pipeline.cli.main")
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
WAIT = 120.0  # seconds at most, on a machine that does other things


def environment(server: Server, settings: Settings) -> dict[str, str]:
    """What an operator sets on a machine of the province: the parts, and where Prefect is."""
    mine = {
        "PREFECT_API_URL": server.api_url,
        "PYTHONPATH": str(ROOT),
    }
    return past_proxies(child_environment(settings, mine))


def ran(words: tuple[str, ...], given: Mapping[str, str], cwd: Path) -> str:
    """Run a command to its good end; what it printed."""
    done = subprocess.run(words, env=dict(given), cwd=cwd, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def worker(given: Mapping[str, str], folder: Path, *options: str) -> Iterator[psutil.Process]:
    """A worker, begun in a folder of its own; it and what it started end with the test."""
    folder.mkdir(exist_ok=True)
    with (folder / "worker.out").open("ab") as out:
        process = subprocess.Popen(
            [*MINYI, "flows", "work", *options], env=dict(given), cwd=folder, stdout=out, stderr=out
        )
    found = psutil.Process(process.pid)
    try:
        until(lambda: "已就绪" in (folder / "worker.out").read_text("utf-8") or process.poll() is not None)
        assert process.poll() is None, (folder / "worker.out").read_text("utf-8")
        yield found
    finally:
        family = [found, *found.children(recursive=True)] if found.is_running() else []
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        for one in family:
            with suppress(psutil.Error):
                one.kill()
        process.wait()


def begin(server: Server, flow: str, **parameters: Any) -> str:
    """Ask for a run of a deployed flow; its id."""
    deployed = server.asked(f"/deployments/name/{flow}/minyi")["id"]
    return server.asked(f"/deployments/{deployed}/create_flow_run", {"parameters": parameters})["id"]


def state(server: Server, run: str) -> dict[str, Any]:
    return server.asked(f"/flow_runs/{run}")["state"]


def ended(server: Server, run: str, seconds: float = WAIT) -> str:
    """Wait until a run has ended; its state."""
    until(lambda: state(server, run)["type"] in ENDED, seconds)
    return state(server, run)["type"]


def artifacts(server: Server, run: str) -> dict[str, Any]:
    body = {"artifacts": {"flow_run_id": {"any_": [run]}}}
    return {one["key"]: one["data"] for one in server.asked("/artifacts/filter", body)}


def process_of(worker: psutil.Process, run: str) -> psutil.Process:
    """The process that a worker runs this run in."""

    def found() -> list[psutil.Process]:
        children = worker.children(recursive=True)
        return [one for one in children if one.environ().get("PREFECT__FLOW_RUN_ID", "").replace("-", "") in plain]

    plain = {run.replace("-", "")}
    until(lambda: bool(found()))
    return found()[0]


def until(reached: Callable[[], bool], seconds: float = WAIT) -> None:
    ends = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.2)
