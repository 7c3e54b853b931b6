"""The runner that the drains of a busy stretch share: a worker's parts are opened once for them, not once a task.

A task still takes and gives plain data, and opens its own runner where no stretch is on (tests, a run by hand).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from pipeline.run import Runner
from pipeline.wiring import open_system
from pipeline.workers import runner_of


class Kept:
    """One process's runner, for one flow run at a time."""

    def __init__(self) -> None:
        self._on = False
        self._open: tuple[ExitStack, Runner] | None = None

    @contextmanager
    def stretch(self) -> Generator[None]:
        """Inside, a runner that was opened stays open until `let_go`."""
        self._on = True
        try:
            yield
        finally:
            self._on = False
            self.let_go()

    def let_go(self) -> None:
        """Leave the group: what comes later may be another worker's. Harmless twice."""
        found, self._open = self._open, None
        if found is not None:
            found[0].close()

    @contextmanager
    def runner(self) -> Generator[Runner]:
        """The runner; after a fault in its use it is opened anew."""
        stack, runner = self._open or _opened()
        self._open = stack, runner
        try:
            yield runner
        except BaseException:
            self.let_go()
            raise
        if not self._on:
            self.let_go()


def _opened() -> tuple[ExitStack, Runner]:
    with ExitStack() as stack:
        system = stack.enter_context(open_system())
        runner = stack.enter_context(runner_of(system))
        return stack.pop_all(), runner
