"""Web leads (网上线索) become something an office may work with (OFFICE 1): a topic, a proposal lead, a note,
or a submission of its own that names who verified it.

A submission of one's own enters by the one inlet, like every other: it is cleaned, compared and scored, and
waits for its acceptance. Its verification stands in the history of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.desk.moves import checked, moved, opinion_of, person
from pipeline.desk.states import ITEM_MOVES
from pipeline.errors import UsageError
from pipeline.identity import item_id
from pipeline.office.context import Office, clean_text, desk_of, load_items, note, note_items
from pipeline.office.items import Moved, results
from pipeline.ports.store import Arrival
from pipeline.records.messages import Consent, Submitted

INTO = {"topic": "选题", "call": "约稿", "proposal_lead": "提案线索", "note": "作参考"}
SOURCE = "自采"


@dataclass(frozen=True, slots=True)
class Verified:
    """Who verified a lead, when (`YYYY-MM-DD`) and how, and who answers for the submission made of it."""

    by: str
    on: str
    how: str
    author: str | None = None
    unit: str | None = None
    named: bool = False  # the author agreed to be named in print


@dataclass(frozen=True, slots=True)
class Own:
    """The submission made of a lead."""

    lead: str
    item: str
    receipt: str


def convert(office: Office, ids: Sequence[str], *, into: str, by: str, opinion: str) -> list[Moved]:
    """Note what web leads became (INTO); they are dealt with and archived."""
    if into not in INTO:
        raise UsageError(
            f"不能转作“{into}”", fix=f"可写：{'、'.join(f'{key}（{word}）' for key, word in INTO.items())}"
        )
    who = person(by)
    said = opinion_of(opinion, needed=True, act=ITEM_MOVES["convert"].title)
    with office.writing() as session:
        before = load_items(session, ids)
        rows = [checked("convert", item) for item in before]
        after = [
            moved(item, row.end or item.state, bulletin=item.bulletin) for item, row in zip(before, rows, strict=True)
        ]
        session.items.write(after)
        details = {"into": into}
        desk_of(session).record(note_items(office, "convert", who, before, after, opinion=said, details=details))
    return results("convert", before, after)


def make_own(
    office: Office, lead: str, *, by: str, verified: Verified, title: str, text: str, opinion: str | None = None
) -> Own:
    """自采成稿: a submission of the office's own, by the inlet. Raises UsageError for what is not said."""
    who = person(by)
    _complete(verified)
    receipt = office.receipts()
    message = _message(office, receipt, verified, clean_text(title, what="title"), clean_text(text, what="text"))
    item = item_id(SOURCE, receipt)
    details = {
        "into": "submission",
        "lead": lead,
        "item": item,
        "verified_by": person(verified.by),
        "verified_on": verified.on,
        "verified_how": verified.how,
    }
    with office.writing() as session:
        (old,) = load_items(session, [lead])
        new = moved(old, checked("convert", old).end or old.state, bulletin=None)
        session.items.write([new])
        session.arrivals.receive([Arrival(message.model_copy(update={"url": old.url}), item)])
        said = opinion_of(opinion, needed=False, act=ITEM_MOVES["convert"].title)
        lines = note_items(office, "convert", who, [old], [new], opinion=said, details=details)
        born = note(office, "item", item, "convert", who, opinion=said, details=details)
        desk_of(session).record([*lines, born])
    return Own(lead, item, receipt)


def _complete(verified: Verified) -> None:
    wanted = {"核实人": verified.by, "核实日期": verified.on, "核实方式": verified.how}
    missing = [word for word, value in wanted.items() if not (value or "").strip()]
    if not (verified.author or verified.unit):
        missing.append("反映人或反映单位")
    if missing:
        raise UsageError(f"自采成稿须写明{'、'.join(missing)}", fix="网上线索核实后，由委员或单位反映，方可作来稿")


def _message(office: Office, receipt: str, verified: Verified, title: str | None, text: str | None) -> Submitted:
    if not title or not text:
        raise UsageError("自采成稿须有标题和正文")
    return Submitted(
        message_id=f"o-{receipt}",
        source=SOURCE,
        origin=receipt,
        received_at=office.now(),
        receipt=receipt,
        channel="desk",
        title=title,
        text=text,
        author=verified.author,
        unit=verified.unit,
        consent=Consent(named=verified.named),
    )
