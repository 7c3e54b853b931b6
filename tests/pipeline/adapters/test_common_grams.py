"""Common grams: the tokens of characters, and between them those of pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.common_grams import MOST, common_of, with_pairs


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("", ""),
        ("水", "水"),
        ("水稻", "水 水稻 稻"),
        ("水干稻", "水 干 稻"),
        ("水稻水干", "水 水稻 稻 稻水 水 干"),
        ("干水稻", "干 水 水稻 稻"),
        ("𠀀稻", "𠀀 𠀀稻 稻"),
        ("\ud800稻", "\ud800 稻"),
    ],
)
def test_between_two_common_characters_stands_their_pair(tokens: str, expected: str) -> None:
    assert with_pairs(tokens, "水稻𠀀") == expected


@given(st.text("岚禾县ab𠀀"), st.text("岚禾县ab𠀀", min_size=1), st.text("岚禾a"))
def test_a_phrase_stands_in_a_text_with_pairs_where_it_stands_without(text: str, phrase: str, common: str) -> None:
    found = f" {with_pairs(phrase, common)} " in f" {with_pairs(text, common)} "
    assert found == (phrase in text)


def test_common_are_those_of_a_twentieth_of_the_texts() -> None:
    assert common_of(["水稻稻"] + ["水"] * 18 + ["干"]) == "干水稻"
    assert common_of(["水稻稻"] + ["水"] * 19 + ["干"]) == "水"
    assert common_of([]) == ""


def test_at_most_so_many_are_common() -> None:
    assert len(common_of(["".join(map(chr, range(0x4E00, 0x5000)))])) == MOST
