"""Which run asks a host just now, and when it was asked last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Up."""
    op.create_table(
        "turns",
        sa.Column("host", Word, nullable=False),
        sa.Column("run", Word, nullable=True),
        sa.Column("until", Word, nullable=True),
        sa.Column("pause", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_turns")),
    )
