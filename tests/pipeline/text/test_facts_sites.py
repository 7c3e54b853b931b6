"""Facts of pages in shapes that other sites than the first ones taught, with made-up contents."""

from __future__ import annotations

import pytest

from pipeline.text import extraction, markup
from tests.pipeline.text.facts_pages import BODY, H1, TITLE, UNTIL, box, read, told

ACCOUNT = (
    f"<div><h1 id='activity-name'>{TITLE}</h1><span><a id='js_name'> <b>岚禾发布</b> </a></span><em>昨天</em></div>"
)


def test_a_public_accounts_article_has_its_moment_in_a_script_and_its_account_beside_the_heading():
    library = "<script>" + "var a = 'x';" * 30_000 + "</script>"
    own = '<script>var ct = "1704421200"; var svr_time = "1704600000";</script>'  # fmt: skip
    found = read(ACCOUNT + BODY + library + own, f"<title>{TITLE}</title>")
    assert told(found) == (TITLE, "2024-01-05 10:20", None, "岚禾发布")


@pytest.mark.parametrize(
    ("before", "behind", "author", "source"),
    [
        (box("2024-01-05 10:20", "执笔/一叶姐、王小明&李大海"), "", "一叶姐、王小明、李大海", None),
        (box("2024-01-05", "【文/岚禾网专栏作者 王小明】"), "", "王小明", None),
        (box("2024-01-05"), box("采写：岚都记者 王小明 李大海"), "王小明、李大海", None),
        (box("2024-01-05"), box("观察员福利：我们一起读一读", "评论员点赞"), None, None),
        (box("来源于：东区办事处", "2024-01-05"), "", None, "东区办事处"),
        (box("原创 岚禾日报 2024-01-05 10:20:00"), "", None, "岚禾日报"),
        (box("2024-01-05 10:20", "举报"), "", None, None),
        (box("王小明/岚禾青年报", "2024-01-05 10:20"), "", "王小明", "岚禾青年报"),
        (box("发表于2024-01-05 10:20| 11次阅读| 来源LANHE| 0 条评论| 作者王小明"), "", "王小明", "LANHE"),
        (box("新华社", "2024-01-05 10:20"), "", None, "新华社"),
        (box("喜报", "2024-01-05 10:20"), "", None, None),
        (box("2024-01-05"), box("采写：黄河记者 王小明"), "王小明", None),
        (box("2024-01-05"), box("（本报记者阿依古丽）"), "阿依古丽", None),
    ],
)
def test_who_wrote_it_and_where_it_is_from(before: str, behind: str, author: str | None, source: str | None):
    found = read(H1 + before + BODY + behind)
    assert (found.author, found.source) == (author, source)


def test_a_title_that_names_a_column_gives_way_to_the_line_above_the_date():
    head = "<title>工作动态--岚禾县老年学会</title>"
    page = f"<h3>首页 - 工作动态</h3><h5>{TITLE}</h5><b>发布时间：2024-01-05</b>{BODY}<h3>友情链接 / Links</h3>"
    assert read(page, head).title == TITLE


def test_a_short_title_that_ends_the_way_to_its_page_stays_one():
    page = f"<div>首页 &gt; 政协章程</div><h1>政协章程</h1><b>发布时间：2024-01-05</b>{BODY}"
    assert read(page, "<title>岚禾区政协</title>").title == "政协章程"
    assert read(page, "<title></title>").title == "政协章程"


def test_the_mark_of_what_is_original_is_no_part_of_a_heading():
    assert read(f"<h1><i>原创</i>{TITLE}</h1>{BODY}", f"<title>{TITLE}</title>").title == TITLE
    dated = f"<h1><i>原创</i> {TITLE}</h1><b>发布时间：2024-01-05</b>{BODY}"
    assert read(dated, "<title>岚禾观察</title>").title == TITLE


@pytest.mark.parametrize("end", ["</html>", "</body></html>", "</BODY >\n</HTML>"])
def test_a_page_goes_on_after_a_header_that_ends_it(end: str):
    page = f"<html><body><p>岚禾县人民政府</p>{end}<div>{H1}<p>发布时间：2024-01-05</p>{BODY}</div></body></html>"
    found = extraction.extract(page, until=UNTIL)
    assert found is not None
    assert (found.title, str(found.moment)[:10]) == (TITLE, "2024-01-05")
    assert "明年将按就餐人次核定补助" in found.text


def test_a_heading_broken_over_lines_within_the_text_is_none_of_it():
    heading = f"<p><b>{TITLE[:6]}<br>{TITLE[6:12]}<br>{TITLE[12:]}</b><br>（2024年1月5日县民政局印发）</p>"
    found = extraction.extract(f"<title>{TITLE}</title><div id=content>{heading}{BODY}</div>", until=UNTIL)
    assert found is not None
    assert found.text.startswith("（2024年1月5日县民政局印发）")


def test_what_others_put_behind_a_pages_end_is_none_of_it():
    spam = f"<div><p>{'注册就送彩金，欢迎加入。' * 9}</p></div>"
    page = f"<html><body>{H1}<p>发布时间：2024-01-05</p>{BODY}</body></html>{spam}"
    found = extraction.extract(page, until=UNTIL)
    assert found is not None
    assert "彩金" not in found.text


def test_characters_that_no_tree_holds_are_left_out():
    tree = markup.parse("<p>路\0灯\ud800不\ufffe亮\uffff了\x0b</p>")
    assert tree is not None
    assert list(markup.lines(tree)) == ["路灯不亮了"]
