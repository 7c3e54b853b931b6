"""How long the stages and steps of batches took, gathered until the next note of a batch is written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager

from pipeline.records.names import Step
from pipeline.records.watching import Spent

MOST = 1_000  # kept while the store is away; the oldest go


class Times:
    """Durations not written yet. Used by one thread."""

    def __init__(self) -> None:
        self._spent: deque[Spent] = deque(maxlen=MOST)

    def add(self, stage: str, seconds: float) -> None:
        """A stage took so long."""
        self._spent.append(Spent(stage, seconds))

    def taken(self) -> list[Spent]:
        """What was added since; they are the caller's now, and lost if he fails: they are no books."""
        found = list(self._spent)
        self._spent.clear()
        return found

    @contextmanager
    def of_steps(self) -> Generator[Callable[[Step], None]]:
        """Inside, what is given is told of each step before it begins; each has ended when the next begins."""
        begun: list[tuple[Step, float]] = []

        def note(step: Step) -> None:
            self._close(begun)
            begun.append((step, time.monotonic()))

        yield note
        self._close(begun)

    def _close(self, begun: list[tuple[Step, float]]) -> None:
        if begun:
            step, at = begun.pop()
            self.add(step.value, time.monotonic() - at)
