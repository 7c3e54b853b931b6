"""run: relay, process and project together until there is nothing left, or for ever (`minyi run`)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event
from typing import Self

from pipeline.beside import Beside
from pipeline.errors import MinyiError, Transient
from pipeline.intake.relay import Held, Refused, relay
from pipeline.process.commit import Plan
from pipeline.process.worker import Bench, Report, Worker
from pipeline.project import Projector
from pipeline.records.names import GROUP, TOPICS

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between tries while a part is away
BACK = "已经连上，接着处理"
TOLD_SECONDS = 5.0  # for which search may be away before whoever looks on is told
AWAY_SECONDS = 90.0  # for which search may be away before a run that has nothing else to do says so and ends


class Patience:
    """Waits between tries of what a part that is away kept from being done: from half a second to half a minute.
    A person who looks on is told once what is away, and once when it is back."""

    def __init__(self, stopped: Event, say: Callable[[str], None] = lambda _sentence: None) -> None:
        self._stopped, self._say = stopped, say
        self._told = float("-inf")  # monotonic
        self._away = ""  # as it was said
        self.reset()

    def reset(self) -> None:
        """It went well."""
        self._pause = FIRST_PAUSE
        if self._away:
            self._say(BACK)
            self._away = ""

    def wait(self, error: Transient) -> None:
        """It did not. Ends at once when told to stop."""
        log.warning("a part is away", extra={"why": error.what, "pause": self._pause})
        self.note(error)
        self._stopped.wait(self._pause)
        self._pause = min(LONGEST_PAUSE, self._pause * 2)

    def note(self, error: MinyiError) -> None:
        """A part is away and is asked again: said once, until it is back."""
        if not self._away:
            self._away = error.found
            self._say(f"{self._away}；会一直再试，连上后接着处理")

    @property
    def stopped(self) -> bool:
        """Whether it is time to end."""
        return self._stopped.is_set()

    def tell(self, error: Transient) -> None:
        """Something waits while all else goes on: say so now and then, and wait for nothing."""
        if time.monotonic() - self._told > LONGEST_PAUSE:
            log.warning("something waits", extra={"why": error.what})
            self._told = time.monotonic()


class Runner:
    """One worker with its relay and projector."""

    def __init__(self, bench: Bench, projector: Projector) -> None:
        self._bench, self._projector = bench, projector
        self._bus, self._store = bench.bus, bench.store
        self._worker = Worker(bench, self._hand_over)
        self.report: Report = self._worker.report
        self._held: Held | None = None  # what the last turn could not relay
        self._refused: Refused = {}
        self._beside = Beside(projector)  # its thread last: a worker that cannot begin leaves none behind

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.close()
        self._worker.close()
        self._bench.bands.close()

    def turn(self, wait: float) -> int:
        """Relay, one batch, project; how much was done. After a full batch, which others may follow, the projector
        goes on beside the next turn."""
        done = self._relay()
        taken = self._worker.turn(0.0 if done else wait)
        return done + taken + (self._beside.rest() if taken < self._worker.most else 0)

    def _relay(self) -> int:
        # What the bus refuses must not keep what it took from being processed.
        self._held = None
        try:
            return relay(self._store, self._bus, refused=self._refused)
        except Held as error:
            self._held = error
            return 0

    def _tell_held(self) -> None:
        if self._held:
            raise self._held

    def drain(self, seconds: float, wait: float = 0.5) -> int:
        """Turns for up to `seconds`, ending early when a turn finds nothing though our partitions are known; how
        much was done. Raises Transient when there was nothing but what the bus refuses."""
        ends = time.monotonic() + seconds
        total = 0
        while ((done := self.turn(wait)) or self.joining) and time.monotonic() < ends:
            total += done
        if not total + done:
            self._tell_held()
        return total + done

    @property
    def joining(self) -> bool:
        """Whether the partitions are still being shared out: nothing found means nothing, and leaving harms all."""
        return self._worker.joining

    def follow(self, patience: Patience) -> None:
        """Turns until told to stop; a part that is away is asked again at a slowing pace."""
        while not patience.stopped:
            try:
                self.turn(2.0)
                if error := self._beside.away_for(TOLD_SECONDS):
                    patience.note(error)
                else:
                    patience.reset()
                if self._held:
                    patience.tell(self._held)
            except Transient as error:
                patience.wait(error)

    def once(self, limit: float = float("inf")) -> bool:
        """Until all that had arrived when this was called is processed and in search, whoever does the work.
        False when `limit` seconds pass first. Raises Transient when a part stays away, and after all else was done
        when the bus refuses some of it."""
        ends, self._held = time.monotonic() + limit, None
        self._refused.clear()  # the bus may take it now
        with self._store.reading() as session:
            newest, _ = session.arrivals.outbox()
        done = (
            self._until(lambda: self._held is not None or self._relayed(newest), ends)
            and self._until(self._reached(self._ends()), ends)
            and self._until(self._present(self._marked()), ends)
        )
        if not self._relayed(newest):
            self._tell_held()
        return done

    def _until(self, reached: Callable[[], bool], ends: float) -> bool:
        while not reached():
            if time.monotonic() > ends:
                return False
            self.turn(0.2)
        return True

    def _relayed(self, newest: int) -> bool:
        with self._store.reading() as session:
            return session.arrivals.outbox()[1] > newest

    def _ends(self) -> dict[tuple[str, str, int], int]:
        return {
            (self._bus.bus_id(topic), topic, partition): extent.end
            for topic in TOPICS
            for partition, extent in self._bus.extent(topic).items()
            if extent.end > extent.first
        }

    def _reached(self, ends: dict[tuple[str, str, int], int]) -> Callable[[], bool]:
        def reached() -> bool:
            with self._store.reading() as session:
                at = {(row.bus, row.topic, row.partition): row.next for row in session.offsets.rows(GROUP)}
            return all(at.get(key, 0) >= end for key, end in ends.items())

        return reached

    def _marked(self) -> Callable[[], bool]:
        with self._store.reading() as session:
            waiting = [item for item, _ in session.marks.due(1_000_000)]

        def gone() -> bool:
            with self._store.reading() as session:
                return not waiting or session.marks.pending(waiting) == 0

        return gone

    def _present(self, reached: Callable[[], bool]) -> Callable[[], bool]:
        """The same; raises what search says when it stays away: nothing else is left to do meanwhile, and the marks
        wait for whoever runs next."""
        begun = time.monotonic()

        def gone() -> bool:
            if reached():
                return True
            if time.monotonic() - begun >= AWAY_SECONDS and (error := self._beside.away_for(AWAY_SECONDS)):
                raise error
            return False

        return gone

    def _hand_over(self, plan: Plan) -> None:
        new = [(read, item) for name, read in plan.newest.items() if (item := plan.written[name]).version == 1]
        self._beside.take(new, more=len(new) < len(plan.written))
