"""Personal data and marks of secrecy in real messages: what is planted is found, what is there was looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.text import checksums, secrecy
from pipeline.text.masks import masked
from pipeline.text.personal import find
from tests.eval.personal_planted import Planted, look_alikes, planted

pytestmark = pytest.mark.real
MESSAGES = ("unlabelled", "with-replies", "labelled")


def texts(real: Path) -> Iterator[str]:
    for name in MESSAGES:
        with (real / "messages" / f"{name}.jsonl").open(encoding="utf-8") as file:
            for row in map(json.loads, file):
                yield from (row[field] for field in ("title", "text", "reply") if row.get(field))


@pytest.fixture(scope="module")
def messages(real: Path) -> list[str]:
    return list(texts(real))


def covered(one: Planted) -> bool:
    return any(span.start < one.end and span.end > one.start for span in find(one.text))


def test_planted_numbers_are_found(messages: list[str]):
    missed = Counter(one.kind for one in planted(7, messages, 60) if not covered(one))
    assert not set(missed) - {"name", "address"}, missed
    assert sum(missed.values()) <= 3


def test_planted_look_alikes_stay(messages: list[str]):
    assert [one.value for one in look_alikes(7, messages, 60) if covered(one)] == []


def test_what_real_messages_hold_is_what_was_seen(messages: list[str]):
    """Numbers were masked before the messages were given away: one mobile number and six plates were left."""
    found = Counter(span.kind for text in messages for span in find(text))
    assert not set(found) - {"mobile", "plate", "name", "address"}
    assert (found["mobile"], found["plate"]) == (1, 6)
    assert found["name"] + found["address"] <= 330  # each was read: persons and homes


def test_a_second_mask_changes_nothing(messages: list[str]):
    for text in messages:
        once = masked(text)
        assert masked(once) == once


def test_identity_numbers_are_judged_as_their_standard_says(real: Path):
    with (real / "identity-numbers.jsonl").open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            number = row["number"].removeprefix("...").replace(" ", "")
            rule = checksums.identity if row["kind"] == "cn_ric" else checksums.credit_code
            assert len(number) != 18 or rule(number) == row["valid"], number


def test_no_real_message_bears_a_mark_of_secrecy(messages: list[str]):
    assert [text for text in messages if secrecy.secrecy(text)] == []
    assert sum(bool(secrecy.words(text)) for text in messages) < len(messages) / 100
