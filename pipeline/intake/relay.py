"""relay: outbox -> bus. Publish, then mark: a crash between gives the same message twice, with the same message
id, which processing settles as `duplicate`. Several relays at once are harmless for the same reason; so that they
do not fill the books with duplicates, one at a time has the turn, for a few seconds after its last work.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby

from pipeline.clock import stored, system_clock
from pipeline.errors import MinyiError, Terminal, Transient
from pipeline.ports.arrivals import OutboxRow
from pipeline.ports.bus import Bus
from pipeline.ports.store import Session, Store
from pipeline.records.messages import Outgoing, Place

LIMIT = 500
GATHER = 0.25  # seconds after being woken: each publishing takes the write lock and an fsync that arrivals wait for
TURN = timedelta(seconds=3)  # a dead relay's turn ends by itself
TURN_NOTE = "relay.turn"
AGAIN = 30.0  # seconds until what the bus refused is tried again: each try of it costs a producer
log = logging.getLogger(__name__)


class Held(Transient):
    """All that waits is what the bus refuses, for its size: it waits for another setting of the bus."""


# What the bus refused for its size: the row's seq → when that was (monotonic), and why.
Refused = dict[int, tuple[float, Terminal]]
NEVER = (float("-inf"), None)


def relay(store: Store, bus: Bus, *, limit: int = LIMIT, refused: Refused | None = None) -> int:
    """Publish up to `limit` waiting rows; how many were, none while another relay has the turn. What the bus refuses
    stays, and keeps nothing else; who relays again and again keeps it in `refused`, so that it is tried again after
    AGAIN only. Raises Transient when the bus or store is away and nothing was relayed, Held when nothing but what it
    refuses waits."""
    after, known, now = 0, {} if refused is None else refused, time.monotonic()
    held: list[Terminal] = []
    while waiting := _waiting(store, limit, after):
        due = [row for row in waiting if now - known.get(row.seq, NEVER)[0] > AGAIN]
        if due and not _our_turn(store):
            return 0
        done, errors = _published(bus, due)
        known |= {seq: (now, error) for seq, error in errors.items() if isinstance(error, Terminal)}
        if done:
            with store.writing() as session:
                session.arrivals.relayed(done)
            for seq in done:
                known.pop(seq, None)
            return len(done)
        if away := next((one for one in errors.values() if not isinstance(one, Terminal)), None):
            raise away
        held += [known[row.seq][1] for row in waiting]
        after = waiting[-1].seq
    if held:
        raise Held(f"待转送的来稿有 {len(held)} 条总线不收：{held[0].what}", where=held[0].where, fix=held[0].fix)
    return 0


def _waiting(store: Store, limit: int, after: int) -> list[OutboxRow]:
    with store.reading() as session:
        return session.arrivals.waiting(limit, after)


def _our_turn(store: Store) -> bool:
    """Whether it is, or it could be taken. Who has nothing but what the bus refused lets it go."""
    with store.reading() as session:
        turn = _turn(session)
    return turn == OURS or (turn == FREE and _take_turn(store))


def relay_all(store: Store, bus: Bus, *, limit: int = LIMIT) -> int:
    """Relay until nothing waits; how many were."""
    total = 0
    while count := relay(store, bus, limit=limit):
        total += count
    return total


OURS, FREE, TAKEN = "ours", "free", "taken"


def _turn(session: Session) -> str:
    """Whose turn it is. One that would last longer than a turn is of a clock that was ahead: free."""
    holder, _, until = (session.registry.note(TURN_NOTE) or "").partition(" ")
    now = system_clock()
    if not stored(now) < until <= stored(now + TURN):
        return FREE
    return TAKEN if holder != _name() else OURS if until > stored(now + TURN / 2) else FREE


def _take_turn(store: Store) -> bool:
    with store.writing() as session:
        if _turn(session) == TAKEN:
            return False
        session.registry.set_note(TURN_NOTE, f"{_name()} {stored(system_clock() + TURN)}")
    return True


def _name() -> str:
    return f"{os.getpid()}-{threading.get_ident()}"


def _published(bus: Bus, rows: Sequence[OutboxRow]) -> tuple[list[int], dict[int, Exception]]:
    done: list[int] = []
    errors: dict[int, Exception] = {}
    for topic, group in groupby(sorted(rows, key=lambda row: row.topic), key=lambda row: row.topic):
        these = list(group)
        answers = bus.publish(topic, [Outgoing(row.key, row.value) for row in these])
        done += [row.seq for row, place in zip(these, answers, strict=True) if isinstance(place, Place)]
        errors |= {row.seq: one for row, one in zip(these, answers, strict=True) if isinstance(one, Exception)}
    return done, errors


class Relaying:
    """A thread that relays whenever it is woken, and once a second for what other processes wrote. The bus is
    opened by the thread itself: one that is away at the start is tried again later."""

    def __init__(self, store: Store, bus: Callable[[], Bus], *, every: float = 1.0, slowest: float = 30.0) -> None:
        self._store = store
        self._bus = bus
        self._every = every
        self._slowest = slowest
        self._refused: Refused = {}
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Something waits in the outbox."""
        self._woken.set()

    def close(self) -> None:
        """End after the batch in hand; what still waits is relayed by whoever comes next."""
        self._ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause, held = self._every, ""
        while not self._ending.is_set():
            if self._woken.wait(pause):
                self._ending.wait(GATHER)
            self._woken.clear()
            try:
                # What comes meanwhile wakes it again: gathered, it takes the write lock a few times a second.
                while not self._ending.is_set() and relay(self._store, self._bus(), refused=self._refused) >= LIMIT:
                    pass
                pause = self._every
            except Held as error:  # what comes after goes on
                if held != str(error):
                    log.warning("relay: %s", error)
                pause, held = self._every, str(error)
            except Transient as error:
                pause = min(pause * 2, self._slowest)
                log.warning("relay waits %s s: %s", pause, error)
                self._ending.wait(pause)
            except MinyiError:
                pause = self._slowest
                log.exception("relay stopped for a while")
