"""Search over real messages: what a substring scan finds, and nothing else."""

from __future__ import annotations

import json
import os
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.search_sqlite import SqliteSearch
from pipeline.records.items import Document, Query

MESSAGES = Path(os.environ.get("MINYI_REAL", "../shared/real")) / "messages" / "unlabelled.jsonl"
SEED = 20261123
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not MESSAGES.exists(), reason=f"没有真实来信（{MESSAGES}），请设置 MINYI_REAL"),
]


def fold(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    rows = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    return [
        Document(
            id=str(row["id"]),
            version=1,
            title=row["title"],
            text=row["text"],
            received_at=f"2026-11-23T01:00:{number % 60:02}.{number:06}Z",
        )
        for number, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def search(documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteSearch]:
    opened = SqliteSearch(tmp_path_factory.mktemp("search") / "search.db")
    opened.create("1")
    for start in range(0, len(documents), 500):
        assert all(answer.ok for answer in opened.write("1", documents[start : start + 500]))
    yield opened
    opened.prove("1")
    opened.close()


@pytest.fixture(scope="module")
def folded(documents: list[Document]) -> dict[str, tuple[str, str]]:
    return {each.id: (fold(each.title), fold(each.text)) for each in documents}


def test_300_random_strings_find_what_a_substring_scan_finds(
    search: SqliteSearch, folded: dict[str, tuple[str, str]]
) -> None:
    chance = random.Random(SEED)
    texts = [text for pair in folded.values() for text in pair if len(text) >= 6]
    for _ in range(300):
        text = chance.choice(texts)
        length = chance.randint(2, 6)
        start = chance.randrange(len(text) - length + 1)
        asked = text[start : start + length]
        truth = {each for each, pair in folded.items() if any(asked in part for part in pair)}
        hits = search.query("1", Query(asked, limit=len(folded)))
        assert {hit.document.id for hit in hits.hits} == truth, f"seed {SEED}, length {length}"
        assert hits.total == min(len(truth), 1000)


def test_every_hit_shows_what_matched(search: SqliteSearch, folded: dict[str, tuple[str, str]]) -> None:
    chance = random.Random(SEED)
    texts = [text for _, text in folded.values() if len(text) >= 20]
    for _ in range(100):
        text = chance.choice(texts)
        asked = text[5 : 5 + chance.randint(2, 6)]
        for hit in search.query("1", Query(asked, limit=5)).hits:
            marked = [piece.partition("【")[2].partition("】")[0] for piece in hit.highlights]
            assert marked
            assert all(fold(each) == asked for each in marked if "【" not in each)
