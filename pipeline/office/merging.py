"""Merging: several submissions of one matter become one, everybody credited; and its undoing (rule 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.desk import bulletins as drafts
from pipeline.desk.moves import checked, moved, opinion_of, person
from pipeline.desk.states import ITEM_MOVES, MAIN_OF_MERGE, STATES
from pipeline.errors import NotAllowed, UsageError
from pipeline.office.context import Office, desk_of, load_bulletin, load_items, note_items
from pipeline.office.items import Moved, results
from pipeline.office.moving import changed
from pipeline.ports.desk import Merge
from pipeline.ports.store import Session
from pipeline.records.items import Item, Pair
from pipeline.records.names import Kind, Similarity
from pipeline.steps.clusters import clusters


def merge(office: Office, ids: Sequence[str], *, by: str, opinion: str | None = None) -> list[Moved]:
    """Merge items into the first. Their authors are credited with its own; an editor's edge joins them."""
    who = person(by)
    said = opinion_of(opinion, needed=False, act=ITEM_MOVES["merge"].title)
    if len(dict.fromkeys(ids)) < 2:  # noqa: PLR2004 - a main one and at least one other
        raise UsageError("并稿至少要两篇", fix="第一篇为主稿，其余并入")
    with office.writing() as session:
        main, *others = load_items(session, ids)
        _check(session, main, others)
        session.items.write([moved(item, ITEM_MOVES["merge"].end or item.state, bulletin=None) for item in others])
        desk_of(session).merge([Merge(item.id, main.id, item.state, who, office.now()) for item in others])
        _retouch(office, session, main, who)
        _edges(session, main, others, Similarity.NEAR, who)
        return _noted(office, session, "merge", who, [main, *others], said, {"main": main.id})


def unmerge(office: Office, ids: Sequence[str], *, by: str, opinion: str | None = None) -> list[Moved]:
    """Give merged items their states back; a negative edge keeps the machine from joining them again."""
    row = ITEM_MOVES["unmerge"]
    who = person(by)
    said = opinion_of(opinion, needed="opinion" in row.asks, act=row.title)
    with office.writing() as session:
        items = load_items(session, ids)
        for item in items:
            checked("unmerge", item)
        merges = desk_of(session).merges([item.id for item in items])
        session.items.write([moved(item, merges[item.id].before, bulletin=None) for item in items])
        desk_of(session).unmerge([item.id for item in items])
        for main in load_items(session, sorted({one.main for one in merges.values()})):
            mine = [item for item in items if merges[item.id].main == main.id]
            _retouch(office, session, main, who)
            _edges(session, main, mine, Similarity.NEGATIVE, who)
        mains = {item.id: merges[item.id].main for item in items}
        return _noted(office, session, "unmerge", who, items, said, {"main": mains})


def _check(session: Session, main: Item, others: Sequence[Item]) -> None:
    for item in others:
        checked("merge", item)
    if mains := desk_of(session).merged([item.id for item in others]):
        raise NotAllowed(f"已有稿件并入 {'、'.join(mains)}", fix="请以它作主稿，或先取消并入")
    if main.kind is Kind.WEB_LEAD:
        raise NotAllowed("网上线索不能作主稿", where=main.id, fix="请先核实并自采成稿（convert）")
    if main.state not in MAIN_OF_MERGE or main.tombstone:
        raise NotAllowed(
            f"主稿现为“{STATES[main.state]}”，不能再并入",
            where=main.id,
            fix=f"可作主稿的状态：{'、'.join(STATES[state] for state in MAIN_OF_MERGE)}",
        )


def _retouch(office: Office, session: Session, main: Item, who: str) -> None:
    # Who is credited is printed: the main item's bulletin changed.
    if main.bulletin:
        old = load_bulletin(session, main.bulletin)
        changed(office, session, old, drafts.touched(old), "edit", who)


def _edges(session: Session, main: Item, others: Sequence[Item], kind: Similarity, who: str) -> None:
    if main.tombstone:
        return
    pairs = [Pair(min(main.id, item.id), max(main.id, item.id), kind, 1.0, by=who) for item in others]
    session.items.connect(pairs)
    reclustered(session, [main.id, *(item.id for item in others)])


def reclustered(session: Session, ids: Sequence[str]) -> None:
    """Join again what these items reach; every item with another lead gets a new version."""
    edges = session.items.edges(ids)
    ends = {*ids, *(end for edge in edges for end in (edge.a, edge.b))}
    rows = {key: item for key, item in session.items.by_ids(sorted(ends)).items() if not item.tombstone}
    leads = clusters({key: item.received_at for key, item in rows.items()}, edges)
    session.items.write(
        [
            replace(item, cluster=leads[key], version=item.version + 1)
            for key, item in rows.items()
            if item.cluster != leads[key]
        ]
    )


def _noted(
    office: Office,
    session: Session,
    act: str,
    who: str,
    before: Sequence[Item],
    said: str | None,
    details: Mapping[str, Any],
) -> list[Moved]:
    after = load_items(session, [item.id for item in before])
    desk_of(session).record(note_items(office, act, who, before, after, opinion=said, details=details))
    return results(act, before, after)
