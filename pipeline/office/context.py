"""What every use case works with, and the few things all of them do: load, move, note, save."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pipeline.clock import SHANGHAI, Clock, local_date, stored, system_clock
from pipeline.desk.compiling import Mask
from pipeline.desk.moves import moved, opinion_of
from pipeline.desk.states import ITEM_IN
from pipeline.errors import NotFound, Refused, Transient
from pipeline.identity import Receipts, new_receipt
from pipeline.ports.desk import Act, BulletinRow, Desk
from pipeline.ports.files import Files
from pipeline.ports.store import Session, Store
from pipeline.records.bulletins import Bulletin, Rendered
from pipeline.records.items import Item
from pipeline.records.names import BulletinState, State
from pipeline.rules import Rules
from pipeline.rules.reasons import Reasons
from pipeline.rules.series import LateSeries, Series
from pipeline.settings import Settings
from pipeline.text.masks import masked
from pipeline.text.secrecy import NOTICE, secrecy

Render = Callable[[Bulletin, str], Rendered]
# An edition's items follow it only from the printed state on: until then the edition before stands.
PRINTED = (BulletinState.ISSUED, BulletinState.RECALLED)


@dataclass(frozen=True, slots=True)
class Office:
    """The edges and rules of the use cases. `render` makes a file of a bulletin, `mask` hides personal data. A rules
    file is read by the use case that asks for it."""

    store: Store
    files: Files
    series: Mapping[str, Series]
    reasons: Callable[[], Reasons]
    render: Render
    mask: Mask = masked
    clock: Clock = system_clock
    zone: ZoneInfo = SHANGHAI
    receipts: Receipts = new_receipt

    def now(self) -> str:
        """Now, as stored."""
        return stored(self.clock())

    def today(self) -> date:
        """The office's date."""
        return local_date(self.now(), self.zone)

    @contextmanager
    def writing(self) -> Generator[Session]:
        """A transaction that may write items: no batch writes the same rows meanwhile."""
        with self.store.writing() as session:
            session.lock_batches()
            yield session


class Parts(Protocol):
    """What an office is made of: the opened system has all of it."""

    @property
    def store(self) -> Store: ...
    @property
    def files(self) -> Files: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def receipts(self) -> Receipts: ...


def office_of(parts: Parts) -> Office:
    """The office of an opened system, with the real renderer; the site's own fonts lie in `HOME/fonts`."""
    from pipeline.documents import render

    return Office(
        store=parts.store,
        files=parts.files,
        series=LateSeries(lambda: parts.rules.series),
        reasons=lambda: parts.rules.reasons,
        render=partial(render, fonts_dir=parts.settings.home / "fonts"),
        clock=parts.clock,
        zone=parts.settings.zone,
        receipts=parts.receipts,
    )


def desk_of(session: Session) -> Desk:
    """The session's desk, typed."""
    return session.desk


def load_items(session: Session, ids: Sequence[str]) -> list[Item]:
    """The items, in the order named. Raises NotFound naming those that are not there."""
    found = session.items.by_ids(ids)
    if missing := [one for one in ids if one not in found]:
        raise NotFound(f"没有稿件 {'、'.join(missing)}", fix="请核对编号；刚提交的稿件要等处理后才能办理")
    return [found[one] for one in dict.fromkeys(ids)]


def load_bulletin(session: Session, key: str) -> BulletinRow:
    """The bulletin. Raises NotFound."""
    if row := desk_of(session).bulletins([key]).get(key):
        return row
    raise NotFound(f"没有期刊 {key}", fix="用 minyi bulletin list 查看")


def save(session: Session, row: BulletinRow) -> BulletinRow:
    """Write a bulletin that was read at the version before. Raises Transient when somebody was faster."""
    if not desk_of(session).change(row):
        raise Transient("本期刚被他人改动", where=row.id, fix="请重新查看后再办理")
    return row


def carry(session: Session, row: BulletinRow) -> tuple[list[Item], list[Item]]:
    """Move the bulletin's items with it, in its transaction: (before, after). What was purged stays away."""
    bulletin, state = _follow(row)
    if state is None:
        return [], []
    before = [item for item in load_items(session, row.items) if not item.tombstone]
    after = [moved(item, state, bulletin=bulletin) for item in before]
    session.items.write(after)
    return before, after


def _follow(row: BulletinRow) -> tuple[str | None, State | None]:
    if row.edition == 1:
        gone = row.state is BulletinState.VOID
        return (None if gone else row.id), ITEM_IN[row.state]
    if row.state is BulletinState.VOID:
        return row.corrects, State.ISSUED
    return row.id, ITEM_IN[row.state] if row.state in PRINTED else None


def clean_text(text: str | None, *, what: str) -> str | None:
    """A text that a person gave, line ends made one. Raises Refused for a mark of secrecy at its head."""
    if text is None:
        return None
    if secrecy(text):
        raise Refused(NOTICE, field=what)
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return plain.encode("utf-8", "ignore").decode().strip()


def note(
    office: Office,
    subject: str,
    key: str,
    act: str,
    by: str,
    *,
    role: str = "editor",
    opinion: str | None = None,
    before: str | None = None,
    after: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Act:
    """One line of the history, now."""
    said = opinion_of(opinion, needed=False, act=act)
    return Act(subject, key, act, by, role, office.now(), said, before, after, dict(details or {}))


def note_items(
    office: Office,
    act: str,
    by: str,
    before: Sequence[Item],
    after: Sequence[Item],
    *,
    opinion: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> list[Act]:
    """A line for each item, from the state it had to the one it has."""
    return [
        note(
            office,
            "item",
            old.id,
            act,
            by,
            opinion=opinion,
            before=str(old.state),
            after=str(new.state),
            details=details,
        )
        for old, new in zip(before, after, strict=True)
    ]
