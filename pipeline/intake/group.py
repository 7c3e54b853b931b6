"""group: the one writer of arrivals. Requests of up to 5 ms share a commit (DESIGN 1): one fsync for all.

Nothing is acknowledged unless its transaction committed. When the store is away the group is tried again for a
bounded time, then every request of it gets the error; a row the store refuses is found by halving and costs
no other.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from pipeline.errors import MinyiError, Transient
from pipeline.intake.submit import Receipt, Refusal, answer
from pipeline.ports.arrivals import Arrival, SubmissionRow
from pipeline.ports.store import Store

WINDOW = 0.005  # seconds (DESIGN 1)
LARGEST = 200  # arrivals a commit: some 10 ms under the write lock
MANY = 20
PATIENCE = 8.0  # seconds of tries before 503
PAUSE = 0.05
log = logging.getLogger(__name__)
Answer = Receipt | Refusal


@dataclass(frozen=True, slots=True)
class _Request:
    """`loop` is the event loop that waits; None: a thread does."""

    arrival: Arrival
    future: Future[Answer] | asyncio.Future[Answer]
    loop: asyncio.AbstractEventLoop | None = None
    since: float = field(default_factory=time.monotonic)


class GroupWriter:
    """Groups arrivals into transactions on a thread of its own."""

    def __init__(
        self,
        store: Store,
        *,
        window: float = WINDOW,
        patience: float = PATIENCE,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._window = window
        self._patience = patience
        self._committed = committed
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._closed = False
        self._entrance = threading.Lock()  # nothing may queue behind the end
        self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def submit(self, arrival: Arrival) -> Future[Answer]:
        """Hand an arrival over; its future gets the receipt once committed, or the error. Any thread."""
        future: Future[Answer] = Future()
        self._enter(_Request(arrival, future))
        return future

    async def take(self, arrival: Arrival) -> Answer:
        """The same for a coroutine: a group's answers wake its loop once, not once each."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._enter(_Request(arrival, future, loop))
        return await future

    def _enter(self, request: _Request) -> None:
        with self._entrance:
            if not self._closed:
                self._queue.put(request)
                return
        _settle([request], [_away()])

    def close(self) -> None:
        """Write what was handed over, then end."""
        with self._entrance:
            self._closed = True
            self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        busy = False
        while (first := self._queue.get()) is not None:
            # One sleep: a wait for each arrival would take the interpreter from the requests each time. One that
            # came while the group before was written has waited already, but where many come a larger group
            # spares all of them more.
            time.sleep(self._window if busy else max(0.0, first.since + self._window - time.monotonic()))
            group = [first]
            while len(group) < LARGEST and (one := self._next()) is not None:
                group.append(one)
            busy = len(group) >= MANY
            self._write(group)

    def _next(self) -> _Request | None:
        try:
            found = self._queue.get_nowait()
        except queue.Empty:
            return None
        if found is None:
            self._queue.put(None)  # the end comes after this group
        return found

    def _write(self, group: Sequence[_Request]) -> None:
        try:
            rows = self._committed_rows([request.arrival for request in group])
        except Transient as error:
            _fail(group, error)
        except MinyiError as error:
            self._halve(group, error)
        except Exception as error:  # a bug must not leave requests waiting for ever
            log.exception("group of %s arrivals failed", len(group))
            _fail(group, error)
        else:
            _settle(group, [answer(request.arrival, row) for request, row in zip(group, rows, strict=True)])
            self._committed()

    def _halve(self, group: Sequence[_Request], error: MinyiError) -> None:
        if len(group) == 1:
            _fail(group, error)
            return
        middle = len(group) // 2
        self._write(group[:middle])
        self._write(group[middle:])

    def _committed_rows(self, arrivals: Sequence[Arrival]) -> list[SubmissionRow]:
        until = time.monotonic() + self._patience
        pause = PAUSE
        while True:
            try:
                with self._store.writing() as session:
                    rows = session.arrivals.receive(arrivals)
            except Transient:
                if time.monotonic() + pause > until:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
            else:
                return rows


def _fail(group: Sequence[_Request], error: Exception) -> None:
    _settle(group, [error] * len(group))


def _settle(group: Sequence[_Request], outcomes: Sequence[Answer | Exception]) -> None:
    """Give each request its outcome, in the loop that waits for it."""
    pairs = list(zip(group, outcomes, strict=True))
    for loop in {request.loop for request in group}:
        these = [pair for pair in pairs if pair[0].loop is loop]
        if loop is None:
            _tell(these)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_tell, these)


def _tell(pairs: Sequence[tuple[_Request, Answer | Exception]]) -> None:
    for request, outcome in pairs:
        if request.future.done():
            continue  # its client went away
        if isinstance(outcome, Exception):
            request.future.set_exception(outcome)
        else:
            request.future.set_result(outcome)


def _away() -> Transient:
    return Transient("服务正在停止，没有收存", fix="请稍后再提交")
