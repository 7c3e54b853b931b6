"""Which address is a further part of which page."""

from __future__ import annotations

import pytest

from crawlers.parts import is_part


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("http://a.cn/x/t2024_123.html", "http://a.cn/x/t2024_123_1.html"),
        ("http://a.cn/x/c123.shtml", "http://a.cn/x/c123-2.shtml"),
        ("http://a.cn/show?id=3", "http://a.cn/show?id=3&page=2"),
        ("http://a.cn/show?id=3&p=1", "http://a.cn/show?id=3&p=2"),
    ],
)
def test_a_number_behind_the_name_or_in_the_query_makes_a_part(first: str, other: str):
    assert is_part(other, first)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("http://a.cn/x/t1.html", "http://a.cn/x/t2.html"),
        ("http://a.cn/x/t1.html", "http://b.cn/x/t1_2.html"),
        ("http://a.cn/x/t1.html", "http://a.cn/y/t1_2.html"),
        ("http://a.cn/x/t1.html", "http://a.cn/x/t1_2.pdf"),
        ("http://a.cn/index.html", "http://a.cn/index_2.html"),
        ("http://a.cn/show?id=3", "http://a.cn/show?id=4&page=2"),
        ("http://a.cn/list", "http://a.cn/list?page=2"),
        ("http://a.cn/x/t1.html", "javascript:void(0)"),
        ("http://a.cn/x/t1.html", "http://a.cn/x/t1.html"),
    ],
)
def test_another_page_is_no_part(first: str, other: str):
    assert not is_part(other, first)
