"""Which items have contents in files (OFFICE 22)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import ensuring
from pipeline.adapters.store_sql.tables import contents

HOLD = ensuring(contents)


class SqlContents(Part):
    """Items and their contents in files."""

    def hold(self, rows: Sequence[tuple[str, str]]) -> None:
        """Note (item, name); harmless twice."""
        self.many(HOLD, sorted(set(rows)))

    def of_item(self, item: str) -> list[str]:
        """Names, in order."""
        query = select(contents.c.name).where(contents.c.item == item).order_by(contents.c.name)
        return list(self.connection.execute(query).scalars())

    def release(self, item: str, name: str | None = None) -> None:
        """Forget one content of the item, or all."""
        these = delete(contents).where(contents.c.item == item)
        self.connection.execute(these if name is None else these.where(contents.c.name == name))

    def refers(self, name: str) -> bool:
        """Whether any item has it."""
        return (
            self.connection.execute(select(contents.c.item).where(contents.c.name == name).limit(1)).first() is not None
        )
