"""What a list or feed said of a page that failed, kept for its retry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Up."""
    op.add_column("pages", sa.Column("link_title", sa.Text(), nullable=True))
    op.add_column("pages", sa.Column("link_date", sa.Text(), nullable=True))
