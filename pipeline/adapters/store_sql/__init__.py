"""The store on SQL: SQLAlchemy Core over SQLite. Loaded when first used: SQLAlchemy costs a third of a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.adapters.store_sql.store import SqlStore

__all__ = ["SqlStore"]


def __getattr__(name: str) -> Any:
    if name != "SqlStore":
        raise AttributeError(name)
    from pipeline.adapters.store_sql.store import SqlStore

    return SqlStore
