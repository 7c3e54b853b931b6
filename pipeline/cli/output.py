"""What commands print: JSON (many things one a line, one thing one document) or a table for eyes.

Times are shown with the office's offset; null, never an empty string.
"""

from __future__ import annotations

import dataclasses
import sys
import threading
import unicodedata
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum
from typing import Any

import click
import orjson

from pipeline.meanwhile import meanwhile


def as_json(value: Any) -> str:
    """One value as JSON on one line."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def print_json(value: Any) -> None:
    """One document."""
    click.echo(as_json(value))


def print_lines(values: Iterable[Any]) -> None:
    """Many things, one a line."""
    for value in values:
        click.echo(as_json(value))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(type(value).__name__)


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table with columns as wide as their widest cell, counted in screen cells (Han take two)."""
    lines = [[str(cell) if cell is not None else "" for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(heads, *lines, strict=True)]
    for line in (heads, *lines):
        click.echo("  ".join(padded(cell, room) for cell, room in zip(line, widths, strict=True)).rstrip())


def width(text: str) -> int:
    """Screen cells of a text."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, room: int) -> str:
    """A text filled with blanks to `room` cells."""
    return text + " " * (room - width(text))


def message(text: str) -> None:
    """A sentence for the person, on stderr."""
    click.echo(text, err=True)


@contextmanager
def busy(what: str, far: Callable[[], str] = str) -> Generator[None]:
    """Inside, a terminal shows each second how `far` the work is; anything else is told nothing."""
    if not sys.stderr.isatty():
        yield
        return
    with meanwhile(lambda over: _tell(over, what, far), "progress"):
        yield


def _tell(over: threading.Event, what: str, far: Callable[[], str]) -> None:
    seconds = 0
    while not over.wait(1.0):
        seconds += 1
        click.echo(f"\r{what}……{far()} {seconds} 秒 ", nl=False, err=True)
    click.echo("\r\033[K" if seconds else "", nl=False, err=True)
