"""Tokens: quick for long texts, the same as for short ones, and settled where the file does not keep them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.adapters import fts

OLD = unicodedata.ucd_3_2_0


@given(st.text(st.characters(), min_size=1, max_size=60), st.integers(2, 9))
@example("，A１b。𠀀\ud800岚", 40)
def test_a_long_text_has_the_tokens_of_its_parts(part: str, times: int) -> None:
    # Hangul and combining marks join over a seam: parts are set off by a letter that joins nothing.
    part += "字"
    long = part * (times + 100 // len(part))
    assert fts.characters(long) == fts.characters(part) * (times + 100 // len(part))
    assert fts.indexed(fts.characters(long)) == " ".join(fts.characters(long))


def test_of_a_settled_text_the_tables_of_unicode_3_2_make_the_same_tokens() -> None:
    settled = [char for char in map(chr, range(1 << 16)) if fts.settled(char)]
    assert len(settled) > 20_000
    for char in settled:
        assert OLD.normalize("NFKC", char) == unicodedata.normalize("NFKC", char)
        assert OLD.category(char)[0] == unicodedata.category(char)[0]


@pytest.mark.parametrize("text", ["\u9fa6", "é", "𠀀", "ǅ", "ﾊﾞ", "①"])
def test_a_text_with_anything_else_is_not_settled(text: str) -> None:
    assert not fts.settled(f"岚禾县{text}")


@given(st.text(st.characters(codec="gb2312"), min_size=1, max_size=30), st.integers(0, 29), st.integers(1, 5))
@example("《Ａb，Ｃ》第一　二期_", 2, 4)
@example("A" * 3, 0, 3)
def test_a_settled_text_is_marked_as_one_that_must_be_folded(text: str, begin: int, length: int) -> None:
    parts = fts.phrases(text[begin % len(text) :][:length])
    far = text + "\n" * 60
    assert not fts.settled(far + "\u9fa6")
    assert fts.highlights("", far + "\u9fa5", parts) == fts.highlights("", far + "\u9fa6", parts)
