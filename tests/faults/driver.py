"""What a child process of these tests does: one job on a home, its parts watched by a trap.

Batches, groups and leases are small here, so that few messages make many commits and a dead worker's partitions
and hosts are free soon. Jobs take plain data; a job's answer goes through the pipe.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pipeline.intake.imports
import pipeline.process.worker
import pipeline.project
from crawlers.limits import Limits
from crawlers.run import crawl
from pipeline.adapters import kafka_consumer
from pipeline.adapters.bus_sqlite import SqliteBus
from pipeline.clock import Clock, system_clock
from pipeline.errors import MinyiError, Transient
from pipeline.intake.group import GroupWriter
from pipeline.intake.imports import Content, Options, import_files
from pipeline.intake.relay import relay
from pipeline.logs import logging_to
from pipeline.office import issuing
from pipeline.office.context import office_of
from pipeline.operate import copies
from pipeline.operate.backup import backup
from pipeline.process.replay import Word, replay
from pipeline.records.bulletins import Bulletin, Rendered
from pipeline.wiring import System, open_system
from pipeline.workers import bench_of, follow, projector_of, runner_of
from tests.faults.shapes import settings_of
from tests.faults.trap import Edge, Trap, Watched, watch

SMALL = 20  # messages a batch, marks a projection
LEASE = 0.3  # seconds
QUICK = Limits(retries=1, retry_wait=0.0, timeout=10.0, linger=0.03, batch=5, hold=LEASE, retry_first=timedelta(0))


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """Do one job."""
    if given.pop("small", True):
        shrink()
    trap = Trap(edge)
    try:
        with opened(home) as system:
            watch(system, trap)
            pipe.send(("begun", None))
            answer = JOBS[do](system, trap, pipe, **given)
    except MinyiError as error:
        pipe.send(("error", f"{type(error).__name__}: {error}"))
    else:
        pipe.send(("done", answer))


def shrink() -> None:
    """Small groups and short patience in this process."""
    pipeline.intake.imports.GROUP = 10
    pipeline.process.worker.BATCH_MESSAGES = pipeline.process.worker.WIDE_MESSAGES = SMALL
    pipeline.project.GROUP_SIZE = SMALL
    relay.__kwdefaults__["limit"] = SMALL  # type: ignore[index]
    pipeline.intake.imports.PAUSE = 0.01
    pipeline.process.worker.PAUSES = (0.01, 0.02)
    GroupWriter.__init__.__kwdefaults__["patience"] = 0.3
    kafka_consumer.SESSION_MS, kafka_consumer.HEARTBEAT_MS = 1_200, 100


def opened(home: str, clock: Clock = system_clock) -> System:
    """A system; an embedded bus has short leases."""
    system = open_system(settings_of(Path(home)), clock=clock)
    if (address := system.settings.bus.path) is not None:
        system.__dict__["bus"] = system._kept(SqliteBus(address, clock=system.clock, lease_seconds=LEASE))
    return system


def crawled(system: System, _trap: Trap, _pipe: Connection, catalogue: str) -> list[dict[str, Any]]:
    return [report.line() for report in crawl(system, catalogue=Path(catalogue), limits=QUICK)]


def imported(system: System, _trap: Trap, _pipe: Connection, files: list[str]) -> list[tuple[str, int, int]]:
    """Name, accepted, refused of each. Raises Transient when one had to stop."""
    contents = [Content(Path(file).name, Path(file)) for file in files]
    reports = import_files(
        system.store, system.files, contents, Options(), clock=system.clock, receipts=system.receipts
    )
    found = list(reports)
    if stopped := [one.stopped for one in found if one.stopped]:
        raise Transient(stopped[0])
    return [(one.file, one.accepted, len(one.refused)) for one in found]


def served(system: System, _trap: Trap, pipe: Connection) -> None:
    """The API on a free port, which goes through the pipe, until the pipe says to stop."""
    import uvicorn

    from pipeline.web.app import create_app

    config = uvicorn.Config(create_app(lambda: system), port=0, log_config=None)
    server, socket = uvicorn.Server(config), config.bind_socket()

    def stop() -> None:
        while not server.started:
            time.sleep(0.005)
        pipe.send(("port", socket.getsockname()[1]))
        pipe.recv()
        server.should_exit = True

    threading.Thread(target=stop, daemon=True).start()
    with logging_to(system.settings.home, system.settings.zone):
        server.run(sockets=[socket])


def relayed(system: System, _trap: Trap, _pipe: Connection) -> int:
    """All that waits is on the bus, whoever had the turn before."""
    total = 0
    while True:
        with system.store.reading() as session:
            if not session.arrivals.waiting(1, 0):
                return total
        total += relay(system.store, system.bus)
        time.sleep(0.02)


def ran(system: System, _trap: Trap, _pipe: Connection, limit: float = 85.0, beside: int = 0) -> dict[str, int]:
    """A worker until nothing is left; one of several begins when so many are ready."""
    with runner_of(system) as runner:
        if beside:
            meet(system.settings.home.parent, beside)
        assert runner.once(limit=limit), "not done in time"
        return runner.report.outcomes


def meet(folder: Path, many: int) -> None:
    """Wait for the others: a worker that is ready much sooner would take all the work."""
    (folder / f"ready-{os.getpid()}").touch()
    deadline = time.monotonic() + 60
    while len(list(folder.glob("ready-*"))) < many:
        assert time.monotonic() < deadline, "others are not ready"
        time.sleep(0.01)


def followed(system: System, _trap: Trap, pipe: Connection) -> dict[str, int]:
    """A worker until the pipe says to stop; what it does not raise stands in the home's log."""
    stopped = threading.Event()

    def stop() -> None:
        with suppress(EOFError):
            pipe.recv()
        stopped.set()

    threading.Thread(target=stop, daemon=True).start()
    with logging_to(system.settings.home, system.settings.zone):
        return follow(system, stopped).outcomes


def reindexed(system: System, _trap: Trap, _pipe: Connection) -> int:
    return projector_of(system).reindex()


def issued(system: System, trap: Trap, _pipe: Connection, key: str) -> int | None:
    def render(bulletin: Bulletin, form: str) -> Rendered:
        number = "　" if bulletin.number is None else str(bulletin.number)
        return Rendered(f"{form}|第{number}期|{bulletin.articles[0].text}".encode())

    office = replace(office_of(system), render=Watched(render, "office", trap)._call("office.render", render))
    return issuing.issue(office, key, by="陈编").bulletin.number


def replayed(system: System, _trap: Trap, _pipe: Connection, number: int) -> str:
    bench = bench_of(system)
    try:
        return replay(bench, number, Word()).outcome.value
    finally:
        bench.bands.close()


def backed_up(system: System, trap: Trap, _pipe: Connection, into: str) -> str:
    copy = copies.copy_database
    copies.copy_database = Watched(copy, "backup", trap)._call("backup.copy", copy)
    return backup(system, Path(into)).folder


JOBS: dict[str, Callable[..., Any]] = {
    "crawl": crawled,
    "import": imported,
    "api": served,
    "relay": relayed,
    "run": ran,
    "follow": followed,
    "reindex": reindexed,
    "issue": issued,
    "replay": replayed,
    "backup": backed_up,
}
