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
    if not revised and (grown := _grown(session, touched, pairs)) is not None:
        session.items.connect(pairs)
        return grown
    before = session.items.members(sorted({touched[name].cluster for name in revised}))
    session.items.forget_edges(revised)
    session.items.connect(pairs)
    return recluster(session, touched, {end for pair in pairs for end in (pair.a, pair.b)}, before)


def _grown(session: Session, touched: Mapping[str, Item], pairs: Sequence[Pair]) -> dict[str, Item] | None:
    """Where nobody parted anything, clusters only grow together, and their leads tell which leads: thousands of
    copies of one text are not read again for the next one. None where that is not so."""
    ends = {end for pair in pairs for end in (pair.a, pair.b)}
    rows = {
        **session.items.by_ids(sorted(ends - touched.keys())),
        **{name: touched[name] for name in ends & touched.keys()},
    }
    rows = {name: row for name, row in rows.items() if not row.tombstone}
    found = {row.cluster for row in rows.values()}
    leads = {**session.items.by_ids(sorted(found - touched.keys())), **touched}
    if session.items.parted(found) or not all(name in leads and leads[name].cluster == name for name in found):
        return None
    joined = clusters({name: leads[name].received_at for name in found}, _between_leads(pairs, rows))
    losing = sorted(name for name, lead in joined.items() if name != lead)
    concerned = {**{item.id: item for item in session.items.members(losing)}, **touched}
    led = {name: joined.get(row.cluster, row.cluster) for name, row in concerned.items()}
    moved = {name: _led(row, led[name], name in touched) for name, row in concerned.items() if row.cluster != led[name]}
    return {**touched, **moved}


def _between_leads(pairs: Iterable[Pair], rows: Mapping[str, Item]) -> list[Pair]:
    whole = [pair for pair in pairs if pair.a in rows and pair.b in rows]
    return [replace(pair, a=rows[pair.a].cluster, b=rows[pair.b].cluster) for pair in whole]


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
