"""Split articles: the next page's address, and parts joined."""

from __future__ import annotations

import pytest

from pipeline.text import markup
from pipeline.text.maintext_parts import join, next_page


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ("<a href='t1_2.html'>下一页</a>", "t1_2.html"),
        ("<a href='?id=4&page=2'>下页&gt;</a>", "?id=4&page=2"),
        ("<a href='/a/t1-3.shtml'><b>下一页</b></a>", "/a/t1-3.shtml"),
        ("1 <a href='t1_1.html'>2</a> <a href='t1_2.html'>3</a>", "t1_1.html"),
        ("<a href='t1.html'>1</a> 2 <a href='t1_3.html'>[3]</a>", "t1_3.html"),
        ("<a href='t1.html'>1</a> <a href='t1_2.html'>2</a> 3", None),
        ("<a href='/a/t2_2.html'>下一篇</a>", None),
        ("<a href='javascript:next()'>下一页</a>", None),
        ("<a href='#'>下一页</a>", None),
        ("<a href='//b.test/reply/7-1.html'>2</a>", None),
        ("<p>第1页</p>", None),
    ],
)
def test_the_next_page(html: str, address: str | None):
    tree = markup.parse(f"<body>{html}</body>")
    assert tree is not None
    assert next_page(tree) == address


def test_where_every_part_is_linked_the_pages_own_address_tells_which_it_is():
    tree = markup.parse(
        "<a href='/n/c1.html'>【1】</a><a href='/n/c1-2.html'>【2】</a><a href='/n/c1-3.html'>【3】</a>"
    )
    assert tree is not None
    assert next_page(tree) == "/n/c1-2.html"
    assert next_page(tree, "http://a.test/n/c1.html") == "/n/c1-2.html"
    assert next_page(tree, "http://a.test/n/c1-2.html") == "/n/c1-3.html"
    assert next_page(tree, "http://a.test/n/c1-3.html") is None


def test_parts_are_joined_without_doubling():
    assert join(["标题\n甲。\n乙。", "标题\n乙。\n丙。", "标题\n乙。\n丙。", ""]) == "标题\n甲。\n乙。\n丙。"
    assert join(["甲。\n乙。", "乙。\n丙。"]) == "甲。\n乙。\n丙。"
    assert join(["甲。"]) == "甲。"
    assert join([]) == ""
