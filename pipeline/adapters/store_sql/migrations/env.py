"""Alembic's entry: runs in the connection and transaction that `schema.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from pipeline.adapters.store_sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it.
    render_as_batch=True,
)
context.run_migrations()
