"""The deployment as far as it goes without containers: compose's own processes of ours, each with its own command,
environment and health check, in the order it states, on the servers of the tests, which run with its settings.

Replaced are the containers' names by addresses of this machine, and the ports by free ones.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import psutil
import pytest

from flows.offline import past_proxies
from flows.server import free_port
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.arriving import TEXT
from tests.deploy import places
from tests.services.cluster import Cluster

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]
SERVICES: dict[str, dict[str, Any]] = places.compose()["services"]
SECONDS = 180.0
PROGRAMS = {
    "minyi": [sys.executable, "-m", "pipeline.cli.main"],
    "prefect": [sys.executable, "-m", "prefect"],
    "python": [sys.executable],
}


class Site:
    """One server's worth of processes: addresses, folders, and what was started."""

    def __init__(self, cluster: Cluster, folder: Path, stack: ExitStack) -> None:
        self.folder, self._cluster, self._stack = folder, cluster, stack
        self.ports = {8000: free_port(), 4200: free_port()}
        for name in ("minyi", "prefect"):
            cluster.server.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", f"walk_{name}")
            cluster.server.create(f"walk_{name}")
            stack.callback(cluster.server.drop, f"walk_{name}")

    def environment(self, name: str) -> dict[str, str]:
        given = {key: self._here(places.filled(value)) for key, value in SERVICES[name]["environment"].items()}
        given.setdefault("MINYI_HOME", str(self.folder))
        mine = {**os.environ, **given, "PYTHONPATH": str(places.ROOT)}
        return past_proxies(mine)

    def words(self, words: list[str]) -> list[str]:
        there = [self._here(word) for word in words]
        return [*PROGRAMS[there[0]], *there[1:]]

    def once(self, name: str) -> str:
        """Run a service that ends; what it said."""
        done = subprocess.run(
            self.words(SERVICES[name]["command"]),
            env=self.environment(name),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name: str) -> Callable[[], str]:
        """Begin a service that stays; its log."""
        log = self.folder.parent / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                self.words(SERVICES[name]["command"]),
                env=self.environment(name),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._stack.callback(_end, process)
        return lambda: log.read_text(encoding="utf-8", errors="replace")

    def healthy(self, test: list[str]) -> bool:
        assert test[0] == "CMD"
        done = subprocess.run(self.words(test[1:]), capture_output=True, check=False, timeout=60)
        return done.returncode == 0

    def _here(self, text: str) -> str:
        node, broker, server = self._cluster.node, self._cluster.broker, self._cluster.server
        text = text.replace("/var/lib/minyi", str(self.folder)).replace("0.0.0.0", "127.0.0.1")
        text = text.replace("kafka:9092", f"127.0.0.1:{broker.port}")
        text = text.replace("elasticsearch:9200", f"127.0.0.1:{node.port}/walk")
        text = re.sub(r"minyi:x@postgres/(\w+)", rf"postgres:x@127.0.0.1:{server.port}/walk_\1", text)
        text = text.replace("http://kibana:5601", "")  # which cannot be had
        text = text.replace("//prefect:", "//127.0.0.1:")
        return re.sub(r"\b(8000|4200)\b", lambda found: str(self.ports[int(found[0])]), text)


@pytest.fixture
def site(cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        stack.callback(cluster.forget, "walk")
        yield Site(cluster, tmp_path / "home", stack)


def test_compose_s_processes_take_a_submission_from_the_form_to_search(site: Site) -> None:
    site.once("migrate")
    site.start("prefect")
    until(lambda: site.healthy(SERVICES["prefect"]["healthcheck"]["test"]))
    assert "process" in site.once("flows")
    site.start("web")
    until(lambda: site.healthy(_health_of_the_image()))
    said = site.start("worker")
    until(lambda: "已就绪" in said())
    receipt = asked(
        f"http://127.0.0.1:{site.ports[8000]}/api/submissions", {"title": "柳湾村护栏", "text": TEXT.format(7)}
    )
    runs = f"http://127.0.0.1:{site.ports[4200]}/api/deployments/name/process/minyi"
    asked(f"{runs.partition('/name')[0]}/{asked(runs)['id']}/create_flow_run", {"name": uuid.uuid4().hex})
    with open_system(load(site.environment("web"))) as system:
        until(lambda: found(system, receipt["id"]))
        generation, *_ = system.search.generations()
        assert system.search.count(generation) == 1
        told = site.start("watch")
        until(lambda: "还没有备份过" in told())
        with system.store.reading() as session:
            assert "backup" in {one.alarm.part for one in session.alarms.standing()}
    assert not list(site.folder.rglob("*.db")), "nothing is embedded"


def found(system: Any, item: str) -> bool:
    with system.store.reading() as session:
        return item in session.items.live_ids() and session.marks.pending() == 0


def until(true: Callable[[], bool], seconds: float = SECONDS) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.5)


def asked(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"content-type": "application/json"})
    with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
        return json.loads(answer.read())


def _health_of_the_image() -> list[str]:
    words = dict(places.instructions())["HEALTHCHECK"].partition("CMD ")[2]
    return ["CMD", *json.loads(words)]


def _end(process: subprocess.Popen[bytes]) -> None:
    family = (
        [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        if process.poll() is None
        else []
    )
    process.terminate()
    psutil.wait_procs(family, 20)
    for one in family:
        if one.is_running():
            one.kill()
    process.wait()
