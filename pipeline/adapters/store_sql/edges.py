"""Verified pairs as edges; clusters are components over them (DESIGN 10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, or_, select

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import upserting
from pipeline.adapters.store_sql.tables import LED, NEGATIVE, edges, items
from pipeline.records.items import Pair
from pipeline.records.names import Similarity

MACHINE, EDITOR = "machine", "editor"
CONNECT = upserting(edges)


class Edges(Part):
    """Edges."""

    def connect(self, pairs: Sequence[Pair]) -> None:
        """Upsert: the machine's and the editor's edge of one pair stand beside each other."""
        self.many(CONNECT, [_stored(pair) for pair in pairs])

    def forget_edges(self, ids: Sequence[str]) -> None:
        """Remove the machine's edges of these items."""
        touching = or_(self.dialect.among(edges.c.a, ids), self.dialect.among(edges.c.b, ids))
        self.connection.execute(delete(edges).where(edges.c.maker == MACHINE, touching))

    def edges(self, ids: Sequence[str]) -> list[Pair]:
        """Every edge that touches the components of these items: followed over edges that can chain (a negative
        one too, for what it parts is decided with both sides in sight) and over clusters."""
        found: dict[tuple[str, str, str], Pair] = {}
        known: set[str] = set()
        fresh = set(ids) | self._companions(ids)
        while fresh:
            known |= fresh
            reached = self._touching(fresh)
            found |= reached
            ends = {end for pair in reached.values() if pair.kind is not Similarity.SIMILAR for end in (pair.a, pair.b)}
            fresh = ends - known
            fresh |= self._companions(fresh) - known
        return [found[key] for key in sorted(found)]

    def parted(self, clusters: Collection[str]) -> bool:
        """Through every negative edge: an editor made each of them."""
        rows = self.connection.execute(select(edges.c.a, edges.c.b).where(NEGATIVE))
        ends = {end for row in rows for end in row}
        return any(row[0] in clusters for row in self.where_in(select(items.c.cluster), items.c.id, ends))

    def _companions(self, ids: Iterable[str]) -> set[str]:
        clusters = {row[0] for row in self.where_in(select(items.c.cluster), items.c.id, ids)}
        return {row.id for row in led_by(self, clusters)}

    def _touching(self, ids: Iterable[str]) -> dict[tuple[str, str, str], Pair]:
        names = sorted(ids)
        rows = [*self.where_in(select(edges), edges.c.a, names), *self.where_in(select(edges), edges.c.b, names)]
        return {(row.a, row.b, row.maker): _pair(row) for row in rows}


def led_by(part: Part, clusters: Iterable[str]) -> list[Row[Any]]:
    """The items of these clusters: those led by another, and the leads, who are their own cluster."""
    names = sorted(clusters)
    led = part.where_in(select(items).where(LED), items.c.cluster, names)
    return [*led, *part.where_in(select(items).where(items.c.cluster == items.c.id), items.c.id, names)]


def _stored(pair: Pair) -> tuple[Any, ...]:
    maker = MACHINE if pair.by == MACHINE else EDITOR
    return (pair.a, pair.b, maker, str(pair.kind), pair.similarity, pair.by, pair.rules)


def _pair(row: Row[Any]) -> Pair:
    return Pair(row.a, row.b, Similarity(row.kind), row.similarity, row.by, row.rules)
