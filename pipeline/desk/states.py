"""States and the table of moves, as data: `minyi states` prints the table that the code uses.

A move says from which states an act leads where, who may make it and what it asks for. No move is the
machine's. An item in a bulletin moves with it (`ITEM_IN`), in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipeline.records.names import BulletinState, Kind, State

# The words of OFFICE 7.
STATES: dict[State, str] = {
    State.DRAFT: "暂存",
    State.SUBMITTED: "待初审",
    State.RECEIVED: "网上线索",
    State.SENT_BACK: "退回补充",
    State.REDIRECTED: "转其他渠道",
    State.DECLINED: "未采用存查",
    State.VERIFYING: "核实中",
    State.ACCEPTED: "备用",
    State.EDITING: "编辑中",
    State.TO_APPROVE: "待审核",
    State.TO_SIGN: "待签发",
    State.SIGNED: "已签发",
    State.ISSUED: "已印发",
    State.ARCHIVED: "已归档",
    State.MERGED: "已并入",
    State.WITHDRAWN: "撤稿",
    State.STOPPED: "停发",
    State.RECALLED: "收回",
    State.REMOVED: "已清除",
}
BULLETIN_STATES: dict[BulletinState, str] = {
    BulletinState.DRAFT: "起草中",
    BulletinState.TO_APPROVE: "待审核",
    BulletinState.TO_SIGN: "待签发",
    BulletinState.SIGNED: "已签发",
    BulletinState.ISSUING: "制作中",
    BulletinState.ISSUED: "已印发",
    BulletinState.STOPPED: "停发",
    BulletinState.VOID: "作废",
    BulletinState.RECALLED: "收回",
}
ROLES = {"editor": "编辑", "approver": "审核人（按刊物签批次序）", "signer": "签发人（按刊物签批次序）"}
ASKS = {
    "opinion": "意见",
    "reason": "理由（字典）",
    "channel": "渠道（字典）",
    "main": "并入哪一篇",
    "into": "转作什么",
    "text": "标题或正文",
    "recipients": "收回名单",
}
# What an item is while its bulletin is in a state; a void bulletin's items go back to 备用.
ITEM_IN: dict[BulletinState, State] = {
    BulletinState.DRAFT: State.EDITING,
    BulletinState.TO_APPROVE: State.TO_APPROVE,
    BulletinState.TO_SIGN: State.TO_SIGN,
    BulletinState.SIGNED: State.SIGNED,
    BulletinState.ISSUING: State.SIGNED,
    BulletinState.ISSUED: State.ISSUED,
    BulletinState.STOPPED: State.STOPPED,
    BulletinState.RECALLED: State.RECALLED,
    BulletinState.VOID: State.ACCEPTED,
}
# What may still be changed; a number, once given, freezes the content.
OPEN = (BulletinState.DRAFT, BulletinState.TO_APPROVE, BulletinState.TO_SIGN, BulletinState.SIGNED)

Where = TypeVar("Where", State, BulletinState)


@dataclass(frozen=True, slots=True)
class Move(Generic[Where]):
    """One row. `end` None: the state stays, or (`end_note`) depends on what the row says."""

    act: str
    title: str
    starts: tuple[Where, ...]
    end: Where | None
    roles: tuple[str, ...] = ("editor",)
    asks: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = (Kind.SUBMISSION,)
    end_note: str | None = None


_S = State
_BOTH = (Kind.SUBMISSION, Kind.WEB_LEAD)
_ALIVE = tuple(state for state in State if state is not State.REMOVED)

ITEM_MOVES: dict[str, Move[State]] = {
    move.act: move
    for move in (
        Move("submit", "提交初审", (_S.DRAFT, _S.SENT_BACK), _S.SUBMITTED),
        Move("accept", "采用备用", (_S.SUBMITTED, _S.VERIFYING, _S.DECLINED, _S.STOPPED), _S.ACCEPTED),
        Move(
            "decline",
            "不采用存查",
            (_S.SUBMITTED, _S.VERIFYING, _S.ACCEPTED),
            _S.DECLINED,
            asks=("opinion", "reason"),
        ),
        Move("send-back", "退回补充", (_S.SUBMITTED, _S.VERIFYING), _S.SENT_BACK, asks=("opinion",)),
        Move(
            "redirect",
            "转其他渠道",
            (_S.SUBMITTED, _S.SENT_BACK, _S.VERIFYING),
            _S.REDIRECTED,
            asks=("opinion", "channel"),
        ),
        Move("verify", "核实", (_S.SUBMITTED, _S.ACCEPTED), _S.VERIFYING),
        Move(
            "withdraw",
            "撤稿",
            (_S.DRAFT, _S.SUBMITTED, _S.SENT_BACK, _S.VERIFYING, _S.ACCEPTED),
            _S.WITHDRAWN,
            asks=("opinion",),
        ),
        Move(
            "edit",
            "改稿",
            (_S.SUBMITTED, _S.VERIFYING, _S.ACCEPTED, _S.EDITING, _S.TO_APPROVE, _S.TO_SIGN, _S.SIGNED),
            None,
            asks=("text",),
            end_note="原状态；已签发的回到待签发",
        ),
        Move("merge", "并入", (_S.SUBMITTED, _S.VERIFYING, _S.ACCEPTED), _S.MERGED, asks=("main",)),
        Move("unmerge", "取消并入", (_S.MERGED,), None, asks=("opinion",), end_note="并入前的状态"),
        Move(
            "convert",
            "转办线索",
            (_S.RECEIVED, _S.ARCHIVED),
            _S.ARCHIVED,
            asks=("into", "opinion"),
            kinds=(Kind.WEB_LEAD,),
        ),
        Move(
            "archive",
            "归档",
            (_S.ISSUED, _S.DECLINED, _S.REDIRECTED, _S.WITHDRAWN, _S.STOPPED, _S.RECALLED, _S.RECEIVED),
            _S.ARCHIVED,
            kinds=_BOTH,
        ),
        Move("note", "作参考", _ALIVE, None, asks=("opinion",), kinds=_BOTH, end_note="原状态"),
    )
}
# The first of a merge stays what it is; it may be in a draft already, but not past it.
MAIN_OF_MERGE = (_S.SUBMITTED, _S.VERIFYING, _S.ACCEPTED, _S.EDITING)

_B = BulletinState
_NONE: tuple[BulletinState, ...] = ()
BULLETIN_MOVES: dict[str, Move[BulletinState]] = {
    move.act: move
    for move in (
        Move("draft", "起草", _NONE, _B.DRAFT),
        Move("add", "加入稿件", OPEN, None, end_note="原状态；已签发的回到待签发"),
        Move("remove", "移出稿件", OPEN, None, end_note="原状态；已签发的回到待签发"),
        Move("order", "调整次序", OPEN, None, end_note="原状态；已签发的回到待签发"),
        Move("rewrite", "改标题、按语、综合稿", OPEN, None, asks=("text",), end_note="原状态；已签发的回到待签发"),
        Move("submit", "送审", (_B.DRAFT,), _B.TO_APPROVE, end_note="不设审核人的刊物直接到待签发"),
        Move("send-back", "退回修改", (_B.TO_APPROVE, _B.TO_SIGN), _B.DRAFT, ("approver", "signer"), ("opinion",)),
        Move("approve", "审核", (_B.TO_APPROVE,), _B.TO_SIGN, ("approver",), end_note="逐级审核，末级通过后到待签发"),
        Move("countersign", "会签", (_B.TO_APPROVE, _B.TO_SIGN), None, ("approver",), ("opinion",), end_note="原状态"),
        Move("sign", "签发", (_B.TO_SIGN,), _B.SIGNED, ("signer",)),
        Move("issue", "印发", (_B.SIGNED,), _B.ISSUING, end_note="给号、定稿"),
        Move("finish", "制作文件", (_B.ISSUING,), _B.ISSUED),
        Move("stop", "停发", OPEN, _B.STOPPED, asks=("opinion",)),
        Move("recall", "收回", (_B.ISSUED,), _B.RECALLED, asks=("opinion", "recipients")),
        Move("correct", "更正重发", (_B.ISSUED,), None, asks=("opinion",), end_note="另起第二版，期号不变"),
        Move("void", "作废", (_B.ISSUING, _B.ISSUED), _B.VOID, asks=("opinion",), end_note="期号保留为作废"),
    )
}


def table() -> Iterator[dict[str, Any]]:
    """The rows that `minyi states` prints: {subject, act, title, kinds, from, to, note, roles, asks}."""
    for move in ITEM_MOVES.values():
        yield {"subject": "item", **_row(move), "kinds": [str(kind) for kind in move.kinds]}
    for act in BULLETIN_MOVES.values():
        yield {"subject": "bulletin", **_row(act), "kinds": None}


def titles() -> dict[str, dict[str, str]]:
    """Every state's word on screen: {"item": {state: word}, "bulletin": {…}}."""
    return {
        "item": {str(state): word for state, word in STATES.items()},
        "bulletin": {str(state): word for state, word in BULLETIN_STATES.items()},
    }


def _row(move: Move[State] | Move[BulletinState]) -> dict[str, Any]:
    return {
        "act": move.act,
        "title": move.title,
        "from": [str(state) for state in move.starts],
        "to": str(move.end) if move.end else None,
        "note": move.end_note,
        "roles": list(move.roles),
        "asks": list(move.asks),
    }
