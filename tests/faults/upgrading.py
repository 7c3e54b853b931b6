"""A process that dies when the store's upgrade has run and is not committed yet."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as Tables

from pipeline.adapters.store_sql import SqlStore, schema
from tests.faults.trap import Edge, die


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """Open the store; never comes back."""
    whole = schema.upgrade

    def torn(connection: Tables, target: str = "head") -> list[str]:
        whole(connection, target)
        die()
        return []

    schema.upgrade = torn
    SqlStore.sqlite(Path(home) / "store.db")
