"""The desk's moves of items: accept, decline, send back and so on, and the second track (OFFICE 6 to 8, rule 16).

All items of one call move or none does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.desk import bulletins as drafts
from pipeline.desk.moves import Said, checked, facts, moved, opinion_of, person
from pipeline.desk.states import ITEM_MOVES
from pipeline.errors import UsageError
from pipeline.office.context import (
    Office,
    clean_text,
    desk_of,
    load_bulletin,
    load_items,
    note_items,
)
from pipeline.office.moving import changed
from pipeline.ports.desk import Edit
from pipeline.ports.store import Session
from pipeline.records.items import Item
from pipeline.records.names import State

TITLE_LIMIT = 100
FIELDS = ("domain", "topic", "urgent")
# Moves that only change the state; edit, merge, unmerge and convert have use cases of their own.
PLAIN = ("submit", "accept", "decline", "send-back", "redirect", "verify", "withdraw", "archive", "note")


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one item, as the command prints it."""

    id: str
    act: str
    before: str
    state: str
    version: int
    bulletin: str | None = None
    warnings: tuple[str, ...] = ()


def move(
    office: Office,
    act: str,
    ids: Sequence[str],
    *,
    by: str,
    opinion: str | None = None,
    reason: str | None = None,
    channel: str | None = None,
) -> list[Moved]:
    """One of PLAIN on items. Raises UsageError, NotFound, NotAllowed (a web lead's acceptance: OFFICE 1)."""
    if act not in PLAIN:
        raise UsageError(f"没有“{act}”这种办法", fix=f"可写：{'、'.join(ITEM_MOVES)}")
    row = ITEM_MOVES[act]
    who = person(by)
    said = Said(who, opinion_of(opinion, needed="opinion" in row.asks, act=row.title), reason, channel)
    chosen = facts(act, said, office.reasons())
    with office.writing() as session:
        before = load_items(session, ids)
        after = [_after(act, item) for item in before]
        session.items.write([new for old, new in zip(before, after, strict=True) if new is not old])
        if act == "withdraw":
            _withdraw_submissions(session, before)
        desk_of(session).record(note_items(office, act, who, before, after, opinion=said.opinion, details=chosen))
    return results(act, before, after)


def _after(act: str, item: Item) -> Item:
    row = checked(act, item)
    if row.end is None:
        return item
    # A stopped item leaves the bulletin behind when it is taken up again; an archived one stays in it.
    return moved(item, row.end, bulletin=None if row.end is State.ACCEPTED else item.bulletin)


def _withdraw_submissions(session: Session, items: Sequence[Item]) -> None:
    for item in items:
        if item.receipt and session.arrivals.lock([item.receipt]):
            session.arrivals.set_status(item.receipt, "withdrawn")


def results(act: str, before: Sequence[Item], after: Sequence[Item], warnings: tuple[str, ...] = ()) -> list[Moved]:
    """What became of each item."""
    return [
        Moved(new.id, act, str(old.state), str(new.state), new.version, new.bulletin, warnings)
        for old, new in zip(before, after, strict=True)
    ]


def edit(
    office: Office,
    key: str,
    *,
    by: str,
    title: str | None = None,
    text: str | None = None,
    opinion: str | None = None,
) -> Moved:
    """A new numbered 审签稿; the original stays. A signed bulletin it stands in goes back to 待签发."""
    who = person(by)
    title, text = _given(title, text)
    with office.writing() as session:
        (old,) = load_items(session, [key])
        checked("edit", old)
        number = _write_edit(office, session, old, who, title, text)
        warnings = _touch(office, session, old, who)
        (new,) = load_items(session, [key])
        if new.version == old.version:
            new = moved(new, new.state, bulletin=new.bulletin)
            session.items.write([new])
        lines = note_items(office, "edit", who, [old], [new], opinion=opinion, details={"edit": number})
        desk_of(session).record(lines)
    return results("edit", [old], [new], warnings)[0]


def assign(office: Office, key: str, *, by: str, fields: Mapping[str, Any], opinion: str | None = None) -> Moved:
    """Editor-made fields (FIELDS) that win over the machine's reading; None gives one back to the machine."""
    who = person(by)
    if unknown := set(fields) - set(FIELDS):
        raise UsageError(f"不能由人改定的栏目：{'、'.join(sorted(unknown))}", fix=f"可改：{'、'.join(FIELDS)}")
    with office.writing() as session:
        (old,) = load_items(session, [key])
        checked("note", old)
        before = desk_of(session).overrides([key]).get(key, {})
        after = {name: value for name, value in {**before, **fields}.items() if value is not None}
        desk_of(session).override(key, after, who)
        new = moved(old, old.state, bulletin=old.bulletin)
        session.items.write([new])
        lines = note_items(office, "edit", who, [old], [new], opinion=opinion, details={"fields": dict(fields)})
        desk_of(session).record(lines)
    return results("edit", [old], [new])[0]


def _given(title: str | None, text: str | None) -> tuple[str | None, str | None]:
    plain_title = clean_text(title, what="title")
    plain_text = clean_text(text, what="text")
    if not plain_title and not plain_text:
        raise UsageError("没有写明改成什么", fix="请给出标题（--title）或正文（--text）")
    if plain_title and (len(plain_title) > TITLE_LIMIT or "\n" in plain_title):
        raise UsageError(f"标题须为一行，不超过 {TITLE_LIMIT} 字", where="--title")
    return plain_title, plain_text


def _write_edit(office: Office, session: Session, item: Item, who: str, title: str | None, text: str | None) -> int:
    base = current(office, session, [item.id])[item.id]
    edit = replace(
        base, number=base.number + 1, title=title or base.title, text=text or base.text, by=who, at=office.now()
    )
    desk_of(session).edit([replace(edit, note=None)])
    return edit.number


def current(office: Office, session: Session, ids: Sequence[str]) -> dict[str, Edit]:
    """The 审签稿 in force of each item; number 0 is the original's newest revision, masked."""
    edits = desk_of(session).edits(ids)
    found = {item: rows[-1] for item, rows in edits.items()}
    for item, view in session.items.views([one for one in ids if one not in found]).items():
        source = f"取自原稿第{view.item.revision}稿"
        found[item] = Edit(item, 0, office.mask(view.item.title), office.mask(view.text), "", "", source)
    return found


def _touch(office: Office, session: Session, item: Item, who: str) -> tuple[str, ...]:
    """Tell the item's bulletin that a text changed; a signature on it is over."""
    if not item.bulletin:
        return ()
    old = load_bulletin(session, item.bulletin)
    return changed(office, session, old, drafts.touched(old), "edit", who)
