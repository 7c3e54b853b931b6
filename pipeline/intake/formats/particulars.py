"""particulars: a document's text -> its draft, with what it says of itself (`pipeline.text.submission`) in its fields.

Lines that hold nothing else leave the text, so that a contact is kept in one place alone; what they say that no field
takes (一个联系人、方便接听的时间) is kept beside, as the line was. What is less than sure fills no field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.intake.drafts import Draft
from pipeline.intake.formats import values
from pipeline.text import submission
from pipeline.text.submission import Facts, Spent
from pipeline.text.submission_titles import is_masthead
from pipeline.text.submission_values import HIGH
from pipeline.text.submission_words import BARE, SAID, WIDE

_FIELDS = ("author", "author_number", "unit", "sector", "party", "phone", "email")
_LABELLED = 0.97  # of a title that a label names: surer than a style or a mail's subject
BESIDE = "来稿所附"
_LONGEST_BESIDE = 1000  # characters
_WORDS = re.compile("[一-龥A-Za-z0-9@.+]{2,}")
_LEAD = 12  # lines among which a title stands


def found(text: str, title: str | None = None) -> Draft:
    """The document's draft. `title` is one the format itself names (a title style, a mail's subject)."""
    facts = submission.facts(text)
    own = facts.title
    cut = [(one.start, one.end) for one in facts.spent if _may_go(one)]
    if own is not None and (title is None or own.confidence >= _LABELLED):
        body = _joined(_without(text, [*cut, (own.start, own.end)], masthead=own.start))
        return _drafted(own.value, body or _joined(_without(text, cut)), facts, [text[a:b] for a, b in cut])
    left = _without(text, cut)
    return _drafted(title, _untitled(left, title) if title else _joined(left), facts, [text[a:b] for a, b in cut])


def _may_go(spent: Spent) -> bool:
    # A contact leaves the text even when its line says more than we have fields for.
    return spent.whole or not spent.fields.isdisjoint({"phone", "email"})


def _without(text: str, spans: Sequence[tuple[int, int]], masthead: int = 0) -> str:
    """The text without these places and the lines they leave empty; the form's name above the title goes, too."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start < at:
            continue
        before = text[at:start]
        if masthead and start == masthead:
            before = "\n".join(line for line in before.split("\n") if not is_masthead(line.strip()))
        whole = (not before or before.endswith("\n")) and text[end : end + 1] in {"", "\n"}
        pieces.append(before)
        at = end + 1 if whole else end
    return "".join((*pieces, text[at:]))


def _untitled(text: str, title: str) -> str:
    """The text without its title's line, when that comes first."""
    lines = text.split("\n")
    for at, line in enumerate(lines[:_LEAD]):
        if "".join(line.split()) == "".join(title.split()):
            above = [one for one in lines[:at] if not is_masthead(one.strip())]
            return _joined("\n".join([*above, *lines[at + 1 :]])) or _joined(text)
    return _joined(text)


def _joined(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")


def _drafted(title: str | None, text: str, facts: Facts, cut: Sequence[str]) -> Draft:
    held = {name: getattr(facts, name) for name in _FIELDS}
    kept = {name: fact.value for name, fact in held.items() if fact is not None and fact.confidence >= HIGH}
    author, phone, post = facts.author, facts.phone, facts.post
    if author and phone and author.confidence < HIGH and author.start == phone.start and "phone" in kept:
        kept["phone"] = f"{phone.value}（{author.value}）"
    if post and "unit" in kept and post.value not in kept["unit"]:
        kept["unit"] += post.value
    try:
        when = values.as_time(facts.published_at.value if facts.published_at else None)
    except ValueError:
        when = None
    rest = [line.strip() for line in cut if not _is_said(line, [*kept.values(), text])]
    declared = {BESIDE: "\n".join(rest)[:_LONGEST_BESIDE]} if rest else {}
    filled = {name: value for name, value in kept.items() if value}
    return replace(Draft(text=text, title=title or None, published_at=when, declared=declared), **filled)


def _is_said(line: str, kept: Sequence[str]) -> bool:
    """Whether all that a line says beside its labels is kept elsewhere."""
    whole = "\n".join("".join(one.split()) for one in kept)
    words = _WORDS.findall(SAID.sub(" ", BARE.sub(" ", line.translate(WIDE))))
    return all(word in whole for word in words)
