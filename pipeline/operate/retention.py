"""retention: what is past its days goes, and what must hold is proven. For `maintain`; harmless at any time.

Never touched: an issued bulletin and its files, exports, quarantine, ledger, history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pipeline.clock import stored
from pipeline.logs import prune_logs
from pipeline.operate.backup import prune_backups
from pipeline.operate.parts import Parts
from pipeline.ports.store import Session
from pipeline.records.names import TOPICS, Kind
from pipeline.steps.clusters import clusters

PAGE = 500
PROVEN = "clusters.proven"  # note: the last id that was looked at


@dataclass(frozen=True, slots=True)
class Kept:
    """What one round removed and found. `wrong_clusters` are items whose stored cluster is not the one that their
    edges make; `outbox_waiting` rows wait for the relay."""

    bus_messages: int
    outbox: int
    bodies: int
    backups: tuple[str, ...]
    logs: tuple[str, ...]
    clusters_proven: int
    wrong_clusters: tuple[str, ...]
    outbox_waiting: int

    @property
    def ok(self) -> bool:
        """Whether all that must hold does."""
        return not self.wrong_clusters


def keep(parts: Parts, *, backups: Path | None = None) -> Kept:
    """One round: expire, prune, prove, truncate. `backups` is the folder of `maintain`'s own backups."""
    days = parts.rules.retention
    home = parts.settings.home
    proven, wrong = prove_clusters(parts)
    kept = Kept(
        bus_messages=expire_bus(parts),
        outbox=prune_outbox(parts),
        bodies=expire_bodies(parts),
        backups=tuple(prune_backups(backups, _ago(parts, days.backups))) if backups and backups.is_dir() else (),
        logs=tuple(prune_logs(home, _ago(parts, days.logs))),
        clusters_proven=proven,
        wrong_clusters=wrong,
        outbox_waiting=waiting(parts),
    )
    parts.store.tidy()
    return kept


def _ago(parts: Parts, days: int) -> str:
    return stored(parts.clock() - timedelta(days=days))


def expire_bus(parts: Parts) -> int:
    """Messages older than the rule and below every group's `next` (rule 11); how many went."""
    before = _ago(parts, parts.rules.retention.bus_messages)
    with parts.store.reading() as session:
        rows = session.offsets.rows()
    gone = 0
    for topic in TOPICS:
        bus = parts.bus.bus_id(topic)
        keep_from: dict[int, int] = {}
        for row in rows:
            if (row.bus, row.topic) == (bus, topic):
                keep_from[row.partition] = min(row.next, keep_from.get(row.partition, row.next))
        gone += parts.bus.expire(topic, keep_from, before)
    return gone


def prune_outbox(parts: Parts) -> int:
    """Relayed outbox rows past their days."""
    with parts.store.writing() as session:
        return session.arrivals.prune_outbox(_ago(parts, parts.rules.retention.outbox))


def expire_bodies(parts: Parts) -> int:
    """Bodies of web leads past their days; link, facts and excerpt stay (OFFICE 3). A page a transaction."""
    before = _ago(parts, parts.rules.retention.web_lead_bodies)
    gone = 0
    while True:
        with parts.store.writing() as session:
            session.lock_batches()
            done = session.items.purge_bodies(Kind.WEB_LEAD.value, before, PAGE)
        gone += done
        if done < PAGE:
            return gone


def waiting(parts: Parts) -> int:
    """Outbox rows that the relay has not taken."""
    with parts.store.reading() as session:
        newest, least = session.arrivals.outbox()
    return max(0, newest - least + 1)


def prove_clusters(parts: Parts, pages: int = 20) -> tuple[int, tuple[str, ...]]:
    """Recompute clusters from their edges, from where the last round ended: (items looked at, wrong ones). The
    next round begins anew when the end is reached."""
    with parts.store.reading() as session:
        after = session.registry.note(PROVEN) or ""
    looked = 0
    wrong: set[str] = set()
    for _ in range(pages):
        with parts.store.reading() as session:
            ids = session.items.live_ids(after, PAGE)
            wrong |= _wrong(session, ids)
        looked += len(ids)
        after = ids[-1] if len(ids) == PAGE else ""
        if not after:
            break
    with parts.store.writing() as session:
        session.registry.set_note(PROVEN, after or None)
    return looked, tuple(sorted(wrong))


def _wrong(session: Session, ids: list[str]) -> set[str]:
    if not ids:
        return set()
    edges = session.items.edges(ids)
    ends = {*ids, *(end for edge in edges for end in (edge.a, edge.b))}
    rows = {key: item for key, item in session.items.by_ids(sorted(ends)).items() if not item.tombstone}
    received: Mapping[str, str] = {key: item.received_at for key, item in rows.items()}
    leads = clusters(received, edges)
    return {key for key, item in rows.items() if item.cluster != leads[key]}
