"""The topology in one place: which step follows which, and how a list of messages runs through them.

    read → clean → dedup → classify → locate → score → one transaction

Pure but for what is handed in. One outcome a message: a step that fails on a list is run again one by one,
so that one bad record never takes its neighbours with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pipeline.errors import Broken, Terminal, Transient
from pipeline.records.items import Classified, Cleaned, Deduped, Failed, Read, Region, Rejected, Scored, Signature
from pipeline.records.messages import Crawled, Delivered, Submitted, decode, decompress
from pipeline.records.names import Step
from pipeline.rules import Rules
from pipeline.steps import classify, clean, dedup, locate, score

STEPS = (Step.READ, Step.CLEAN, Step.DEDUP, Step.CLASSIFY, Step.LOCATE, Step.SCORE)
PAGE_LIMIT = 50_000_000  # bytes of an unpacked page

Given = TypeVar("Given")
Made = TypeVar("Made")
FetchFile = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One message as far as it can be read alone: what a child process can do for its parent."""

    cleaned: Cleaned
    signature: Signature
    classified: Classified
    regions: tuple[Region, ...]


Early = Prepared | Rejected | Failed


@dataclass(frozen=True, slots=True)
class Steps:
    """What the steps need besides their records: rules, the files that large messages refer to, and now."""

    rules: Rules
    clean_rules: clean.CleanRules
    fetch: FetchFile
    note: Callable[[Step], None] = lambda _step: None  # told before each step: a child reports where it died
    corrected: clean.Corrected | None = None  # of the one message that is processed again


def prepare(delivered: Sequence[Delivered], steps: Steps) -> list[Early]:
    """Every step that needs no other record: read, clean, sign, classify, locate."""
    outcomes: list[Early | None] = [None] * len(delivered)
    steps.note(Step.READ)
    opened = settle(
        list(enumerate(delivered)), lambda one: (one[0], _read(one[1], steps)), delivered, outcomes, Step.READ
    )
    steps.note(Step.CLEAN)
    cleaned: list[tuple[int, Cleaned]] = []
    texts = run_list(opened, lambda some: clean.clean(some, steps.clean_rules), delivered, outcomes, Step.CLEAN)
    for index, outcome in texts:
        if isinstance(outcome, Cleaned):
            cleaned.append((index, outcome))
        else:
            outcomes[index] = outcome
    for index, made in _understand(cleaned, delivered, outcomes, steps):
        outcomes[index] = made
    return [outcome for outcome in outcomes if outcome is not None]


def _understand(
    cleaned: list[tuple[int, Cleaned]], delivered: Sequence[Delivered], outcomes: list[Early | None], steps: Steps
) -> list[tuple[int, Prepared]]:
    steps.note(Step.DEDUP)
    signed = dict(run_list(cleaned, dedup.sign, delivered, outcomes, Step.DEDUP))
    steps.note(Step.CLASSIFY)
    cleaned = [one for one in cleaned if one[0] in signed]
    classified = dict(
        run_list(
            cleaned, lambda some: classify.classify(some, steps.rules.taxonomy), delivered, outcomes, Step.CLASSIFY
        )
    )
    steps.note(Step.LOCATE)
    cleaned = [one for one in cleaned if one[0] in classified]
    located = dict(
        run_list(cleaned, lambda some: locate.locate(some, steps.rules.regions), delivered, outcomes, Step.LOCATE)
    )
    return [
        (index, Prepared(one, signed[index], classified[index], located[index]))
        for index, one in cleaned
        if index in located
    ]


def finish(prepared: Sequence[tuple[Prepared, Deduped]], rules: Rules, now: datetime) -> list[Read]:
    """The last step, which sees what the others found."""
    scored = score.score([_to_score(one, deduped) for one, deduped in prepared], rules.scoring, now)
    return [
        _whole(one, deduped, points, rules.reading) for (one, deduped), points in zip(prepared, scored, strict=True)
    ]


def _to_score(one: Prepared, deduped: Deduped) -> score.ToScore:
    return score.ToScore(one.cleaned, one.classified, one.regions, len(deduped.pairs))


def _whole(one: Prepared, deduped: Deduped, points: Scored, version: str) -> Read:
    return Read(one.cleaned, deduped, one.classified, one.regions, points, version)


def run_list(
    given: list[tuple[int, Given]],
    step: Callable[[list[Given]], Sequence[Made]],
    delivered: Sequence[Delivered],
    outcomes: list[Early | None],
    name: Step,
) -> list[tuple[int, Made]]:
    """Run a list step; where it raises, run it one by one and set aside the record that makes it raise."""
    if not given:
        return []
    try:
        made = step([value for _, value in given])
        return [(index, one) for (index, _), one in zip(given, made, strict=True)]
    except (Transient, Broken):
        raise
    except Exception:  # noqa: BLE001 - whatever it is, the loop below finds whose it is and says so
        return settle(given, lambda one: (one[0], step([one[1]])[0]), delivered, outcomes, name)


def settle(
    given: Sequence[Given],
    step: Callable[[Given], tuple[int, Made]],
    delivered: Sequence[Delivered],
    outcomes: list[Early | None],
    name: Step,
) -> list[tuple[int, Made]]:
    """Run a step on each record alone; one that raises ends as Failed in `outcomes`."""
    made: list[tuple[int, Made]] = []
    for one in given:
        try:
            made.append(step(one))
        except (Transient, Broken):
            raise
        except Exception as error:  # noqa: BLE001 - an item's own fault sets that item aside, with its class as reason
            index = one[0]  # type: ignore[index]
            outcomes[index] = failed(delivered[index], name, error)
    return made


def failed(one: Delivered, step: Step, error: Exception) -> Failed:
    """The outcome of a message that a step could not take. The reason names no content."""
    known = isinstance(error, Terminal)
    reason = str(error) if known else f"处理时出错（{type(error).__name__}）"
    kind = "unreadable" if step is Step.READ else "refused" if known else type(error).__name__
    message = _try_decode(one.value)
    return Failed(
        place=one.place,
        message_id=message.message_id if message else _place_id(one),
        item=one.key,
        source=message.source if message else "?",
        received_at=message.received_at if message else "",
        step=Step(error.step) if isinstance(error, Terminal) else step,
        error=kind,
        reason=reason,
        payload=one.value,
    )


def _place_id(one: Delivered) -> str:
    return f"p-{one.place.bus}/{one.place.topic}/{one.place.partition}/{one.place.offset}"


def _try_decode(value: bytes) -> Crawled | Submitted | None:
    try:
        return decode(value)
    except (Terminal, Broken):
        return None


def _read(one: Delivered, steps: Steps) -> clean.ToClean:
    message, fetch = decode(one.value), steps.fetch
    if isinstance(message, Crawled):
        packed = message.body if message.body is not None else fetch(message.body_file) if message.body_file else b""
        body = decompress(packed, PAGE_LIMIT) if packed else b""
        return clean.ToClean(place=one.place, message=message, payload=one.value, body=body, corrected=steps.corrected)
    text = fetch(message.text_file).decode() if message.text_file else None
    return clean.ToClean(place=one.place, message=message, payload=one.value, body=None, text=text)
