"""Alarms: at most one stands for a part and subject."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import Statement, inserting
from pipeline.adapters.store_sql.tables_watching import alarms
from pipeline.records.watching import Alarm, AlarmRow

RAISE = inserting(alarms)
AGAIN = Statement(
    ["what", "fix", "last_seen", "the_number"],
    lambda _insert: (
        update(alarms)
        .where(alarms.c.number == bindparam("the_number"))
        .values(what=bindparam("what"), fix=bindparam("fix"), last_seen=bindparam("last_seen"))
    ),
)
CLEAR = Statement(
    ["cleared_at", "the_number"],
    lambda _insert: (
        update(alarms).where(alarms.c.number == bindparam("the_number")).values(cleared_at=bindparam("cleared_at"))
    ),
)
STANDING = select(alarms).where(alarms.c.cleared_at.is_(None)).order_by(alarms.c.number)


class SqlAlarms(Part):
    """Alarms."""

    def settle(self, found: Sequence[Alarm], looked: Collection[str]) -> tuple[list[AlarmRow], list[AlarmRow]]:
        """What was raised, what was cleared."""
        wanted = {one.key: one for one in found}
        # The numbers first: the counter's row lock has two watchers settle one after the other.
        first, now = self.count("alarms", len(wanted)), self.now()
        rows = {(row.part, row.subject): row for row in self.connection.execute(STANDING)}
        new = [one for key, one in wanted.items() if key not in rows]
        self.many(RAISE, [(first + at, *_words(one), now, now, None) for at, one in enumerate(new)])
        again = [(one.what, one.fix, now, rows[key].number) for key, one in wanted.items() if key in rows]
        self.many(AGAIN, again)
        over = [row for key, row in rows.items() if key not in wanted and row.part in looked]
        self.many(CLEAR, [(now, row.number) for row in over])
        return [AlarmRow(one, now, now, None) for one in new], [_row(row, now) for row in over]

    def standing(self) -> list[AlarmRow]:
        """Oldest first."""
        return self._rows(STANDING)

    def past(self, limit: int) -> list[AlarmRow]:
        """Newest first."""
        over = select(alarms).where(alarms.c.cleared_at.is_not(None))
        return self._rows(over.order_by(alarms.c.cleared_at.desc(), alarms.c.number.desc()).limit(limit))

    def _rows(self, query: Select[Any]) -> list[AlarmRow]:
        return [_row(row, row.cleared_at) for row in self.connection.execute(query)]


def _words(one: Alarm) -> tuple[str, str, str, str | None]:
    return one.part, one.subject, one.what, one.fix


def _row(row: Row[Any], cleared_at: str | None) -> AlarmRow:
    return AlarmRow(Alarm(row.part, row.subject, row.what, row.fix), row.raised_at, row.last_seen, cleared_at)
