"""The desk's tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    for make in (
        _acts,
        _acts_head,
        _bulletin_files,
        _bulletins,
        _confirmations,
        _edits,
        _holds,
        _merges,
        _number_counters,
        _numbers,
        _overrides,
        _signings,
    ):
        make()


def _acts() -> None:
    op.create_table(
        "acts",
        sa.Column("seq", Whole, autoincrement=False, nullable=False),
        sa.Column("subject", Word, nullable=False),
        sa.Column("of", Word, nullable=False),
        sa.Column("act", Word, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", Word, nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("before", Word, nullable=True),
        sa.Column("after", Word, nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("seal", Word, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_acts")),
    )
    op.create_index("ix_acts_subject_of_seq", "acts", ["subject", "of", "seq"], unique=False)


def _acts_head() -> None:
    op.create_table(
        "acts_head",
        sa.Column("name", Word, nullable=False),
        sa.Column("seq", Whole, autoincrement=False, nullable=False),
        sa.Column("seal", Word, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_acts_head")),
    )


def _bulletin_files() -> None:
    op.create_table(
        "bulletin_files",
        sa.Column("bulletin", Word, nullable=False),
        sa.Column("format", Word, nullable=False),
        sa.Column("content", Word, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", Whole, autoincrement=False, nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.PrimaryKeyConstraint("bulletin", "format", name=op.f("pk_bulletin_files")),
    )


def _bulletins() -> None:
    op.create_table(
        "bulletins",
        sa.Column("id", Word, nullable=False),
        sa.Column("series", Word, nullable=False),
        sa.Column("type", Word, nullable=False),
        sa.Column("state", Word, nullable=False),
        sa.Column("version", Whole, autoincrement=False, nullable=False),
        sa.Column("articles", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", Word, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("edition", Whole, autoincrement=False, nullable=False),
        sa.Column("corrects", Word, nullable=True),
        sa.Column("number", Whole, autoincrement=False, nullable=True),
        sa.Column("running", Whole, autoincrement=False, nullable=True),
        sa.Column("year", Whole, autoincrement=False, nullable=True),
        sa.Column("issued_on", Word, nullable=True),
        sa.Column("masthead", Word, nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletins")),
        sa.UniqueConstraint(
            "series", "year", "number", "edition", name=op.f("uq_bulletins_series_year_number_edition")
        ),
    )
    op.create_index("ix_bulletins_corrects", "bulletins", ["corrects"], unique=False)
    op.create_index("ix_bulletins_state_drafted_at", "bulletins", ["state", "drafted_at"], unique=False)


def _confirmations() -> None:
    op.create_table(
        "confirmations",
        sa.Column("series", Word, nullable=False),
        sa.Column("hold", Whole, autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.PrimaryKeyConstraint("series", "hold", name=op.f("pk_confirmations")),
    )


def _edits() -> None:
    op.create_table(
        "edits",
        sa.Column("item", Word, nullable=False),
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_edits")),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_holds")),
    )


def _merges() -> None:
    op.create_table(
        "merges",
        sa.Column("item", Word, nullable=False),
        sa.Column("main", Word, nullable=False),
        sa.Column("before", Word, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_merges")),
    )
    op.create_index("ix_merges_main", "merges", ["main"], unique=False)


def _number_counters() -> None:
    op.create_table(
        "number_counters",
        sa.Column("series", Word, nullable=False),
        sa.Column("year", Whole, autoincrement=False, nullable=False),
        sa.Column("last", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_number_counters")),
    )


def _numbers() -> None:
    op.create_table(
        "numbers",
        sa.Column("series", Word, nullable=False),
        sa.Column("year", Whole, autoincrement=False, nullable=False),
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("edition", Whole, autoincrement=False, nullable=False),
        sa.Column("running", Whole, autoincrement=False, nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.Column("bulletin", Word, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("series", "year", "number", "edition", name=op.f("pk_numbers")),
        sa.UniqueConstraint("series", "running", "edition", name=op.f("uq_numbers_series_running_edition")),
    )


def _overrides() -> None:
    op.create_table(
        "overrides",
        sa.Column("item", Word, nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_overrides")),
    )


def _signings() -> None:
    op.create_table(
        "signings",
        sa.Column("bulletin", Word, nullable=False),
        sa.Column("seq", Whole, autoincrement=False, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("role", Word, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", Word, nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.Column("signed_on", Word, nullable=False),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("proxy_for", sa.Text(), nullable=True),
        sa.Column("registered_by", sa.Text(), nullable=True),
        sa.Column("scan", Word, nullable=True),
        sa.Column("valid", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("bulletin", "seq", name=op.f("pk_signings")),
    )
