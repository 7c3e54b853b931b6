"""Traps: transparent wrappers of a System's parts that end or freeze their own process at a named commit edge.

An edge is named after the call that makes it, and is met `before` or `after` that call:

    bus.publish  files.put  search.write  consumer.poll …     a call of a part; polls that find nothing do not count
    commit:marks.clear                                        the commit of a transaction that made this call
    commit:crawls.remember:start                              the same, when a start's validators are among the rows
    read:ledger.seen                                          the end of a look-up that made this call

The product knows nothing of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from pipeline.errors import Transient
from pipeline.wiring import System


def die() -> None:
    """SIGKILL, or TerminateProcess: nothing of this process runs after it."""
    psutil.Process().kill()
    threading.Event().wait()


def freeze() -> None:
    """Stand still until somebody lets this process go on."""
    psutil.Process().suspend()


def fail() -> None:
    """The edge's answer is lost on the way."""
    raise Transient("连接断开，不知道写成了没有")


ENDS: dict[str, Callable[[], None]] = {"die": die, "freeze": freeze, "fail": fail}


@dataclass(frozen=True)
class Edge:
    """Where a process is to end: at the `nth` time that `call` is met, before or after it."""

    call: str
    when: str = "after"
    nth: int = 1
    end: str = "die"


@dataclass
class Trap:
    """Counts what is met and acts once. Without an edge it counts alone."""

    edge: Edge | None = None
    met: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reach(self, call: str, when: str) -> None:
        with self._lock:
            count = self.met[call, when] = self.met.get((call, when), 0) + 1
        if self.edge and (call, when, count) == (self.edge.call, self.edge.when, self.edge.nth):
            ENDS[self.edge.end]()


class Watched:
    """A part whose calls are met by the trap."""

    def __init__(self, inner: Any, name: str, trap: Trap) -> None:
        self._inner, self._name, self._trap = inner, name, trap

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._inner, attribute)
        return self._call(f"{self._name}.{attribute}", found) if callable(found) else found

    def _call(self, call: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any, **named: Any) -> Any:
            self._trap.reach(call, "before")
            answer = function(*given, **named)
            if call != "consumer.poll" or answer:
                self._trap.reach(call, "after")
            return answer

        return watched


class WatchedBus(Watched):
    """The bus, its consumers watched too."""

    def consumer(self, *given: Any) -> Any:
        return Watched(self._inner.consumer(*given), "consumer", self._trap)


class WatchedStore(Watched):
    """The store: a commit is named after every call made in its transaction."""

    def writing(self) -> AbstractContextManager[Any]:
        return self._watched(self._inner.writing)

    def noting(self) -> AbstractContextManager[Any]:
        return self._watched(self._inner.noting)

    @contextmanager
    def _watched(self, begin: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
        calls: dict[str, None] = {}
        with begin() as session:
            yield Noted(session, "", calls)
            for call in calls:
                self._trap.reach(f"commit:{call}", "before")
        for call in calls:
            self._trap.reach(f"commit:{call}", "after")

    @contextmanager
    def reading(self) -> Iterator[Any]:
        calls: dict[str, None] = {}
        with self._inner.reading() as session:
            yield Noted(session, "", calls)
        for call in calls:
            self._trap.reach(f"read:{call}", "after")


class Noted:
    """A session, or a part of one, that notes what is called."""

    def __init__(self, inner: Any, name: str, calls: dict[str, None]) -> None:
        self._inner, self._name, self._calls = inner, name, calls

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._inner, attribute)
        if not callable(found):
            return Noted(found, attribute, self._calls)

        def noted(*given: Any, **named: Any) -> Any:
            call = f"{self._name}.{attribute}"
            self._calls[call] = None
            if call == "crawls.remember" and any(row.use == "start" for row in given[0]):
                self._calls[f"{call}:start"] = None
            return found(*given, **named)

        return noted


def watch(system: System, trap: Trap) -> System:
    """Put the wrappers in the place of the system's parts."""
    wrappers = {"bus": WatchedBus, "store": WatchedStore, "search": Watched, "files": Watched}
    for name, wrapper in wrappers.items():
        system.__dict__[name] = wrapper(getattr(system, name), name, trap)
    return system
