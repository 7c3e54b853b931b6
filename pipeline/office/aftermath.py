"""After a mistake (OFFICE 12): stop before printing, recall, correct, void. A number once given is never free again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipeline.desk import bulletins as drafts
from pipeline.desk.moves import opinion_of, person
from pipeline.desk.signing import thawed
from pipeline.desk.states import BULLETIN_MOVES
from pipeline.errors import NotAllowed, UsageError
from pipeline.office.context import Office, clean_text, desk_of, load_bulletin, note
from pipeline.office.moving import stepped
from pipeline.office.shows import Done, shown_of
from pipeline.ports.desk import ArticleRow, BulletinRow
from pipeline.ports.store import Session
from pipeline.records.names import BulletinState

OVER = (BulletinState.STOPPED, BulletinState.VOID)


def stop(office: Office, key: str, *, by: str, opinion: str) -> Done:
    """停发, before a number: the bulletin ends, its items may be taken up again."""
    with office.writing() as session:
        done = _end(office, session, "stop", key, by, opinion)
        desk_of(session).invalidate(key, ["sign"])
    return done


def recall(office: Office, key: str, *, by: str, opinion: str, recipients: Sequence[str]) -> Done:
    """收回 an issued bulletin, with the list of those it went to."""
    names = [name.strip() for name in recipients if name.strip()]
    if not names:
        raise UsageError("没有写明收回名单", where="--recipients", fix="请写上本期发往的单位")
    with office.writing() as session:
        _newest(session, key)
        return _end(office, session, "recall", key, by, opinion, {"recipients": names})


def void(office: Office, key: str, *, by: str, opinion: str) -> Done:
    """作废: the number stays, as void; the items go back to 备用, or to the edition before."""
    with office.writing() as session:
        _newest(session, key)
        return _end(office, session, "void", key, by, opinion)


def correct(
    office: Office,
    key: str,
    *,
    by: str,
    opinion: str,
    article: int = 1,
    title: str | None = None,
    text: str | None = None,
) -> Done:
    """更正重发: a draft of the next edition with the printed text and what is corrected in it. It is approved
    and signed like any other and bears the same number; until it is issued the edition before stands."""
    who = person(by)
    said = opinion_of(opinion, needed=True, act=BULLETIN_MOVES["correct"].title)
    given = clean_text(title, what="title"), clean_text(text, what="text")
    with office.writing() as session:
        old = load_bulletin(session, key)
        drafts.checked("correct", old)
        _newest(session, key)
        new = _edition(office, session, old, who)
        if any(given):
            new = replace(
                drafts.rewritten(new, article=article, title=given[0], text=given[1], note=None, by=who), version=1
            )
        desk_of(session).insert(new)
        desk_of(session).record(
            [
                note(office, "bulletin", old.id, "correct", who, opinion=said, details={"edition": new.id}),
                note(
                    office,
                    "bulletin",
                    new.id,
                    "correct",
                    who,
                    opinion=said,
                    after=str(new.state),
                    details={"corrects": old.id},
                ),
            ]
        )
        return Done(shown_of(office, session, [new])[0])


def _edition(office: Office, session: Session, old: BulletinRow, who: str) -> BulletinRow:
    printed = thawed(old.content or "")
    articles = [
        ArticleRow(row.items, title=text.title, text=text.text, reported_by=text.reported_by)
        for row, text in zip(old.articles, printed.articles, strict=True)
    ]
    desk = desk_of(session)
    last = max(row.edition for row in desk.editions(old.series, old.year or 0, old.number or 0))
    key = f"b-{office.receipts().lower()}"
    return drafts.correction(old, articles, key=key, edition=last + 1, by=who, at=office.now())


def _newest(session: Session, key: str) -> None:
    """Raises NotAllowed while a correction is under way or has taken this edition's place."""
    standing = [row for row in desk_of(session).corrections(key) if row.state not in OVER]
    if standing:
        raise NotAllowed("本期已有更正", where=key, fix=f"请对更正的一期办理：{standing[-1].id}")


def _end(
    office: Office,
    session: Session,
    act: str,
    key: str,
    by: str,
    opinion: str,
    details: dict[str, Any] | None = None,
) -> Done:
    who = person(by)
    said = opinion_of(opinion, needed=True, act=BULLETIN_MOVES[act].title)
    old = load_bulletin(session, key)
    new = drafts.put(old, drafts.checked(act, old).end or old.state)
    stepped(office, session, old, new, act, who, opinion=said, details=details)
    return Done(shown_of(office, session, [new])[0])
