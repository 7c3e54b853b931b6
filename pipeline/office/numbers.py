"""Series and their numbers: reserved ones, and the confirmation after a restore (rule 17)."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.desk import bulletins as drafts
from pipeline.desk.moves import opinion_of, person
from pipeline.desk.numbering import before_first
from pipeline.errors import NotAllowed, UsageError
from pipeline.office.context import Office, desk_of, note
from pipeline.office.issuing import confirmed
from pipeline.ports.desk import Desk, NumberRow
from pipeline.rules.series import Series

MOST_RESERVED = 100
LOST = "恢复数据前已印发，库中无记录"


@dataclass(frozen=True, slots=True)
class SeriesShown:
    """A series as `minyi series list` prints it; `next` numbers are what the next issue would get today."""

    name: str
    type: str
    next_number: int
    next_running: int
    year: int
    held: str | None
    chain: tuple[str, ...]


def series(office: Office) -> list[SeriesShown]:
    """Every series with its next numbers."""
    year = office.today().year
    with office.store.reading() as session:
        desk = desk_of(session)
        return [_shown(desk, rule, year) for rule in office.series.values()]


def _shown(desk: Desk, rule: Series, year: int) -> SeriesShown:
    last, last_running = _last(desk, rule, year)
    hold = desk.held(rule.name)
    chain = tuple(rule.title_of(role) for role in rule.chain)
    return SeriesShown(rule.name, rule.type, last + 1, last_running + 1, year, hold.why if hold else None, chain)


def _last(desk: Desk, rule: Series, year: int) -> tuple[int, int]:
    counters, start = desk.counters(rule.name), before_first(rule, year)
    return counters.get(year, start[0]), counters.get(0, start[1])


def numbers(office: Office, name: str, year: int | None = None) -> list[NumberRow]:
    """Every number given in a series, in order."""
    rule = drafts.named(name, office.series)
    with office.store.reading() as session:
        return desk_of(session).numbers(rule.name, year)


def reserve(office: Office, name: str, *, by: str, reason: str, count: int = 1) -> list[NumberRow]:
    """Take the next numbers for what was issued on paper. Raises NotAllowed while a restore's hold stands."""
    who = person(by)
    said = opinion_of(reason, needed=True, act="预留期号")
    if not 1 <= count <= MOST_RESERVED:
        raise UsageError(f"一次预留 1 至 {MOST_RESERVED} 个期号", where="--count")
    rule = drafts.named(name, office.series)
    with office.store.writing() as session:
        desk, year = desk_of(session), office.today().year
        confirmed(desk, rule)
        desk.ensure_counters(rule.name, year, *before_first(rule, year))
        taken = [desk.take(rule.name, year) for _ in range(count)]
        rows = [
            NumberRow(rule.name, year, number, running, 1, office.now(), reason=said, by=who)
            for number, running in taken
        ]
        desk.register(rows)
        details = {"year": year, "numbers": [number for number, _ in taken]}
        desk.record([note(office, "series", rule.name, "reserve", who, opinion=said, details=details)])
    return rows


def hold(office: Office, why: str) -> None:
    """restore calls this: no series issues until its last printed number is confirmed."""
    with office.store.writing() as session:
        desk_of(session).hold(why, office.now())


def confirm(
    office: Office, name: str, *, by: str, number: int, year: int | None = None, opinion: str | None = None
) -> SeriesShown:
    """The last number printed (0: none) in this year; numbers the store does not know become reserved ones, so
    that none is given twice and none is silently missing. An earlier `year` is filled up and leaves the hold."""
    who = person(by)
    rule = drafts.named(name, office.series)
    today = office.today().year
    wanted = today if year is None else year
    with office.store.writing() as session:
        desk = desk_of(session)
        held = desk.held(rule.name)
        if held is None:
            raise NotAllowed(f"“{rule.name}”没有待核对的期号")
        desk.ensure_counters(rule.name, wanted, *before_first(rule, wanted))
        filled = _fill(office, desk, rule, wanted, number, who)
        if wanted == today:
            desk.confirm(rule.name, held, who, office.now())
        details = {"year": wanted, "number": number, "filled": filled}
        desk.record([note(office, "series", rule.name, "confirm", who, opinion=opinion, details=details)])
        return _shown(desk, rule, today)


def _fill(office: Office, desk: Desk, rule: Series, year: int, number: int, who: str) -> list[int]:
    last, _ = _last(desk, rule, year)
    if number < last:
        raise NotAllowed(
            f"库中“{rule.name}”{year}年已用到第{last}期，比所报的第{number}期还晚",
            fix="请再查实际印出的最后一期；确未印出的，恢复后对该期作废（minyi bulletin void）",
        )
    rows: list[NumberRow] = []
    for _ in range(number - last):
        taken, running = desk.take(rule.name, year)
        rows.append(NumberRow(rule.name, year, taken, running, 1, office.now(), reason=LOST, by=who))
    desk.register(rows)
    return [row.number for row in rows]
