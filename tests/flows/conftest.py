"""One `minyi up` for the whole session: its Prefect server records the runs of every test, each on its own home."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
import pytest

from flows.offline import environment
from flows.server import free_port
from pipeline.settings import Settings, child_environment, load
from tests.services import postgres, prefect

READY = "已就绪"


@dataclass
class Running:
    """A `minyi up` as a process, and what it said until it was ready."""

    process: subprocess.Popen[str]
    settings: Settings
    said: list[str]

    def address(self, name: str) -> str:
        line = next(line for line in self.said if line.startswith(name))
        return line.split("　")[-1].strip().rstrip("/")

    @property
    def api(self) -> str:
        return self.address("后台任务　") + "/api"

    def family(self) -> list[psutil.Process]:
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if alive(one)]

    def asked(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.api + path, data, {"content-type": "application/json"}), timeout=20) as answer:
            return json.load(answer)


def alive(process: psutil.Process) -> bool:
    """Whether it has not ended; it may do so in this very moment."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def begin(home: Path, *options: str) -> Running:
    """Start `minyi up` and read what it says until it is ready, or ends."""
    settings = load({"MINYI_HOME": str(home)})
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli.main", "up", *options],
        env=child_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.strip())
        if READY in line:
            break
    return Running(process, settings, said)


def finish(running: Running) -> str:
    """Ask it to end; the rest of what it says."""
    assert running.process.stdout is not None
    if running.process.poll() is None:
        running.process.terminate()
    with running.process.stdout as output:
        rest = output.read()
    running.process.wait(60)
    return rest


def gone(processes: list[psutil.Process], seconds: float = 20.0) -> bool:
    """Whether all end within these seconds; an unread exit status is an end."""
    ends = time.monotonic() + seconds
    while any(alive(one) for one in processes):
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = begin(tmp_path_factory.mktemp("up") / "home", *free_ports())
    try:
        assert READY in running.said[-1], "\n".join(running.said)
        yield running
    finally:
        finish(running)


def free_ports() -> tuple[str, ...]:
    return ("--port", str(free_port()), "--prefect-port", str(free_port()))


@pytest.fixture
def recorded(services: Running, settings: Settings) -> dict[str, str]:
    """The environment of a run on the test's own home that the one server records."""
    return environment(settings, services.api)


@pytest.fixture
def port_in_use() -> Iterator[int]:
    """A port that this test holds."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield int(held.getsockname()[1])


@pytest.fixture(scope="session")
def server(postgresql: postgres.Server) -> Iterator[prefect.Server]:
    """A province's Prefect server, on PostgreSQL; events are kept at once, so that tests need not wait for them."""
    with prefect.running(postgresql, PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL="0.5") as found:
        yield found
