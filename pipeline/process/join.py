"""Clusters after a batch (DESIGN 10): edges of what changed, the components they touch, and every item whose
lead is another now. Runs inside the batch's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.ports.store import Session
from pipeline.records.items import Item, Pair, Read
from pipeline.steps.clusters import clusters


def rejoin(session: Session, touched: Mapping[str, Item], reads: Sequence[Read]) -> dict[str, Item]:
    """The rows to write: `touched`, and every other item whose cluster changed, with their clusters."""
    revised = [read.cleaned.item for read in reads if touched[read.cleaned.item].revision > 1]
    pairs = [pair for read in reads for pair in read.deduped.pairs]
    if not pairs and not revised:
        return dict(touched)
    before = session.items.members(sorted({touched[name].cluster for name in revised}))
    session.items.forget_edges(revised)
    session.items.connect(pairs)
    return recluster(session, touched, {end for pair in pairs for end in (pair.a, pair.b)}, before)


def recluster(session: Session, touched: Mapping[str, Item], ends: set[str], before: Iterable[Item]) -> dict[str, Item]:
    """Components over everything that `ends`, `touched` and `before` reach; items with another lead move."""
    start = ends | set(touched) | {item.id for item in before}
    edges = session.items.edges(sorted(start))
    concerned = start | {end for edge in edges for end in (edge.a, edge.b)}
    rows = {**session.items.by_ids(sorted(concerned)), **touched}
    rows = {name: row for name, row in rows.items() if not row.tombstone}
    leads = clusters({name: row.received_at for name, row in rows.items()}, _within(edges, rows))
    moved = {
        name: _led(rows[name], lead, name in touched) for name, lead in leads.items() if rows[name].cluster != lead
    }
    return {**touched, **moved}


def _led(row: Item, lead: str, fresh: bool) -> Item:  # noqa: FBT001 - one caller, just above
    return replace(row, cluster=lead, version=row.version if fresh else row.version + 1)


def _within(edges: Iterable[Pair], rows: Mapping[str, Item]) -> list[Pair]:
    return [edge for edge in edges if edge.a in rows and edge.b in rows]
