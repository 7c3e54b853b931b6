"""The span that a restore may have lost, kept in the store, so that doctor names it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson

from pipeline.ports.store import Session, Store

NOTE = "restore.span"


@dataclass(frozen=True, slots=True)
class Span:
    """From the backup (`since`, stored time) to its restoring (`until`); `lost` messages the bus no longer held."""

    since: str
    until: str
    lost: int = 0


def note_span(store: Store, span: Span) -> None:
    """Write it down."""
    with store.writing() as session:
        session.registry.set_note(NOTE, orjson.dumps(asdict(span)).decode())


def last_span(session: Session) -> Span | None:
    """That of the last restore."""
    written = session.registry.note(NOTE)
    return Span(**orjson.loads(written)) if written else None
