"""Drafting bulletins: from one item or several, added to, ordered, rewritten, handed on, sent back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.desk import bulletins as drafts
from pipeline.desk.moves import moved, opinion_of, person
from pipeline.desk.people import due_role, expected, standing
from pipeline.desk.states import BULLETIN_MOVES
from pipeline.office.context import Office, carry, clean_text, desk_of, load_bulletin, load_items, note, note_items
from pipeline.office.items import current
from pipeline.office.moving import changed, stepped
from pipeline.office.shows import Done, shown_of
from pipeline.ports.desk import BulletinRow
from pipeline.ports.store import Session
from pipeline.records.items import Item
from pipeline.records.names import BulletinState, State


def draft(
    office: Office,
    ids: Sequence[str],
    *,
    by: str,
    series: str | None = None,
    title: str | None = None,
    text: str | None = None,
    opinion: str | None = None,
) -> Done:
    """A draft from one item (single), or several (digest); with `text` one combined article (综合稿) over all,
    everybody credited. Default series: the first. Raises NotAllowed, for a web lead with OFFICE 1's sentence."""
    who = person(by)
    rule = drafts.named(series or next(iter(office.series)), office.series)
    plain_title, plain_text = clean_text(title, what="title"), clean_text(text, what="text")
    own_title = None if rule.type == "digest" and not plain_text else plain_title
    row = BulletinRow(
        id=f"b-{office.receipts().lower()}",
        series=rule.name,
        type=rule.type,
        state=BulletinState.DRAFT,
        version=1,
        articles=tuple(drafts.articles_for(rule, ids, own_title, plain_text, who)),
        drafted_by=who,
        drafted_at=office.now(),
        title=(plain_title or "") if own_title is None else "",
    )
    with office.writing() as session:
        _enter(office, session, load_items(session, ids), who)
        desk_of(session).insert(row)
        before, after = carry(session, row)
        line = note(office, "bulletin", row.id, "draft", who, opinion=opinion, after=str(row.state))
        lines = note_items(office, "draft", who, before, after, opinion=opinion, details={"bulletin": row.id})
        desk_of(session).record([line, *lines])
        return _done(office, session, row)


def add(office: Office, key: str, ids: Sequence[str], *, by: str, opinion: str | None = None) -> Done:
    """More items at a digest's end."""
    who = person(by)
    with office.writing() as session:
        old = load_bulletin(session, key)
        new = drafts.added(old, drafts.series_of(old, office.series), ids)
        _enter(office, session, load_items(session, ids), who)
        warnings = changed(office, session, old, new, "add", who, opinion=opinion, details={"items": list(ids)})
        return _done(office, session, new, warnings)


def remove(office: Office, key: str, ids: Sequence[str], *, by: str, opinion: str | None = None) -> Done:
    """Items out of a bulletin, back to 备用."""
    who = person(by)
    with office.writing() as session:
        old = load_bulletin(session, key)
        new = drafts.removed(old, ids)
        warnings = changed(office, session, old, new, "remove", who, opinion=opinion, details={"items": list(ids)})
        before = load_items(session, ids)
        after = [moved(item, State.ACCEPTED, bulletin=None) for item in before]
        session.items.write(after)
        lines = note_items(office, "remove", who, before, after, opinion=opinion, details={"bulletin": key})
        desk_of(session).record(lines)
        return _done(office, session, new, warnings)


def order(office: Office, key: str, ids: Sequence[str], *, by: str) -> Done:
    """The articles in the order of their lead items."""
    who = person(by)
    with office.writing() as session:
        old = load_bulletin(session, key)
        new = drafts.ordered(old, ids)
        warnings = changed(office, session, old, new, "order", who, details={"items": list(ids)})
        return _done(office, session, new, warnings)


def rewrite(
    office: Office,
    key: str,
    *,
    by: str,
    article: int = 1,
    title: str | None = None,
    text: str | None = None,
    note_text: str | None = None,
    opinion: str | None = None,
) -> Done:
    """A title or text of its own for one article (from 1), or another 按语: for combined texts and corrections.
    An item's own text is changed by `edit`."""
    who = person(by)
    given = {
        "title": clean_text(title, what="title"),
        "text": clean_text(text, what="text"),
        "note": clean_text(note_text, what="note"),
    }
    with office.writing() as session:
        old = load_bulletin(session, key)
        new = drafts.rewritten(old, article=article, by=who, **given)
        warnings = changed(office, session, old, new, "rewrite", who, opinion=opinion, details={"article": article})
        return _done(office, session, new, warnings)


def submit(office: Office, key: str, *, by: str, opinion: str | None = None) -> Done:
    """Hand the draft to the first approver, or to the signer where the series has none."""
    who = person(by)
    with office.writing() as session:
        old = load_bulletin(session, key)
        drafts.checked("submit", old)
        new = drafts.submitted(old, drafts.series_of(old, office.series))
        return _done(office, session, stepped(office, session, old, new, "submit", who, opinion=opinion))


def send_back(office: Office, key: str, *, by: str, opinion: str, role: str | None = None) -> Done:
    """Back to the drafter, with what to change; earlier approvals are over."""
    who = person(by)
    said = opinion_of(opinion, needed=True, act=BULLETIN_MOVES["send-back"].title)
    with office.writing() as session:
        old = load_bulletin(session, key)
        row = drafts.checked("send-back", old)
        series = drafts.series_of(old, office.series)
        due = due_role(series, old, desk_of(session).signatures(key)) or series.signer
        found = standing(series, expected(series, role, due), who, office.today())
        new = drafts.put(old, row.end or old.state)
        desk_of(session).invalidate(key, ["approve", "countersign", "sign"])
        details = {"notes": list(found.notes)} if found.notes else None
        stepped(office, session, old, new, "send-back", who, role=found.role, opinion=said, details=details)
        return _done(office, session, new)


def _enter(office: Office, session: Session, items: Sequence[Item], who: str) -> None:
    """Items enter a bulletin: what is printed is the second track from now on, so that a revision of the
    origin changes no draft."""
    for item in items:
        drafts.draftable(item)
    fresh = [edit for edit in current(office, session, [item.id for item in items]).values() if edit.number == 0]
    desk_of(session).edit([replace(edit, number=1, by=who, at=office.now()) for edit in fresh])


def _done(office: Office, session: Session, row: BulletinRow, warnings: tuple[str, ...] = ()) -> Done:
    return Done(shown_of(office, session, [row])[0], warnings)
