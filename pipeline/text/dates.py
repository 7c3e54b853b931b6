"""Dates as Chinese pages and forms write them, to the stored form (UTC).

read(text) -> datetime | None          naive unless the text names an offset
find(text) -> Written | None           the same, with where it stands and whether it names a time of day
published(text, received_at) -> str | None   stored; None for nonsense: before 1990, or after the next day
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from pipeline import clock

# The first Chinese page went on the web later; an older date is that of the matter, not of its publication.
EARLIEST = clock.stored(datetime(1990, 1, 1, tzinfo=UTC))
_LONGEST = 200
_TO_SECONDS = 19  # characters of a stored or ISO time in UTC
_DIGITS = str.maketrans("０１２３４５６７８９：．／－○零Ｏ時點", "0123456789:./-〇〇〇时点")
_ZONES = "格林尼治(?:标准|標準)?[时時][间間]"
_CLOCK = (
    r"(?P<half>上午|中午|下午|晚上|晚|AM|PM)?\s?(?P<hour>[0-2]?[0-9])\s?[:：时点]\s?(?P<minute>[0-5]?[0-9])(?![0-9])"
    r"(?:[:：分]\s?(?P<second>[0-5][0-9])(?:\.[0-9]{1,9})?)?[秒分]?"
)
_WEEKDAY = r"(?:[(（]?(?:星期|周|礼拜).[)）]?\s?)?"
_BETWEEN = rf"(?:[T\s,，]{{0,4}}{_WEEKDAY}(?:北京(?:[时時][间間])\s?|(?P<utc>{_ZONES})\s?)?{_CLOCK})?"
_OFFSET = r"\s?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2}(?![0-9]))?"
_DATE = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})\s?[-/.年]\s?(?P<month>[01]?[0-9])\s?[-/.月]\s?(?P<day>[0-3]?[0-9])(?![0-9])"
    rf"\s?[日号號]?{_BETWEEN}{_OFFSET}"
)
# A date whose year stands in an element of its own: 2024 01 / 05 10:20.
_SPLIT = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})\s{1,3}(?P<month>[01]?[0-9])\s?[-/.月]\s?(?P<day>[0-3]?[0-9])日?\s{1,3}"
    rf"{_CLOCK}(?P<utc>)(?P<offset>)"
)
_COMPACT = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?P<month>[01][0-9])(?P<day>[0-3][0-9])"
    r"(?:(?P<hour>[0-2][0-9])(?P<minute>[0-5][0-9])(?P<second>[0-5][0-9])?)?(?![0-9])"
)
# GB/T 9704-2012, 7.3.5.4 has Arabic figures; documents before it wrote 二〇一二年六月二十九日.
_NUMERALS = "〇一二三四五六七八九"
_CHINESE = re.compile(
    rf"(?P<year>[一二][{_NUMERALS}]{{3}})\s?年\s?(?P<month>[一二三四五六七八九十元]{{1,2}})\s?月\s?"
    r"(?P<day>[一二三四五六七八九十]{1,3}|廿[一二三四五六七八九]?|卅一?)\s?日"
)
# As English pages and programs write it: 5 Mar 2026 09:12, March 5, 2026, 03/05/2026 - 09:12, and of Java, where CST is
# China's time, Thu Mar 05 09:12:00 CST 2026. Figures alone begin with the month where both readings are days.
_MONTHS: tuple[str, ...] = tuple("jan feb mar apr may jun jul aug sep oct nov dec".split())  # noqa: SIM905
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![a-z])\.?"
)
_DAY, _YEAR = r"(?<![0-9])(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?", "(?P<year>(?:19|20)[0-9]{2})(?![0-9])"
_AFTER = (
    rf"(?:[\s,-]{{1,4}}(?:at\s)?{_CLOCK}(?:\s?(?P<meridiem>[AP]\.?M)(?![A-Za-z]))?)?"
    r"(?:\s?(?P<utc>GMT|UTC)(?![A-Za-z]))?" + _OFFSET
)
_ENGLISH = tuple(
    re.compile(rule, re.IGNORECASE)
    for rule in (
        rf"{_DAY}[\s-]{{1,2}}{_MONTH},?[\s-]{{1,2}}{_YEAR}{_AFTER}",
        rf"(?<![A-Za-z]){_MONTH}\s{{1,2}}{_DAY},?\s{{1,2}}{_YEAR}{_AFTER}",
        rf"(?<![A-Za-z]){_MONTH}\s{{1,2}}{_DAY}\s{{1,2}}{_CLOCK}\s{{1,2}}(?:(?P<utc>GMT|UTC)|[A-Z]{{3,4}})?\s{{0,2}}{_YEAR}",
        rf"(?<![0-9/])(?P<month>[0-3]?[0-9])/(?P<day>[0-3]?[0-9])/{_YEAR}{_AFTER}",
    )
)
_IN_ENGLISH = re.compile("[A-Z][a-z]{2}|[A-Z]{3}|[0-9]/[0-9]")
_RFC = re.compile(r"\s{0,9}[A-Z][a-z]{2},\s{1,2}[0-9]{1,2}\s[A-Z][a-z]{2}\s[0-9]{4}\s[0-9]{1,2}:")


@dataclass(frozen=True, slots=True)
class Written:
    """A moment as a text writes it: characters start to end; `clocked` when it names a time of day."""

    moment: datetime
    start: int
    end: int
    clocked: bool


def read(text: str) -> datetime | None:
    """The first moment that the text names; without an offset it is naive. Never raises."""
    text = text[:_LONGEST]
    found = find(text)
    if found is None or _RFC.match(text):
        return _mail(text) or (found.moment if found else None)
    return found.moment


def find(text: str) -> Written | None:
    """The first date that the text writes, by the surest of the ways of writing it. Never raises."""
    text = text[:_LONGEST]
    if not text.isascii():
        text = text.translate(_DIGITS)
    rules = (_DATE, _SPLIT, _CHINESE, _COMPACT, *(_ENGLISH if _IN_ENGLISH.search(text) else ()))
    return next((found for rule in rules for found in _written(rule, text)), None)


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


def _written(rule: re.Pattern[str], text: str) -> Iterator[Written]:
    for match in rule.finditer(text):
        parts = match.groupdict()
        date = _date(parts["year"], parts["month"], parts["day"])
        hour, minute = parts.get("hour"), parts.get("minute")
        clocked = hour is not None and minute is not None
        found = _moment(*date, *_time(parts), offset=_offset(parts)) if clocked else None
        # A time that no clock shows is left out; the day stands.
        day = found or _moment(*date)
        if day is not None:
            yield Written(day, match.start(), match.end(), found is not None)


def _date(year: str, month: str, day: str) -> tuple[int, int, int]:
    if month[:3].lower() in _MONTHS:
        return int(year), _MONTHS.index(month[:3].lower()) + 1, int(day)
    first, second = _number(month), _number(day)
    return (_number(year), first, second) if first <= 12 or second > 12 else (_number(year), second, first)  # noqa: PLR2004


def _number(written: str) -> int:
    """A number in figures, in Chinese numerals by place (二〇二四) or by tens (二十九, 廿九)."""
    if written.isascii():
        return int(written)
    written = written.replace("元", "一").replace("廿", "二十").replace("卅", "三十")
    if "十" in written:
        tens, ones = written.split("十", 1)
        return 10 * (_number(tens) if tens else 1) + (_number(ones) if ones else 0)
    return int("".join(str(_NUMERALS.index(numeral)) for numeral in written if numeral in _NUMERALS) or 0)


def _time(parts: dict[str, str | None]) -> tuple[int, int, int]:
    hour, minute, second = (int(parts.get(part) or 0) for part in ("hour", "minute", "second"))
    half = (parts.get("half") or parts.get("meridiem") or "").upper().replace(".", "")
    late = half in ("下午", "晚上", "晚", "PM") and hour < 12  # noqa: PLR2004
    return hour + 12 * late, minute, second


def _offset(parts: dict[str, str | None]) -> str | None:
    return "Z" if parts.get("utc") else parts.get("offset") or None


def _mail(text: str) -> datetime | None:
    """RFC 5322, as feeds write it."""
    if "," not in text and ":" not in text:
        return None
    try:
        return parsedate_to_datetime(text.strip())
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def _moment(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, offset: str | None = None
) -> datetime | None:
    try:
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
