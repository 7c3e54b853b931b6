"""Dates as Chinese pages and forms write them, to the stored form (UTC).

read(text) -> datetime | None          naive unless the text names an offset
published(text, received_at) -> str | None   stored; None for nonsense: before 1990, or after the next day
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from pipeline import clock

# The first Chinese page went on the web later; an older date is that of the matter, not of its publication.
EARLIEST = clock.stored(datetime(1990, 1, 1, tzinfo=UTC))
_LONGEST = 200
_TO_SECONDS = 19  # characters of a stored or ISO time in UTC
_DIGITS = str.maketrans("０１２３４５６７８９：．／－", "0123456789:./-")
_DATE = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})\s?[-/.年]\s?([01]?[0-9])\s?[-/.月]\s?([0-3]?[0-9])(?![0-9])\s?日?"
    r"(?:[T\s,，]{0,4}(?:星期.\s?)?(?P<half>[上下]午)?\s?([0-2]?[0-9])[:：时点]([0-5][0-9])(?:[:：分]([0-5][0-9])(?:\.[0-9]{1,9})?)?秒?)?"
    r"\s?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_COMPACT = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])(?:([0-2][0-9])([0-5][0-9])([0-5][0-9])?)?(?![0-9])"
)


def read(text: str) -> datetime | None:
    """The first moment that the text names; without an offset it is naive. Never raises."""
    text = text[:_LONGEST]
    if not text.isascii():
        text = text.translate(_DIGITS)
    return next((found for rule in (_written, _compact, _mail) if (found := rule(text)) is not None), None)


def published(text: str | None, received_at: str) -> str | None:
    """The moment a text was published, as stored; None when it names none that can be."""
    return sensible(read(text), received_at) if text else None


def sensible(moment: datetime | None, received_at: str) -> str | None:
    """A moment as stored, or None when a publication cannot have it: before 1990 or in the future."""
    if moment is None:
        return None
    try:
        form = clock.stored(moment)
        latest = (datetime.fromisoformat(received_at) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return None
    return form if form >= EARLIEST and form[:_TO_SECONDS] <= latest[:_TO_SECONDS] else None


def _written(text: str) -> datetime | None:
    for match in _DATE.finditer(text):
        year, month, day, half, hour, minute, second, offset = match.groups()
        late = 12 if half == "下午" and int(hour) < 12 else 0  # noqa: PLR2004
        # A time that no clock shows is left out; the day stands.
        found = _moment((year, month, day, int(hour or 0) + late, minute, second), offset)
        if found := found or _moment((year, month, day), None):
            return found
    return None


def _compact(text: str) -> datetime | None:
    return next((found for match in _COMPACT.finditer(text) if (found := _moment(match.groups(), None))), None)


def _mail(text: str) -> datetime | None:
    """RFC 5322, as feeds write it."""
    if "," not in text and ":" not in text:
        return None
    try:
        return parsedate_to_datetime(text.strip())
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def _moment(parts: tuple[str | int | None, ...], offset: str | None) -> datetime | None:
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in (*parts, *(0,) * (6 - len(parts))))
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError:
        return None
    return moment if offset is None else moment.replace(tzinfo=_zone(offset))


def _zone(offset: str) -> tzinfo:
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    span = timedelta(hours=min(hours, 14), minutes=min(minutes, 59))
    return timezone(-span if offset[0] == "-" else span)
