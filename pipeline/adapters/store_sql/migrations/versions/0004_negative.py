"""Negative edges are few and asked for by every batch that joins clusters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Up."""
    negative = sa.text("kind = 'negative'")
    op.create_index(
        "ix_edges_negative", "edges", ["a", "b"], unique=False, sqlite_where=negative, postgresql_where=negative
    )
