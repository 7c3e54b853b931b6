"""The desk's numbers: counters, the register of numbers given, holds after a restore (DESIGN 17)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import ensuring, inserting
from pipeline.adapters.store_sql.tables_desk import confirmations, holds, number_counters, numbers
from pipeline.ports.desk import Hold, NumberRow

TOTAL = 0  # the year of a series' running number
ENSURE = ensuring(number_counters)
COLUMNS = [column.name for column in numbers.columns]
FIELDS = ("series", "year", "number", "running", "edition", "at", "bulletin", "reason", "by")
REGISTER = inserting(numbers)
CONFIRM = ensuring(confirmations)


class DeskNumbers(Part):
    """Numbers."""

    def ensure_counters(self, series: str, year: int, last: int, last_running: int) -> None:
        """Make both rows if they are not there."""
        self.many(ENSURE, [(series, year, last)])
        self.many(ENSURE, [(series, TOTAL, last_running)])

    def take(self, series: str, year: int) -> tuple[int, int]:
        """The next numbers, year first, then total."""
        return self._next(series, year), self._next(series, TOTAL)

    def _next(self, series: str, year: int) -> int:
        which = (number_counters.c.series == series, number_counters.c.year == year)
        taking = update(number_counters).where(*which).values(last=number_counters.c.last + 1)
        return self.connection.execute(taking.returning(number_counters.c.last)).scalar_one()

    def counters(self, series: str) -> dict[int, int]:
        """year → last number; 0 → last running number."""
        query = select(number_counters.c.year, number_counters.c.last).where(number_counters.c.series == series)
        return {row[0]: row[1] for row in self.connection.execute(query)}

    def raise_counters(self, series: str, year: int, number: int, running: int) -> None:
        """Set both counters on, never back."""
        for which, last in ((year, number), (TOTAL, running)):
            behind = (number_counters.c.year == which, number_counters.c.last < last)
            self.connection.execute(
                update(number_counters).where(number_counters.c.series == series, *behind).values(last=last)
            )

    def register(self, numbers: Sequence[NumberRow]) -> None:
        """Enter numbers given."""
        self.many(REGISTER, [tuple(getattr(row, name) for name in COLUMNS) for row in numbers])

    def numbers(self, series: str, year: int | None = None) -> list[NumberRow]:
        """Numbers given, in order."""
        query = select(*(numbers.c[name] for name in FIELDS)).where(numbers.c.series == series)
        if year is not None:
            query = query.where(numbers.c.year == year)
        query = query.order_by(numbers.c.year, numbers.c.number, numbers.c.edition)
        return [NumberRow(*row) for row in self.connection.execute(query)]

    def hold(self, why: str, at: str) -> None:
        """Every series waits for `confirm`."""
        last = self.connection.execute(select(func.coalesce(func.max(holds.c.number), 0))).scalar_one()
        self.connection.execute(holds.insert().values(number=last + 1, at=at, why=why))

    def held(self, series: str) -> Hold | None:
        """The newest hold, unless this series confirmed it."""
        row = self.connection.execute(select(holds).order_by(holds.c.number.desc()).limit(1)).first()
        if row is None:
            return None
        query = select(confirmations).where(confirmations.c.series == series, confirmations.c.hold == row.number)
        return None if self.connection.execute(query).first() else Hold(*row)

    def confirm(self, series: str, hold: Hold, by: str, at: str) -> None:
        """The series may issue again."""
        self.many(CONFIRM, [(series, hold.number, by, at)])
