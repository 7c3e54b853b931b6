"""One Prefect server as a child process, and one flow run against it: for the demo, `minyi up` and tests."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from flows.offline import QUIET, environment, prefect_home
from pipeline.errors import Broken, Transient
from pipeline.settings import Settings, child_environment
from pipeline.settings import environment as our_environment

HOST = "127.0.0.1"
READY = 120.0  # seconds: 13 to 18 with a new database, more on a slow disk
STOP = 15.0  # seconds between asking and killing
KEPT_LOG = 10_000_000  # bytes; what is longer at a start becomes NAME.log.1


class Child:
    """A child process of ours: ended by closing its standard input, killed when that does not help."""

    def __init__(self, name: str, arguments: list[str], environment: Mapping[str, str], logs: Path) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        with _opened(self.log) as log:
            self._from = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "flows.children", name, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                # A Ctrl-C at the terminal is for the parent, which then ends its children in order.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Ask it to end; harmless twice."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def end(self, seconds: float = STOP) -> None:
        """Ask it to end, wait, kill."""
        self.ask_to_end()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def said(self) -> str:
        """What it wrote to its log so far."""
        with self.log.open("rb") as log:
            log.seek(self._from)
            return log.read().decode("utf-8", errors="replace")

    def tail(self, lines: int = 5) -> str:
        """The last lines that it wrote."""
        return "\n".join(self.said.splitlines()[-lines:])

    def family(self) -> list[psutil.Process]:
        """The processes it started, and theirs."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.Error:
            return []


class Server:
    """Prefect's server with its UI, of one home. A context manager; `wait()` before it is used."""

    def __init__(self, settings: Settings, port: int | None = None) -> None:
        self.settings = settings
        self.port = port or free_port()
        self.ui_url = f"http://{HOST}:{self.port}"
        self.api_url = f"{self.ui_url}/api"
        self.environment = environment(settings, self.api_url)
        self.child = Child("prefect", [HOST, str(self.port)], self.environment, logs_of(settings))

    def wait(self, seconds: float = READY) -> str:
        """Until it answers; its API's URL. Raises Broken when it died, Transient when it does not answer."""
        wait_until_answers(self.child, f"{self.api_url}/health", seconds)
        return self.api_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.child.end()


class NamedServer:
    """A Prefect server that the office runs, as PREFECT_API_URL names it: used, never started or ended."""

    def __init__(self, settings: Settings, api_url: str) -> None:
        self.api_url = api_url
        self.environment = child_environment(settings, {**QUIET, "PREFECT_HOME": str(prefect_home(settings.home))})

    def wait(self, seconds: float = READY) -> str:
        """Until it answers; its API's URL. Raises Transient when it does not."""
        ends = time.monotonic() + seconds
        while not answers(f"{self.api_url}/health"):
            if time.monotonic() > ends:
                raise Transient("后台任务服务没有应答", where=self.api_url, fix="请核对 PREFECT_API_URL 和那台服务器")
            time.sleep(0.1)
        return self.api_url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """It goes on."""


def server_of(settings: Settings) -> Server | NamedServer:
    """The server that PREFECT_API_URL names, else this home's own, started."""
    named = our_environment().get("PREFECT_API_URL")
    return NamedServer(settings, named.rstrip("/")) if named else start_server(settings)


def start_server(settings: Settings, port: int | None = None) -> Server:
    """Start this home's Prefect server and return at once: other work goes on while it makes its database."""
    return Server(settings, port)


def run_once(server: Server | NamedServer, flow: str, **parameters: Any) -> dict[str, Any]:
    """One real run of a flow (crawl, process, brief, maintain) against this server; what it returned. Raises
    Broken when the run failed."""
    return run_flow(server.environment, flow, **parameters)


def run_flow(environment: Mapping[str, str], flow: str, **parameters: Any) -> dict[str, Any]:
    """One run of a flow in a process of its own, with this environment; what it returned.

    Raises Broken with the end of its log when the run failed.
    """
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "flows.once", flow, json.dumps(parameters)],
        env=dict(environment),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Broken(f"后台任务 {flow} 没有完成", where=done.stderr.strip()[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def wait_until_answers(child: Child, url: str, seconds: float) -> None:
    """Until a GET of `url` is answered. Raises Broken when the child ended, Transient after `seconds`."""
    wait_until(child, lambda: answers(url), seconds)


def wait_until(child: Child, ready: Callable[[], bool], seconds: float = READY) -> None:
    """Until a child is ready. Raises Broken when it ended, Transient after `seconds`."""
    ends = time.monotonic() + seconds
    while not ready():
        if child.ended is not None:
            raise Broken(f"{child.name} 没能启动：{child.tail()}", where=str(child.log), fix="请看日志")
        if time.monotonic() > ends:
            raise Transient(f"{child.name} 过了 {seconds:.0f} 秒还没有应答", where=str(child.log), fix="请看日志")
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether a GET is answered with success, past any proxy."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5):
            return True
    except (URLError, OSError):
        return False


def free_port(wanted: int = 0) -> int:
    """A free port of the loopback address: the wanted one when it is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            if sys.platform != "win32":  # there it would share a port in use; here it passes over one just left
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Transient("本机没有空闲端口", where=HOST)


def logs_of(settings: Settings) -> Path:
    """Where children write their logs."""
    return settings.home / "logs"


def _opened(log: Path) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > KEPT_LOG:
        log.replace(log.with_suffix(".log.1"))
    return log.open("ab")
