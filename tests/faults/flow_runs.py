"""A worker as operators of a province have it: a run of the flow `process` that a Prefect server records."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.faults.shapes import asked, settings_of
from tests.flows import pool
from tests.services import prefect

LONGEST = 120.0  # seconds that a run follows the bus, if nobody ends it
PATIENCE = 15.0  # seconds from being asked to end until it is killed


class Run:
    """A run of the flow `process` as a worker: it may end in any way, for its server is struck."""

    def __init__(self, home: Path, flows: prefect.Server) -> None:
        self._home = home
        settings = settings_of(home)
        words = [sys.executable, "-m", "flows.once", "process", json.dumps({"seconds": LONGEST})]
        with (home / "run.out").open("ab") as out:
            self._process = subprocess.Popen(words, env=pool.environment(flows, settings), stdout=out, stderr=out)

    def begun(self) -> Run:
        """Wait until it has taken its part of what arrived, or has ended."""
        pool.until(lambda: self._process.poll() is not None or bool(asked(self._home, "SELECT 1 FROM offsets")))
        return self

    @contextmanager
    def still(self) -> Iterator[None]:
        """Inside it stands still."""
        with suppress(psutil.NoSuchProcess):
            psutil.Process(self._process.pid).suspend()
        try:
            yield
        finally:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(self._process.pid).resume()

    def kill(self) -> None:
        self._process.kill()

    def tell(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def wait(self) -> str:
        """Always "ended"."""
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        return "ended"

    @property
    def error(self) -> str:
        return ""


@contextmanager
def running(home: Path, flows: prefect.Server) -> Iterator[Run]:
    """A run, ended with the block."""
    run = Run(home, flows)
    try:
        yield run
    finally:
        run.kill()
        run.wait()
