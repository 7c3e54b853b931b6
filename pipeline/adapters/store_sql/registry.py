"""The store's own facts: its id, the list of search generations, notes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import orjson
from sqlalchemy import delete, select, update

from pipeline.adapters.store_sql.dialects import dumped
from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import upserting
from pipeline.adapters.store_sql.tables import generations, notes
from pipeline.ports.store import Generations

NOTE = upserting(notes)
STORE_ID = "store_id"


class SqlRegistry(Part):
    """The store's own facts."""

    def store_id(self) -> str:
        """Given at creation, renewed by restore and move."""
        return self.connection.execute(select(notes.c.value).where(notes.c.name == STORE_ID)).scalar_one()

    def renew_id(self) -> str:
        """Another id."""
        fresh = uuid4().hex
        self.many(NOTE, [(STORE_ID, fresh)])
        return fresh

    def generations(self) -> Generations:
        """The list."""
        row = self.connection.execute(select(generations)).one()
        return Generations(row.live, tuple(orjson.loads(row.names)), row.version)

    def set_generations(self, live: str, names: Sequence[str]) -> Generations:
        """Another list, its version one higher."""
        values = {"live": live, "names": dumped(list(names)), "version": generations.c.version + 1}
        self.connection.execute(update(generations).values(**values))
        return self.generations()

    def note(self, name: str) -> str | None:
        """A named value."""
        return self.connection.execute(select(notes.c.value).where(notes.c.name == _noted(name))).scalar()

    def set_note(self, name: str, value: str | None) -> None:
        """Write it; None removes it."""
        if value is None:
            self.connection.execute(delete(notes).where(notes.c.name == _noted(name)))
        else:
            self.many(NOTE, [(_noted(name), value)])


def _noted(name: str) -> str:
    # Apart from the store's own names.
    return f"note:{name}"
