"""Near-duplicate signatures, one an item, in the order of `seq` (DESIGN 10, "Near-duplicates at a million")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import Insert, inserting
from pipeline.adapters.store_sql.tables import signatures
from pipeline.records.items import Signature

COLUMNS = ("seq", "serial", "item", "bands", "exact", "version")
ITEM = COLUMNS.index("item")
SIGN = Insert(
    COLUMNS,
    lambda insert: (statement := insert(signatures)).on_conflict_do_update(
        index_elements=["serial"], set_={name: statement.excluded[name] for name in COLUMNS if name != "serial"}
    ),
    unique=["serial"],
)

SIGN_NEW = inserting(signatures, names=COLUMNS)


class Signatures(Part):
    """Signatures."""

    def sign(self, some: Sequence[Signature]) -> list[int]:
        """Write, each under a seq of its own, higher than any seen."""
        if not some:
            return []
        first = self.count("signatures", len(some))
        seqs = list(range(first, first + len(some)))
        serials = self.keys.given(self, (one.item for one in some))
        new = self.keys.signed(serials)
        if len(serials) < len(some):  # one item's twice: the last of them stays
            new = set[str]()
        rows = [
            (seq, serials[one.item], one.item, one.bands, one.exact, one.version)
            for seq, one in zip(seqs, some, strict=True)
        ]
        self.many(SIGN, [row for row in rows if row[ITEM] not in new])
        self.many(SIGN_NEW, [row for row in rows if row[ITEM] in new])
        return seqs

    def signatures(self, after: int, limit: int = 10_000) -> list[Signature]:
        """By seq."""
        query = select(signatures).where(signatures.c.seq > after).order_by(signatures.c.seq).limit(limit)
        return [_signature(row) for row in self.connection.execute(query)]

    def by_seqs(self, seqs: Sequence[int]) -> dict[int, Signature]:
        """Those that are there still."""
        return {row.seq: _signature(row) for row in self.where_in(select(signatures), signatures.c.seq, seqs)}

    def last_seq(self) -> int:
        """The highest that is there, or 0."""
        return self.connection.execute(select(func.coalesce(func.max(signatures.c.seq), 0))).scalar_one()

    def by_exact(self, hashes: Sequence[str]) -> dict[str, list[str]]:
        """exact hash → ids, in the order of their signatures."""
        found: dict[str, list[str]] = {}
        query = select(signatures.c.exact, signatures.c.item).order_by(signatures.c.seq)
        for row in self.where_in(query, signatures.c.exact, hashes):
            found.setdefault(row[0], []).append(row[1])
        return found


def _signature(row: Row[Any]) -> Signature:
    return Signature(row.item, bytes(row.bands), row.exact, row.version, row.seq)
