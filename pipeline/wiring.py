"""Wiring: the one place that names adapters. A `System` opens its parts when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar, cast

from pipeline.clock import Clock, system_clock
from pipeline.errors import RuleError
from pipeline.identity import Receipts, new_receipt
from pipeline.operate.moved import refuse_moved, refuse_moving
from pipeline.settings import Address, Settings, load

if TYPE_CHECKING:
    from pipeline.ports.bus import Bus
    from pipeline.ports.figures import FiguresBoard
    from pipeline.ports.files import Files
    from pipeline.ports.kibana import Kibana
    from pipeline.ports.search import Search
    from pipeline.ports.store import Store
    from pipeline.rules import Rules


class Closable(Protocol):
    """What a System closes."""

    def close(self) -> None:
        """Release everything."""
        ...


Part = TypeVar("Part", bound=Closable)


def open_bus(settings: Settings, clock: Clock) -> Bus:
    """The bus that the settings name."""
    match settings.bus.scheme:
        case "sqlite":
            from pipeline.adapters.bus_sqlite import SqliteBus

            return SqliteBus(_path(settings.bus), clock=clock)
        case "kafka":
            from pipeline.adapters.bus_kafka import KafkaBus

            return KafkaBus(settings.bus, clock=clock)
        case _:
            raise _not_yet(settings.bus)


def open_store(settings: Settings, clock: Clock) -> Store:
    """The store that the settings name; the embedded one is made and upgraded by itself."""
    match settings.store.scheme:
        case "sqlite":
            from pipeline.adapters.store_sql import SqlStore

            opened = SqlStore.sqlite(_path(settings.store), clock=clock, zone=settings.zone)
            # The checker takes a cached_property for no property; the contract suite knows better.
            return cast("Store", opened)
        case "postgresql":
            from pipeline.adapters.store_sql import SqlStore

            return cast("Store", SqlStore.postgresql(settings.store, clock=clock))
        case _:
            raise _not_yet(settings.store)


def open_search(settings: Settings) -> Search:
    """The search engine that the settings name."""
    match settings.search.scheme:
        case "sqlite":
            from pipeline.adapters.search_sqlite import SqliteSearch

            return SqliteSearch(_path(settings.search), zone=settings.zone)
        case "http" | "https":
            from pipeline.adapters.search_elasticsearch import ElasticsearchSearch

            return ElasticsearchSearch(settings.search, zone=settings.zone)
        case _:
            raise _not_yet(settings.search)


def open_figures(settings: Settings) -> FiguresBoard | None:
    """Where figures are put, if the search engine is one that others look into."""
    if settings.search.scheme not in {"http", "https"}:
        return None
    from pipeline.adapters.figures_elasticsearch import ElasticsearchFigures

    return ElasticsearchFigures(settings.search)


def index_prefix(settings: Settings) -> str | None:
    """What the names of search's indices begin with, if it is one that others look into. Raises RuleError."""
    if settings.search.scheme not in {"http", "https"}:
        return None
    from pipeline.adapters.elasticsearch_client import prefix_of

    return prefix_of(settings.search)


def open_kibana(address: Address) -> Kibana:
    """The Kibana at an address."""
    from pipeline.adapters.kibana_http import HttpKibana

    return HttpKibana(address)


def open_files(settings: Settings) -> Files:
    """The place for files that the settings name."""
    from pipeline.adapters.files_fsspec import FsspecFiles

    refuse_moved(settings.files)
    return FsspecFiles(settings.files)


def _path(address: Address) -> Path:
    if address.path is None:
        raise RuleError(f"“{address.masked}”不是本机路径")
    refuse_moved(address)
    return address.path


def _not_yet(address: Address) -> RuleError:
    return RuleError(f"本版本还不能使用“{address.masked}”", fix="请先留空该项设置，使用本机存储")


@lru_cache(maxsize=4)
def _rules(folder: Path, _files: tuple[tuple[str, int, int], ...]) -> Rules:
    from pipeline.rules import Rules

    return Rules(folder)


@dataclass
class System:
    """Everything one process works with. Used as a context manager; closing is harmless twice."""

    settings: Settings
    clock: Clock = system_clock
    receipts: Receipts = new_receipt
    _open: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def bus(self) -> Bus:
        """The bus."""
        return self._kept(open_bus(self.settings, self.clock))

    @cached_property
    def store(self) -> Store:
        """The store."""
        return self._kept(open_store(self.settings, self.clock))

    @cached_property
    def search(self) -> Search:
        """The search engine."""
        return self._kept(open_search(self.settings))

    @cached_property
    def figures(self) -> FiguresBoard | None:
        """Where figures are put, if anywhere."""
        found = open_figures(self.settings)
        return found and self._kept(found)

    @cached_property
    def files(self) -> Files:
        """The place for files."""
        return self._kept(open_files(self.settings))

    @cached_property
    def rules(self) -> Rules:
        """The rules in force: those that ship, the site's own over them. A part is read when it is asked for, once a
        process and state of the site's files: the lexicons' automata take a tenth of a second to build."""
        folder = self.settings.rules_dir
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        states = [(one.name, one.stat()) for one in files if one.is_file()]
        return _rules(folder, tuple((name, state.st_mtime_ns, state.st_size) for name, state in states))

    def _kept(self, part: Part) -> Part:
        self._open.append(part.close)
        return part

    def close(self) -> None:
        """Close what was opened, newest first."""
        while self._open:
            self._open.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_system(
    settings: Settings | None = None, *, clock: Clock = system_clock, receipts: Receipts = new_receipt
) -> System:
    """The system that the environment (or `settings`) describes. Makes the home. Raises NotAllowed while it moves."""
    found = settings or load()
    found.make_home()
    refuse_moving(found.home)
    return System(found, clock, receipts)
