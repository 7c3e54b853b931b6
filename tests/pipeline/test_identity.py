"""Ids are the same on every machine and for ever: CONTRACT, Terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity import (
    RECEIPT_LETTERS,
    canonical_url,
    content_hash,
    exact_hash,
    fetch_id,
    item_id,
    new_receipt,
    normalised,
)


def test_an_id_is_twenty_characters_of_base32():
    assert item_id("hnzx", "https://www.hnzx.gov.cn/2024/1.html") == "tdeyzm7r745moic44mep"


def test_source_and_origin_are_parted():
    assert item_id("a", "bc") != item_id("ab", "c")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("HTTP://WWW.Example.CN:80/a.html#top", "http://www.example.cn/a.html"),
        ("https://example.cn", "https://example.cn/"),
        ("https://example.cn:8443/a", "https://example.cn:8443/a"),
        ("https://example.cn/a?id=3&utm_source=x&spm=1", "https://example.cn/a?id=3"),
        ("https://example.cn/a?k=%D6%D0%CE%C4", "https://example.cn/a?k=%D6%D0%CE%C4"),
        (" https://example.cn/a?b&c= ", "https://example.cn/a?b&c="),
    ],
)
def test_a_page_has_one_url(given: str, expected: str):
    assert canonical_url(given) == expected


@given(
    st.from_regex(r"https?://[a-z]{1,8}\.cn(:[1-9][0-9]{1,3})?(/[a-z]{0,5}){0,3}(\?[a-z]=[0-9]&[b-z])?", fullmatch=True)
)
def test_the_canonical_url_is_its_own(url: str):
    assert canonical_url(canonical_url(url)) == canonical_url(url)


def test_exact_looks_past_spaces_punctuation_width_and_case():
    assert exact_hash("Ａ3区，路灯 坏了。") == exact_hash("a3区路灯坏了")
    assert exact_hash("A3区路灯") != exact_hash("A4区路灯")


def test_revisions_are_told_apart_by_title_and_text():
    assert content_hash("甲", "乙") != content_hash("甲乙", "")
    assert content_hash(None, "乙") == content_hash("", "乙")


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str):
    assert normalised(normalised(text)) == normalised(text)


def test_a_receipt_can_be_read_out():
    receipt = new_receipt()
    assert len(receipt) == 12
    assert not set(receipt) - set(RECEIPT_LETTERS)
    assert not set("0O1IL") & set(RECEIPT_LETTERS)


def test_the_same_fetch_is_the_same_message():
    assert fetch_id("s", "u", b"x", "t") == fetch_id("s", "u", b"x", "t") != fetch_id("s", "u", b"x", "t2")
