"""Compiling: a bulletin's row, its items' texts and its series → what is printed.

Nothing here asks for a contact, and every text passes the mask. A person is named only with consent; a unit
that reported by itself always is (OFFICE 5, 25).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.ports.desk import ArticleRow, BulletinRow, Edit, SignatureRow
from pipeline.ports.store import View
from pipeline.records.bulletins import Article, Bulletin, Foot
from pipeline.rules.series import Series

Mask = Callable[[str], str]
# A party's branch or the federation answers for what it reports, whoever wrote it down (DOMAIN 1.1).
PARTIES = re.compile("民革|民盟|民建|民进|农工党|致公党|九三学社|台盟|工商联")


@dataclass(frozen=True, slots=True)
class Matter:
    """What an item brings to print: its 审签稿 and whom it names."""

    item: str
    title: str
    text: str
    reported_by: str | None


def matter(view: View, edit: Edit | None, series: Series, mask: Mask) -> Matter:
    """An item's matter: the edit in force, else the newest revision."""
    title = edit.title if edit else view.item.title
    text = edit.text if edit else view.text
    return Matter(view.item.id, mask(title).strip(), mask(text).strip(), reporter(view, series))


def reporter(view: View, series: Series) -> str | None:
    """「县政协委员、××单位××」; a unit alone where it reported by itself; None without consent."""
    unit = (view.unit or "").strip()
    author = (view.author or "").strip()
    if not author or PARTIES.search(unit):
        return unit or None
    if not view.named:
        return None
    member = f"{series.member_title}、" if view.sector else ""
    return f"{member}{unit}{author}"


def credited(names: Iterable[str | None]) -> str | None:
    """Everybody who reported a matter, each once, in order; None when nobody may be named."""
    return "，".join(dict.fromkeys(name for name in names if name)) or None


def compiled(
    bulletin: BulletinRow,
    series: Series,
    matters: Mapping[str, Matter],
    merged: Mapping[str, Sequence[str]],
    signatures: Sequence[SignatureRow],
    mask: Mask,
) -> Bulletin:
    """What is printed of the bulletin as it stands: number and date are None until issue."""
    articles = tuple(_article(row, matters, merged, mask) for row in bulletin.articles)
    first = articles[0].title if articles else ""
    return Bulletin(
        id=bulletin.id,
        series=bulletin.series,
        type=bulletin.type,
        masthead=series.printed_masthead(),
        articles=articles,
        foot=_foot(bulletin, series, signatures),
        title=mask(bulletin.title) or (first if bulletin.type == "single" else series.masthead.name),
        note=mask(bulletin.note),
        running_from_series=series.print_running,
        edition=bulletin.edition,
        author_at=series.author_at,
        sample=series.sample,
        properties={"unit": series.masthead.unit},
    )


def _article(
    row: ArticleRow, matters: Mapping[str, Matter], merged: Mapping[str, Sequence[str]], mask: Mask
) -> Article:
    lead = matters[row.items[0]]
    everybody = [one for item in row.items for one in (item, *merged.get(item, ()))]
    return Article(
        item=lead.item,
        title=mask(row.title).strip() if row.title else lead.title,
        text=mask(row.text).strip() if row.text else lead.text,
        reported_by=row.reported_by or credited(matters[one].reported_by for one in everybody),
    )


def _foot(bulletin: BulletinRow, series: Series, signatures: Sequence[SignatureRow]) -> Foot:
    valid = [row for row in signatures if row.valid]
    checkers = dict.fromkeys(row.name for row in valid if row.kind == "approve")
    return Foot(
        report_to=series.foot.report_to,
        send_to=series.foot.send_to,
        issue_to=series.foot.issue_to,
        editor=bulletin.drafted_by,
        checker="、".join(checkers),
        signer=next((printed_signer(row) for row in valid if row.kind == "sign"), ""),
        telephone=series.foot.telephone,
        copies=series.foot.copies,
    )


def printed_signer(row: SignatureRow) -> str:
    """签发人 as printed: from the signature's record alone; a proxy is marked."""
    return f"{row.name}（代签）" if row.proxy_for else row.name
