"""Bad input: mutated real pages and hostile ones, through the whole step `clean`: an outcome each, none over its time.

A page's time is compared with what the real pages take for so many bytes, so that the machine does not matter. A place
of damage that the character model reads again has a time of its own: it costs the same in a page of any length.
"""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from unittest.mock import patch

from pipeline.records.items import Cleaned, Failed, Rejected
from pipeline.records.messages import Crawled, Place
from pipeline.steps.clean import ToClean, clean
from pipeline.text import mojibake, torn
from tests.benchmarks.figures import Figure, at_most
from tests.eval.material import real

MUTATED, SEED = 10_000, 20_261_127
SPLICES = (
    *(b"\x00", b"\xff\xfe", b"\x81", b"\xed\xa0\x80", "\u202e".encode(), b"&#x110000;"),
    *(b"<", b">", b"<!--", b"<script>", b"<![CDATA[", b'<a href="', b"<base href=x>", b"<plaintext>"),
    *(b"<div>" * 50, b"</div>" * 50, b"<table><tr><td>" * 20),
)
SMALLEST = 20_000  # bytes; a smaller page is timed as one of these
TIMES, HOSTILE_TIMES = 20.0, 30.0  # what a page may take, in times what the real ones take for so many bytes
PLACE = 100_000  # more bytes' time for each place of damage


def figures() -> Iterator[Figure]:
    """Mutated pages, then hostile ones."""
    pages = [path.read_bytes() for path in sorted((real() / "site" / "pages").iterdir())]
    usual = statistics.median(_timed(page).seconds / max(len(page), SMALLEST) for page in pages * 3)
    dice = random.Random(SEED)  # the same mutations each time
    yield from _told("mutated pages", [mutated(dice.choice(pages), dice) for _ in range(MUTATED)], usual, TIMES)
    yield from _told("hostile pages", [hostile(*one) for one in HOSTILE], usual, HOSTILE_TIMES)


class _Timed(NamedTuple):
    outcome: str
    seconds: float
    places: int  # read again


def _told(name: str, pages: Sequence[bytes], usual: float, times: float) -> Iterator[Figure]:
    found = [_steady(page, usual, times) for page in pages]
    outcomes = Counter(outcome for outcome, _ in found)
    crashed = sum(count for outcome, count in outcomes.items() if outcome.startswith("raised"))
    listed = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
    yield Figure(f"{name} without an outcome, of {len(pages):,}", f"{crashed} ({listed})", "0", met=crashed == 0)
    slowest = max(share for _, share in found)
    yield at_most(f"{name}, the slowest / its time: {times:.0f} real pages of as many bytes", slowest, 1.0)


def _steady(body: bytes, usual: float, times: float) -> tuple[str, float]:
    """What became of a page and the share of its time it took; timed thrice where it seems slow: other work on the
    machine is no fault of the page."""
    first = _timed(body)
    allowed = usual * (times * max(len(body), SMALLEST) + PLACE * first.places)
    again = range(2 if first.seconds > allowed / 2 else 0)
    seconds = min([first.seconds, *(_timed(body).seconds for _ in again)])
    return first.outcome, seconds / allowed


def _timed(body: bytes) -> _Timed:
    with (
        patch.object(torn, "read", wraps=torn.read) as one,
        patch.object(mojibake, "read", wraps=mojibake.read) as other,
    ):
        began = time.perf_counter()
        try:
            (outcome,) = clean([_given(body)])
            name = _named(outcome)
        except BaseException as error:  # noqa: BLE001 - counted
            name = f"raised {type(error).__name__}"
        return _Timed(name, time.perf_counter() - began, one.call_count + other.call_count)


def _named(outcome: Cleaned | Rejected | Failed) -> str:
    match outcome:
        case Cleaned():
            return "read"
        case Rejected(reason=reason) if reason:
            return "rejected"
        case Failed(error=error, reason=reason) if reason:
            return error
        case _:
            return "raised nothing, and gave no reason"


def _given(body: bytes) -> ToClean:
    message = Crawled(
        message_id="m", source="s", origin="o", received_at="2026-11-27T00:00:00.000000Z", url="http://a.cn/"
    )
    return ToClean(Place("b", "t", 0, 0), message, b"", body=body)


def mutated(page: bytes, dice: random.Random) -> bytes:
    """A page with one to eight wounds."""
    for _ in range(dice.randint(1, 8)):
        page = dice.choice(WOUNDS)(page, dice)
    return page


def _flip(page: bytes, dice: random.Random) -> bytes:
    body = bytearray(page)
    for _ in range(dice.randint(1, 50)):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)
    return bytes(body)


def _cut(page: bytes, dice: random.Random) -> bytes:
    return page[: dice.randint(0, len(page))]


def _drop(page: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(page))
    return page[:at] + page[at + dice.randint(1, 2_000) :]


def _double(page: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(page))
    return page[:at] + page[at : at + 2_000] * dice.randint(2, 5) + page[at:]


def _splice(page: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(page))
    return page[:at] + dice.choice(SPLICES) + page[at:]


WOUNDS = (_flip, _cut, _drop, _double, _splice)
# What begins a page, and what is repeated in it how often.
HOSTILE: tuple[tuple[str | bytes, str | bytes, int], ...] = (
    ("", "", 0),
    ("", "x", 1),
    ("", "字", 1),
    ("<p>", "字", 1_000_000),
    ("<p>", "，。！", 300_000),
    ("<p>", "the quick brown fox ", 50_000),
    ("<p>", "民意ABCабвกขค한국어かな", 20_000),
    ("<p>", "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467", 50_000),
    ("<p>", b"\xed\xa0\x80", 200_000),
    ("<p>", "\u202e\u200f字", 100_000),
    ("", b"\0", 1_000_000),
    ("", "<div>", 10_000),
    ("", "<table><tr><td>", 10_000),
    ("<p title=", "a", 10_000_000),
    ("<p ", "a=1 ", 500_000),
    ("", "<meta ", 200_000),
    ("", "<meta charset=", 100_000),
    ("", "来源：", 300_000),
    ("<p>", "2024-01-01 ", 100_000),
    ("<p>", "1", 1_000_000),
    ("<p>", "1-", 500_000),
    ("<p>", "a@", 500_000),
    ("<p>", "(", 1_000_000),
    ("<title>", "-_|", 300_000),
    ("", "<a href=x>", 60_000),
    ("", "&amp;", 500_000),
    ("", "&#x4e00;", 300_000),
    ("", "<!--", 300_000),
    ("", "<script>", 100_000),
    ("<p>", "〇一二三四五六七八九", 100_000),
    ("<p>", "第一页下一页", 100_000),
    ("", "机密★", 200_000),
    ("<p>", "粮食烘干难".encode().decode("gb18030", "replace"), 50_000),
    ("<p>", "粮食烘干难".encode("gb18030")[1:-1], 50_000),
    ("", b"\x81", 1_000_000),
    ("", b"\x81\x30\x81\x30", 300_000),
)


def hostile(begin: str | bytes, unit: str | bytes, times: int) -> bytes:
    """A page of one thing over and over, a sentence at its end."""
    return _bytes(begin) + _bytes(unit) * times + ("正文在最后。" * 100 if times > 1 else "").encode()


def _bytes(given: str | bytes) -> bytes:
    return given.encode() if isinstance(given, str) else given
