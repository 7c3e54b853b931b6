"""Personal data: checksums, planted numbers, planted look-alikes, every real message as it is, and the speed beside
presidio-analyzer's pattern recognisers.

The planted ones are made by a seeded generator with right checksums, in many written forms and contexts, and put into
real messages where a sentence ends (`personal_planted`). What stands in the real messages themselves is listed by kind;
it was looked at one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipeline.text import checksums, secrecy
from pipeline.text.masks import masked
from pipeline.text.personal import find
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval import personal_presidio
from tests.eval.material import pace, rows
from tests.eval.personal_planted import Planted, look_alikes, planted

SEED = 20260105
EACH = 200
BESIDE = 60  # of a kind, those that presidio looks at, too
MESSAGES = ("messages/unlabelled.jsonl", "messages/with-replies.jsonl", "messages/labelled.jsonl")
TIMED = 30  # every so many of the texts
Find = Callable[[str], Sequence[Any]]


def figures() -> Iterator[Figure]:
    """The goals: no valid number missed, no other masked, 20 times as quick."""
    texts = [row["text"] for name in MESSAGES[:2] for row in rows(name)]
    yield _checksums()
    theirs = personal_presidio.recognise()
    yield from _missed(planted(SEED, texts, EACH), theirs)
    yield from _masked(look_alikes(SEED, texts, EACH))
    yield from _unchanged()
    some = texts[::TIMED]
    own, other, ratio = pace(lambda: [find(text) for text in some], lambda: [theirs(text) for text in some])
    more = f" ({len(some)} messages: {own * 1e3:.1f} and {other * 1e3:.0f} ms)"
    yield at_least("speed / presidio's pattern recognisers", ratio, 20, more)
    yield from _secrecy()


def _checksums() -> Figure:
    rules = {"cn_ric": checksums.identity, "cn_uscc": checksums.credit_code}
    judged = [
        rules[row["kind"]](number) == row["valid"]
        for row in rows("identity-numbers.jsonl")
        if len(number := row["number"].removeprefix("...").replace(" ", "")) == 18
    ]
    return at_least("checksums judged right", sum(judged) / len(judged), 1.0, f" ({sum(judged)} of {len(judged)})")


def _missed(given: Sequence[Planted], theirs: Find) -> Iterator[Figure]:
    """Of each kind the planted that ours misses, and what theirs misses of some of them."""
    for kind in dict.fromkeys(one.kind for one in given):
        ours = [one for one in given if one.kind == kind]
        some = ours[:BESIDE]
        missed, also = (
            sum(not _hit(one, look(one.text)) for one in these) for these, look in ((ours, find), (some, theirs))
        )
        yield at_most(f"planted {kind}: missed", missed, 0, more=f" of {len(ours)} (presidio: {also} of {len(some)})")


def _hit(one: Planted, found: Sequence[Any]) -> bool:
    """Whether the most of the planted letters and digits are covered; of an address, any of its numbers."""
    need = [place for place in range(one.start, one.end) if one.text[place].isalnum()]
    near = [span for span in found if span.start < one.end and span.end > one.start]
    covered = sum(any(span.start <= place < span.end for span in near) for place in need)
    return bool(near) if one.kind == "address" else covered >= 0.7 * len(need)


def _masked(given: Sequence[Planted]) -> Iterator[Figure]:
    wrong = Counter(dict.fromkeys((one.kind for one in given), 0))
    wrong.update(one.kind for one in given if any(s.start < one.end and s.end > one.start for s in find(one.text)))
    for kind, count in wrong.items():
        yield at_most(f"planted {kind}: masked", count, 0, more=f" of {sum(one.kind == kind for one in given)}")


def _unchanged() -> Iterator[Figure]:
    """Everything in the real messages as they are, and whether a mask changes at the second time."""
    found: Counter[str] = Counter()
    again = count = 0
    for text in _all():
        found.update(one.kind for one in find(text))
        once = masked(text)
        again += masked(once) != once
        count += 1
    told = ", ".join(f"{kind} {number}" for kind, number in sorted(found.items()))
    yield Figure(f"found in {count} real texts", told)
    yield at_most("masked texts that a second mask changes", again, 0)


def _secrecy() -> Iterator[Figure]:
    marks = warned = count = 0
    for text in _all():
        marks += secrecy.secrecy(text) is not None
        warned += bool(secrecy.words(text))
        count += 1
    yield at_most("real texts refused for a mark of secrecy", marks, 0, more=f" of {count} (warned of words: {warned})")


def _all() -> Iterator[str]:
    for name in MESSAGES:
        for row in rows(name):
            yield from (row[field] for field in ("title", "text", "reply") if row.get(field))
