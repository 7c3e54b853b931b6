"""What became of a source's links in one run: found = new + changed + unchanged + failed + forbidden, always."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from crawlers.reasons import Why
from pipeline.records.watching import CRAWL, Ended

NAMED = re.compile(r"（(?!\d{3}）)[^（）]*）")
REASONS = 50  # different sentences kept of one source


class Outcome(StrEnum):
    """What became of one link."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why links failed, were forbidden or left out: the sentence, how many, and the first of them."""

    why: str
    count: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source's report, as `minyi crawl --json` prints it; `ok` is False when a start gave nothing, `elsewhere`
    says that another run was at it, and this one asked for nothing."""

    source: str
    found: int
    new: int
    changed: int
    unchanged: int
    failed: int
    forbidden: int
    reasons: tuple[Reason, ...]
    ok: bool = True
    elsewhere: bool = False

    def counts(self) -> dict[str, Any]:
        """The report without `source`, `ok` and `elsewhere`: what the store keeps."""
        kept = asdict(self)
        return {name: value for name, value in kept.items() if name not in {"source", "ok", "elsewhere"}} | {
            "reasons": [asdict(reason) for reason in self.reasons]
        }

    def line(self) -> dict[str, Any]:
        """The report as one JSON line."""
        return {"source": self.source, **self.counts()}


@dataclass(slots=True)
class Tally:
    """The running counts of one source."""

    source: str
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    reasons: dict[str, tuple[int, str | None]] = field(default_factory=dict[str, tuple[int, str | None]])
    ok: bool = True
    elsewhere: bool = False

    def add(self, outcome: Outcome, url: str, why: Why | None = None) -> None:
        """Count one link."""
        self.counts[outcome] += 1
        if why:
            self.note(why.sentence, url)

    def note(self, sentence: str, url: str | None = None, count: int = 1) -> None:
        """A reason that counts no link: what was left out, or what the run as a whole met."""
        if sentence not in self.reasons and len(self.reasons) >= REASONS:
            sentence, url = "其他原因", None
        before, first = self.reasons.get(sentence, (0, url))
        self.reasons[sentence] = (before + count, first)

    def report(self) -> SourceReport:
        """The counts as they stand."""
        counts = {outcome.value: number for outcome, number in self.counts.items()}
        reasons = tuple(Reason(why, count, url) for why, (count, url) in self.reasons.items())
        return SourceReport(
            self.source, sum(counts.values()), **counts, reasons=reasons, ok=self.ok, elsewhere=self.elsewhere
        )


def tallied(source: str, counts: Mapping[str, Any]) -> dict[Ended, int]:
    """A report's counts as the store adds them up: links by outcome, and beside them the reasons."""
    links = {Ended(source, CRAWL, one.value): counts[one.value] for one in Outcome if counts[one.value]}
    why: dict[Ended, int] = {}
    for reason in counts["reasons"]:
        # What a sentence names in brackets (a host, a path) would make each a reason of its own; a status stays.
        one = Ended(source, CRAWL, "", NAMED.sub("", reason["why"]))
        why[one] = why.get(one, 0) + reason["count"]
    return links | why
