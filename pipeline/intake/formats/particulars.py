"""Particulars: title, author, unit and telephone found in the lines of a document. First honest version:
lines that say so (反映人：张三　单位：县农业农村局), at the head or the foot.

Such lines become fields and leave the text, so that a contact is kept in one place alone.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.intake.drafts import Draft
from pipeline.intake.formats import values
from pipeline.intake.formats.columns import FIELDS, field_of

HEAD, FOOT = 12, 8  # lines that are not empty
TITLE_LENGTH = 60
_SAID = ("title", "author", "author_number", "unit", "sector", "party", "phone", "email", "published_at")
_LABELS = "|".join(
    sorted((re.escape(name) for said in _SAID for name in FIELDS[said] if not name.isascii()), key=len, reverse=True)
)
_BETWEEN = re.compile(rf"[\s,，;；、]+(?=(?:{_LABELS})\s*[:：])")
_PAIR = re.compile(rf"[(（【]?\s*((?:{_LABELS}|正文)(?:[(（][^)）]*[)）])?)\s*[:：]\s*(.*)", re.DOTALL)
# The name of the form itself, above the title.
_MASTHEAD = re.compile(
    r"附件\s*[\d一二三四五六七八九十]*\s*[:：]?|.{0,20}社情民意(信息)?(报送|反映|征集|采集|登记)?(表|单|稿|专报)?"
)
# A section of the text, no title.
_NUMBERED = re.compile(r"[(（]?[一二三四五六七八九十\d]{1,3}[)）]?[、.．]")
_ENDS = "。；;，,！!：:"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def found(text: str, title: str | None = None) -> Draft:
    """The document's draft. `title` is one the format itself names (a title style, a mail's subject)."""
    lines = text.split("\n")
    full = [at for at, line in enumerate(lines) if line.strip()]
    said: dict[str, str] = {}
    gone: set[int] = set()
    for at in dict.fromkeys(full[:HEAD] + full[-FOOT:]):
        if (pairs := _pairs(lines[at])) is not None and not said.keys() & pairs.keys():
            said.update(pairs)
            gone.add(at)
    left = [line for at, line in enumerate(lines) if at not in gone]
    named = said.pop("title", None) or title
    name, body = (named, _without(left, named)) if named else _titled(left)
    return _drafted(name, body, said)


def _pairs(line: str) -> dict[str, str] | None:
    """field -> value of a line that consists of such pairs alone."""
    pairs: dict[str, str] = {}
    for piece in _BETWEEN.split(line.strip()):
        match = _PAIR.fullmatch(piece)
        field = field_of(match[1]) if match else None
        if match is None or field is None or field == "text" or "。" in match[2]:
            return None
        if value := match[2].strip().rstrip(")）】").strip():
            pairs[field] = value
    return pairs


def _titled(lines: list[str]) -> tuple[str | None, str]:
    rest = [line for line in lines if line.strip()]
    while len(rest) > 1 and _MASTHEAD.fullmatch(rest[0].strip()):
        rest = rest[1:]
    first = rest[0].strip() if rest else ""
    if len(rest) > 1 and len(first) <= TITLE_LENGTH and first[-1] not in _ENDS and not _NUMBERED.match(first):
        return " ".join(first.split()), _without(lines, first)
    return None, _joined(lines)


def _without(lines: list[str], title: str) -> str:
    """The text without its title's line, when that comes first."""
    kept = list(lines)
    for at, line in enumerate(kept[:HEAD]):
        if "".join(line.split()) == "".join(title.split()):
            rest = [*(one for one in kept[:at] if not _MASTHEAD.fullmatch(one.strip())), *kept[at + 1 :]]
            return _joined(rest) or _joined(kept)
    return _joined(kept)


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def _drafted(title: str | None, text: str, said: dict[str, str]) -> Draft:
    when = said.pop("published_at", None)
    if mail := _EMAIL.search(said.get("phone", "")):
        said.setdefault("email", mail[0])
        said["phone"] = said["phone"].replace(mail[0], "").strip(" ,，;；、")
    try:
        at = values.as_time(when)
    except ValueError:
        at = None
    kept = {field: value for field, value in said.items() if value}
    return replace(Draft(text=text, title=title, published_at=at), **kept)
