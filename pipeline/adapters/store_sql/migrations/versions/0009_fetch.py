"""Which message a page's last fetch was, so that one that a lost bus had not given out is fetched anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.adapters.store_sql.columns import Word

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Up."""
    op.add_column("pages", sa.Column("fetch", Word, nullable=True))
