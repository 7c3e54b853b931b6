"""Time: stored UTC of fixed width, shown with the office's offset.

A stored time is text `YYYY-MM-DDTHH:MM:SS.ffffffZ` (27 characters), so that it sorts as text in every
store. What people write without an offset, and what they call a day, is Asia/Shanghai (`MINYI_TZ`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def stored(moment: datetime, zone: ZoneInfo = SHANGHAI) -> str:
    """A moment as the stores keep it; a naive one is read in `zone`."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parsed(text: str) -> datetime:
    """The moment of a stored time."""
    return datetime.fromisoformat(text)


def shown(text: str, zone: ZoneInfo = SHANGHAI) -> str:
    """A stored time as it is printed and emitted: ISO 8601 with offset, to the second."""
    return parsed(text).astimezone(zone).isoformat(timespec="seconds")


def worded(text: str, zone: ZoneInfo = SHANGHAI) -> str:
    """A stored time as a sentence says it: 「2026年11月23日 09:00」."""
    local = parsed(text).astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def dated(text: str, zone: ZoneInfo = SHANGHAI) -> str:
    """As `worded`; of what was published, of which often the day alone is known (kept as its midnight), the day."""
    return worded(text, zone).removesuffix(" 00:00")


def day_of(text: str, zone: ZoneInfo = SHANGHAI) -> str:
    """The office's day (`YYYY-MM-DD`) of a stored time."""
    # Offsets are whole minutes: a batch's times share a few of them.
    return _day_of_minute(text[:16], zone)


@lru_cache(maxsize=4096)
def _day_of_minute(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zone).date().isoformat()


def local_date(text: str, zone: ZoneInfo = SHANGHAI) -> date:
    """The office's calendar date of a stored time."""
    return parsed(text).astimezone(zone).date()
