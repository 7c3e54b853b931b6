"""Facts of real pages, by the labels of `make eval`. Floors are a little below what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.text import charset, facts, markup
from tests.eval import read_facts

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def found(real: Path) -> list[tuple[dict[str, Any], read_facts.Read]]:
    labels = [json.loads(line) for line in read_facts.LABELS.read_text(encoding="utf-8").splitlines()]
    folder = real / "site" / "pages"
    return [
        (label, read_facts.ours(charset.decode((folder / f"{label['page']}.html").read_bytes()).text))
        for label in labels
    ]


@pytest.mark.parametrize(("fact", "floor"), [("title", 0.96), ("date", 0.96), ("author", 0.9), ("source", 0.94)])
def test_facts_of_real_pages(found: list[tuple[dict[str, Any], read_facts.Read]], fact: str, floor: float):
    assert len(found) == 50
    wrong = [label["page"] for label, read in found if not read_facts.right(fact, label, read)]
    assert len(wrong) <= (1 - floor) * len(found) + 1e-9, wrong


def test_the_time_of_day_is_read_where_pages_show_it(found: list[tuple[dict[str, Any], read_facts.Read]]):
    timed = [(label, read) for label, read in found if "T" in label["date"]]
    assert sum(read_facts.right("time", label, read) for label, read in timed) >= len(timed) - 2


def test_list_pages_and_feeds_are_read_without_harm(real: Path):
    for path in sorted((real / "site").iterdir()):
        if path.is_file() and (tree := markup.parse(path.read_text(encoding="utf-8"))) is not None:
            facts.read(tree, markup.metas(tree), tuple(markup.lines(tree)))
