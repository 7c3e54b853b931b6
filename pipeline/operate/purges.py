"""Purges outlive a restore (OFFICE 22): what the replaced store knows as purged is purged in the restored one, too.

The acts tell what was purged and by whom. An item that the backup does not know leaves a tombstone, so that its
messages, which the restored bus may still hold, end as purged when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import orjson

from pipeline.office.context import desk_of, office_of
from pipeline.office.removal import purge
from pipeline.operate.parts import Parts
from pipeline.ports.desk import ActRow
from pipeline.ports.store import Session, Store
from pipeline.records.items import Item
from pipeline.records.names import Kind, State

PAGE = 1000


@dataclass(frozen=True, slots=True)
class PastPurge:
    """One purge that was made: of which item, by whom, when (stored time)."""

    item: str
    by: str
    second: str
    at: str
    opinion: str | None = None


def made(store: Store) -> list[PastPurge]:
    """The purges that this store knows of, the last of each item."""
    with store.reading() as session:
        return list({one.item: one for one in map(_past, _acts(session))}.values())


def written(purges: Iterable[PastPurge]) -> str:
    """As one line of text."""
    return orjson.dumps([asdict(one) for one in purges]).decode()


def read(line: str) -> list[PastPurge]:
    """What `written` wrote."""
    return [PastPurge(**one) for one in orjson.loads(line)]


def again(parts: Parts, purges: Sequence[PastPurge]) -> tuple[list[str], list[str]]:
    """Make those purges that the store of `parts` does not know of: (items, warnings)."""
    known = {one.item for one in made(parts.store)}
    due = [one for one in {one.item: one for one in purges}.values() if one.item not in known]
    office = office_of(parts)
    warnings: list[str] = []
    for one in due:
        with office.writing() as session:
            _ensure_row(session, one)
        done = purge(office, parts.bus, one.item, by=one.by, second=one.second, opinion=one.opinion, repeats=one.at)
        warnings += done.warnings
    return [one.item for one in due], warnings


def _ensure_row(session: Session, one: PastPurge) -> None:
    if one.item not in session.items.by_ids([one.item]):
        session.items.write([_unknown(one)])


def _unknown(one: PastPurge) -> Item:
    """A row without words: what the purge makes a tombstone of."""
    return Item(
        id=one.item,
        kind=Kind.SUBMISSION,
        source="?",
        origin=one.item,
        state=State.WITHDRAWN,
        version=1,
        received_at=one.at,
        revision=1,
        revision_received_at=one.at,
        revision_place="",
        content="",
        cluster=one.item,
        title="",
    )


def _acts(session: Session) -> Iterator[ActRow]:
    after = 0
    while rows := desk_of(session).chain(after, PAGE):
        yield from (row for row in rows if (row.act.subject, row.act.act) == ("item", "purge"))
        after = rows[-1].seq


def _past(row: ActRow) -> PastPurge:
    act = row.act
    return PastPurge(act.id, act.actor, act.details["second"], act.at, act.opinion)
