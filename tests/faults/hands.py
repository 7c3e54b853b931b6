"""Child processes at work, as the tests hold them: started quickly, killed, frozen, waited for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.faults import driver
from tests.faults.trap import Edge

# A fork of a server that has imported everything starts in 20 ms, a fresh interpreter in 2 s.
FORKS = "forkserver" in multiprocessing.get_all_start_methods()
_context: Any = multiprocessing.get_context("forkserver" if FORKS else "spawn")
if FORKS:
    _context.set_forkserver_preload(["tests.faults.driver", "tests.faults.fragile", "pipeline.web.app", "uvicorn"])
PATIENCE = 150.0  # seconds; a hand that takes longer hangs


class Hand:
    """One child process with one job."""

    def __init__(self, do: str, home: Path, edge: Edge | None = None, *, target: Any = driver.main, **given: Any):
        self._pipe, theirs = _context.Pipe()
        self._process = _context.Process(target=target, args=(do, str(home), edge, theirs, given), daemon=False)
        self._process.start()
        theirs.close()
        self._told: dict[str, Any] = {}

    def hear(self, what: str) -> Any:
        """Wait until it tells this; raises EOFError when it ended without."""
        while what not in self._told:
            if "error" in self._told:
                raise EOFError(self.error)
            assert self._pipe.poll(PATIENCE), "a child process hangs"
            name, value = self._pipe.recv()
            self._told[name] = value
        return self._told[what]

    def begun(self) -> Hand:
        """Wait until it has opened its system."""
        self.hear("begun")
        return self

    def tell(self) -> None:
        """Ask a serving hand to stop."""
        with suppress(BrokenPipeError):  # it ended before: `wait` says how
            self._pipe.send("stop")

    def kill(self) -> None:
        self._process.kill()

    def frozen(self) -> bool:
        return psutil.Process(self._process.pid).status() == psutil.STATUS_STOPPED

    def resume(self) -> None:
        psutil.Process(self._process.pid).resume()

    @contextmanager
    def still(self) -> Generator[None]:
        """Inside it stands still."""
        psutil.Process(self._process.pid).suspend()
        try:
            yield
        finally:
            self.resume()

    @property
    def working(self) -> bool:
        return self._process.is_alive()

    def wait(self) -> str:
        """How it ended: done, error, killed."""
        try:
            while True:
                assert self._pipe.poll(PATIENCE), "a child process hangs"
                name, value = self._pipe.recv()
                self._told[name] = value
        except EOFError:
            pass
        self._process.join(PATIENCE)
        code = self._process.exitcode
        assert code is not None, "a child process hangs"
        if "done" in self._told or "error" in self._told:
            return "done" if "done" in self._told else "error"
        assert code not in {0, 1}, f"a job broke: {self._told}"
        return "killed"

    @property
    def answer(self) -> Any:
        assert "done" in self._told, self._told
        return self._told["done"]

    @property
    def error(self) -> str:
        return self._told["error"]

    def close(self) -> None:
        if self._process.is_alive():
            self._process.kill()
        self._process.join(PATIENCE)
        self._process.close()
        self._pipe.close()


@contextmanager
def hand(do: str, home: Path, edge: Edge | None = None, **given: Any) -> Generator[Hand]:
    """A child process, ended with the block."""
    one = Hand(do, home, edge, **given)
    try:
        yield one
    finally:
        one.close()


def done(do: str, home: Path, **given: Any) -> Any:
    """A job done to its end; its answer."""
    with hand(do, home, **given) as one:
        assert one.wait() == "done", one._told
        return one.answer
