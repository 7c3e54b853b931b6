"""resend: what a bus that is gone had not given out. A topic that was deleted and made anew, or another bus in the
place of the one before, has lost what nobody had read of it, and nothing of that may be lost (DESIGN 1 and 2):
submissions lie in the store, and those without a row in the ledger go into the outbox once more; a page is at its
site, and one whose last fetch has no row is due to be fetched anew. What was read after all ends as `duplicate`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pipeline.ports.bus import Bus
from pipeline.ports.store import Store
from pipeline.records.names import CRAWLED, SUBMITTED, TOPICS

LIMIT = 500  # rows a transaction
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Resent:
    """How many submissions wait for the relay again, and how many pages for their crawl."""

    submissions: int = 0
    pages: int = 0


def resend(store: Store, bus: Bus) -> Resent:
    """Look at whose topics these are; where another's were read before, see to what it had not given out. Done once
    for each that takes over, again after a death in its midst. Raises Transient when bus or store is away."""
    ids = {topic: bus.bus_id(topic) for topic in TOPICS}
    with store.reading() as session:
        before = {topic: session.registry.note(_note(topic)) for topic in TOPICS}
    other = {topic for topic in TOPICS if before[topic] not in {None, ids[topic]}}
    done = Resent(
        submissions=_submissions(store) if SUBMITTED in other else 0,
        pages=_pages(store) if CRAWLED in other else 0,
    )
    if before != ids:
        with store.writing() as session:
            for topic in TOPICS:
                session.registry.set_note(_note(topic), ids[topic])
    if other:
        log.warning("another bus: resent", extra={"messages": done.submissions, "found": done.pages})
    return done


def _submissions(store: Store) -> int:
    total, after = 0, ""
    while True:
        with store.reading() as session:
            rows = session.arrivals.kept(after, LIMIT)
            known = session.ledger.seen([row.message.message_id for row in rows if row.message])
        if not rows:
            return total
        lost = [row.receipt for row in rows if row.message and row.message.message_id not in known]
        if lost:
            with store.writing() as session:
                total += session.arrivals.queue_again(lost)
        after = rows[-1].receipt


def _pages(store: Store) -> int:
    total = 0
    while True:
        with store.writing() as session:
            total += (count := session.crawls.forget_unread(LIMIT))
        if count < LIMIT:
            return total


def _note(topic: str) -> str:
    return f"bus.{topic}"
