"""up: web, Prefect's server and the served flows of one home, as children of one process that watches them.

A child that dies is started again, three times in ten minutes; after that everything stops and the sentence says
which it was. Knows nothing of click and does not import Prefect.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from flows.offline import environment
from flows.server import HOST, STOP, Child, answers, free_port, logs_of, wait_until
from pipeline.errors import Broken, NotAllowed, UsageError
from pipeline.operate import copies
from pipeline.operate.moved import refuse_moving
from pipeline.operate.restore import UP_LOCK, refuse_unfinished
from pipeline.settings import PRIVATE, Settings, child_environment
from pipeline.wiring import open_system

WEB_PORT = 8000
PREFECT_PORT = 4200
RESTARTS = 3
WITHIN = 600.0  # seconds
LOOK = 0.5  # seconds between looks at the children
NAMES = {"web": "网页", "prefect": "后台任务服务", "flows": "定时任务"}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; None takes the usual port, or another free one."""

    host: str = HOST
    web: int | None = None
    prefect: int | None = None


@dataclass
class Watched:
    """A child with the way to make it again, and when that was done."""

    make: Callable[[], Child]
    ready: Callable[[Child], bool]
    child: Child = field(init=False)
    restarts: list[float] = field(default_factory=list[float])

    def start(self) -> None:
        """Make the child."""
        self.child = self.make()


class Services:
    """The children of one `minyi up`."""

    def __init__(self, settings: Settings, ports: Ports, *, with_flows: bool) -> None:
        self._settings = settings
        _listenable(ports.host)
        self._logs = logs_of(settings)
        self.web_url = f"http://{_shown(ports.host)}:{(web := _port('--port', ports.web, WEB_PORT))}"
        self._watched = {"web": self._web(ports.host, web)}
        self.prefect_url: str | None = None
        if with_flows:
            port = _port("--prefect-port", ports.prefect, PREFECT_PORT)
            self.prefect_url = f"http://{HOST}:{port}"
            self._watched |= self._prefect(port)
        self._families: dict[int, psutil.Process] = {}

    def start(self) -> None:
        """Start all at once, and wait for each."""
        for watched in self._watched.values():
            watched.start()
        for watched in self._watched.values():
            wait_until(watched.child, lambda watched=watched: watched.ready(watched.child))

    def look(self, say: Say) -> None:
        """Restart what died. Raises Broken when one keeps dying."""
        for name, watched in self._watched.items():
            self._families |= {one.pid: one for one in watched.child.family()}
            if watched.child.ended is None:
                continue
            now = time.monotonic()
            watched.restarts = [at for at in watched.restarts if now - at < WITHIN]
            if len(watched.restarts) >= RESTARTS:
                raise Broken(f"{NAMES[name]}反复退出，已全部停止", where=str(watched.child.log), fix="请看日志末尾")
            self._end_leftovers()
            watched.restarts.append(now)
            watched.start()
            say(f"{NAMES[name]}意外退出，已重新启动（日志 {watched.child.log}）")

    def stop(self) -> None:
        """End the flows, then the web, then the server they report to; then whatever they left behind."""
        started = [one.child for name in ("flows", "web", "prefect") if (one := self._watched.get(name))]
        for child in started:
            self._families |= {one.pid: one for one in child.family()}
            child.end(STOP)
        self._end_leftovers()

    def _end_leftovers(self) -> None:
        alive = {pid for one in self._watched.values() for pid in [one.child.pid] if one.child.ended is None}
        parents = {process.pid for one in self._watched.values() for process in one.child.family()}
        for pid, process in list(self._families.items()):
            if pid not in alive | parents:
                with suppress(psutil.Error):
                    process.kill()  # psutil compares the start time: a number used again is let be
                del self._families[pid]

    def _web(self, host: str, port: int) -> Watched:
        url = f"http://{_shown(host)}:{port}/api/openapi.json"
        given = child_environment(self._settings)
        return Watched(lambda: Child("web", [host, str(port)], given, self._logs), lambda _: answers(url))

    def _prefect(self, port: int) -> dict[str, Watched]:
        api = f"http://{HOST}:{port}/api"
        given = environment(self._settings, api)
        health = f"{api}/health"
        return {
            "prefect": Watched(
                lambda: Child("prefect", [HOST, str(port)], given, self._logs), lambda _: answers(health)
            ),
            "flows": Watched(
                lambda: Child("flows", [health], given, self._logs), lambda child: "serving" in child.said
            ),
        }


def up(settings: Settings, ports: Ports, *, with_flows: bool, say: Say) -> None:
    """Bring everything up, tell the addresses, watch until told to stop, end everything.

    Raises NotAllowed when this home is up already, UsageError for a port in use, Broken when a part keeps dying.
    """
    refuse_moving(settings.home)
    with alone(settings.home) as note:
        refuse_unfinished(settings.home)
        with open_system(settings) as system:
            system.store.check()  # made and upgraded here, so that the children do not race for it
        services = Services(settings, ports, with_flows=with_flows)
        note(services.web_url)
        try:
            _hear()
            say("正在启动，第一次约需半分钟……")
            services.start()
            _tell(services, settings, say)
            while True:
                time.sleep(LOOK)
                services.look(say)
        except KeyboardInterrupt:
            say("正在停止……")
        finally:
            _hear(signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
            services.stop()
            _hear(signal.SIG_DFL)
    say("已停止")


@contextmanager
def alone(home: Path) -> Generator[Callable[[str], None]]:
    """Hold this home, as the one `minyi up`; gives what notes our address for whoever is refused.

    Who holds it stands beside.
    """
    home.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    who = home / "up.json"
    with copies.held(home / UP_LOCK) as ours:
        if not ours:
            raise _taken(home, who)
        try:
            yield lambda url: _write(who, {"pid": os.getpid(), "url": url})
        finally:
            who.unlink(missing_ok=True)


def _taken(home: Path, who: Path) -> NotAllowed:
    try:
        holder = json.loads(who.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        holder = {"pid": "不详", "url": "地址不详"}
    return NotAllowed(
        f"这个数据文件夹已经启动了一套民意（进程 {holder['pid']}，网页 {holder['url']}）",
        where=str(home),
        fix="请直接使用，或先停止那一套；要另开一套请用 MINYI_HOME 指定别的文件夹",
    )


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def _hear(handler: Any = signal.default_int_handler) -> None:
    # A process begun in the background ignores SIGINT, and SIGTERM would end us before our children.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


def _tell(services: Services, settings: Settings, say: Say) -> None:
    say(f"网页　　　{services.web_url}/")
    say(f"工作台　　{services.web_url}/desk")
    if services.prefect_url:
        say(f"后台任务　{services.prefect_url}/")
    say(f"日志　　　{logs_of(settings)}")
    say("已就绪。按 Ctrl-C 停止")


def _port(option: str, wanted: int | None, usual: int) -> int:
    found = free_port(wanted or usual)
    if wanted and found != wanted:
        raise UsageError(f"端口 {wanted} 已被占用", where=option, fix="请换一个端口，或不写，由程序挑选空闲的")
    return found


def _listenable(host: str) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.bind(address)
    except (OSError, UnicodeError) as error:
        fix = "请写本机的地址，或写 0.0.0.0 使局域网可用"
        raise UsageError(f"“{host}”不是本机的地址", where="--host", fix=fix) from error


def _shown(host: str) -> str:
    # What listens on every address is reached here by loopback.
    return HOST if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
