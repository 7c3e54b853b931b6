"""Status: a receipt -> what its holder may know: that it came, where it stands in plain words. No contact."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.clock import shown
from pipeline.errors import NotFound
from pipeline.identity import RECEIPT_LETTERS
from pipeline.ports.arrivals import SubmissionRow
from pipeline.ports.store import Store
from pipeline.records.names import State

RECEIVED, WORKING = "已收到", "处理中"
# What a receipt's holder is told; decisions go to the author by notice, not by a public page.
WORDS = {
    State.DRAFT: RECEIVED,
    State.SUBMITTED: "已收到，待初审",
    State.RECEIVED: "已收到，待初审",
    State.SENT_BACK: "已退回，请补充",
    State.REDIRECTED: "已转其他渠道",
    State.DECLINED: "未采用（存查）",
    State.VERIFYING: "处理中（核实）",
    State.MERGED: "已与同类稿件合并处理",
    State.ISSUED: "已编发",
    State.ARCHIVED: "已编发",
    State.WITHDRAWN: "已撤稿",
    State.REMOVED: "已清除",
}
OF_ROW = {"withdrawn": "已撤稿", "purged": "已清除"}
ENDED = frozenset({State.REDIRECTED, State.DECLINED, State.ISSUED, State.ARCHIVED, State.WITHDRAWN, State.REMOVED})


@dataclass(frozen=True, slots=True)
class Status:
    """What the holder of a receipt sees. `step`: 0 received, 1 in work, 2 ended."""

    receipt: str
    state: str
    received_at: str  # stored
    title: str | None
    step: int

    def as_json(self) -> dict[str, str | None]:
        """`{receipt, state, received_at, title}`; the time with +08:00."""
        return {
            "receipt": self.receipt,
            "state": self.state,
            "received_at": shown(self.received_at),
            "title": self.title,
        }


def status_of(store: Store, receipt: str) -> Status:
    """Raises NotFound."""
    written = normal(receipt)
    with store.reading() as session:
        row = session.arrivals.by_receipt([written]).get(written)
        if row is None:
            raise NotFound(f"没有回执号“{receipt[:40]}”", fix="请核对回执号，字母不分大小写")
        item = session.items.by_ids([row.item]).get(row.item)
    return _status(row, item.state if item else None)


def normal(receipt: str) -> str:
    """A receipt as people write it, without blanks and dashes, in capitals."""
    return "".join(char for char in receipt.upper() if char in RECEIPT_LETTERS or char.isalnum())


def _status(row: SubmissionRow, state: State | None) -> Status:
    words = OF_ROW.get(row.status) or (WORDS.get(state, WORKING) if state else RECEIVED)
    ended = row.status in OF_ROW or state in ENDED
    step = 2 if ended else 0 if words.startswith(RECEIVED) else 1
    return Status(row.receipt, words, row.received_at, row.message.title if row.message else None, step)
