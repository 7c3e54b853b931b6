"""The desk's tables: history, the second track, merges, queries (`pipeline.ports.desk`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

import orjson
from sqlalchemy import Row, and_, bindparam, delete, func, or_, select, update

from pipeline.adapters.store_sql.desk_bulletins import DeskBulletins
from pipeline.adapters.store_sql.desk_numbers import DeskNumbers
from pipeline.adapters.store_sql.statements import Statement, ensuring, inserting, upserting
from pipeline.adapters.store_sql.tables import items
from pipeline.adapters.store_sql.tables_desk import acts, acts_head, edits, merges, overrides
from pipeline.ports.desk import Act, ActRow, Edit, Merge, seal
from pipeline.records.names import State

RECORD = inserting(acts)
EDIT = inserting(edits)
MERGE = inserting(merges)
OVERRIDE = upserting(overrides)
CHAIN = "acts"
HEAD = ensuring(acts_head)
# The update locks the chain's end until the transaction is over.
LOCK_HEAD = Statement(
    ["by"],
    lambda _insert: (
        update(acts_head).values(seq=acts_head.c.seq + bindparam("by")).returning(acts_head.c.seq, acts_head.c.seal)
    ),
)


class SqlDesk(DeskBulletins, DeskNumbers):
    """The desk's tables."""

    # ---------------------------------------------------------------- history

    def record(self, acts: Sequence[Act]) -> list[ActRow]:
        """Append acts to the chain."""
        if not acts:
            return []
        self.many(HEAD, [(CHAIN, 0, "")])
        last, previous = self.one(LOCK_HEAD, (len(acts),)).one()
        rows: list[ActRow] = []
        for seq, act in enumerate(acts, last - len(acts) + 1):
            previous = seal(previous, seq, act)
            rows.append(ActRow(seq, act, previous))
        self.many(RECORD, [_stored(row) for row in rows])
        self.connection.execute(update(acts_head).values(seal=previous))
        return rows

    def acts(self, subject: str, key: str) -> list[ActRow]:
        """What was done with one subject."""
        query = select(acts).where(acts.c.subject == subject, acts.c.of == key).order_by(acts.c.seq)
        return [_act(row) for row in self.connection.execute(query)]

    def chain(self, after: int = 0, limit: int = 1000) -> list[ActRow]:
        """The whole chain by seq."""
        query = select(acts).where(acts.c.seq > after).order_by(acts.c.seq).limit(limit)
        return [_act(row) for row in self.connection.execute(query)]

    # ---------------------------------------------------------------- the second track

    def edit(self, edits: Sequence[Edit]) -> None:
        """Append edits."""
        self.many(EDIT, [astuple(edit) for edit in edits])

    def edits(self, items: Sequence[str]) -> dict[str, list[Edit]]:
        """Edits of these items, oldest first."""
        found: dict[str, list[Edit]] = defaultdict(list)
        for row in self.where_in(select(edits).order_by(edits.c.item, edits.c.number), edits.c.item, items):
            found[row.item].append(Edit(*row))
        return dict(found)

    def override(self, item: str, fields: Mapping[str, Any], by: str) -> None:
        """Editor-made fields of an item, in place of those before."""
        self.many(OVERRIDE, [(item, orjson.dumps(dict(fields)).decode(), by, self.now())])

    def overrides(self, items: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Editor-made fields of these items."""
        rows = self.where_in(select(overrides), overrides.c.item, items)
        return {row.item: orjson.loads(row.fields) for row in rows}

    def erase(self, item: str) -> None:
        """Blank the edits' words, drop what the editor said of the item and its merges."""
        self.connection.execute(update(edits).where(edits.c.item == item).values(title="", text="", note=None))
        self.connection.execute(delete(overrides).where(overrides.c.item == item))
        self.connection.execute(delete(merges).where(merges.c.item == item))

    def merge(self, merges: Sequence[Merge]) -> None:
        """Note merges."""
        self.many(MERGE, [(one.item, one.main, str(one.before), one.by, one.at) for one in merges])

    def unmerge(self, items: Sequence[str]) -> None:
        """Forget merges; the history keeps them."""
        self.connection.execute(delete(merges).where(merges.c.item.in_(list(items))))

    def merged(self, mains: Sequence[str]) -> dict[str, list[Merge]]:
        """main → what was merged into it, in order."""
        found: dict[str, list[Merge]] = defaultdict(list)
        for row in self.where_in(select(merges).order_by(merges.c.at, merges.c.item), merges.c.main, mains):
            found[row.main].append(_merge(row))
        return dict(found)

    def merges(self, items: Sequence[str]) -> dict[str, Merge]:
        """merged item → its merge."""
        return {row.item: _merge(row) for row in self.where_in(select(merges), merges.c.item, items)}

    # ---------------------------------------------------------------- queries

    def ids_in(
        self, states: Sequence[State], *, kind: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[str]:
        """Live items in these states, latest received first."""
        query = (
            select(items.c.id)
            .where(items.c.state.in_([str(state) for state in states]), items.c.removed_at.is_(None))
            .order_by(items.c.received_at.desc(), items.c.id)
            .limit(limit)
        )
        if kind:
            query = query.where(items.c.kind == kind)
        if after:
            last = select(items.c.received_at).where(items.c.id == after).scalar_subquery()
            same = and_(items.c.received_at == last, items.c.id > after)
            query = query.where(or_(items.c.received_at < last, same))
        return list(self.connection.execute(query).scalars())

    def count_states(self) -> dict[str, int]:
        """state → live items."""
        query = select(items.c.state, func.count()).where(items.c.removed_at.is_(None)).group_by(items.c.state)
        return {row[0]: row[1] for row in self.connection.execute(query)}


def _stored(row: ActRow) -> tuple[Any, ...]:
    act = row.act
    details = orjson.dumps(act.details, option=orjson.OPT_SORT_KEYS).decode()
    said = (act.subject, act.id, act.act, act.actor, act.role, act.at, act.opinion, act.before, act.after)
    return (row.seq, *said, details, row.seal)


def _act(row: Row[Any]) -> ActRow:
    seq, subject, key, act, actor, role, at, opinion, before, after, details, sealed = row
    found = Act(subject, key, act, actor, role, at, opinion, before, after, orjson.loads(details))
    return ActRow(seq, found, sealed)


def _merge(row: Row[Any]) -> Merge:
    return Merge(row.item, row.main, State(row.before), row.by, row.at)
