"""The store's tables. `metadata` holds the desk's too. A change here is a revision under `migrations/versions`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Float, Index, LargeBinary, Table, UniqueConstraint, text

from pipeline.adapters.store_sql.columns import key, prose, whole, word
from pipeline.adapters.store_sql.tables_watching import metadata  # the desk's tables are in it, too

NO_ROWID: dict[str, Any] = {"sqlite_with_rowid": False}  # the row lies in its key's tree

# ---------------------------------------------------------------- the store's own facts

# Rising numbers (outbox seq, signature seq, quarantine number): the row's lock orders their givers.
counters = Table("counters", metadata, key("name"), whole("value"))
notes = Table("notes", metadata, key("name"), prose("value"))
generations = Table("generations", metadata, key("list"), word("live"), prose("names"), whole("version"))

# ---------------------------------------------------------------- arrival

submissions = Table(
    "submissions",
    metadata,
    key("receipt"),
    word("item"),
    word("source"),
    word("idempotency_key", null=True),
    word("status"),
    word("received_at"),
    Column("message", LargeBinary, nullable=True),  # as on the bus; nothing once purged
    UniqueConstraint("idempotency_key"),
)
Index("ix_submissions_item", submissions.c.item)

outbox = Table(
    "outbox",
    metadata,
    whole("seq", primary_key=True),
    word("receipt"),
    word("topic"),
    word("key"),
    Column("value", LargeBinary, nullable=False),
    word("received_at"),
    word("relayed_at", null=True),
)
Index("ix_outbox_receipt", outbox.c.receipt)
waits = text("relayed_at IS NULL")
Index("ix_outbox_waiting", outbox.c.seq, sqlite_where=waits, postgresql_where=waits)

# Whose contents lie in files: of pages alone, a submission's is named by its message above.
contents = Table("contents", metadata, key("item"), key("name"), **NO_ROWID)
Index("ix_contents_name", contents.c.name)

# ---------------------------------------------------------------- the bus's books

offsets = Table(
    "offsets",
    metadata,
    key("group"),
    key("bus"),
    key("topic"),
    whole("partition", primary_key=True),
    whole("first"),
    whole("next"),
    **NO_ROWID,
)
gaps = Table(
    "gaps",
    metadata,
    key("bus"),
    key("topic"),
    whole("partition", primary_key=True),
    whole("start", primary_key=True),
    whole("end"),
    **NO_ROWID,
)
# One row an attempt and range: what was in flight when a worker went away.
inflight = Table(
    "inflight",
    metadata,
    whole("attempt", primary_key=True),
    key("bus"),
    key("topic"),
    whole("partition", primary_key=True),
    whole("start", primary_key=True),
    whole("end"),
    word("worker"),
    word("begun_at"),
    **NO_ROWID,
)
deaths = Table(
    "deaths",
    metadata,
    key("bus"),
    key("topic"),
    whole("partition", primary_key=True),
    whole("offset", primary_key=True),
    whole("count"),
    **NO_ROWID,
)

ledger = Table(
    "ledger",
    metadata,
    key("bus"),
    key("topic"),
    whole("partition", primary_key=True),
    whole("offset", primary_key=True),
    word("day"),
    word("source"),
    word("message_id"),
    word("item", null=True),
    whole("serial", null=True),  # the item's, if it was there when this row was written
    whole("version"),
    word("outcome"),
    prose("reason", null=True),
    prose("history", null=True),  # JSON list of what it was
)
Index("ix_ledger_message_id", ledger.c.message_id)
Index("ix_ledger_serial", ledger.c.serial)
ITEMLESS = text("serial IS NULL")
Index("ix_ledger_item", ledger.c.item, sqlite_where=ITEMLESS, postgresql_where=ITEMLESS)
Index("ix_ledger_day_source_outcome", ledger.c.day, ledger.c.source, ledger.c.outcome)

quarantine = Table(
    "quarantine",
    metadata,
    whole("number", primary_key=True),
    word("bus"),
    word("topic"),
    whole("partition"),
    whole("offset"),
    word("item", null=True),
    word("source"),
    word("received_at"),
    word("step"),
    word("error"),
    prose("reason"),
    word("program"),
    word("made_at"),
    word("state"),
    Column("payload", LargeBinary, nullable=True),
    prose("history"),
)
Index("ix_quarantine_state", quarantine.c.state)
Index("ix_quarantine_item", quarantine.c.item)

# ---------------------------------------------------------------- items

items = Table(
    "items",
    metadata,
    whole("serial", primary_key=True),
    word("id"),
    word("kind"),
    word("source"),
    word("origin"),
    word("state"),
    whole("version"),
    word("received_at"),
    whole("revision"),
    word("revision_received_at"),
    word("revision_place"),
    word("content"),
    word("cluster"),
    prose("title"),
    word("url", null=True),
    word("receipt", null=True),
    word("bulletin", null=True),
    word("removed_at", null=True),  # a tombstone since then
    word("body"),  # whole, excerpt
    UniqueConstraint("id"),
)
# Most items are alone: those stay out of the index, and are found as their own cluster by id.
LED = text("cluster <> id")
Index("ix_items_cluster", items.c.cluster, sqlite_where=LED, postgresql_where=LED)
Index("ix_items_state_received_at", items.c.state, items.c.received_at)
removed = text("removed_at IS NOT NULL")
Index("ix_items_removed_at", items.c.removed_at, sqlite_where=removed, postgresql_where=removed)
EXPIRING = text("body = 'whole' AND kind = 'web_lead'")
Index("ix_items_expiring", items.c.received_at, sqlite_where=EXPIRING, postgresql_where=EXPIRING)

# Here and in readings `item` is a serial (keys). Numbers below zero are revisions that arrived after a newer one.
revisions = Table(
    "revisions",
    metadata,
    whole("item", primary_key=True),
    whole("number", primary_key=True),
    word("received_at"),
    word("place"),
    word("message_id"),
    word("content"),
    prose("title"),
    prose("text"),
    word("published_at", null=True),
    prose("author", null=True),
    prose("unit", null=True),
    prose("sector", null=True),
    prose("party", null=True),
    whole("named"),
    prose("details"),  # JSON: the rest of Cleaned
)
readings = Table(
    "readings",
    metadata,
    whole("item", primary_key=True),
    whole("revision", primary_key=True),
    whole("number", primary_key=True),
    word("rules"),
    word("run", null=True),
    word("made_at"),
    prose("details"),  # JSON: domain, topic, regions, score, parts …
)
ran = text("run IS NOT NULL")
Index("ix_readings_run", readings.c.run, sqlite_where=ran, postgresql_where=ran)

signatures = Table(
    "signatures",
    metadata,
    whole("seq", primary_key=True),
    whole("serial"),
    word("item"),
    Column("bands", LargeBinary, nullable=False),
    word("exact"),
    whole("version"),
    UniqueConstraint("serial"),
)
Index("ix_signatures_exact", signatures.c.exact)

# One edge of the machine's and one of the editor's may stand beside each other; `maker` says whose.
edges = Table(
    "edges",
    metadata,
    key("a"),
    key("b"),
    key("maker"),
    word("kind"),
    Column("similarity", Float(53), nullable=False),
    word("by"),
    whole("rules"),
    **NO_ROWID,
)
Index("ix_edges_b", edges.c.b)
NEGATIVE = text("kind = 'negative'")
Index("ix_edges_negative", edges.c.a, edges.c.b, sqlite_where=NEGATIVE, postgresql_where=NEGATIVE)

to_index = Table(
    "to_index",
    metadata,
    whole("serial", primary_key=True),
    word("item"),
    whole("version"),
    word("since"),
)
Index("ix_to_index_since", to_index.c.since, to_index.c.serial)

# ---------------------------------------------------------------- crawling

pages = Table(
    "pages",
    metadata,
    key("source"),
    key("url"),
    word("use"),
    word("checked_at"),
    word("body", null=True),
    word("etag", null=True),
    word("last_modified", null=True),
    whole("failures"),
    word("retry_at", null=True),
    prose("reason", null=True),
    prose("link_title", null=True),
    prose("link_date", null=True),
    word("fetch", null=True),
)
failed = text("retry_at IS NOT NULL")
Index("ix_pages_retry", pages.c.source, pages.c.retry_at, sqlite_where=failed, postgresql_where=failed)
rests = Table("rests", metadata, key("host"), word("until"))
# `until` is when the run's hold lapses; of a host that nobody holds, when its last request ended.
turns = Table(
    "turns",
    metadata,
    key("host"),
    word("run", null=True),
    word("until", null=True),
    Column("pause", Float(53), nullable=False),
)
reports = Table("reports", metadata, key("run"), key("source"), word("at"), prose("counts"))
Index("ix_reports_at", reports.c.at)
Index("ix_reports_source_at", reports.c.source, reports.c.at)
