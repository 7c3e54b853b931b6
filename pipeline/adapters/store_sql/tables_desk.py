"""The desk's tables: history, the second track, merges, bulletins, numbers."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from pipeline.adapters.store_sql.columns import key, metadata, prose, whole, word

# ---------------------------------------------------------------- history

# Appended only; `seal` chains each act to the one before (ports.desk.seal).
acts = Table(
    "acts",
    metadata,
    whole("seq", primary_key=True),
    word("subject"),
    word("of"),
    word("act"),
    prose("actor"),
    word("role"),
    word("at"),
    prose("opinion", null=True),
    word("before", null=True),
    word("after", null=True),
    prose("details"),  # JSON
    word("seal"),
)
Index("ix_acts_subject_of_seq", acts.c.subject, acts.c.of, acts.c.seq)
# The chain's end; its row's lock orders the writers.
acts_head = Table("acts_head", metadata, key("name"), whole("seq"), word("seal"))

# ---------------------------------------------------------------- the second track

edits = Table(
    "edits",
    metadata,
    key("item"),
    whole("number", primary_key=True),
    prose("title"),
    prose("text"),
    prose("by"),
    word("at"),
    prose("note", null=True),
)
# Editor-made fields that win over the machine's: {domain, topic, …}.
overrides = Table("overrides", metadata, key("item"), prose("fields"), prose("by"), word("at"))
merges = Table("merges", metadata, key("item"), word("main"), word("before"), prose("by"), word("at"))
Index("ix_merges_main", merges.c.main)

# ---------------------------------------------------------------- bulletins

bulletins = Table(
    "bulletins",
    metadata,
    key("id"),
    word("series"),
    word("type"),
    word("state"),
    whole("version"),
    prose("articles"),  # JSON
    prose("drafted_by"),
    word("drafted_at"),
    prose("title"),
    prose("note"),
    whole("edition"),
    word("corrects", null=True),
    whole("number", null=True),
    whole("running", null=True),
    whole("year", null=True),
    word("issued_on", null=True),
    word("masthead", null=True),
    prose("content", null=True),  # JSON, frozen at issue
    UniqueConstraint("series", "year", "number", "edition"),
)
Index("ix_bulletins_state_drafted_at", bulletins.c.state, bulletins.c.drafted_at)
Index("ix_bulletins_corrects", bulletins.c.corrects)

# Approvals, countersignatures and signatures, in order of `seq` within a bulletin.
signings = Table(
    "signings",
    metadata,
    key("bulletin"),
    whole("seq", primary_key=True),
    word("kind"),
    word("role"),
    prose("name"),
    word("hash"),
    word("at"),
    word("signed_on"),
    prose("opinion", null=True),
    prose("proxy_for", null=True),
    prose("registered_by", null=True),
    word("scan", null=True),
    whole("valid"),
)
bulletin_files = Table(
    "bulletin_files",
    metadata,
    key("bulletin"),
    key("format"),
    word("content"),
    prose("name"),
    whole("size"),
    word("at"),
)

# ---------------------------------------------------------------- numbers

# (series, year) → last number given; (series, 0) → last running number (总期号).
number_counters = Table("number_counters", metadata, key("series"), whole("year", primary_key=True), whole("last"))
numbers = Table(
    "numbers",
    metadata,
    key("series"),
    whole("year", primary_key=True),
    whole("number", primary_key=True),
    whole("edition", primary_key=True),
    whole("running"),
    word("at"),
    word("bulletin", null=True),
    prose("reason", null=True),
    prose("by", null=True),
    UniqueConstraint("series", "running", "edition"),
)
# A restore holds every series until its last printed number is confirmed.
holds = Table("holds", metadata, whole("number", primary_key=True), word("at"), prose("why"))
confirmations = Table(
    "confirmations", metadata, key("series"), whole("hold", primary_key=True), prose("by"), word("at")
)
