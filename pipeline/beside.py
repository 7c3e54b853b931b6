"""beside: projection on a thread of its own, while the worker's next batch goes through its steps.

What a batch has just written new is handed over as it is, so that it need not be read back; everything else
(revisions, clusters that moved, what the desk changed) is found by its mark. The marks are the truth: what is
dropped here, or dies with the process, is still marked.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence

from pipeline.errors import MinyiError, Transient
from pipeline.project import MANY, Projector, document, view_of
from pipeline.records.items import Item, Read

log = logging.getLogger(__name__)
WAITING = 2  # batches handed over and not begun: a worker that is ahead of search waits
SWEEP = 5.0  # seconds after which marks are looked for, whatever was handed over
PAUSE = 2.0  # seconds in which search, found away, is not asked again
New = Sequence[tuple[Read, Item]]


class Beside:
    """A projector and its thread. One worker hands over; `rest` and `close` are that worker's too."""

    def __init__(self, projector: Projector) -> None:
        self.projector = projector
        self._handed: queue.Queue[New | None] = queue.Queue(WAITING)
        self._fault: Exception | None = None
        self._asks_again = 0.0  # monotonic, as the next
        self._missed: tuple[float, MinyiError] | None = None  # since when search is away, and what it said last
        self._swept = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()

    def take(self, new: New, *, more: bool) -> None:
        """A batch was committed: `new` is at its first version; `more` was marked beside it. Waits while search is
        behind, not while it is away. Raises what has gone wrong with an earlier batch."""
        self._raise()
        if more:
            self._swept = 0.0
        if time.monotonic() >= self._asks_again:
            self._handed.put(new)

    def rest(self) -> int:
        """Nothing is left to process: see all that was handed over into search, then up to MANY marks; how
        many marks there were."""
        self._handed.join()
        self._raise()
        if time.monotonic() < self._asks_again:
            return 0
        try:
            return self._sweep()
        except Transient as error:
            self._away(error)
            return 0

    def away_for(self, seconds: float) -> MinyiError | None:
        """What search said last, when it has been away for so long."""
        since, error = self._missed or (float("inf"), None)
        return error if time.monotonic() - since >= seconds else None

    def close(self) -> None:
        """Finish what was handed over, then end. What goes wrong with it is met again by its marks."""
        self._handed.put(None)
        self._thread.join()
        if self._fault is not None:
            log.error("the last projection failed", extra={"why": type(self._fault).__name__})

    def _run(self) -> None:
        while (new := self._handed.get()) is not None:
            try:
                self._project(new)
            except Transient as error:
                self._away(error)
            except Exception as error:  # noqa: BLE001 - raised again where the worker is
                self._fault = error
            finally:
                self._handed.task_done()

    def _project(self, new: New) -> None:
        if time.monotonic() < self._asks_again:
            return
        zone = self.projector.zone
        self.projector.write([document(view_of(read, item), zone) for read, item in new])
        self._missed = None
        if time.monotonic() - self._swept > SWEEP:
            self._sweep()

    def _sweep(self) -> int:
        self._swept = time.monotonic()
        done = self.projector.turn(MANY)
        self._missed = None
        return done

    def _away(self, error: MinyiError) -> None:
        # Search away for a minute must not stop arrival and processing; marks wait.
        log.warning("search is away", extra={"why": error.what})
        now = time.monotonic()
        self._asks_again = now + PAUSE
        self._missed = (self._missed[0] if self._missed else now, error)

    def _raise(self) -> None:
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault
