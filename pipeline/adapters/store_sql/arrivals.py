"""Submissions and the outbox (DESIGN 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import ensuring, inserting
from pipeline.adapters.store_sql.tables import counters, outbox, submissions
from pipeline.errors import NotFound
from pipeline.identity import item_id
from pipeline.ports.arrivals import Arrival, OutboxRow, SubmissionRow
from pipeline.records.messages import Submitted, decode, encode
from pipeline.records.names import SUBMITTED

RECEIVED, PURGED = "received", "purged"

INSERT = inserting(submissions)
ENSURE = ensuring(submissions)
QUEUE = inserting(outbox)


class SqlArrivals(Part):
    """Submissions and the outbox."""

    def receive(self, arrivals: Sequence[Arrival]) -> list[SubmissionRow]:
        """Write what is new; what is known gives its row."""
        if not arrivals:
            return []
        # Taking the numbers first locks the counter's row: two receivers of one key come after each other.
        seq = self.count("outbox", len(arrivals))
        by_receipt = self.by_receipt([one.message.receipt for one in arrivals])
        by_key = self._by_key([one.idempotency_key for one in arrivals if one.idempotency_key])
        rows: list[SubmissionRow] = []
        new: list[tuple[int, Arrival]] = []
        for place, arrival in enumerate(arrivals):
            known = by_key.get(arrival.idempotency_key or "") or by_receipt.get(arrival.message.receipt)
            if known is None:
                known = _fresh(arrival)
                by_receipt[known.receipt] = known
                by_key |= {arrival.idempotency_key: known} if arrival.idempotency_key else {}
                new.append((seq + place, arrival))
            rows.append(known)
        self._insert(new)
        return rows

    def _insert(self, new: Sequence[tuple[int, Arrival]]) -> None:
        values = [encode(_keyed(arrival)) for _, arrival in new]
        self.many(
            INSERT,
            [
                _stored(one.message, one.item, one.idempotency_key, value)
                for (_, one), value in zip(new, values, strict=True)
            ],
        )
        self.many(
            QUEUE,
            [
                (seq, one.message.receipt, SUBMITTED, one.item, value, one.message.received_at, None)
                for (seq, one), value in zip(new, values, strict=True)
            ],
        )

    def _by_key(self, keys: Sequence[str]) -> dict[str, SubmissionRow]:
        found = self.where_in(select(submissions), submissions.c.idempotency_key, keys)
        return {row.idempotency_key: _row(row) for row in found}

    def by_receipt(self, receipts: Sequence[str]) -> dict[str, SubmissionRow]:
        """The rows that are there."""
        return {row.receipt: _row(row) for row in self.where_in(select(submissions), submissions.c.receipt, receipts)}

    def by_items(self, items: Sequence[str]) -> dict[str, SubmissionRow]:
        """The newest submission of each item: by time received, then receipt."""
        query = select(submissions).order_by(submissions.c.received_at, submissions.c.receipt)
        return {row.item: _row(row) for row in self.where_in(query, submissions.c.item, items)}

    def of_item(self, item: str) -> list[SubmissionRow]:
        """Every submission of an item, oldest first."""
        query = select(submissions).where(submissions.c.item == item)
        rows = self.connection.execute(query.order_by(submissions.c.received_at, submissions.c.receipt))
        return [_row(row) for row in rows]

    def refers(self, file: str) -> bool:
        """Looks through every message: asked for a large text alone, when one of its submissions is purged."""
        named = select(submissions.c.receipt).where(self.dialect.holds(submissions.c.message, file.encode()))
        return self.connection.execute(named.limit(1)).first() is not None

    def lock(self, receipts: Sequence[str]) -> dict[str, str]:
        """Statuses of the rows that are there, locked in the order of their receipts."""
        query = select(submissions.c.receipt, submissions.c.status)
        query = query.order_by(submissions.c.receipt).with_for_update()
        return {row[0]: row[1] for row in self.where_in(query, submissions.c.receipt, sorted(receipts))}

    def set_status(self, receipt: str, status: str) -> None:
        """Note a withdrawal or a purge. Raises NotFound."""
        if status == PURGED:
            self._blank(receipt)
        changed = self.connection.execute(
            update(submissions).where(submissions.c.receipt == receipt).values(status=status)
        ).rowcount
        if not changed:
            raise NotFound(f"没有回执号为“{receipt}”的来稿", fix="请核对回执号")

    def _blank(self, receipt: str) -> None:
        row = self.by_receipt([receipt]).get(receipt)
        if row is None or row.message is None:
            return
        # Its message still travels, emptied, if it has not left yet: it is to end in the ledger as purged.
        kept = encode(_emptied(row.message))
        self.connection.execute(update(submissions).where(submissions.c.receipt == receipt).values(message=None))
        self.connection.execute(update(outbox).where(outbox.c.receipt == receipt).values(value=kept))

    def restore(self, message: Submitted) -> None:
        """Make the row that a restored store lost; one that is there stays."""
        item, key = item_id(message.source, message.origin), message.idempotency_key
        if key and self._by_key([key]):
            key = None  # its client sent it again before this message was read
        self.many(ENSURE, [_stored(message, item, key, encode(message))])

    def waiting(self, limit: int, after: int = 0) -> list[OutboxRow]:
        """Not yet relayed, oldest first."""
        columns = (outbox.c.seq, outbox.c.topic, outbox.c.key, outbox.c.value)
        query = select(*columns).where(outbox.c.relayed_at.is_(None), outbox.c.seq > after)
        return [OutboxRow(*row) for row in self.connection.execute(query.order_by(outbox.c.seq).limit(limit))]

    def relayed(self, seqs: Sequence[int]) -> None:
        """They left."""
        these = self.dialect.among(outbox.c.seq, seqs)
        self.connection.execute(update(outbox).where(these).values(relayed_at=self.now()))

    def kept(self, after: str, limit: int) -> list[SubmissionRow]:
        """By receipt."""
        query = select(submissions).where(submissions.c.receipt > after, submissions.c.message.is_not(None))
        return [_row(row) for row in self.connection.execute(query.order_by(submissions.c.receipt).limit(limit))]

    def queue_again(self, receipts: Sequence[str]) -> int:
        """With new numbers, so that the relay sends them after what it has sent."""
        waits = select(outbox.c.receipt).where(outbox.c.relayed_at.is_(None))
        waiting = {row.receipt for row in self.where_in(waits, outbox.c.receipt, receipts)}
        rows = [row for name, row in self.by_receipt(receipts).items() if name not in waiting and row.message]
        self._queue(self.count("outbox", len(rows)), [(row.message, row.item) for row in rows if row.message])
        return len(rows)

    def _queue(self, seq: int, messages: Sequence[tuple[Submitted, str]]) -> None:
        self.many(
            QUEUE,
            [
                (seq + place, one.receipt, SUBMITTED, item, encode(one), one.received_at, None)
                for place, (one, item) in enumerate(messages)
            ],
        )

    def outbox(self) -> tuple[int, int]:
        """(newest seq ever given; least one waiting, or newest + 1)."""
        newest = self.connection.execute(select(counters.c.value).where(counters.c.name == "outbox")).scalar_one()
        least = self.connection.execute(select(func.min(outbox.c.seq)).where(outbox.c.relayed_at.is_(None))).scalar()
        return newest, newest + 1 if least is None else least

    def prune_outbox(self, before: str) -> int:
        """Remove what left and was received before."""
        gone = delete(outbox).where(outbox.c.relayed_at.is_not(None), outbox.c.received_at < before)
        return self.connection.execute(gone).rowcount


def _fresh(arrival: Arrival) -> SubmissionRow:
    message = arrival.message
    return SubmissionRow(message.receipt, arrival.item, RECEIVED, message.received_at, message)


def _keyed(arrival: Arrival) -> Submitted:
    key = arrival.idempotency_key
    return arrival.message.model_copy(update={"idempotency_key": key}) if key else arrival.message


def _stored(message: Submitted, item: str, key: str | None, value: bytes) -> tuple[Any, ...]:
    return (message.receipt, item, message.source, key, RECEIVED, message.received_at, value)


def _row(row: Row[Any]) -> SubmissionRow:
    message = decode(row.message) if row.message is not None else None
    if message is not None and not isinstance(message, Submitted):
        raise AssertionError("a submission's row holds a submission")
    if message is not None and message.idempotency_key:
        message = message.model_copy(update={"idempotency_key": None})  # as it was received
    return SubmissionRow(row.receipt, row.item, row.status, row.received_at, message)


def _emptied(message: Submitted) -> Submitted:
    return Submitted(
        message_id=message.message_id,
        source=message.source,
        origin=message.origin,
        received_at=message.received_at,
        receipt=message.receipt,
        channel=message.channel,
        kind=message.kind,
    )
