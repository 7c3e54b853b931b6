"""Logs: JSON lines in MINYI_HOME/logs/minyi.log, one an event, for whoever looks after the machine; `MINYI_LOG`
has them there as plain lines (`text`), or as JSON on standard error (`stderr`) for containers and journald.

    {"at": "2026-11-23T09:15:00+08:00", "level": "WARNING", "logger": "pipeline.run", "message": "…", "batch": …}

Ids, counts and our own sentences, never a text, a name or a telephone number: of what a call gives beside its
message only the names in KEPT are written, words are masked, and of an exception the kind and the places in the
code alone, for its words may be somebody's. Kept as long as the rules say, half a year at least.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from pipeline.clock import SHANGHAI, parsed
from pipeline.settings import LogForm

FILE = "minyi.log"
SIZE = 20_000_000  # bytes of one file
OURS = ("minyi", "pipeline", "crawlers", "flows")
KEPT = frozenset(
    {
        "batch", "batches", "item", "items", "run", "source", "sources", "topic", "partition", "partitions", "offset",
        "worker", "step", "command", "status", "why", "pause", "messages", "outcomes",
        "outcome", "part", "seconds", "found", "new",
        "changed", "unchanged", "failed", "forbidden", "slot", "flow", "bulletin", "generation",
    }
)  # fmt: skip


# What every line of a thread or task carries while it is in something, such as a batch.
_WITHIN: ContextVar[Mapping[str, Any]] = ContextVar("within", default=MappingProxyType({}))


@contextmanager
def within_facts(**facts: Any) -> Generator[None]:
    """Inside, every line carries these facts (names in KEPT) that does not say them itself. They are written as
    they are: ids of ours."""
    token = _WITHIN.set({**_WITHIN.get(), **facts})
    try:
        yield
    finally:
        _WITHIN.reset(token)


class Lines(logging.Formatter):
    """One event as one line; what it says is the same in each form."""

    def __init__(self, zone: ZoneInfo = SHANGHAI) -> None:
        super().__init__()
        self._zone = zone

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        """What the line says."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone(self._zone)
        line: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _plain(record.getMessage()),
            "pid": record.process,
        }
        line |= {name: value for name, value in _WITHIN.get().items() if name in KEPT}
        line |= {name: _plain(value) for name, value in vars(record).items() if name in KEPT}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["places"] = _places(record.exc_info[1])
        return line


class JsonLines(Lines):
    """As a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return orjson.dumps(self.facts(record), default=str).decode()


class TextLines(Lines):
    """As words for eyes: time, level, logger, message, then `name=value` for the rest."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        facts = self.facts(record)
        head = " ".join(str(facts.pop(name)) for name in ("at", "level", "logger", "message"))
        return " ".join([head, *(f"{name}={value}" for name, value in facts.items())]).replace("\n", "⏎")


def _plain(value: Any) -> Any:
    """Words masked, whatever they are in."""
    from pipeline.text.masks import masked

    match value:
        case str():
            return masked(value)
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple() | set():
            return [_plain(one) for one in value]
        case _:
            return value


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-12:]]


class DailyFile(WatchedFileHandler):
    """One file for all processes of a home: whoever finds it of an earlier day or too large puts it aside under
    its day, and the others, seeing another file under the name, go on in that."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self._path, self._size = path, size

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event."""
        day = datetime.fromtimestamp(record.created, UTC).astimezone(SHANGHAI).date()
        with suppress(OSError):
            facts = self._path.stat()
            last = datetime.fromtimestamp(facts.st_mtime, UTC).astimezone(SHANGHAI).date()
            if last < day or facts.st_size > self._size:
                self._put_aside(last.isoformat())
        with suppress(OSError):  # a full disk must not stop what is logged
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """A line that could not be written is lost; the work goes on."""

    def _put_aside(self, day: str) -> None:
        if self.stream is not None and os.name == "nt":
            self.stream.close()  # Windows renames no open file; while others have it open it waits
            self.stream = None  # pyright: ignore[reportAttributeAccessIssue]
        names = (self._path.with_name(f"minyi-{day}-{number}.log") for number in range(1, 10_000))
        self._path.rename(next(name for name in names if not name.exists()))


@contextmanager
def logging_to(home: Path, zone: ZoneInfo = SHANGHAI, form: LogForm = "json") -> Generator[None]:
    """Inside, what our packages log goes where `form` says, and warnings of the libraries too."""
    handler = _handler(home, form)
    handler.setFormatter(TextLines(zone) if form == "text" else JsonLines(zone))
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in OURS}
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _handler(home: Path, form: LogForm) -> logging.Handler:
    if form == "stderr":
        return logging.StreamHandler()
    folder = home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return DailyFile(folder / FILE)


def prune_logs(home: Path, before: str) -> list[str]:
    """Remove log files put aside that were last written before a stored time; their names."""
    newest = parsed(before).timestamp()
    gone = [path for path in sorted((home / "logs").glob("minyi-*.log")) if path.stat().st_mtime < newest]
    for path in gone:
        path.unlink(missing_ok=True)
    return [path.name for path in gone]
