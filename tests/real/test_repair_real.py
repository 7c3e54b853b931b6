"""Real damage: the seed article, strings damaged in the wild, and clean messages. No text of them stands here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.records.items import Cleaned
from pipeline.records.messages import Crawled, Place
from pipeline.steps.clean import ToClean, clean
from pipeline.text import charset
from pipeline.text.repair import repair

pytestmark = pytest.mark.real
# Of the article as it was written: worked out by hand, every note, torn place and converted character.
SEED = "512a94b7caf89f767982b85642279a5133541fb669a2ae1528fddeadc194d197"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def test_the_seed_article_is_without_one_wrong_character(real: Path):
    text, repairs = repair((real / "seed-article.txt").read_text(encoding="utf-8"))
    assert hashlib.sha256(text.encode()).hexdigest() == SEED
    assert not any("未改" in one.why for one in repairs)


def test_the_seed_page_s_text_and_title_are_turned_back(real: Path):
    message = Crawled(
        message_id="1", source="s", origin="o", received_at="2026-11-23T01:00:00.000000Z", url="http://a.cn/"
    )
    (page,) = clean([ToClean(Place("b", "t", 0, 0), message, b"", body=(real / "site/pages/seed.html").read_bytes())])
    assert isinstance(page, Cleaned)
    for text in (page.title, page.text):
        assert not re.search("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ\ufffd?^▍]", text)
        assert repair(text) == (text, ())


def test_clean_messages_stay_as_they_are(real: Path):
    for row in rows(real / "messages/unlabelled.jsonl"):
        assert repair(row["text"]) == (row["text"], ())


def test_strings_damaged_in_the_wild(real: Path):
    """What a plain reversal reads without loss is read at least so; the rest keeps less damage than it leaves."""
    for row in rows(real / "mojibake-natural.jsonl"):
        text, repairs = repair(row["text"])
        if row["lossless"]:
            assert text == row["mechanical_reversal"]
        elif row["mechanical_reversal"]:
            assert text.count("\ufffd") < max(1, row["mechanical_reversal"].count("\ufffd"))
        else:
            assert repairs, "marked"


def test_what_is_written_in_traditional_characters_stays_so(real: Path):
    for path in sorted((real / "charset").glob("*Big5*")):
        decoded = charset.decode(path.read_bytes()).text
        assert not [one for one in repair(decoded)[1] if "繁体" in one.why or "GBK" in one.why], path.name
