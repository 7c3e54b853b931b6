"""Items' serials: the whole numbers under which rows that belong to an item lie.

An item's id is a hash. As the key of revisions, readings, signatures, marks and ledger rows it would put each
of a batch's rows on a page of its own in every one of their indexes: 4,300 pages a batch of 500 at 60,000
items (measured), against 2,200 with serials, which rise with time and so lie side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.adapters.store_sql.tables import items

if TYPE_CHECKING:
    from pipeline.adapters.store_sql.parts import Part


class Keys:
    """The serials that one transaction has met; they never change."""

    def __init__(self) -> None:
        self._serials: dict[str, int] = {}
        self._new: set[str] = set()
        self._unsigned: set[str] = set()

    def known(self, part: Part, ids: Iterable[str]) -> dict[str, int]:
        """id → serial, of items that are there."""
        wanted = set(ids)
        self._look_up(part, wanted)
        return {name: self._serials[name] for name in wanted if name in self._serials}

    def one(self, part: Part, item: str) -> int:
        """Its serial; 0, which none has, when it is not there."""
        return self.known(part, [item]).get(item, 0)

    def given(self, part: Part, ids: Iterable[str]) -> dict[str, int]:
        """id → serial; an item that is not there yet gets one, under which `write` puts its row."""
        wanted = sorted(set(ids))
        missing = [name for name in wanted if name not in self._serials]
        if missing:
            # Numbers first: the counter's lock lets two that give one item its serial come after each other.
            first = part.count("items", len(missing))
            self._look_up(part, missing)
            for serial, name in enumerate(missing, first):
                if name not in self._serials:
                    self._serials[name] = serial
                    self._new.add(name)
                    self._unsigned.add(name)
        return {name: self._serials[name] for name in wanted}

    def written(self, ids: Iterable[str]) -> set[str]:
        """Those whose serials were given in this transaction, so that no row can be there before this first writing:
        a plain insert does."""
        new = self._new.intersection(ids)
        self._new -= new
        return new

    def signed(self, ids: Iterable[str]) -> set[str]:
        """The same of signatures."""
        new = self._unsigned.intersection(ids)
        self._unsigned -= new
        return new

    def met(self, pairs: Iterable[tuple[str, int]]) -> None:
        """These were read with their rows."""
        self._serials.update(pairs)

    def _look_up(self, part: Part, ids: Iterable[str]) -> None:
        unmet = [name for name in ids if name not in self._serials]
        self.met((row[0], row[1]) for row in part.where_in(select(items.c.id, items.c.serial), items.c.id, unmet))


def in_order(serials: Mapping[str, int]) -> list[tuple[str, int]]:
    """(id, serial) by serial: the order in which rows are locked."""
    return sorted(serials.items(), key=lambda pair: pair[1])
