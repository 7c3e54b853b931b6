"""Pages in the shapes of the common editors and portals, with made-up contents."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import facts, markup
from pipeline.text.facts import Facts
from pipeline.text.facts_title import less_site

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
TITLE = "岚禾县完善村级养老助餐点运营补助"
BODY = "".join(
    f"<p>　　{paragraph}</p>"
    for paragraph in (
        "岚禾县近年来新建了一批村级养老助餐点，受到老年人的欢迎，但运营补助标准偏低。2019年5月1日，县里出台了办法。",
        "一是补助按床位计算，与实际就餐人数脱节；二是食材价格上涨，站点只能靠减少菜品维持，资金来源：财政拨款。",
        "记者从县民政局获悉，明年将按就餐人次核定补助，由乡镇按月核实。",
    )
)
MENU = (
    "<ul>"
    + "".join(f"<li><a href='/{word}'>{word}</a></li>" for word in ("首页", "要闻", "政务公开", "专题"))
    + "</ul>"
)
ASIDE = (
    "<div class='side'><h3>最新动态</h3><ul>"
    + "".join(
        f"<li><a href='/{n}'>另一篇关于岚禾的消息{n}</a><span>2026-10-{n + 10} 08:0{n}</span></li>" for n in range(6)
    )
    + "</ul></div>"
)
FOOTER = "<div>主办：岚禾县人民政府办公室　版权所有 © 2010-2026　备案号：某ICP备05000000号</div>"


def read(body: str, head: str = f"<title>{TITLE}_岚禾县人民政府</title>", url: str | None = None) -> Facts:
    page = f"<html><head>{head}</head><body>{MENU}{body}{ASIDE}{FOOTER}</body></html>"
    tree = markup.parse(page)
    assert tree is not None
    return facts.read(tree, markup.metas(tree), tuple(markup.lines(tree)), UNTIL, url)


def told(found: Facts) -> tuple[str | None, str | None, str | None, str | None]:
    moment = found.moment and f"{found.moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    return found.title, moment, found.author, found.source


def box(*lines: str) -> str:
    return "".join(f"<div>{line}</div>" for line in lines)


H1 = f"<h1>{TITLE}</h1>"
# Name: (what stands before the text, behind it, title, moment, author, source).
SHAPES: dict[str, tuple[str, str, str | None, str | None, str | None]] = {
    "spans in one line": (
        H1 + "<span>发布时间：2024-01-05 10:20</span><span>来源：岚禾日报</span><span>作者：王小明</span>"
        "<span>浏览次数：3</span>",
        "",
        "2024-01-05 10:20",
        "王小明",
        "岚禾日报",
    ),
    "a layout table without headings": (
        (
            f"<table><tr><td class='title12'>{TITLE}</td></tr>"
            "<tr><td>发布日期：2024-01-05 | 来源：县民政局 | 字号：[大 中 小]</td></tr></table>"
        ),
        "",
        "2024-01-05",
        None,
        "县民政局",
    ),
    "bold text in a cell for a title": (
        (
            f"<table><tr><td><strong><font size=5>{TITLE}</font></strong></td></tr>"
            "<tr><td>[ 2024/1/5 9:05:00 ]　稿源：岚禾发布　[字体：大 中 小]</td></tr></table>"
        ),
        "",
        "2024-01-05 09:05",
        None,
        "岚禾发布",
    ),
    "a table of an official document": (
        (
            "<table><tr><td>索 引 号：</td><td>K001-2024-0001</td><td>主题分类：</td><td>民政</td></tr>"
            "<tr><td>发文机关：</td><td>岚禾县民政局</td><td>成文日期：</td><td>2024年01月03日</td></tr>"
            f"<tr><td>标　　题：</td><td>{TITLE}</td><td>发文字号：</td><td>岚民发〔2024〕1号</td></tr>"
            "<tr><td>发布日期：</td><td>2024年01月05日</td><td>有 效 性：</td><td>有效</td></tr></table>"
        ),
        "",
        "2024-01-05",
        None,
        "岚禾县民政局",
    ),
    "a title over two lines, signed in Chinese numerals": (
        box(TITLE[:8], TITLE[8:]),
        box("岚禾县民政局", "二〇二四年一月五日"),
        "2024-01-05",
        None,
        None,
    ),
    "label and value in lines of their own": (
        f"<h2>{TITLE}</h2>"
        + box("来源：", "岚禾新闻网", "发布时间：", "2024年1月5日 10:20", "作者：", "王小明 李大海"),
        "",
        "2024-01-05 10:20",
        "王小明、李大海",
        "岚禾新闻网",
    ),
    "a date torn over elements": (
        f"<div><b>2024</b> <b>01</b>/<b>05</b> <b>10:20:30</b> 来源：岚禾网</div>{H1}",
        "",
        "2024-01-05 10:20",
        None,
        "岚禾网",
    ),
    "the medium without a label beside the date": (
        H1 + box("2024年01月05日 10:20 <a href='/'>岚禾晚报</a>", "缩小字体"),
        "",
        "2024-01-05 10:20",
        None,
        "岚禾晚报",
    ),
    "a byline of reporters and a photographer": (
        H1 + box("2024-01-05 10:20:11 来源：岚禾新闻网", "岚禾日报记者 王小明 通讯员 李大海"),
        box("岚禾日报记者 赵一 摄"),
        "2024-01-05 10:20",
        "王小明、李大海",
        "岚禾新闻网",
    ),
    "a medium and a reporter in elements of the line of the date": (
        H1 + box("2024-01-05 10:20 岚禾网 记者 王小明"),
        "",
        "2024-01-05 10:20",
        "王小明",
        "岚禾网",
    ),
    "a medium before a time that names no day": (
        H1 + box("岚禾发布 3小时前 阅读 1.2万"),
        "",
        None,
        None,
        "岚禾发布",
    ),
    "a medium behind a moment with an offset": (
        H1 + box("2024-01-05T09:12:33.000+0800 岚禾发布"),
        "",
        "2024-01-05 09:12",
        None,
        "岚禾发布",
    ),
    "a medium behind a bar": (H1 + box("2024-01-05 09:12 | 岚禾发布"), "", "2024-01-05 09:12", None, "岚禾发布"),
    "who submitted it": (H1 + box("由 王小明 提交于 周三, 01/25/2024 - 14:05"), "", "2024-01-25 14:05", "王小明", None),
    "in English": (
        H1 + box("By Wang Xiaoming | Lanhe Daily | Updated: 05 Jan 2024 09:12", "Source: Lanhe Daily"),
        "",
        "2024-01-05 09:12",
        "Wang Xiaoming",
        "Lanhe Daily",
    ),
    "who wrote and who pictured it, with bars": (
        H1 + box("文 | 本刊记者 王小明　摄影 | 李木", "2024-01-05　12:47"),
        "",
        "2024-01-05 12:47",
        "王小明",
        None,
    ),
    "a dateline": (
        H1 + box("2024-01-05 来源：岚禾政协网", "岚禾政协网1月5日电（记者 王小明 通讯员 李大海）县里召开会议。"),
        "",
        "2024-01-05",
        "王小明、李大海",
        "岚禾政协网",
    ),
    "文/ at the end, and an editor who is no author": (
        H1 + box("2024-01-05 10:20"),
        box("文/岚禾晚报记者王小明", "责任编辑：李大海"),
        "2024-01-05 10:20",
        "王小明",
        None,
    ),
    "a medium before the author's name": (
        H1 + box("2024-01-05 10:20　作者：岚禾日报记者 王小明"),
        "",
        "2024-01-05 10:20",
        "王小明",
        None,
    ),
    "no blanks between label and next label": (
        H1 + box("作者：王小明来源：岚禾日报发布时间：2024-01-05 10:20浏览：5次"),
        "",
        "2024-01-05 10:20",
        "王小明",
        "岚禾日报",
    ),
    "a year of two digits and full-width figures": (
        H1 + box("日期：24-01-05　点击：５５次"),
        "",
        "2024-01-05",
        None,
        None,
    ),
    "published and updated": (
        H1 + box("更新时间：2024-02-01 09:00", "发布时间：2024-01-05 10:20"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "today above the menu": (
        f"<div>今天是2026年11月22日 星期日</div>{H1}<div class=tit2>2024-01-05</div>",
        "",
        "2024-01-05",
        None,
        None,
    ),
    "a logo for a first heading, breadcrumbs with the title": (
        f"<h1><a href='/'>岚禾县人民政府</a></h1><div>当前位置：首页 > 要闻 > {TITLE}</div><h3>{TITLE}</h3>"
        + box("发布人：管理员　发布时间：2024年01月05日　作者：　点击：3"),
        "",
        "2024-01-05",
        None,
        None,
    ),
    "the column for a first heading": (
        f"<h1>岚禾县人民政府</h1><h2>要闻</h2><p>{TITLE}</p>" + box("2024-01-05 10:20"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "a heading that holds the date": (
        f"<h1>{TITLE}<small>2024-01-05 10:20 来源：岚禾网</small></h1>",
        "",
        "2024-01-05 10:20",
        None,
        "岚禾网",
    ),
    "the time of a meeting": (
        H1 + box("2024-01-05 10:20", "各委员：", "时间：2024年3月10日 9:00", "地点：县政协"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "the source of a picture": (
        H1 + box("2024-01-05 10:20", "图片来源：视觉岚禾"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "a post of a message board": (
        H1 + box("<a href='/u'>岚禾市民</a>", "发表于 2024-1-5 10:20:30 | 只看该作者"),
        box("发表于 2024-1-6 11:00:00"),
        "2024-01-05 10:20",
        None,
        None,
    ),
    "a letter with its answer": (
        (
            f"<h2>{TITLE}</h2><table><tr><td>来信时间</td><td>2024-01-05 10:20</td><td>回复时间</td>"
            "<td>2024-01-09 08:00</td></tr><tr><td>回复单位</td><td>县民政局</td></tr></table>"
        ),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "traditional characters": (
        H1 + box("發佈時間：2024-01-05　來源：嵐禾日報　記者：趙小明"),
        "",
        "2024-01-05",
        "趙小明",
        "嵐禾日報",
    ),
    "an offset of another place": (
        H1 + box("2024年1月5日, 格林尼治标准时间02:20"),
        "",
        "2024-01-05 02:20",
        None,
        None,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_facts_are_read_from_pages_of_many_shapes(shape: str):
    before, behind, *expected = SHAPES[shape]
    assert told(read(f"{before}{BODY}{behind}")) == (TITLE, *expected)


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


def test_origins_say_who_agrees():
    found = read(
        SHAPES["spans in one line"][0], f"<title>{TITLE}_岚禾网</title><meta name='ArticleTitle' content='{TITLE}'>"
    )
    assert found.origins["title"] == ("heading", "line", "meta", "page title")
    assert found.origins["moment"] == ("line",)


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
