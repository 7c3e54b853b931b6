"""The store's own facts, arrival, the bus's books, crawling."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables and the rows that must be there."""
    for make in (
        _counters,
        _deaths,
        _gaps,
        _generations,
        _inflight,
        _ledger,
        _notes,
        _offsets,
        _outbox,
        _pages,
        _quarantine,
        _reports,
        _rests,
        _submissions,
    ):
        make()
    _rows()


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", Word, nullable=False),
        sa.Column("value", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )


def _deaths() -> None:
    op.create_table(
        "deaths",
        sa.Column("bus", Word, nullable=False),
        sa.Column("topic", Word, nullable=False),
        sa.Column("partition", Whole, autoincrement=False, nullable=False),
        sa.Column("offset", Whole, autoincrement=False, nullable=False),
        sa.Column("count", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("bus", "topic", "partition", "offset", name=op.f("pk_deaths")),
        sqlite_with_rowid=False,
    )


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("bus", Word, nullable=False),
        sa.Column("topic", Word, nullable=False),
        sa.Column("partition", Whole, autoincrement=False, nullable=False),
        sa.Column("start", Whole, autoincrement=False, nullable=False),
        sa.Column("end", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("bus", "topic", "partition", "start", name=op.f("pk_gaps")),
        sqlite_with_rowid=False,
    )


def _generations() -> None:
    op.create_table(
        "generations",
        sa.Column("list", Word, nullable=False),
        sa.Column("live", Word, nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("version", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("list", name=op.f("pk_generations")),
    )


def _inflight() -> None:
    op.create_table(
        "inflight",
        sa.Column("attempt", Whole, autoincrement=False, nullable=False),
        sa.Column("bus", Word, nullable=False),
        sa.Column("topic", Word, nullable=False),
        sa.Column("partition", Whole, autoincrement=False, nullable=False),
        sa.Column("start", Whole, autoincrement=False, nullable=False),
        sa.Column("end", Whole, autoincrement=False, nullable=False),
        sa.Column("worker", Word, nullable=False),
        sa.Column("begun_at", Word, nullable=False),
        sa.PrimaryKeyConstraint("attempt", "bus", "topic", "partition", "start", name=op.f("pk_inflight")),
        sqlite_with_rowid=False,
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("bus", Word, nullable=False),
        sa.Column("topic", Word, nullable=False),
        sa.Column("partition", Whole, autoincrement=False, nullable=False),
        sa.Column("offset", Whole, autoincrement=False, nullable=False),
        sa.Column("day", Word, nullable=False),
        sa.Column("source", Word, nullable=False),
        sa.Column("message_id", Word, nullable=False),
        sa.Column("item", Word, nullable=True),
        sa.Column("serial", Whole, autoincrement=False, nullable=True),
        sa.Column("version", Whole, autoincrement=False, nullable=False),
        sa.Column("outcome", Word, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("history", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("bus", "topic", "partition", "offset", name=op.f("pk_ledger")),
    )
    op.create_index("ix_ledger_day_source_outcome", "ledger", ["day", "source", "outcome"], unique=False)
    op.create_index(
        "ix_ledger_item",
        "ledger",
        ["item"],
        unique=False,
        sqlite_where=sa.text("serial IS NULL"),
        postgresql_where=sa.text("serial IS NULL"),
    )
    op.create_index("ix_ledger_message_id", "ledger", ["message_id"], unique=False)
    op.create_index("ix_ledger_serial", "ledger", ["serial"], unique=False)


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("name", Word, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notes")),
    )


def _offsets() -> None:
    op.create_table(
        "offsets",
        sa.Column("group", Word, nullable=False),
        sa.Column("bus", Word, nullable=False),
        sa.Column("topic", Word, nullable=False),
        sa.Column("partition", Whole, autoincrement=False, nullable=False),
        sa.Column("first", Whole, autoincrement=False, nullable=False),
        sa.Column("next", Whole, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("group", "bus", "topic", "partition", name=op.f("pk_offsets")),
        sqlite_with_rowid=False,
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", Whole, autoincrement=False, nullable=False),
        sa.Column("receipt", Word, nullable=False),
        sa.Column("topic", Word, nullable=False),
        sa.Column("key", Word, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Word, nullable=False),
        sa.Column("relayed_at", Word, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_receipt", "outbox", ["receipt"], unique=False)
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("relayed_at IS NULL"),
        postgresql_where=sa.text("relayed_at IS NULL"),
    )


def _pages() -> None:
    op.create_table(
        "pages",
        sa.Column("source", Word, nullable=False),
        sa.Column("url", Word, nullable=False),
        sa.Column("use", Word, nullable=False),
        sa.Column("checked_at", Word, nullable=False),
        sa.Column("body", Word, nullable=True),
        sa.Column("etag", Word, nullable=True),
        sa.Column("last_modified", Word, nullable=True),
        sa.Column("failures", Whole, autoincrement=False, nullable=False),
        sa.Column("retry_at", Word, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "url", name=op.f("pk_pages")),
    )
    op.create_index(
        "ix_pages_retry",
        "pages",
        ["source", "retry_at"],
        unique=False,
        sqlite_where=sa.text("retry_at IS NOT NULL"),
        postgresql_where=sa.text("retry_at IS NOT NULL"),
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("bus", Word, nullable=False),
        sa.Column("topic", Word, nullable=False),
        sa.Column("partition", Whole, autoincrement=False, nullable=False),
        sa.Column("offset", Whole, autoincrement=False, nullable=False),
        sa.Column("item", Word, nullable=True),
        sa.Column("source", Word, nullable=False),
        sa.Column("received_at", Word, nullable=False),
        sa.Column("step", Word, nullable=False),
        sa.Column("error", Word, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("program", Word, nullable=False),
        sa.Column("made_at", Word, nullable=False),
        sa.Column("state", Word, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("history", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_item", "quarantine", ["item"], unique=False)
    op.create_index("ix_quarantine_state", "quarantine", ["state"], unique=False)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("run", Word, nullable=False),
        sa.Column("source", Word, nullable=False),
        sa.Column("at", Word, nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "source", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_at", "reports", ["at"], unique=False)


def _rests() -> None:
    op.create_table(
        "rests",
        sa.Column("host", Word, nullable=False),
        sa.Column("until", Word, nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_rests")),
    )


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("receipt", Word, nullable=False),
        sa.Column("item", Word, nullable=False),
        sa.Column("source", Word, nullable=False),
        sa.Column("idempotency_key", Word, nullable=True),
        sa.Column("status", Word, nullable=False),
        sa.Column("received_at", Word, nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("receipt", name=op.f("pk_submissions")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_submissions_idempotency_key")),
    )
    op.create_index("ix_submissions_item", "submissions", ["item"], unique=False)


def _rows() -> None:
    connection = op.get_bind()
    for name in ("outbox", "items", "signatures", "quarantine", "attempts"):
        connection.execute(sa.text("INSERT INTO counters (name, value) VALUES (:name, 0)"), {"name": name})
    connection.execute(
        sa.text("INSERT INTO generations (list, live, names, version) VALUES ('search', '1', :names, 1)"),
        {"names": '["1"]'},
    )
    connection.execute(sa.text("INSERT INTO notes (name, value) VALUES ('store_id', :id)"), {"id": uuid4().hex})
