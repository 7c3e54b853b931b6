"""Every table as rows, page by page in the order of its key, and what two engines' rows are compared by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import func, select

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.schema import refuse_copying
from pipeline.adapters.store_sql.tables import metadata

PAGE = 200  # rows in memory; one may hold a message of 900 kB


class SqlTables(Part):
    """Every table as rows."""

    def names(self) -> list[str]:
        """In the order of their names: none refers to another by a constraint. Raises Broken where a newer program
        has added some, or columns."""
        refuse_copying(self.connection, "MINYI_STORE")
        return sorted(metadata.tables)

    def counts(self) -> dict[str, int]:
        """Rows of each."""
        return {
            name: self.connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in self.names()
        }

    def rows(self, table: str) -> Iterator[list[tuple[Any, ...]]]:
        """By key: words are compared by code point on every engine, so that the order is the same."""
        found = metadata.tables[table]
        query = select(found).order_by(*found.primary_key)
        result = self.connection.execute(query, execution_options={"yield_per": PAGE})
        yield from ([tuple(row) for row in page] for page in result.partitions())


class Digest:
    """Count and hash of rows in their order; the same on every engine."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """The next ones."""
        self.rows += len(rows)
        for row in rows:
            self._hash.update(orjson.dumps(row, default=bytes.hex))

    @property
    def value(self) -> tuple[int, str]:
        """(rows, hash so far)."""
        return self.rows, self._hash.hexdigest()
