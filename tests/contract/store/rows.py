"""Records that the store's tests write: small, whole, told apart by a name or a number."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pipeline.identity import item_id
from pipeline.ports.store import Arrival, Session
from pipeline.records.items import (
    Classified,
    Cleaned,
    Deduped,
    Item,
    LedgerRow,
    Pair,
    Personal,
    Read,
    Region,
    Repair,
    Scored,
    ScorePart,
    Signature,
)
from pipeline.records.messages import Place, Submitted
from pipeline.records.names import CRAWLED, Kind, Outcome, Similarity, State

BUS = "bus-1"
DAY = "2026-11-23"
AT = "2026-11-23T01:00:00.000000Z"


def NOW() -> datetime:  # noqa: N802 - a clock that stands
    return datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def at(minute: int) -> str:
    return f"2026-11-23T01:{minute:02}:00.000000Z"


def place(offset: int, partition: int = 0, bus: str = BUS, topic: str = CRAWLED) -> Place:
    return Place(bus, topic, partition, offset)


def item(name: str, **facts: Any) -> Item:
    given: dict[str, Any] = {
        "id": name,
        "kind": Kind.WEB_LEAD,
        "source": "hnzx",
        "origin": f"https://a.test/{name}",
        "state": State.RECEIVED,
        "version": 1,
        "received_at": AT,
        "revision": 1,
        "revision_received_at": AT,
        "revision_place": f"{CRAWLED}/0/0",
        "content": f"content-{name}",
        "cluster": name,
        "title": f"关于{name}的建议",
        "url": f"https://a.test/{name}",
    }
    return Item(**{**given, **facts})


def ledger_row(offset: int, name: str | None = "a", **facts: Any) -> LedgerRow:
    given: dict[str, Any] = {
        "place": place(offset),
        "day": DAY,
        "source": "hnzx",
        "message_id": f"m-{offset}",
        "item": name,
        "version": 1,
        "outcome": Outcome.PENDING,
    }
    return LedgerRow(**{**given, **facts})


def read(name: str, text: str = "建议增设路灯。", offset: int = 0, **facts: Any) -> Read:
    cleaned: dict[str, Any] = {
        "place": place(offset),
        "message_id": f"m-{offset}",
        "item": name,
        "kind": Kind.WEB_LEAD,
        "source": "hnzx",
        "origin": f"https://a.test/{name}",
        "received_at": AT,
        "title": f"关于{name}的建议",
        "text": text,
        "content": f"content-{name}",
        "exact": f"exact-{name}",
        "charset": "gb18030",
        "published_at": at(0),
        "unit": "岚禾县政协",
        "named": True,
        "repairs": (Repair(0, "�", "建", "字节完整"),),
        "personal": (Personal("mobile", 0, 2),),
    }
    return Read(
        cleaned=Cleaned(**{**cleaned, **facts}),
        deduped=Deduped(signature(name)),
        classified=Classified("城乡建设", "市政", 0.7, undecided=False, reasons=("路灯",)),
        regions=(Region("990101", "岚禾县", "county", "event", at=2),),
        scored=Scored(61.5, (ScorePart("time", 0.5, 20, "近30天"),), urgent=False),
        rules="1",
    )


def signature(name: str, exact: str | None = None) -> Signature:
    return Signature(name, sha256(name.encode()).digest() * 4, exact or f"exact-{name}", 1)


def pair(a: str, b: str, kind: Similarity = Similarity.NEAR, by: str = "machine", similarity: float = 0.9) -> Pair:
    first, second = sorted((a, b))
    return Pair(first, second, kind, similarity, by)


def submitted(receipt: str, received_at: str = AT, **facts: Any) -> Submitted:
    given: dict[str, Any] = {
        "message_id": f"o-{receipt}",
        "source": "web",
        "origin": receipt,
        "received_at": received_at,
        "receipt": receipt,
        "channel": "web",
        "title": "关于路灯的建议",
        "text": "夜间出行不便。",
        "author": "甲",
        "phone": "00000000000",
    }
    return Submitted(**{**given, **facts})


def arrival(receipt: str, key: str | None = None, **facts: Any) -> Arrival:
    message = submitted(receipt, **facts)
    return Arrival(message, item_id(message.source, message.origin), key)


def batch(session: Session, start: int, size: int, partition: int = 0) -> bool:
    """One whole batch transaction; False, and nothing, when the fence was moved by another."""
    end = start + size
    if not session.offsets.advance("process", BUS, CRAWLED, partition, start, end):
        return False
    names = [f"p{partition}-{offset}" for offset in range(start, end)]
    reads = [read(name, offset=offset) for offset, name in enumerate(names, start)]
    session.lock_batches()
    session.items.revise([(one, 1) for one in reads])
    session.items.sign([one.deduped.signature for one in reads])
    session.items.connect([pair(names[0], names[-1])])
    session.items.write([item(name) for name in names])
    rows = [
        ledger_row(offset, name, place=place(offset, partition), message_id=f"m-{partition}-{offset}")
        for offset, name in enumerate(names, start)
    ]
    session.ledger.add(rows)
    return True
