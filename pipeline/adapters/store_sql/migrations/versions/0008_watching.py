"""Counts, durations and alarms; a source's reports by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# What was processed before is counted as its outcome stands now.
SEED = """
INSERT INTO tallies (source, step, outcome, reason, count)
SELECT source, step, outcome, '', count(*) FROM (
    SELECT source,
        CASE WHEN outcome = 'rejected' THEN 'clean' WHEN outcome = 'duplicate' THEN 'dedup' ELSE 'store' END AS step,
        CASE WHEN outcome = 'indexed' THEN 'pending' ELSE outcome END AS outcome
    FROM ledger
) AS counted GROUP BY source, step, outcome
"""


def upgrade() -> None:
    """Up."""
    _tallies()
    _durations()
    _alarms()
    op.create_index("ix_reports_source_at", "reports", ["source", "at"], unique=False)
    op.execute(SEED)
    op.execute("INSERT INTO counters (name, value) VALUES ('alarms', 0)")


def _tallies() -> None:
    op.create_table(
        "tallies",
        sa.Column("source", Word, nullable=False),
        sa.Column("step", Word, nullable=False),
        sa.Column("outcome", Word, nullable=False),
        sa.Column("reason", Word, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.PrimaryKeyConstraint("source", "step", "outcome", "reason", name=op.f("pk_tallies")),
        sqlite_with_rowid=False,
    )


def _durations() -> None:
    op.create_table(
        "durations",
        sa.Column("stage", Word, nullable=False),
        sa.Column("upper", Whole, autoincrement=False, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.Column("seconds", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("stage", "upper", name=op.f("pk_durations")),
        sqlite_with_rowid=False,
    )


def _alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("part", Word, nullable=False),
        sa.Column("subject", Word, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=True),
        sa.Column("raised_at", Word, nullable=False),
        sa.Column("last_seen", Word, nullable=False),
        sa.Column("cleared_at", Word, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_alarms")),
    )
    stands = sa.text("cleared_at IS NULL")
    op.create_index(
        "ix_alarms_standing", "alarms", ["part", "subject"], unique=True, sqlite_where=stands, postgresql_where=stands
    )
    op.create_index("ix_alarms_cleared_at", "alarms", ["cleared_at"], unique=False)
