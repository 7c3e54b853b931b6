"""Moving items: an act checked against the table, and the item as it is afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.desk.states import ITEM_MOVES, STATES, Move
from pipeline.errors import NotAllowed, NotFound, UsageError
from pipeline.records.items import Item
from pipeline.records.names import Kind, State
from pipeline.rules.reasons import Reasons

# OFFICE 1, to the letter.
WEB_LEAD_REFUSAL = "网上线索须经核实并由委员或单位反映后方可编发。"
# Names that are no person's: no act is the machine's (rule 16).
NOBODY = frozenset({"machine", "system", "minyi", "admin", "root", "系统", "自动", "机器", "管理员", "民意"})
NAME_LIMIT = 30
OPINION_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """What the person gave with an act; None where nothing was said."""

    by: str
    opinion: str | None = None
    reason: str | None = None
    channel: str | None = None


def person(name: str | None) -> str:
    """A person's name as it is recorded. Raises UsageError when there is none or it is the machine's."""
    found = " ".join(_plain(name).split())
    if not found:
        raise UsageError("没有写明经办人", where="--by", fix="请用 --by 写上姓名")
    if found.lower() in NOBODY:
        raise UsageError(f"“{found}”不是人名", where="--by", fix="办理意见须落实到人，请写经办人的姓名")
    if len(found) > NAME_LIMIT:
        raise UsageError(f"经办人姓名超过 {NAME_LIMIT} 个字", where="--by", fix="请只写姓名")
    return found


def opinion_of(text: str | None, *, needed: bool, act: str) -> str | None:
    """The opinion, trimmed. Raises UsageError where the act asks for one and there is none."""
    found = _plain(text).strip()
    if not found and needed:
        raise UsageError(f"{act}须写明意见", where="--opinion", fix="请用 --opinion 写上意见")
    if len(found) > OPINION_LIMIT:
        raise UsageError(f"意见超过 {OPINION_LIMIT} 字", where="--opinion", fix="请写简短些，详情可存作附件")
    return found or None


def chosen(said: str | None, opinion: str | None, words: tuple[str, ...], *, what: str) -> str:
    """The dictionary's word: the one named, else the first that stands in the opinion. Raises UsageError."""
    if said in words:
        return said
    if said is None and (found := [word for word in words if opinion and word in opinion]):
        return found[0]
    wrong = f"“{said}”不在{what}字典里" if said else f"没有写明{what}"
    raise UsageError(wrong, fix=f"可选：{'、'.join(words)}")


def facts(act: str, said: Said, reasons: Reasons) -> dict[str, str]:
    """What the act chose from the dictionaries, for the history. Raises UsageError."""
    asks = ITEM_MOVES[act].asks
    found: dict[str, str] = {}
    if "reason" in asks:
        found["reason"] = chosen(said.reason, said.opinion, reasons.decline, what="未采用理由")
    if "channel" in asks:
        found["channel"] = chosen(said.channel, said.opinion, reasons.redirect, what="渠道")
    return found


def checked(act: str, item: Item) -> Move[State]:
    """The act's row, if it allows this item. Raises NotFound for a purged item, NotAllowed else."""
    move = ITEM_MOVES[act]
    if item.tombstone or item.state is State.REMOVED:
        raise NotFound("这篇稿件已清除", where=item.id)
    if item.kind not in move.kinds:
        raise _wrong_kind(move, item)
    if item.state not in move.starts:
        raise NotAllowed(
            f"稿件现为“{STATES[item.state]}”，不能{move.title}",
            where=item.id,
            fix=f"可以{move.title}的状态：{'、'.join(STATES[state] for state in move.starts)}{_advice(item)}",
        )
    return move


def moved(item: Item, state: State, *, bulletin: str | None) -> Item:
    """The item in its new state and bulletin, one version on."""
    return replace(item, state=state, bulletin=bulletin, version=item.version + 1)


def _plain(text: str | None) -> str:
    # A lone surrogate or a NUL can be neither stored nor sealed.
    return (text or "").encode("utf-8", "ignore").decode().replace("\0", "")


def _wrong_kind(move: Move[State], item: Item) -> NotAllowed:
    if item.kind is Kind.WEB_LEAD and move.act == "accept":
        return NotAllowed(WEB_LEAD_REFUSAL)
    if item.kind is Kind.WEB_LEAD:
        return NotAllowed(
            f"网上线索不能{move.title}", where=item.id, fix="可转选题、转提案线索、作参考，或核实后自采成稿（convert）"
        )
    return NotAllowed(f"来稿不能{move.title}", where=item.id, fix="这一办法只用于网上线索")


def _advice(item: Item) -> str:
    return f"。稿件在期刊 {item.bulletin} 中，可先从该期移出" if item.bulletin else ""
