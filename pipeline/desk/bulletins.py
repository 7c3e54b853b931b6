"""Bulletins as they are drafted: an act checked against the table, and the row as it is afterwards.

Any change of what is printed keeps a draft where it is and takes a signed one back to 待签发 (OFFICE 11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.desk.moves import WEB_LEAD_REFUSAL
from pipeline.desk.states import BULLETIN_MOVES, BULLETIN_STATES, OPEN, STATES, Move
from pipeline.errors import NotAllowed, NotFound, UsageError
from pipeline.ports.desk import ArticleRow, BulletinRow
from pipeline.records.items import Item
from pipeline.records.names import BulletinState, Kind, State
from pipeline.rules.series import Series

ONE_MATTER = "“{name}”一期只报一事"


def checked(act: str, bulletin: BulletinRow) -> Move[BulletinState]:
    """The act's row, if it allows this bulletin. Raises NotAllowed."""
    move = BULLETIN_MOVES[act]
    if bulletin.state not in move.starts:
        allowed = "、".join(BULLETIN_STATES[state] for state in move.starts)
        raise NotAllowed(
            f"本期现为“{BULLETIN_STATES[bulletin.state]}”，不能{move.title}",
            where=bulletin.id,
            fix=f"可以{move.title}的状态：{allowed}",
        )
    return move


def draftable(item: Item) -> None:
    """Whether an item may enter a bulletin. Raises NotAllowed, for a web lead with the sentence of OFFICE 1."""
    if item.kind is Kind.WEB_LEAD:
        raise NotAllowed(WEB_LEAD_REFUSAL)
    if item.tombstone:
        raise NotFound("这篇稿件已清除", where=item.id)
    if item.state is not State.ACCEPTED:
        raise NotAllowed(
            f"稿件现为“{STATES[item.state]}”，不能编入期刊",
            where=item.id,
            fix=f"稿件已在期刊 {item.bulletin} 中" if item.bulletin else "请先采用备用（minyi item accept）",
        )


def articles_for(
    series: Series, items: Sequence[str], title: str | None, text: str | None, by: str
) -> list[ArticleRow]:
    """The articles of a new draft: one an item, or one combined text (综合) over all of them."""
    if len(set(items)) != len(items) or not items:
        raise UsageError("没有写明稿件，或同一篇写了两次")
    if text:
        return [ArticleRow(tuple(items), title=title, text=text, by=by)]
    if series.type == "single" and len(items) > 1:
        raise NotAllowed(
            ONE_MATTER.format(name=series.name),
            fix="请先把同一事项的稿件并入一篇（minyi item merge），或写综合稿（--title、--text），或改用摘编",
        )
    _room(series, len(items))
    return [ArticleRow((item,), title=title if len(items) == 1 else None, by=by if title else None) for item in items]


def added(bulletin: BulletinRow, series: Series, items: Sequence[str]) -> BulletinRow:
    """With these items at the end. Raises NotAllowed for a second matter, or one too many."""
    checked("add", bulletin)
    _first_edition(bulletin)
    if series.type == "single":
        raise NotAllowed(ONE_MATTER.format(name=series.name), fix="请另起一期，或先把稿件并入本期的一篇")
    if len({*bulletin.items, *items}) < len(bulletin.items) + len(items):
        raise UsageError("同一篇稿件写了两次，或已在本期中", where=bulletin.id)
    articles = (*bulletin.articles, *(ArticleRow((item,)) for item in items))
    _room(series, len(articles))
    return _changed(bulletin, articles=articles)


def removed(bulletin: BulletinRow, items: Sequence[str]) -> BulletinRow:
    """Without these items. Raises NotFound for one that is not in it, NotAllowed if none would be left."""
    checked("remove", bulletin)
    _first_edition(bulletin)
    if missing := [item for item in items if item not in bulletin.items]:
        raise NotFound(f"本期没有稿件 {'、'.join(missing)}", where=bulletin.id)
    kept = (
        replace(article, items=tuple(item for item in article.items if item not in items))
        for article in bulletin.articles
    )
    articles = tuple(article for article in kept if article.items)
    if not articles:
        raise NotAllowed("移出后本期没有稿件了", where=bulletin.id, fix="不再编发的，请停发（minyi bulletin stop）")
    return _changed(bulletin, articles=articles)


def ordered(bulletin: BulletinRow, items: Sequence[str]) -> BulletinRow:
    """With its articles in the order of their lead items. Raises UsageError unless all are named once."""
    checked("order", bulletin)
    by_lead = {article.items[0]: article for article in bulletin.articles}
    if sorted(items) != sorted(by_lead):
        raise UsageError("次序须把本期每篇稿件写到，各写一次", where=bulletin.id, fix=f"现有：{'、'.join(by_lead)}")
    return _changed(bulletin, articles=tuple(by_lead[item] for item in items))


def rewritten(
    bulletin: BulletinRow, *, article: int = 1, title: str | None, text: str | None, note: str | None, by: str
) -> BulletinRow:
    """With a title or text of its own for one article (from 1), or another 按语."""
    checked("rewrite", bulletin)
    if title is None and text is None and note is None:
        raise UsageError("没有写明要改什么", fix="请给出标题、正文或按语")
    if not 1 <= article <= len(bulletin.articles):
        raise UsageError(f"本期没有第 {article} 篇", where=bulletin.id, fix=f"共 {len(bulletin.articles)} 篇")
    articles = list(bulletin.articles)
    if title is not None or text is not None:
        old = articles[article - 1]
        articles[article - 1] = replace(old, title=title or old.title, text=text or old.text, by=by)
    return _changed(bulletin, articles=tuple(articles), note=bulletin.note if note is None else note.strip())


def submitted(bulletin: BulletinRow, series: Series) -> BulletinRow:
    """Handed on to the first approver, or to the signer where the series has none."""
    checked("submit", bulletin)
    if series.type == "digest" and len(bulletin.articles) < series.least:
        raise NotAllowed(
            f"“{series.name}”一期至少 {series.least} 篇，现有 {len(bulletin.articles)} 篇", where=bulletin.id
        )
    state = BulletinState.TO_APPROVE if series.approvers else BulletinState.TO_SIGN
    return put(bulletin, state)


def put(bulletin: BulletinRow, state: BulletinState) -> BulletinRow:
    """The bulletin in another state, one version on."""
    return replace(bulletin, state=state, version=bulletin.version + 1)


def touched(bulletin: BulletinRow) -> BulletinRow:
    """The bulletin after a text in it changed: a signed one is to be signed again. Raises NotAllowed when its
    content is frozen."""
    if bulletin.state not in OPEN:
        raise NotAllowed(
            f"稿件在期刊 {bulletin.id} 中，该期{BULLETIN_STATES[bulletin.state]}，文字已定",
            fix="已印发的请更正重发（minyi bulletin correct）",
        )
    return _changed(bulletin)


def correction(
    bulletin: BulletinRow, articles: Sequence[ArticleRow], *, key: str, edition: int, by: str, at: str
) -> BulletinRow:
    """The next edition of an issued bulletin: a draft that will bear the same number."""
    checked("correct", bulletin)
    return BulletinRow(
        id=key,
        series=bulletin.series,
        type=bulletin.type,
        state=BulletinState.DRAFT,
        version=1,
        articles=tuple(articles),
        drafted_by=by,
        drafted_at=at,
        title=bulletin.title,
        note=bulletin.note,
        edition=edition,
        corrects=bulletin.id,
    )


def series_of(bulletin: BulletinRow, rules: Mapping[str, Series]) -> Series:
    """The bulletin's series. Raises NotFound when the rules have lost it."""
    return named(bulletin.series, rules)


def named(series: str, rules: Mapping[str, Series]) -> Series:
    """The series of that name. Raises NotFound naming those there are."""
    if series not in rules:
        raise NotFound(f"没有“{series}”这种刊物", where="series.yaml", fix=f"现有：{'、'.join(rules)}")
    return rules[series]


def _room(series: Series, count: int) -> None:
    if count > series.most:
        raise NotAllowed(f"“{series.name}”一期最多 {series.most} 篇，这里有 {count} 篇")


def _first_edition(bulletin: BulletinRow) -> None:
    # The items of a correction are those that were printed.
    if bulletin.edition > 1:
        raise NotAllowed("更正只改文字，不增减稿件", where=bulletin.id)


def _changed(
    bulletin: BulletinRow, *, articles: tuple[ArticleRow, ...] | None = None, note: str | None = None
) -> BulletinRow:
    state = BulletinState.TO_SIGN if bulletin.state is BulletinState.SIGNED else bulletin.state
    return replace(
        bulletin,
        state=state,
        version=bulletin.version + 1,
        articles=bulletin.articles if articles is None else articles,
        note=bulletin.note if note is None else note,
    )
