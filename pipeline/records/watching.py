"""What is watched: counts, durations and alarms, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass

# Upper ends of the classes of durations, in milliseconds; the last has none.
ENDLESS = 2**31 - 1
UPPERS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, ENDLESS)
CRAWL = "crawl"  # the step of what crawlers count; the others are Step's


@dataclass(frozen=True, slots=True, order=True)
class Ended:
    """Where a message or link of a source ended its way: at which step, how, and why ("" when that says it all)."""

    source: str
    step: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """A stage of one batch took so many seconds."""

    stage: str
    seconds: float

    @property
    def upper(self) -> int:
        """The class it falls into, by its upper end."""
        return next(upper for upper in UPPERS if self.seconds * 1000 <= upper)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long a stage took: upper end in milliseconds → how often it was at most that and over the one before."""

    stage: str
    counts: dict[int, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person is to see to: which part, what of it ("" when there is but one), what, what to do."""

    part: str
    subject: str
    what: str
    fix: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same alarm as an hour ago, whatever its words."""
        return self.part, self.subject


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm in the store. Times are stored ones; `cleared_at` is None while it stands."""

    alarm: Alarm
    raised_at: str
    last_seen: str
    cleared_at: str | None
