"""Real pages and messages: how well they are read. Floors are a little below what was measured."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.records.items import Cleaned
from pipeline.records.messages import Crawled, Place, Submitted
from pipeline.steps.clean import ToClean, clean
from pipeline.text import charset, checksums
from pipeline.text.repair import repair

pytestmark = pytest.mark.real
RECEIVED = "2026-11-23T01:00:00.000000Z"
CHARSETS = {"gb2312": "gb18030", "big5": "big5", "utf-8": "utf-8"}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


@pytest.fixture(scope="module")
def pages(real: Path) -> list[tuple[dict[str, Any], Cleaned]]:
    gold = list(rows(real / "site-gold.jsonl"))
    given = [
        ToClean(
            Place("b", "t", 0, number),
            Crawled(
                message_id=row["page"],
                source="s",
                origin=row["page"],
                received_at=RECEIVED,
                url=f"http://a.cn/{row['page']}",
            ),
            b"",
            body=(real / "site" / row["page"]).read_bytes(),
        )
        for number, row in enumerate(gold)
    ]
    read = [one for one in clean(given) if isinstance(one, Cleaned)]
    assert len(read) == len(gold), "every real page has a text"
    return list(zip(gold, read, strict=True))


def grams(text: str) -> Counter[str]:
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if not char.isspace())
    return Counter(plain[at : at + 3] for at in range(len(plain) - 2))


def f1(ours: str, gold: str) -> float:
    one, other = grams(ours), grams(gold)
    return 2 * sum((one & other).values()) / (sum(one.values()) + sum(other.values()))


def test_the_main_text_of_real_pages_is_found(pages: list[tuple[dict[str, Any], Cleaned]]):
    scores = [f1(read.text, row["text"]) for row, read in pages if row["text"]]
    assert sum(scores) / len(scores) >= 0.98


def test_what_people_say_must_and_must_not_be_there(pages: list[tuple[dict[str, Any], Cleaned]]):
    wanted = [(phrase in read.text) for row, read in pages for phrase in row.get("must_have") or []]
    unwanted = [(phrase in read.text) for row, read in pages for phrase in row.get("must_not_have") or []]
    assert sum(wanted) / len(wanted) >= 0.9
    assert sum(unwanted) / len(unwanted) <= 0.1


def test_the_titles_and_dates_of_real_pages_are_found(pages: list[tuple[dict[str, Any], Cleaned]]):
    titles = [row["title"].startswith(read.title) for row, read in pages if row["title"]]
    assert sum(titles) / len(titles) >= 0.95
    assert all(read.published_at for _, read in pages)


def test_the_charset_of_every_file_is_proven(real: Path):
    for row in rows(real / "charset/index.jsonl"):
        found = charset.decode((real / "charset" / row["file"]).read_bytes())
        assert (found.charset, found.damaged) == (CHARSETS[row["true_charset"].lower()], 0), row["file"]


def test_real_messages_are_left_as_they_are_and_all_become_items(real: Path):
    messages = list(rows(real / "messages/unlabelled.jsonl"))
    given = [
        ToClean(
            Place("b", "t", 0, number),
            Submitted(
                message_id=str(number), source="s", origin=str(row["id"]), received_at=RECEIVED, receipt=str(number),
                channel="import", title=row["title"], text=row["text"], published_at=row["time"],
            ),
            b"",
        )
        for number, row in enumerate(messages)
    ]  # fmt: skip
    read = clean(given)
    assert all(isinstance(one, Cleaned) and one.published_at for one in read)
    assert not any(repair(row["text"])[1] for row in messages)


def test_personal_data_in_real_messages_is_what_it_says(real: Path):
    """Numbers there were masked before they were given away: one mobile number and two plates were left."""
    found: Counter[str] = Counter()
    for row in rows(real / "messages/unlabelled.jsonl"):
        (one,) = clean([ToClean(Place("b", "t", 0, 0), _message(row["text"]), b"")])
        assert isinstance(one, Cleaned)
        found.update(span.kind for span in one.personal)
    assert found["mobile"] == 1
    assert not set(found) - {"mobile", "name", "address", "plate"}


def test_identity_and_credit_numbers_are_judged_as_their_standards_say(real: Path):
    rules = {"cn_ric": checksums.identity, "cn_uscc": checksums.credit_code}
    for row in rows(real / "identity-numbers.jsonl"):
        number = row["number"].removeprefix("...").replace(" ", "")
        if len(number) == 18:
            assert rules[row["kind"]](number) == row["valid"], number


def _message(text: str) -> Submitted:
    return Submitted(
        message_id="1", source="s", origin="o", received_at=RECEIVED, receipt="1", channel="import", text=text
    )
