"""Facts that a page declares in its head, and what is no fact of a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import facts, markup
from pipeline.text.facts_title import less_site
from tests.pipeline.text.facts_pages import BODY, H1, TITLE, UNTIL, box, read, told

HEADS = {
    "the meta tags of government sites": (
        (
            "<title>岚禾县人民政府</title><meta name='SiteName' content='岚禾县人民政府'>"
            "<meta name='ArticleTitle' content='规范的标题&nbsp;甲'><meta name='PubDate' content='2024-01-05 10:20'>"
            "<meta name='ContentSource' content='县民政局'><meta name='Author' content='王小明'>"
        ),
        "",
        ("规范的标题 甲", "2024-01-05 10:20", "王小明", "县民政局"),
    ),
    "open graph": (
        (
            f"<title>岚禾网 - {TITLE}</title><meta property='og:title' content='{TITLE} - 岚禾网'>"
            "<meta property='article:published_time' content='2024-01-05T10:20:00+08:00'>"
        ),
        H1,
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "linked data": (
        f'<script type="text/json">{{"headline": "{TITLE}","datePublished": "2024-01-05T10:20", }}</script>',
        "",
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "a variable of a script": (
        f"<title>{TITLE}</title><script>var pubtime = '2024-01-05 10:20:00'; var ct = '1704421200';</script>",
        "<em id='publish_time'></em>",
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "seconds since 1970": (
        f"<title>{TITLE}</title><script>var ct = '1704421200';</script>",
        "",
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "an editor in the author's tag": (
        f"<title>{TITLE}</title><meta name='author' content='李大海'>",
        H1 + box("2024-01-05 10:20") + BODY + box("【责任编辑：李大海】"),
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "a page title cut off": (
        f"<title>{TITLE[:12]}...</title>",
        H1 + box("2024-01-05"),
        (TITLE, "2024-01-05", None, None),
    ),
    "a page title with channels behind strokes": (
        f"<title>{TITLE}|养老|助餐_岚禾新闻_岚禾网</title>",
        box(TITLE, "2024-01-05 10:20"),
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "no more than the site's name": (
        "<title>岚禾县政协门户网站</title>",
        box(TITLE, "时间：2024-01-05　来源：县政协"),
        (TITLE, "2024-01-05", None, "县政协"),
    ),
    "a tag on the heading": (
        f"<title>{TITLE}_岚禾_岚禾网</title>",
        f"<h1>{TITLE} <b>原创</b></h1>" + box("2024-01-05 10:20 · 岚禾日报"),
        (TITLE, "2024-01-05 10:20", None, "岚禾日报"),
    ),
    "the moment in an attribute": (
        f"<title>{TITLE} - 民声 - 岚禾论坛</title>",
        H1 + box("岚禾市民", "发表于 <span title='2024-1-5 10:20:30'>3 天前</span>"),
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "the moment in a hidden field": (
        f"<title>{TITLE}</title>",
        "<textarea class='article-time'>1704421200000</textarea>",
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "published behind the date": (
        f"<title>{TITLE}_博客</title>",
        H1 + box("最新推荐文章于 2024-03-05 09:00 发布", "小禾 于 2024-01-05 10:20:30 发布"),
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "cells of labels without a colon": (
        f"<title>{TITLE}-县政府</title>",
        (
            "<table><tr><th>索引号</th><td>A1</td><th>发布机构</th><td>县政府办公室</td></tr><tr><th>生成日期</th>"
            f"<td>2024-01-05</td><th>公开方式</th><td>主动公开</td></tr><tr><th>名称</th><td>{TITLE}</td></tr></table>{H1}"
        ),
        (TITLE, "2024-01-05", None, "县政府办公室"),
    ),
    "labels without values": (
        f"<title>{TITLE}</title>",
        H1 + box("来源：　作者：　发布时间：2024-01-05 10:20　浏览次数："),
        (TITLE, "2024-01-05 10:20", None, None),
    ),
    "the day a decree was passed, in brackets": (
        f"<title>{TITLE}</title>",
        box(TITLE, "（2024年1月5日县人大常委会第三次会议通过）"),
        (TITLE, "2024-01-05", None, None),
    ),
    "no date but one in the text": (f"<title>{TITLE}</title>", H1, (TITLE, None, None, None)),
    "the time of an element": (
        f"<title>{TITLE}</title>",
        f"{H1}<time datetime='2024-01-05T10:20:00+08:00'>前天</time>",
        (TITLE, "2024-01-05 10:20", None, None),
    ),
}


@pytest.mark.parametrize("shape", HEADS)
def test_facts_that_a_page_declares(shape: str):
    head, body, expected = HEADS[shape]
    assert told(read(f"{body}{BODY}", head)) == expected


def test_the_address_is_the_last_resort():
    bare = "<html><head><title>岚禾</title></head><body><p>正文。</p></body></html>"
    tree = markup.parse(bare)
    assert tree is not None
    for url in ("https://a.example/2024/0105/c1.html", "https://a.example/202401/t20240105_9.html",
                "https://a.example/2024-01/05/content_1.htm", "https://a.example/art/2024/1/5/art_1.html"):  # fmt: skip
        found = facts.read(tree, {}, tuple(markup.lines(tree)), UNTIL, url)
        assert str(found.moment) == "2024-01-05 00:00:00", url
        assert found.origins["moment"] == ("address",)


@pytest.mark.parametrize("day", ["2026-12-24", "1989-01-05", "2026-02-30"])
def test_a_moment_no_page_can_have_is_none(day: str):
    page = f"<html><body><h1>{TITLE}</h1><p>发布时间：{day}</p><p>正文。</p></body></html>"
    tree = markup.parse(page)
    assert tree is not None
    assert facts.read(tree, {}, tuple(markup.lines(tree)), UNTIL).moment is None


@pytest.mark.parametrize(
    ("given_title", "expected"),
    [
        (f"{TITLE}-岚禾网", TITLE),
        (f"{TITLE}--文化--岚禾网", TITLE),
        (f"{TITLE}_要闻_岚禾县人民政府", TITLE),
        (f"岚禾县人民政府 - {TITLE}", TITLE),
        ("2018-2035年总体规划", "2018-2035年总体规划"),
        ("一事一议—农村办法", "一事一议—农村办法"),
        ("岚禾网", "岚禾网"),
        ("", ""),
        ("---", "---"),
    ],
)
def test_the_sites_name_comes_off_a_title(given_title: str, expected: str):
    assert less_site(given_title) == expected


def test_a_page_of_links_is_read_without_harm():
    page = "<html><head><title>要闻列表</title></head><body>" + "".join(
        f"<h3><a href='/{n}'>消息{n}</a></h3><span>2024-01-{n % 28 + 1:02}</span>" for n in range(3000)
    )
    tree = markup.parse(page)
    assert tree is not None
    assert facts.read(tree, {}, tuple(markup.lines(tree)), UNTIL).title == "要闻列表"


@given(st.text(st.sampled_from("<>/h1titledivp 年月日时间来源作者记者：:（）2024-05 一二〇\n网_|-"), max_size=300))
@settings(deadline=None, max_examples=300)
def test_no_page_breaks_the_reading(text: str):
    tree = markup.parse(f"<body>{text}</body>")
    if tree is not None:
        facts.read(tree, markup.metas(tree), tuple(markup.lines(tree)), UNTIL, text)


def test_the_package_keeps_the_slow_library_out():
    assert "htmldate" not in "".join(
        path.read_text(encoding="utf-8") for path in Path(facts.__file__).parent.glob("facts*.py")
    )


def test_the_publisher_of_linked_data_is_the_source_when_nothing_else_is():
    publisher = '"publisher": {"@type": "Organization", "name": "岚禾新闻", "logo": {"url": "/a.png"}}'
    head = f'<title>{TITLE}</title><script type="application/ld+json">{{"headline": "x", {publisher}}}</script>'
    assert read(H1, head).source == "岚禾新闻"
    assert read(H1 + box("来源：岚禾日报"), head).source == "岚禾日报"


def test_a_forums_column_before_a_heading_is_no_part_of_it():
    assert read(f"<h1><a>[投诉]</a> {TITLE}</h1>").title == TITLE
    assert read(f"<h1>【公示】{TITLE}</h1>", f"<title>【公示】{TITLE}_岚禾网</title>").title == f"【公示】{TITLE}"
