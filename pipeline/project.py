"""project: marks → search. Reads what search has not seen, writes it to every generation, and clears the
marks of what is durable there (DESIGN 13 to 15). Many projectors at once are harmless."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pipeline.clock import Clock, day_of, stored
from pipeline.errors import Transient
from pipeline.ports.search import Search
from pipeline.ports.store import Generations, Session, Store, View
from pipeline.records.items import Answer, Document, Hits, Item, Personal, Query, Read
from pipeline.records.messages import Place
from pipeline.records.names import Kind, Outcome, Step
from pipeline.records.watching import Ended, Spent
from pipeline.text.authors import Hidden
from pipeline.text.masks import mask, masked

log = logging.getLogger(__name__)
GROUP_SIZE = 500
MANY = 4 * GROUP_SIZE
ASIDE = 100_000  # documents refused by search; a mapping that refuses more is to be mended first
TAKEN = "修改后已入检索库"
BEGUN = "search.begun"
TOMBSTONES_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Projector:
    """What a projection works with."""

    store: Store
    search: Search
    zone: ZoneInfo
    clock: Clock

    def begin(self) -> Projector:
        """Make the first generation, once in a store's life: one that is missing later was lost, and an empty
        one in its place would hide that."""
        with self.store.reading() as session:
            begun, live = session.registry.note(BEGUN), session.registry.generations().live
        if not begun:
            self.search.create(live)
            self.search.promote(live)
            with self.store.writing() as session:
                session.registry.set_note(BEGUN, live)
        return self

    def turn(self, limit: int = GROUP_SIZE) -> int:
        """Project up to `limit` marks; how many were there. Raises Transient while search is away."""
        with self.store.reading() as session:
            due = [item for item, _ in session.marks.due(limit)]
        for _ in overlapped(_groups(due), self._ready, lambda ready: self._write(*ready), self.search.writers):
            pass
        return len(due)

    def _ready(self, ids: Sequence[str]) -> tuple[list[Document], Generations, set[str | None]]:
        with self.store.reading() as session:
            # Before the documents: a generation listed later takes their marks' clearing back.
            there = _there(session)
            return documents_of(session, ids, self.zone), *there

    def write(self, documents: Sequence[Document]) -> None:
        """Project these, whose marks need not be looked up. Raises Transient while search is away."""
        if documents:
            with self.store.reading() as session:
                there = _there(session)
            self._write(documents, *there)

    def _write(self, documents: Sequence[Document], generations: Generations, aside: Collection[str | None]) -> None:
        began = time.monotonic()
        answers = [self.search.write(name, documents) for name in generations.names]
        spent = Spent("project", time.monotonic() - began)
        # Marks that come back with the power are projected again.
        with self.store.noting() as session:
            settle(session, documents, answers, generations, aside)
            session.tallies.spend([spent])
            session.tallies.add(_counted(documents, answers))

    def drain(self) -> int:
        """Project until no mark is left; how many were projected."""
        total = 0
        while done := self.turn(MANY):
            total += done
        return total

    def find(self, query: Query) -> Hits:
        """A page of hits from the live generation; asks again when it was swapped meanwhile."""
        if query.source is not None:
            query = replace(query, source=masked(query.source))
        try:
            return self.search.query(self._live(), query)
        except Transient:
            return self.search.query(self._live(), query)

    def _live(self) -> str:
        with self.store.reading() as session:
            return session.registry.generations().live

    def reindex(self) -> int:
        """Build a new generation from the store and swap to it, searches and writes going on; how many items.
        Raises Transient when a later one overtook it."""
        new = self._open_generation()
        write = partial(self.search.write, new)
        copied = overlapped(self._pages(), self._documents, write, self.search.writers)
        total = sum(map(len, copied))
        self.search.write(new, self._documents(self._tombstones()))
        with self.store.writing() as session:
            there = session.registry.generations()
            if new not in there.names:
                raise _overtaken()
            # One that somebody began later goes on being written to.
            session.registry.set_generations(new, [name for name in there.names if int(name) >= int(new)])
        self.search.promote(new)
        for name in self.search.generations():
            # What a death left behind is no longer in the list; a removed text must not outlive in it.
            if int(name) < int(new):
                self.search.drop(name)
        return total

    def _open_generation(self) -> str:
        with self.store.reading() as session:
            there = session.registry.generations()
        new = str(1 + max(int(name) for name in {*there.names, *self.search.generations()}))
        self.search.create(new)
        with self.store.writing() as session:
            there = session.registry.generations()
            if int(there.live) > int(new):
                raise _overtaken()
            session.registry.set_generations(there.live, [*there.names, new])
        return new

    def _pages(self) -> Iterator[list[str]]:
        after = ""
        while True:
            with self.store.reading() as session:
                ids = session.items.live_ids(after, GROUP_SIZE)
            if not ids:
                return
            yield ids
            after = ids[-1]

    def _documents(self, ids: Sequence[str]) -> list[Document]:
        with self.store.reading() as session:
            return documents_of(session, ids, self.zone)

    def _tombstones(self) -> list[str]:
        with self.store.reading() as session:
            return session.items.tombstones(stored(self.clock() - TOMBSTONES_KEPT))


Group = TypeVar("Group")
Ready = TypeVar("Ready")
Written = TypeVar("Written")


def overlapped(
    groups: Iterable[Group], prepare: Callable[[Group], Ready], write: Callable[[Ready], Written], at_once: int
) -> Iterator[Written]:
    """Write each group on a thread beside, so many at once, while the next one is prepared here: search has work while
    the store settles what it took. Versions, not the order of arrival, decide what stays."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="projecting") as writers:
        pending: deque[Future[Written]] = deque()
        for group in groups:
            ready = prepare(group)
            if len(pending) == at_once:
                yield pending.popleft().result()
            pending.append(writers.submit(write, ready))
        while pending:
            yield pending.popleft().result()


def _groups(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    # Larger where there are many: a write costs search something for itself (a document took 364 and 372 µs, by 500
    # 413 and 470, in one run of 20,000).
    size = GROUP_SIZE if len(ids) <= GROUP_SIZE else 2 * GROUP_SIZE
    return (ids[at : at + size] for at in range(0, len(ids), size))


def _counted(documents: Sequence[Document], answers: Sequence[Sequence[Answer]]) -> Mapping[Ended, int]:
    refused = {one.id for some in answers for one in some if not one.ok}
    outcomes = {True: Outcome.QUARANTINED.value, False: Outcome.INDEXED.value}
    live = (one for one in documents if not one.tombstone)
    return Counter(Ended(one.source, Step.SEARCH.value, outcomes[one.id in refused]) for one in live)


def _there(session: Session) -> tuple[Generations, set[str | None]]:
    """The generations, and the items that search has refused so far."""
    aside = session.quarantine.list(step=Step.SEARCH.value, limit=ASIDE)
    return session.registry.generations(), {row.item for row in aside}


def _overtaken() -> Transient:
    return Transient("另一次重建索引刚刚完成，这一次没有采用", fix="检索照常可用；仍需重建时请再执行一次 minyi reindex")


def settle(
    session: Session,
    documents: Sequence[Document],
    answers: Sequence[Sequence[Answer]],
    generations: Generations,
    aside: Collection[str | None] = (),
) -> None:
    """Clear the marks of what every generation took; set aside what one refused for ever. `aside` are the items
    that were refused before: one that is taken now has ended its waiting."""
    refused = {one.id: one.reason or "" for some in answers for one in some if not one.ok}
    done = {one.id: one.version for one in documents if one.id not in refused}
    cleared = session.marks.clear(done, generations.version)
    session.ledger.settle({item: version for item, version in done.items() if item in cleared})
    for item in sorted(cleared.intersection(aside)):
        _taken(session, item, done[item])
    versions = {one.id: one.version for one in documents}
    for item, reason in refused.items():
        set_aside(session, item, versions[item], reason, generations)


def set_aside(session: Session, item: str, version: int, reason: str, generations: Generations) -> None:
    """A document that search refuses: its mark goes, its pending rows turn, in this one transaction."""
    if item not in session.marks.clear({item: version}, generations.version):
        return
    known = session.items.by_ids([item])[item]
    if known.version > version:
        return  # no mark: what it is now has been in search's hands already
    rows = [row for row in session.ledger.of_item(item) if row.outcome is Outcome.PENDING and row.version <= version]
    for row in rows:
        session.ledger.turn(row.place, Outcome.QUARANTINED, why=f"检索库拒收：{reason}")
    facts = {"item": item, "source": known.source, "step": Step.SEARCH.value, "outcome": Outcome.QUARANTINED.value}
    log.warning("item set aside", extra=facts)
    if _waiting(session, item):
        return
    place = rows[-1].place if rows else Place("", "", 0, 0)
    reason = f"检索库拒收这一篇：{reason}"
    session.quarantine.add([(place, item, known.source, known.received_at, Step.SEARCH.value, "refused", reason, b"")])


def _taken(session: Session, item: str, version: int) -> None:
    # A message of its own that a step could not take waits on for itself.
    held = [row for row in session.quarantine.of_item(item) if row.state == "waiting"]
    own = {row.place for row in held if row.step is not Step.SEARCH}
    for row in session.ledger.of_item(item):
        if row.outcome is Outcome.QUARANTINED and row.version <= version and row.place not in own:
            session.ledger.turn(row.place, Outcome.INDEXED, why=TAKEN)
    for number in _waiting(session, item):
        session.quarantine.turn(number, "replayed", TAKEN)


def _waiting(session: Session, item: str) -> list[int]:
    rows = session.quarantine.of_item(item)
    return [row.number for row in rows if row.step is Step.SEARCH and row.state == "waiting"]


def documents_of(session: Session, ids: Sequence[str], zone: ZoneInfo) -> list[Document]:
    """What search is to hold of these items now."""
    views = session.items.views(ids)
    return [document(views[item], zone) for item in ids if item in views]


def view_of(read: Read, item: Item) -> View:
    """What the store would show of an item that is new: no desk has touched it yet. Of its reading only what a
    document holds."""
    cleaned, found = read.cleaned, read.classified
    reading = {
        "domain": found.domain,
        "topic": found.topic,
        "undecided": found.undecided,
        "regions": [{"code": one.code} for one in read.regions],
        "score": read.scored.score,
        "urgent": read.scored.urgent,
        "personal": [asdict(one) for one in cleaned.personal],
    }
    facts = (cleaned.text, cleaned.published_at, cleaned.author, cleaned.unit, cleaned.sector, cleaned.party)
    return View(item, *facts, named=cleaned.named, reading=reading)


def document(view: View, zone: ZoneInfo) -> Document:
    """One item's search document: masked, without contacts, with an author only who consented (OFFICE 23)."""
    item = view.item
    if item.tombstone:
        return Document(id=item.id, version=item.version, tombstone=True)
    reading = {**(view.reading or {}), **(view.overrides or {})}
    hidden, public = Hidden.of(None if view.named else view.author), item.kind is Kind.WEB_LEAD
    return Document(
        id=item.id,
        version=item.version,
        kind=item.kind.value,
        # The address of a public page is what it is; what somebody else wrote may hold anything.
        origin=item.origin if public and item.origin == item.url else hidden.short(item.origin),
        title=hidden.name(masked(view.edit_title or item.title)),
        text=hidden.name(_masked_text(view, reading)),
        source=hidden.short(item.source),
        published_at=view.published_at,
        received_at=item.received_at,
        day=day_of(item.received_at, zone),
        state=item.state.value,
        domain=reading.get("domain"),
        topic=reading.get("topic"),
        regions=tuple(_codes(reading)),
        score=float(reading.get("score") or 0.0),
        urgent=bool(reading.get("urgent")),
        undecided=bool(reading.get("undecided")) and not (view.overrides or {}).get("domain"),
        cluster=item.cluster,
        twin=item.cluster not in {"", item.id},
        bulletin=item.bulletin,
        author=view.author if view.named else None,
        unit=view.unit and hidden.short(view.unit),
        sector=view.sector and hidden.short(view.sector),
        url=item.url if public else item.url and hidden.short(item.url),
    )


def _masked_text(view: View, reading: Mapping[str, Any]) -> str:
    # The original's personal data was found when it was read; an editor's text is looked through now.
    if view.edit_text is not None or view.excerpt or "personal" not in reading:
        return masked(view.edit_text or view.text)
    spans = [Personal(one["kind"], one["start"], one["end"], one["valid"]) for one in reading["personal"]]
    return mask(view.text, spans) if spans else view.text


def _codes(reading: Mapping[str, object]) -> list[str]:
    regions = reading.get("regions")
    if not isinstance(regions, list):
        return []
    return sorted({region["code"] for region in regions if region.get("code")})
