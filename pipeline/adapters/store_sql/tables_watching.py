"""The tables of what is watched: counts, durations, alarms."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Table, text

from pipeline.adapters.store_sql.columns import key, prose, whole, word
from pipeline.adapters.store_sql.tables_desk import metadata

tallies = Table(
    "tallies",
    metadata,
    key("source"),
    key("step"),
    key("outcome"),
    key("reason"),
    whole("count"),
    sqlite_with_rowid=False,
)
# `upper` in milliseconds.
durations = Table(
    "durations",
    metadata,
    key("stage"),
    whole("upper", primary_key=True),
    whole("count"),
    Column("seconds", Float(53), nullable=False),
    sqlite_with_rowid=False,
)
alarms = Table(
    "alarms",
    metadata,
    whole("number", primary_key=True),
    word("part"),
    word("subject"),
    prose("what"),
    prose("fix", null=True),
    word("raised_at"),
    word("last_seen"),
    word("cleared_at", null=True),
)
stands = text("cleared_at IS NULL")
Index("ix_alarms_standing", alarms.c.part, alarms.c.subject, unique=True, sqlite_where=stands, postgresql_where=stands)
Index("ix_alarms_cleared_at", alarms.c.cleared_at)
