"""Values: a cell or JSON value -> the text, time or yes of a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pipeline.clock import SHANGHAI, stored
from pipeline.errors import Refused
from pipeline.intake.drafts import Draft
from pipeline.text import dates

_YES = frozenset({"是", "1", "true", "yes", "y", "紧急", "√"})
_OTHERS = ("id", "title", "text", "author", "author_number", "unit", "sector", "party", "url", "phone", "email")


def tidy(text: str) -> str:
    """Without NUL and lone surrogates, which no store takes; line ends are LF."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def as_text(value: object) -> str | None:
    """A cell as text: whole numbers without `.0`, dates as ISO, blanks as None."""
    match value:
        case None | "":
            return None
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case dict() | list():
            raise Refused("一项里套着表或列表", fix="请改为一段文字")
        case _:
            return tidy(str(value)).strip() or None


def as_time(value: object) -> str | None:
    """A stored time, read in Asia/Shanghai when it has no offset; None when empty. Raises ValueError."""
    match value:
        case datetime():
            return stored(value)
        case date():
            return stored(datetime(value.year, value.month, value.day, tzinfo=SHANGHAI))
        case _:
            text = as_text(value)
            moment = None if text is None else dates.read(text)
    if text is not None and moment is None:
        raise ValueError(text)
    return None if moment is None else stored(moment)


def draft(values: Mapping[str, Any], warn: Callable[[str], None]) -> Draft:
    """A row's values by field -> its draft. Raises Refused when it has no text; an unreadable time warns."""
    taken = {name: as_text(values.get(name)) for name in _OTHERS}
    text = taken.pop("text")
    if text is None:
        raise Refused("正文是空的" if "text" in values else "没有正文")
    single = {name: _one_line(value) for name, value in taken.items()}
    try:
        when = as_time(values.get("published_at"))
    except ValueError:
        warn("时间看不懂，按未写时间收下")
        when = None
    urgent = (as_text(values.get("urgent")) or "").lower() in _YES
    return replace(Draft(text=text, published_at=when, urgent=urgent), **single)


def _one_line(value: str | None) -> str | None:
    return None if value is None else " ".join(value.split())
