"""Whose contents lie in files, so that a purge finds a large page when its message is long gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Up."""
    op.create_table(
        "contents",
        sa.Column("item", Word, nullable=False),
        sa.Column("name", Word, nullable=False),
        sa.PrimaryKeyConstraint("item", "name", name=op.f("pk_contents")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_contents_name", "contents", ["name"], unique=False)
