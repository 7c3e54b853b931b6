"""The moment a page was published: as told near its title, before as declared, before as shown elsewhere.

    read(declared, dated, place, until, url) -> (moment, origins)

Ranks, best first, are the order of `_ranked`. Of a day found without a time of day the time is taken from whoever
names the same day with one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pipeline.text import dates, facts_declared
from pipeline.text.dates import Written
from pipeline.text.facts_declared import Declared
from pipeline.text.facts_lines import Shown, possible

_ABOVE, _BELOW = 8, 14  # lines around the title in which a page tells about itself

Dated = tuple[datetime, bool, str]  # moment, whether with a time of day, origin


def read(
    declared: Declared, dated: Sequence[Shown], place: int | None, until: datetime | None, url: str | None = None
) -> tuple[datetime | None, tuple[str, ...]]:
    """The moment, None when the page names none that can be, and the origins that agree on its day."""
    near, far = _parted(dated, place)
    ranked = _ranked(declared, dated, near, far, url)
    first = next((one for one in ranked if possible(one[0], until)), None)
    if first is None:
        return None, ()
    moment, clocked, origin = first
    cheap = (*_of(near), *_named(declared.metas, (facts_declared.STANDARD_DATE, *facts_declared.PUBLISHED)), *_of(far))
    agreed = [one for one in cheap if one[0].date() == moment.date()]
    exact = moment if clocked else next((one[0] for one in agreed if one[1]), moment)
    return exact, tuple(sorted({origin, *(one[2] for one in agreed)}))


def _ranked(
    declared: Declared, dated: Sequence[Shown], near: Sequence[Shown], far: Sequence[Shown], url: str | None
) -> Iterator[Dated]:
    yield from _of(near, "published")
    yield from _named(declared.metas, (facts_declared.STANDARD_DATE,))
    yield from _of([one for one in near if one.kind == "telling" or one.clocked], "telling", "alone")
    yield from _named(declared.metas, facts_declared.PUBLISHED)
    yield from _of(far, "published")
    yield from _structured(declared, "published")
    yield from _of(near, "alone")
    yield from _of(near, "updated")
    yield from _of(near, "document")
    yield from _of([one for one in far if one.kind == "telling" or one.clocked], "telling", "alone")
    yield from _named(declared.metas, facts_declared.UPDATED)
    yield from _structured(declared, "updated")
    yield from _of(far, "document")
    yield from _of(far, "updated")
    yield from _of(dated, "day")
    yield from _addressed(declared, url)
    yield from _of(far[::-1], "alone")
    yield from _of(near, "listed")


def _parted(dated: Sequence[Shown], place: int | None) -> tuple[list[Shown], list[Shown]]:
    """What stands near the title, nearest below it first, and the rest in reading order."""
    if place is None:
        return [], list(dated)
    near = [one for one in dated if -_ABOVE <= one.place - place <= _BELOW]
    near.sort(key=lambda one: one.place - place if one.place >= place else _BELOW + place - one.place)
    beyond = [one for one in dated if one.place - place > _BELOW]
    return near, beyond + [one for one in dated if one.place - place < -_ABOVE]


def _of(dated: Sequence[Shown], *kinds: str) -> Iterator[Dated]:
    """Those of some kinds, by default of every kind but listed ones."""
    chosen = (one for one in dated if (one.kind in kinds if kinds else one.kind != "listed"))
    yield from ((one.moment, one.clocked, "line") for one in chosen)


def _named(metas: Mapping[str, str], names: Sequence[str]) -> Iterator[Dated]:
    for value in facts_declared.values(metas, names):
        if found := dates.find(value):
            yield _dated(found, "meta")


def _structured(declared: Declared, kind: str) -> Iterator[Dated]:
    names = ("datePublished", "pubDate", "dateCreated") if kind == "published" else ("dateModified", "upDate")
    for name in names:
        if found := dates.find(declared.linked.get(name, "")):
            yield _dated(found, "linked data")
    yield from (_dated(found, "markup") for marked, found in facts_declared.marked(declared.tree) if marked == kind)
    if kind == "published":
        yield from (_dated(found, "script") for found in facts_declared.variables(declared.scripts))


def _addressed(declared: Declared, url: str | None) -> Iterator[Dated]:
    for address in (url or "", *declared.addresses):
        if moment := facts_declared.in_address(address):
            yield moment, False, "address"


def _dated(found: Written, origin: str) -> Dated:
    return found.moment, found.clocked, origin
