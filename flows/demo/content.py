"""content: the made-up county's texts, read from `county/`, with their days counted from today.

In the texts {D-3} is a day as 2026年11月20日, {d-3} as 11月20日, {iso-3} as 2026-11-20; {M-1} is a month as
2026年10月, {m-1} as 10月; {Y-1} is a year.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, Field

from pipeline.rules.yamlfile import RuleModel, parse_yaml

COUNTY = Path(__file__).parent / "county"
_DATE = re.compile(r"\{(D|d|iso|M|m|Y)([+-]\d+)?\}")
Shape = TypeVar("Shape", bound=BaseModel)
Way = Literal["api", "upload", "sheet", "word", "gbk", "marked"]


class Told(RuleModel):
    """One submission as it is handed in. `way` says how: JSON to the API, a file to the API, a row of the sheet,
    a Word file, a Word file in an old charset."""

    number: int
    way: Way
    title: str
    text: str = ""
    id: str | None = None
    author: str | None = None
    author_number: str | None = None
    unit: str | None = None
    sector: str | None = None
    party: str | None = None
    phone: str | None = None
    urgent: bool = False
    named: bool = False
    matter: str = "none"
    declared: dict[str, str] = Field(default_factory=dict)
    later: str | None = None  # the text with which it comes again after it was sent back


class Page(RuleModel):
    """One page of the demo's site. `since` is the round of crawling from which it stands there; `then` replaces
    text in the second round."""

    path: str
    title: str
    day: int
    text: str
    origin: str | None = None
    since: int = 1
    then: tuple[tuple[str, str], ...] = ()
    clerk: str | None = None  # a message board's answering unit


class Channel(RuleModel):
    """One part of the site: a list (with pages of ten) and its articles."""

    key: str
    site: str
    name: str
    charset: str = "utf-8"
    rows: int = 10
    feed: bool = False
    pages: tuple[Page, ...]


class Desk(RuleModel):
    """What the editors write: combined text, edits and opinions."""

    combined_title: str
    combined_text: str
    opinions: dict[str, str]
    edits: dict[str, tuple[tuple[str, str], ...]] = Field(default_factory=dict)


class _Submissions(RuleModel):
    submissions: tuple[Told, ...]


class _Site(RuleModel):
    channels: tuple[Channel, ...]


def submissions(today: date) -> tuple[Told, ...]:
    """The fifteen, in order."""
    return _parsed("submissions", today, _Submissions).submissions


def channels(today: date) -> tuple[Channel, ...]:
    """The site."""
    return tuple(channel for name in ("site", "board") for channel in _parsed(name, today, _Site).channels)


def desk(today: date) -> Desk:
    """The editors' part."""
    return _parsed("desk", today, Desk)


def _parsed(name: str, today: date, model: type[Shape]) -> Shape:
    path = COUNTY / f"{name}.yaml"
    return parse_yaml(dated(path.read_text(encoding="utf-8"), today), model, str(path))


def rules_file(name: str, today: date) -> str:
    """A rules file of the county, as it goes into the home."""
    return dated((COUNTY / "rules" / name).read_text(encoding="utf-8"), today)


def dated(text: str, today: date) -> str:
    """The text with its days, months and years written out."""
    return _DATE.sub(lambda match: written(match[1], int(match[2] or 0), today), text)


def written(kind: str, offset: int, today: date) -> str:
    """One day, month or year, `offset` of them from today's."""
    if kind in {"D", "d", "iso"}:
        day = today + timedelta(days=offset)
        return {"D": f"{day.year}年{day.month}月{day.day}日", "d": f"{day.month}月{day.day}日", "iso": str(day)}[kind]
    if kind == "Y":
        return str(today.year + offset)
    year, month = divmod(today.year * 12 + today.month - 1 + offset, 12)
    return f"{year}年{month + 1}月" if kind == "M" else f"{month + 1}月"
