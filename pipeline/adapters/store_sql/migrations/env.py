"""Alembic's entry: runs in the connection and transaction that `schema.upgrade` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context

from pipeline.adapters.store_sql.tables import metadata


def _noted(**step: Any) -> None:
    context.config.attributes["taken"].append(step["step"].up_revision_id)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it.
    render_as_batch=True,
    compare_type=True,
    on_version_apply=_noted,
)
context.run_migrations()
