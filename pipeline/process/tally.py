"""Where each message of a batch ended its way: counted in the batch's own transaction, so that the counts are as
exact as the ledger. What lies before that step it has passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.process.batch import Blank, Repeated, Settled
from pipeline.records.items import Failed, LedgerRow, Rejected
from pipeline.records.names import Outcome, Step
from pipeline.records.watching import Ended


def ended(outcomes: Sequence[Settled], rows: Sequence[LedgerRow]) -> Mapping[Ended, int]:
    """Counts of a batch's outcomes and their ledger rows, in one order."""
    pairs = zip(outcomes, rows, strict=True)
    return Counter(Ended(row.source, step_of(one, row).value, row.outcome.value) for one, row in pairs)


def step_of(one: Settled, row: LedgerRow) -> Step:
    """The last step that a message reached."""
    match one:
        case Rejected() | Failed():
            return one.step
        case Blank():
            return Step.READ
        case Repeated():
            return Step.DEDUP
        case _:
            return Step.DEDUP if row.outcome is Outcome.DUPLICATE else Step.STORE
