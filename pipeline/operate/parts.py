"""What operations work with: an opened system has all of it."""

from __future__ import annotations

from typing import Protocol

from pipeline.clock import Clock
from pipeline.identity import Receipts
from pipeline.ports.bus import Bus
from pipeline.ports.files import Files
from pipeline.ports.search import Search
from pipeline.ports.store import Store
from pipeline.rules import Rules
from pipeline.settings import Settings


class Parts(Protocol):
    """The parts; each is opened when it is first named, and may raise then."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def store(self) -> Store: ...
    @property
    def bus(self) -> Bus: ...
    @property
    def search(self) -> Search: ...
    @property
    def files(self) -> Files: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def receipts(self) -> Receipts: ...
