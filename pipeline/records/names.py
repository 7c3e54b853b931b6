"""The words of CONTRACT that travel as values: kinds, outcomes, states, topics, steps."""

from __future__ import annotations

from enum import StrEnum

# Topics of the bus, in the order a worker reads them: people before pages.
SUBMITTED = "opinions.submitted"
CRAWLED = "opinions.crawled"
TOPICS = (SUBMITTED, CRAWLED)
PARTITIONS = 12  # fixed at creation: another count would send an item's revisions to another partition
GROUP = "process"


class Kind(StrEnum):
    """What an item is: somebody answers for a submission, nobody for a web lead (OFFICE 1)."""

    SUBMISSION = "submission"
    WEB_LEAD = "web_lead"


class Outcome(StrEnum):
    """What became of one message; each has exactly one at a time."""

    PENDING = "pending"
    INDEXED = "indexed"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    PURGED = "purged"


class State(StrEnum):
    """Where an item stands in the office's work (CONTRACT, States)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RECEIVED = "received"
    SENT_BACK = "sent_back"
    REDIRECTED = "redirected"
    DECLINED = "declined"
    VERIFYING = "verifying"
    ACCEPTED = "accepted"
    EDITING = "editing"
    TO_APPROVE = "to_approve"
    TO_SIGN = "to_sign"
    SIGNED = "signed"
    ISSUED = "issued"
    ARCHIVED = "archived"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    RECALLED = "recalled"
    REMOVED = "removed"


class BulletinState(StrEnum):
    """Where a bulletin stands; it has a number from `issuing` on."""

    DRAFT = "draft"
    TO_APPROVE = "to_approve"
    TO_SIGN = "to_sign"
    SIGNED = "signed"
    ISSUING = "issuing"
    ISSUED = "issued"
    STOPPED = "stopped"
    VOID = "void"
    RECALLED = "recalled"


class Similarity(StrEnum):
    """How two items resemble each other; `cluster` joins exact and near, `similar` never chains."""

    EXACT = "exact"
    NEAR = "near"
    SIMILAR = "similar"
    NEGATIVE = "negative"  # an editor said: these are not one


class Step(StrEnum):
    """Where an item can fail; the name stands in quarantine, ledger and log."""

    READ = "read"
    CLEAN = "clean"
    DEDUP = "dedup"
    CLASSIFY = "classify"
    LOCATE = "locate"
    SCORE = "score"
    STORE = "store"
    SEARCH = "search"
