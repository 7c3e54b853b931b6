"""Items and what belongs to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    for make in (
        _edges,
        _items,
        _readings,
        _revisions,
        _signatures,
        _to_index,
    ):
        make()


def _edges() -> None:
    op.create_table(
        "edges",
        sa.Column("a", Word, nullable=False),
        sa.Column("b", Word, nullable=False),
        sa.Column("maker", Word, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("similarity", sa.Float(precision=53), nullable=False),
        sa.Column("by", Word, nullable=False),
        sa.Column("rules", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("a", "b", "maker", name=op.f("pk_edges")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_edges_b", "edges", ["b"], unique=False)


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("serial", Whole, autoincrement=False, nullable=False),
        sa.Column("id", Word, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("source", Word, nullable=False),
        sa.Column("origin", Word, nullable=False),
        sa.Column("state", Word, nullable=False),
        sa.Column("version", Whole, autoincrement=False, nullable=False),
        sa.Column("received_at", Word, nullable=False),
        sa.Column("revision", Whole, autoincrement=False, nullable=False),
        sa.Column("revision_received_at", Word, nullable=False),
        sa.Column("revision_place", Word, nullable=False),
        sa.Column("content", Word, nullable=False),
        sa.Column("cluster", Word, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", Word, nullable=True),
        sa.Column("receipt", Word, nullable=True),
        sa.Column("bulletin", Word, nullable=True),
        sa.Column("removed_at", Word, nullable=True),
        sa.Column("body", Word, nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_items")),
        sa.UniqueConstraint("id", name=op.f("uq_items_id")),
    )
    _items_indexes()


def _items_indexes() -> None:
    op.create_index(
        "ix_items_cluster",
        "items",
        ["cluster"],
        unique=False,
        sqlite_where=sa.text("cluster <> id"),
        postgresql_where=sa.text("cluster <> id"),
    )
    op.create_index(
        "ix_items_expiring",
        "items",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("body = 'whole' AND kind = 'web_lead'"),
        postgresql_where=sa.text("body = 'whole' AND kind = 'web_lead'"),
    )
    op.create_index(
        "ix_items_removed_at",
        "items",
        ["removed_at"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )
    op.create_index("ix_items_state_received_at", "items", ["state", "received_at"], unique=False)


def _readings() -> None:
    op.create_table(
        "readings",
        sa.Column("item", Whole, autoincrement=False, nullable=False),
        sa.Column("revision", Whole, autoincrement=False, nullable=False),
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("rules", Word, nullable=False),
        sa.Column("run", Word, nullable=True),
        sa.Column("made_at", Word, nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item", "revision", "number", name=op.f("pk_readings")),
    )
    op.create_index(
        "ix_readings_run",
        "readings",
        ["run"],
        unique=False,
        sqlite_where=sa.text("run IS NOT NULL"),
        postgresql_where=sa.text("run IS NOT NULL"),
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("item", Whole, autoincrement=False, nullable=False),
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("received_at", Word, nullable=False),
        sa.Column("place", Word, nullable=False),
        sa.Column("message_id", Word, nullable=False),
        sa.Column("content", Word, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", Word, nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("named", Whole, autoincrement=False, nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_revisions")),
    )


def _signatures() -> None:
    op.create_table(
        "signatures",
        sa.Column("seq", Whole, autoincrement=False, nullable=False),
        sa.Column("serial", Whole, autoincrement=False, nullable=False),
        sa.Column("item", Word, nullable=False),
        sa.Column("bands", sa.LargeBinary(), nullable=False),
        sa.Column("exact", Word, nullable=False),
        sa.Column("version", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_signatures")),
        sa.UniqueConstraint("serial", name=op.f("uq_signatures_serial")),
    )
    op.create_index("ix_signatures_exact", "signatures", ["exact"], unique=False)


def _to_index() -> None:
    op.create_table(
        "to_index",
        sa.Column("serial", Whole, autoincrement=False, nullable=False),
        sa.Column("item", Word, nullable=False),
        sa.Column("version", Whole, autoincrement=False, nullable=False),
        sa.Column("since", Word, nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_to_index")),
    )
    op.create_index("ix_to_index_since", "to_index", ["since", "serial"], unique=False)
