"""Reread: what the rules in force make of texts that older rules read; and taking such a run back (DESIGN 16).

A re-run is a new reading beside the old one, never a revision: texts, editors' fields, states and bulletins stay.
Every reading carries the run's id, by which `unread` takes it away again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from pipeline.clock import Clock, parsed, stored
from pipeline.errors import NotFound
from pipeline.ports.store import Session, Store, View
from pipeline.records.items import Cleaned, Deduped, Personal, Read, Signature
from pipeline.records.messages import Place
from pipeline.rules import Rules
from pipeline.steps import classify, locate, score

PAGE = 200  # items a transaction: some 20 ms under the write lock
NOTE = "reread."


def reread(store: Store, rules: Rules, clock: Clock, by: str) -> tuple[str, int]:
    """Read anew what other rules have read; the run's id and how many items have a reading of it."""
    # Two within one second are two runs: taking one back must not take the other.
    run = f"r{stored(clock()).translate(str.maketrans('', '', '-:.TZ'))[:14]}-{secrets.token_hex(4)}"
    with store.writing() as session:
        session.registry.set_note(NOTE + run, by)
    return run, sum(_page(store, rules, run, ids) for ids in _pages(store))


def unread(store: Store, run: str) -> int:
    """Take a run's readings away; how many items it concerned. Raises NotFound. Harmless twice."""
    with store.reading() as session:
        if session.registry.note(NOTE + run) is None:
            raise NotFound(f"没有“{run}”这一次重新识别", fix="运行号见 minyi rules apply 的输出")
    total = 0
    while True:
        with store.writing() as session:
            items = session.items.unread(run, PAGE)
            session.marks.raise_for(items)
        if not items:
            return total
        total += len(items)


def _pages(store: Store) -> Iterator[list[str]]:
    after = ""
    while True:
        with store.reading() as session:
            ids = session.items.live_ids(after, PAGE)
        if not ids:
            return
        yield ids
        after = ids[-1]


def _page(store: Store, rules: Rules, run: str, ids: Sequence[str]) -> int:
    with store.reading() as session:
        views = [view for view in session.items.views(ids).values() if _differs(view, rules)]
        reads = [_read(view, _others(session, view), rules, run) for view in views]
    with store.writing() as session:
        # Of a text revised meanwhile this is no reading.
        now = session.items.by_ids([view.item.id for view in views])
        same = {view.item.id for view in views if now[view.item.id].revision == view.item.revision}
        kept = [one for one in reads if one.cleaned.item in same]
        session.items.reread(kept)
        session.marks.raise_for(sorted(same))
    return len(kept)


def _differs(view: View, rules: Rules) -> bool:
    # Of an expired body only the beginning is left: what was read in the whole stays.
    return view.reading is not None and not view.excerpt and view.reading["rules"] != rules.reading


def _others(session: Session, view: View) -> int:
    return len(session.items.members([view.item.cluster])) - 1


def _read(view: View, others: int, rules: Rules, run: str) -> Read:
    cleaned = _cleaned(view)
    (found,) = classify.classify([cleaned], rules.taxonomy)
    (regions,) = locate.locate([cleaned], rules.regions)
    # As fresh as it was when it came: the rules are tried, not its age.
    then = parsed(view.item.revision_received_at)
    (points,) = score.score([score.ToScore(cleaned, found, regions, max(0, others))], rules.scoring, _aware(then))
    unsigned = Deduped(Signature(view.item.id, b"", "", 0))
    return Read(cleaned, unsigned, found, regions, points, rules.reading, run)


def _aware(moment: datetime | None) -> datetime:
    if moment is None:
        raise AssertionError("every revision has the time it was received")
    return moment


def _cleaned(view: View) -> Cleaned:
    item, reading = view.item, view.reading or {}
    return Cleaned(
        place=Place("", "", 0, 0),
        message_id="",
        item=item.id,
        kind=item.kind,
        source=item.source,
        origin=item.origin,
        received_at=item.revision_received_at,
        title=item.title,
        text=view.text,
        content=item.content,
        exact="",
        published_at=view.published_at,
        author=view.author,
        unit=view.unit,
        sector=view.sector,
        party=view.party,
        region=reading.get("region"),
        channel=reading.get("channel"),
        urgent=bool(reading.get("declared_urgent")),
        page_source=reading.get("page_source"),
        reply=reading.get("reply"),
        personal=tuple(Personal(**one) for one in reading.get("personal", ())),
    )
