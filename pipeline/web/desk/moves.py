"""What may be done: the rows of the table of moves that a state, a kind and a role allow, as a page offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.desk.people import Hands, apart, due_role, standing
from pipeline.desk.states import BULLETIN_MOVES, ITEM_MOVES, Move
from pipeline.errors import NotAllowed
from pipeline.office.context import Office
from pipeline.ports.desk import BulletinRow, SignatureRow
from pipeline.records.items import Item
from pipeline.records.names import BulletinState, State
from pipeline.rules.series import Series
from pipeline.web.desk.pages import sentence
from pipeline.web.desk.who import Who, roles

# Signed on paper, these are registered by an editor.
ON_PAPER = ("approve", "countersign", "sign")


@dataclass(frozen=True, slots=True)
class Offer:
    """One move that a page offers: what it asks for, and the words to choose from."""

    act: str
    title: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A bulletin's part of the chain: whose turn it is, and why the person here may not take it."""

    due: str | None
    why_not: str | None = None


def item_offers(office: Office, item: Item, who: Who) -> list[Offer]:
    """The moves of an item, in the table's order."""
    rows = [row for row in ITEM_MOVES.values() if not _item_refusal(office, row, item, who)]
    return [Offer(row.act, row.title, row.asks) for row in rows]


def may_item(office: Office, act: str, who: Who) -> None:
    """Raises NotAllowed for a role that does not make this move. The state is the use case's own question."""
    row = ITEM_MOVES.get(act)
    if row and not _plays(office, who, row.roles):
        raise _wrong_role(office, row.title, row.roles, who)


def _item_refusal(office: Office, row: Move[State], item: Item, who: Who) -> bool:
    alive = not item.tombstone and item.kind in row.kinds and item.state in row.starts
    return not (alive and _plays(office, who, row.roles))


def bulletin_offers(
    office: Office, row: BulletinRow, who: Who, signatures: Sequence[SignatureRow], hands: Hands
) -> tuple[list[Offer], Standing]:
    """The moves of a bulletin, in the table's order, and whose turn it is."""
    series = office.series.get(row.series)
    if series is None:
        return [], Standing(None, f"规则里没有“{row.series}”这种刊物了")
    due = due_role(series, row, signatures)
    why_not = _held_apart(office, series, who, hands) if due == who.role else None
    found = [
        Offer(move.act, move.title, move.asks)
        for move in BULLETIN_MOVES.values()
        if row.state in move.starts
        and _makes(office, series, move, row, who, due)
        and not (why_not and move.act in {"approve", "sign"})
    ]
    return found, Standing(due, why_not)


def _makes(
    office: Office, series: Series, move: Move[BulletinState], row: BulletinRow, who: Who, due: str | None
) -> bool:
    if move.act in {"add", "order", "remove"} and not _composes(move.act, row):
        return False
    if move.act == "countersign":
        return who.role in {*series.approvers, series.signer}
    if move.act in {"approve", "sign", "send-back"}:
        return who.role == due
    return _plays(office, who, move.roles)


def _composes(act: str, row: BulletinRow) -> bool:
    """Whether the composition may change: a single is one matter, a correction has what was printed."""
    if row.edition > 1:
        return act == "order" and len(row.articles) > 1
    return (act == "add" and row.type == "digest") or (act != "add" and len(row.articles) > 1)


def may_bulletin(office: Office, act: str, who: Who, series: str) -> None:
    """Raises NotAllowed for a role that does not make this move in this series."""
    row, rule = BULLETIN_MOVES[act], office.series.get(series)
    chain = {*rule.approvers, rule.signer} if rule else set[str]()
    allowed = _plays(office, who, row.roles) if "editor" in row.roles else who.role in chain
    if not allowed:
        raise _wrong_role(office, row.title, row.roles, who)


def may_register(office: Office, who: Who) -> bool:
    """Whether the person here may register what was signed on paper."""
    return _plays(office, who, ("editor",))


def _held_apart(office: Office, series: Series, who: Who, hands: Hands) -> str | None:
    try:
        apart(series, standing(series, who.role, who.name, office.today()), hands)
    except NotAllowed as error:
        return "。".join(filter(None, sentence(error)))
    return None


def _plays(office: Office, who: Who, wanted: Sequence[str]) -> bool:
    """Whether the person's role plays one of the table's (`editor`: whoever writes in some series)."""
    return "editor" in wanted and who.role in {rule.chain[0] for rule in office.series.values()}


def _wrong_role(office: Office, title: str, wanted: Sequence[str], who: Who) -> NotAllowed:
    mine = roles(office.series).get(who.role, who.role)
    writing = roles(office.series).get(next(iter(office.series.values())).chain[0], "编辑")
    whose = writing if "editor" in wanted else "刊物签批次序中的审核人、签发人"
    return NotAllowed(f"{mine}不能{title}", fix=f"{title}由{whose}办理；可点右上角姓名换人")
