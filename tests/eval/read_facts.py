"""Facts of a page: title, date, author, source, beside trafilatura and htmldate on the same decoded pages.

The labels (labels/pages.jsonl, made by reading what each page shows) hold titles and authors as hashes, for they are
third-party text and persons. A title is right when equal after NFKC and without blanks; a date when it is the same
day, a time when the same minute, in UTC+8, as the page shows it. An author is one named as who wrote it (作者, a
byline, 记者 or 通讯员 in it or in the dateline, 文/, 撰稿), not who edited, pictured or published it; the set of names
has to be the same. A source is what stands after 来源 or, on an official document, 发文机关. A fact that a page
does not show is right when none is given.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.text import charset, facts, markup
from tests.benchmarks.figures import Figure, at_least
from tests.eval.material import pace, real

LABELS = Path(__file__).parent / "labels" / "pages.jsonl"
SHANGHAI = timezone(timedelta(hours=8))
UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
# Sites read for their labels alone: no rule was changed on their account.
HELD_OUT = ("human-02", "human-04", "human-06", "site-08", "site-09", "site-10", "site-11", "site-12")
_NAMES = re.compile("[ 、,，;；]+")


@dataclass(frozen=True)
class Read:
    """What a reader finds on a page: `moment` as `2024-01-05T10:20`, or without a time."""

    title: str | None = None
    moment: str | None = None
    author: str | None = None
    source: str | None = None


def figures() -> Iterator[Figure]:
    """Shares right, ours and theirs, over all pages and over the sites held out; then the speed."""
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    texts = {label["page"]: text(label["page"]) for label in labels}
    library, dater = import_module("trafilatura"), import_module("htmldate")
    found = {label["page"]: (ours(texts[label["page"]]), theirs(library, texts[label["page"]])) for label in labels}
    yield from _shares(labels, found, "")
    dated = [date_by(dater, texts[label["page"]])[:10] == (label["date"] or "")[:10] for label in labels]
    yield Figure("date right: htmldate", f"{sum(dated) / len(dated):.3f} ({sum(dated)} of {len(dated)})")
    yield from _shares([label for label in labels if label["page"] in HELD_OUT], found, ", sites held out")
    metadata = import_module("trafilatura.metadata").extract_metadata
    whole = partial(library.bare_extraction, with_metadata=True)
    yield _speed("trafilatura's metadata", list(texts.values()), metadata, 5)
    yield _speed("trafilatura's metadata and text", list(texts.values()), whole, 5)
    yield _speed(
        "htmldate's (the date alone)", list(texts.values()), partial(dater.find_date, original_date=True), None
    )


def text(page: str) -> str:
    """A page of the real site, decoded."""
    return charset.decode((real() / "site" / "pages" / f"{page}.html").read_bytes()).text


def ours(given: str) -> Read:
    """Our reading, parse included."""
    tree = markup.parse(given)
    if tree is None:
        return Read()
    found = facts.read(tree, markup.metas(tree), tuple(markup.lines(tree)), UNTIL)
    return Read(found.title, shown(found.moment), found.author, found.source)


def theirs(library: Any, given: str) -> Read:
    """trafilatura's; it gives days only."""
    found = library.bare_extraction(given, with_metadata=True)
    if found is None:
        return Read()
    return Read(found.title, found.date, found.author, found.hostname and found.sitename)


def date_by(dater: Any, given: str) -> str:
    """htmldate's, with the original date preferred."""
    return dater.find_date(given, original_date=True, max_date=UNTIL) or ""


def shown(moment: datetime | None) -> str | None:
    """In UTC+8, as a page shows it; without the time when it is midnight."""
    if moment is None:
        return None
    local = moment.astimezone(SHANGHAI) if moment.tzinfo else moment
    return local.strftime("%Y-%m-%dT%H:%M").removesuffix("T00:00")


def squeezed(value: str | None) -> str:
    """NFKC without blanks."""
    return "".join(unicodedata.normalize("NFKC", value or "").split())


def hashed(value: str) -> str:
    return hashlib.sha256(squeezed(value).encode()).hexdigest()[:12]


def right(fact: str, label: dict[str, Any], found: Read) -> bool:
    """Whether a fact is as labelled."""
    if fact == "title":
        return bool(found.title) and hashed(found.title or "") in label["title"]
    if fact == "date":
        return (found.moment or "")[:10] == (label["date"] or "")[:10]
    if fact == "time":
        return found.moment == label["date"]
    if fact == "author":
        return {hashed(name) for name in _NAMES.split(found.author or "") if name} == {*label["author"]}
    return squeezed(found.source) in ({*map(squeezed, label["source"])} or {""})


def _shares(labels: list[dict[str, Any]], found: dict[str, tuple[Read, Read]], where: str) -> Iterator[Figure]:
    for fact, goal in (("title", 0.95), ("date", 0.95), ("time", 0.9), ("author", 0.9), ("source", 0.9)):
        asked = [label for label in labels if fact != "time" or "T" in (label["date"] or "")]
        own, other = (sum(right(fact, label, found[label["page"]][side]) for label in asked) for side in (0, 1))
        more = f" ({own} of {len(asked)}; trafilatura {other})"
        yield at_least(f"{fact} right{where}", own / max(len(asked), 1), goal, more)


def _speed(name: str, texts: list[str], other: Callable[[str], object], goal: float | None) -> Figure:
    own, their, ratio = pace(lambda: [ours(one) for one in texts], lambda: [other(one) for one in texts], rounds=3)
    more = f" ({len(texts)} pages with their parsing: {own * 1e3:.0f} and {their * 1e3:.0f} ms)"
    name = f"the four facts: speed / {name}"
    return Figure(name, f"{ratio:.2f}{more}") if goal is None else at_least(name, ratio, goal, more)
