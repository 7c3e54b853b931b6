"""Main text of real pages: how much of it is found, and that confidence tells good pages from bad. Floors are a little
below what was measured; `make eval` measures the same beside trafilatura."""

from __future__ import annotations

import pytest

from pipeline.steps.clean import CleanRules
from pipeline.text import extraction
from tests.eval import read_pages
from tests.eval.read_pages import NOTICE, characters, f1

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def read(real: object) -> list[tuple[read_pages.Given, extraction.Page]]:
    assert real
    pages = [(page, extraction.extract(page.html)) for page in read_pages.given()]
    assert all(found is not None for _, found in pages)
    return [(page, found) for page, found in pages if found is not None]


def test_the_characters_of_the_main_text_are_found(read: list[tuple[read_pages.Given, extraction.Page]]):
    scores = [f1(characters(found.text), characters(page.text)) for page, found in read if page.text]
    assert sum(scores) / len(scores) >= 0.985
    assert min(scores) >= 0.9


def test_good_pages_are_trusted(read: list[tuple[read_pages.Given, extraction.Page]]):
    least = CleanRules().min_confidence
    assert sum(found.confidence < least for _, found in read) <= 1


def test_pages_whose_article_is_away_are_not(read: list[tuple[read_pages.Given, extraction.Page]]):
    least = CleanRules().min_confidence
    damaged = [read_pages.without(page, notice) for page, _ in read if page.text for notice in ("", NOTICE)]
    sure = [found.confidence if found else 0.0 for found in map(extraction.extract, damaged)]
    assert sum(one < least for one in sure) / len(sure) >= 0.9


def test_no_real_page_of_these_is_a_message_board(read: list[tuple[read_pages.Given, extraction.Page]]):
    assert all(found.reply is None for _, found in read)
