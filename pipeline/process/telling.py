"""What a batch tells the log: every line within it carries worker and batch, and those of its messages that come to
no item have a line each."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager

from pipeline.logs import within_facts
from pipeline.process.batch import Batch
from pipeline.process.commit import Plan, Span
from pipeline.process.tally import step_of
from pipeline.records.items import Failed
from pipeline.records.names import Outcome

log = logging.getLogger(__name__)
ASIDE = {Outcome.QUARANTINED: logging.WARNING, Outcome.REJECTED: logging.INFO}


def within(worker: str, spans: Sequence[Span]) -> AbstractContextManager[None]:
    """Inside, every line of this thread names the worker and the batch."""
    return within_facts(worker=worker, batch=named(spans))


def named(spans: Sequence[Span]) -> str:
    """A batch's id: `topic/partition:first-last` of each of its partitions."""
    return " ".join(f"{one.topic}/{one.partition}:{one.start}-{one.end - 1}" for one in spans)


def told(batch: Batch, plan: Plan, spans: Sequence[Span]) -> None:
    """A line for what was committed, and one for each message that was rejected or set aside."""
    outcomes = Counter(row.outcome.value for row in plan.ledger)
    log.info("committed", extra={"part": named(spans), "messages": len(plan.ledger), "outcomes": dict(outcomes)})
    for one, row in zip(batch.outcomes, plan.ledger, strict=True):
        if level := ASIDE.get(row.outcome):
            place = {"topic": row.place.topic, "partition": row.place.partition, "offset": row.place.offset}
            facts = {"item": row.item, "source": row.source, "step": step_of(one, row).value, **place}
            why = one.error if isinstance(one, Failed) else None
            log.log(level, "no item", extra={**facts, "outcome": row.outcome.value, "why": why})
