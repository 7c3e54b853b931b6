"""What was set aside, with payload, reason and history (DESIGN 8, 9, 12, 15)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson
from sqlalchemy import Row, func, select, update

from pipeline.adapters.store_sql.dialects import dumped
from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import inserting
from pipeline.adapters.store_sql.tables import quarantine
from pipeline.errors import NotFound
from pipeline.records.items import Quarantined
from pipeline.records.messages import Place
from pipeline.records.names import Step

WAITING, REMOVED = "waiting", "removed"
ADD = inserting(quarantine)
LISTED = [column for column in quarantine.c if column.name != "payload"]


class SqlQuarantine(Part):
    """What was set aside."""

    def add(self, rows: Sequence[tuple[Place, str | None, str, str, str, str, str, bytes]]) -> None:
        """Set aside; numbers rise and are never given twice."""
        if not rows:
            return
        first, now = self.count("quarantine", len(rows)), self.now()
        self.many(ADD, [_stored(first + place, row, now) for place, row in enumerate(rows)])

    def get(self, number: int) -> Quarantined:
        """With its payload. Raises NotFound."""
        row = self.connection.execute(select(quarantine).where(quarantine.c.number == number)).first()
        if row is None:
            raise NotFound(f"“待处理”中没有第 {number} 条", fix="请用 minyi quarantine list 查看编号")
        return _row(row, row.payload)

    def list(
        self, *, state: str = "waiting", step: str | None = None, error: str | None = None, limit: int = 1000
    ) -> list[Quarantined]:
        """In order of number, without payload."""
        query = select(*LISTED).where(quarantine.c.state == state).order_by(quarantine.c.number).limit(limit)
        for column, value in ((quarantine.c.step, step), (quarantine.c.error, error)):
            query = query if value is None else query.where(column == value)
        return [_row(row, None) for row in self.connection.execute(query)]

    def waiting(self) -> dict[tuple[str, str], int]:
        """By step and source."""
        group = (quarantine.c.step, quarantine.c.source)
        query = select(*group, func.count()).where(quarantine.c.state == WAITING).group_by(*group).order_by(*group)
        return {(row[0], row[1]): row[2] for row in self.connection.execute(query)}

    def turn(self, number: int, state: str, why: str) -> None:
        """Another state, with history; `removed` erases the payload. Raises NotFound."""
        old = self.get(number)
        history = [*old.history, {"at": self.now(), "was": old.state, "why": why}]
        values: dict[str, Any] = {"state": state, "history": dumped(history)}
        if state == REMOVED:
            values["payload"] = None
        self.connection.execute(update(quarantine).where(quarantine.c.number == number).values(**values))

    def of_item(self, item: str) -> Any:
        """The item's rows, in order of number, without payload."""
        query = select(*LISTED).where(quarantine.c.item == item).order_by(quarantine.c.number)
        return [_row(row, None) for row in self.connection.execute(query)]


@cache
def _program() -> str:
    try:
        return version("minyi")
    except PackageNotFoundError:
        return "?"


def _stored(number: int, row: tuple[Place, str | None, str, str, str, str, str, bytes], now: str) -> tuple[Any, ...]:
    place, item, source, received_at, step, error, reason, payload = row
    where = (place.bus, place.topic, place.partition, place.offset)
    return (
        number,
        *where,
        item,
        source,
        received_at,
        str(step),
        error,
        reason,
        _program(),
        now,
        WAITING,
        payload,
        "[]",
    )


def _row(row: Row[Any], payload: bytes | None) -> Quarantined:
    return Quarantined(
        row.number,
        Place(row.bus, row.topic, row.partition, row.offset),
        row.item,
        row.source,
        row.received_at,
        Step(row.step),
        row.error,
        row.reason,
        row.program,
        row.made_at,
        row.state,
        payload,
        tuple(orjson.loads(row.history)),
    )
