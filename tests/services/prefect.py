"""A Prefect server of the tests' own, as a province runs it: on PostgreSQL, a free port, a home of its own.

Its database lies in the PostgreSQL of the tests, so who uses both is in that server's group.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from urllib.request import ProxyHandler, Request, build_opener

import psutil
import psycopg

from flows.offline import SERVER, past_proxies
from flows.server import answers, free_port
from tests.services import postgres

TOGETHER = postgres.TOGETHER
READY = 120.0  # seconds: 9 with an empty database on an idle machine
STOP = 15.0
PREFECT = (sys.executable, "-m", "prefect")


class Server:
    """One server. It outlives a parent that dies: whoever starts it ends it."""

    def __init__(self, folder: Path, database: str, **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.api_url = f"http://127.0.0.1:{self.port}/api"
        mine = {
            **SERVER,
            "PREFECT_HOME": str(folder / "home"),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database.replace("postgresql://", "postgresql+asyncpg://"),
            "PREFECT_API_URL": self.api_url,
            **more,
        }
        self._database = database
        self._environment = {**os.environ, **past_proxies({**os.environ, **mine})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it is healthy."""
        log = self.folder / "server.out"
        words = [*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                words, env=self._environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
            )
        ends = time.monotonic() + READY
        while not answers(f"{self.api_url}/health"):
            assert self._process.poll() is None, f"the server ended:\n{log.read_text(encoding='utf-8')[-2000:]}"
            assert time.monotonic() < ends, f"the server is not ready:\n{log.read_text(encoding='utf-8')[-2000:]}"
            time.sleep(0.1)

    def stop(self, *, kill: bool = False) -> None:
        """End it and what it started; harmless twice."""
        if self._process is None or self._process.poll() is not None:
            return
        family = [*psutil.Process(self._process.pid).children(recursive=True), psutil.Process(self._process.pid)]
        if not kill:
            self._process.terminate()  # it ignores SIGINT when it was begun in the background
            psutil.wait_procs(family, STOP)
        for one in family:
            if one.is_running():
                one.kill()
        self._process.wait()

    def asked(self, path: str, body: Mapping[str, Any] | None = None, method: str | None = None) -> Any:
        """What its API answers: a POST when there is a body, a GET without."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.api_url + path, data, {"content-type": "application/json"}, method=method)
        with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def execute(self, statement: LiteralString, *values: object) -> None:
        """Change what is in its database, where no call of its API does."""
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute(statement, values)


def available() -> bool:
    """Whether its database can be had."""
    return postgres.available()


@contextmanager
def running(database: postgres.Server, **more: str) -> Iterator[Server]:
    """A new server on a new database of this PostgreSQL, both ended and removed whatever happens."""
    name = f"prefect{uuid.uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory(prefix="prefect-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder), database.create(name), **more)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            database.drop(name)
