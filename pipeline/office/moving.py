"""A bulletin's step: its row, its items and the history in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.office.context import Office, carry, desk_of, note, note_items, save
from pipeline.ports.desk import BulletinRow
from pipeline.ports.store import Session
from pipeline.records.names import BulletinState

RESIGN = "签发后有改动，本期已回到待签发，须重新签发"


def stepped(
    office: Office,
    session: Session,
    old: BulletinRow,
    new: BulletinRow,
    act: str,
    by: str,
    *,
    role: str = "editor",
    opinion: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> BulletinRow:
    """Save the bulletin, move its items where it goes, and write it all down. Raises Transient when somebody
    else was faster."""
    save(session, new)
    before, after = carry(session, new) if new.state is not old.state or new.items != old.items else ([], [])
    line = note(
        office,
        "bulletin",
        new.id,
        act,
        by,
        role=role,
        opinion=opinion,
        before=str(old.state),
        after=str(new.state),
        details=details,
    )
    lines = note_items(office, act, by, before, after, opinion=opinion, details={"bulletin": new.id})
    desk_of(session).record([line, *lines])
    return new


def changed(
    office: Office,
    session: Session,
    old: BulletinRow,
    new: BulletinRow,
    act: str,
    by: str,
    *,
    opinion: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """Save a bulletin whose content changed; a signature on the old content is over, and the warning says so."""
    stepped(office, session, old, new, act, by, opinion=opinion, details=details)
    if old.state is not BulletinState.SIGNED:
        return ()
    desk_of(session).invalidate(new.id, ["sign"])
    return (RESIGN,)
