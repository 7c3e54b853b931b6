"""The ledger: one row a message (DESIGN 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update
from sqlalchemy.sql import bindparam, literal_column

from pipeline.adapters.store_sql.dialects import dumped
from pipeline.adapters.store_sql.marks import by_version
from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import Statement, inserting, matched
from pipeline.adapters.store_sql.tables import ITEMLESS, ledger
from pipeline.errors import NotFound
from pipeline.records.items import Balance, LedgerRow
from pipeline.records.messages import Place
from pipeline.records.names import Outcome

ADD = inserting(ledger)
PENDING = ledger.c.outcome == literal_column("'pending'")
INDEXED = {"outcome": literal_column("'indexed'")}
# One item at a time: of several SQLite would look through all rows without an item, the rejected pages of years.
SETTLE_ITEMLESS = Statement(
    matched("version", "item"),
    lambda _insert: (
        update(ledger)
        .where(ledger.c.version <= bindparam("the_version"), PENDING, ITEMLESS, ledger.c.item == bindparam("the_item"))
        .values(INDEXED)
    ),
)


class SqlLedger(Part):
    """One row a message."""

    def add(self, rows: Sequence[LedgerRow]) -> None:
        """Insert; a place that has a row is refused."""
        serials = self.keys.known(self, (row.item for row in rows if row.item))
        self.many(ADD, [_stored(row, serials.get(row.item or "")) for row in rows])

    def seen(self, message_ids: Sequence[str]) -> set[str]:
        """Which of them have a row."""
        return {row[0] for row in self.where_in(select(ledger.c.message_id), ledger.c.message_id, message_ids)}

    def settle(self, items: Mapping[str, int]) -> int:
        """Pending rows at or below the projected version become indexed; how many."""
        settled = 0
        for version, these in by_version(items, self.keys.known(self, items)).items():
            rows = update(ledger).where(
                self.dialect.among(ledger.c.serial, these), ledger.c.version <= version, PENDING
            )
            settled += self.connection.execute(rows.values(INDEXED)).rowcount
        return settled + self.many(SETTLE_ITEMLESS, [(items[item], item) for item in self._itemless(items)])

    def _itemless(self, items: Mapping[str, int]) -> list[str]:
        """Those that have rows written before their item's: few, and in an index of their own."""
        one = self.dialect.listed(list(items))
        rows = exists().where(ITEMLESS, ledger.c.item == one)
        return list(self.connection.execute(select(one).where(rows)).scalars())

    def turn(
        self, place: Place, outcome: Outcome, *, version: int | None = None, item: str | None = None, why: str
    ) -> None:
        """Change one row, with history. Raises NotFound."""
        here = _at(place)
        row = self.connection.execute(select(ledger).where(*here).with_for_update()).first()
        if row is None:
            raise NotFound("台账里没有这条消息", where=f"{place.topic}/{place.partition}/{place.offset}")
        was = {"at": self.now(), "outcome": row.outcome, "version": row.version, "reason": row.reason, "why": why}
        history = [*orjson.loads(row.history or "[]"), was]
        values: dict[str, Any] = {"outcome": str(outcome), "reason": why, "history": dumped(history)}
        values |= {} if version is None else {"version": version}
        values |= {} if item is None else {"item": item, "serial": self.keys.known(self, [item]).get(item)}
        self.connection.execute(update(ledger).where(*here).values(**values))

    def history(self, place: Place) -> list[dict[str, Any]]:
        """What one row was before, oldest first: at, outcome, version, reason, and why it changed."""
        found = self.connection.execute(select(ledger.c.history).where(*_at(place))).scalar()
        return orjson.loads(found or "[]")

    def of_item(self, item: str) -> list[LedgerRow]:
        """The item's rows, in the order of their places."""
        order = (ledger.c.day, ledger.c.topic, ledger.c.partition, ledger.c.offset)
        own = or_(ledger.c.serial == self.keys.one(self, item), and_(ITEMLESS, ledger.c.item == item))
        return [_row(row) for row in self.connection.execute(select(ledger).where(own).order_by(*order))]

    def balance(self, day: str | None = None, source: str | None = None) -> list[Balance]:
        """Sums by day and source, in order."""
        group = (ledger.c.day, ledger.c.source)
        query = select(*group, ledger.c.outcome, func.count()).group_by(*group, ledger.c.outcome)
        for column, value in ((ledger.c.day, day), (ledger.c.source, source)):
            query = query if value is None else query.where(column == value)
        counted: dict[tuple[str, str], dict[str, int]] = {}
        for found_day, found_source, outcome, count in self.connection.execute(query):
            counted.setdefault((found_day, found_source), {})[outcome] = count
        return [_balance(*place, counts) for place, counts in sorted(counted.items())]

    def received_of(self, sources: Sequence[str], days: Sequence[str]) -> set[str]:
        """A look into the index for each source and day: of a million rows in thirty days the distinct sources of
        fourteen took 80 ms, this 2 ms (measured, SQLite)."""
        one = self.dialect.listed(list(sources))
        rows = exists().where(ledger.c.source == one, self.dialect.among(ledger.c.day, days))
        return set(self.connection.execute(select(one).where(rows)).scalars()) if sources else set()

    def counted(self) -> list[tuple[str, str, int, int]]:
        """(bus, topic, partition, rows), in order."""
        group = (ledger.c.bus, ledger.c.topic, ledger.c.partition)
        query = select(*group, func.count()).group_by(*group).order_by(*group)
        return [(row[0], row[1], row[2], row[3]) for row in self.connection.execute(query)]


def _at(place: Place) -> list[ColumnElement[bool]]:
    return [
        ledger.c.bus == place.bus,
        ledger.c.topic == place.topic,
        ledger.c.partition == place.partition,
        ledger.c.offset == place.offset,
    ]


def _stored(row: LedgerRow, serial: int | None) -> tuple[Any, ...]:
    place = row.place
    key = (place.bus, place.topic, place.partition, place.offset)
    facts = (row.day, row.source, row.message_id, row.item, serial, row.version, str(row.outcome), row.reason)
    return (*key, *facts, None)


def _row(row: Row[Any]) -> LedgerRow:
    return LedgerRow(
        Place(row[0], row[1], row[2], row[3]),
        row.day,
        row.source,
        row.message_id,
        row.item,
        row.version,
        Outcome(row.outcome),
        row.reason,
    )


def _balance(day: str, source: str, counts: Mapping[str, int]) -> Balance:
    return Balance(day, source, sum(counts.values()), **{str(outcome): counts.get(outcome, 0) for outcome in Outcome})
