"""The main text of made-up pages: what belongs to it, what does not, how sure it is, and input of bad will."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import maintext, maintext_blocks, maintext_rules, markup
from pipeline.text.extraction import Page, extract

PARAGRAPHS = (
    "岚禾县近年来新建了一批村级养老助餐点，受到老年人的欢迎，但运营补助标准偏低，部分站点难以为继。",
    "一是补助按床位计算，与实际就餐人数脱节；二是食材价格上涨，站点只能靠减少菜品维持。",
    "建议：按就餐人次核定补助，由乡镇按月核实；鼓励农场与站点直接供货，降低成本。",
)
BODY = "".join(f"<p>　　{paragraph}</p>" for paragraph in PARAGRAPHS)
TITLE = "完善村级养老助餐点运营补助"
MENU = "<div class='nav'>" + "".join(f"<a href='/{n}'>栏目{n}</a> " for n in range(12)) + "</div>"
FOOT = (
    "<div class='footer'>版权所有：岚禾县人民政府办公室　地址：岚禾县河东路1号，邮编：000000　岚ICP备00000000号</div>"
)


def page(inner: str) -> str:
    return f"<html><head><title>{TITLE}</title></head><body>{MENU}{inner}{FOOT}</body></html>"


def read(inner: str) -> Page:
    found = extract(page(inner))
    assert found is not None
    return found


def lines(inner: str) -> list[str]:
    return read(inner).text.split("\n")


@pytest.mark.parametrize(
    "layout",
    [
        "<div class='TRS_Editor'>{}</div>",
        "<div id='zoom'>{}</div>",
        "<td id='UCAP-CONTENT'>{}</td>",
        "<table><tr><td><a href='/'>左栏</a></td><td>{}</td></tr></table>",
        "<span id='content'>{}</span>",
        "<div><div>{}</div><div class='right'><a href='/1'>要闻</a></div></div>",
        "{}",
    ],
)
def test_the_text_is_found_in_every_layout(layout: str):
    assert lines(layout.format(BODY)) == list(PARAGRAPHS)


def test_paragraphs_parted_by_breaks_are_lines():
    assert lines("<div class='con'>" + "<br>".join(PARAGRAPHS) + "</div>") == list(PARAGRAPHS)


def test_what_stands_around_an_article_is_left_out():
    around = (
        "<div>当前位置：首页 &gt; 政务公开 &gt; 正文</div><h1>完善村级养老助餐点运营补助</h1>"
        "<div>发布时间：2026-04-04 09:30 来源：岚禾日报 浏览次数：12</div><div>【字体：大 中 小】 打印本页</div>"
    )
    after = (
        "<div>分享到：微信 微博</div>"
        "<div>扫一扫在手机打开当前页</div><div>上一篇：<a href='/1'>关于停水的通知</a></div>"
        "<h3>相关阅读</h3><ul><li><a href='/2'>岚禾县召开会议</a></li>"
        "<li>养老服务中心今日启用，首批老人入住。</li></ul>"
    )
    assert lines(f"<div class='main'>{around}{BODY}{after}</div>") == list(PARAGRAPHS)


def test_a_documents_heading_number_and_signature_are_its_own():
    head = "<p align='center'>岚禾县人民政府文件</p><p>岚政发〔2026〕3号</p><p>各乡镇人民政府：</p>"
    tail = "<p class='text-right'>岚禾县人民政府</p><p>2026年4月4日</p><p>（此件公开发布）</p>"
    found = lines(f"<div class='article'>{head}{BODY}{tail}</div>")
    assert found[:3] == ["岚禾县人民政府文件", "岚政发〔2026〕3号", "各乡镇人民政府："]
    assert found[-3:] == ["岚禾县人民政府", "2026年4月4日", "（此件公开发布）"]


def test_a_notice_may_name_its_own_time_place_and_host():
    own = ["时间：4月8日上午九点", "主办单位：县政协办公室", "请各位委员准时参加，谢谢。"]
    assert lines(f"<div class='con'>{BODY}<p>{'</p><p>'.join(own)}</p></div>")[-3:] == own


def test_a_row_of_data_is_a_line_of_cells():
    table = "<table><tr><td><p>乡镇</p></td><td><p>站点</p></td></tr><tr><td>河东乡</td><td>12</td></tr></table>"
    assert lines(f"<div class='con'>{BODY}{table}</div>")[-2:] == ["乡镇\t站点", "河东乡\t12"]


def test_a_page_of_nothing_but_a_table_is_read():
    rows = "".join(f"<tr><td>{n}</td><td>王某{n}</td><td>河东乡</td></tr>" for n in range(1, 4))
    assert lines(f"<div class='TRS_Editor'><table>{rows}</table></div>")[0] == "1\t王某1\t河东乡"


def test_attachments_are_named_with_the_text():
    inside = "<p>附件：<a href='/a.docx'>补助标准.docx</a></p>"
    beneath = "<div><a href='/b.pdf'>助餐点名单.pdf</a></div>"
    found = lines(f"<div class='con'>{BODY}{inside}</div>{beneath}")
    assert found[len(PARAGRAPHS) :] == ["附件：补助标准.docx", "助餐点名单.pdf"]


def test_comments_longer_than_the_article_are_not_it():
    comments = "".join(f"<li>第{n}位网友说，这个办法好，希望早日推行，我们都盼着呢。</li>" for n in range(9))
    assert lines(f"<div class='con'>{BODY}</div><ul class='comment-list'>{comments}</ul>") == list(PARAGRAPHS)


def test_a_wrappers_name_does_not_hide_the_article():
    assert lines(f"<div class='main share'>{BODY}</div>") == list(PARAGRAPHS)


def test_words_heaped_up_for_search_engines_are_not_the_text():
    heap = " ".join(f"热词{n}" for n in range(20_000))
    assert lines(f"<div class='con'>{BODY}</div><div style='display:none'>{heap}</div>") == list(PARAGRAPHS)


def test_a_page_whose_article_is_away_is_not_trusted():
    for instead in (
        "",
        "<p>请登录后查看更多内容，如有疑问请联系网站管理员。</p>",
        "<p>详见附件。</p>",
        "<ul>" + "".join(f"<li><a href='/{n}'>关于第{n}次会议的通知</a> 04-0{n}</li>" for n in range(1, 10)) + "</ul>",
    ):
        assert read(f"<div class='con'>{instead}</div>").confidence < 0.5
    assert read(f"<div class='con'>{BODY}</div>").confidence > 0.8


def test_text_full_of_holes_is_not_trusted():
    assert read(f"<div class='con'>{BODY.replace('，', chr(0xFFFD) * 4)}</div>").confidence < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        "字",
        "<p>字",
        "\x00",
        "<p>\ud800\udc00</p>",
        "<p>\u202e，，，。</p>",
        "<table><tr><td>",
        "<p>😀😀</p>",
        "<!--",
        "<script>",
        "<td>字，</td></tr></table>",
        "<a><p>字</a></p>",
    ],
)
def test_no_text_is_too_odd(text: str):
    found = extract(text)
    assert found is None or found.text


TAGS = st.sampled_from(["<p>", "</p>", "<div class='con'>", "</div>", "<table>", "<tr>", "<td>", "</table>",
                        "<a href=x>",
                        "</a>", "<br>", "<h1>", "<li>", "<script>", "</script>"])  # fmt: skip
WORDS = st.sampled_from(
    [*PARAGRAPHS, "来源：", "相关阅读", "附件：", "回复内容：", "来信人：", "2026年1月1日", "\n", " "]
)


@given(st.lists(TAGS | WORDS | st.text(max_size=5), max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_page_is_read_and_its_text_is_seen_on_it(pieces: list[str]):
    found = extract("".join(pieces))
    if found is not None:
        assert 0 <= found.confidence <= 1
        seen = "".join("".join(found.visible).split())
        assert "".join(found.text.split()) in seen or all(
            "".join(part.split()) in seen for line in found.text.split("\n") for part in line.split("\t")
        )


BAIT = {
    "deep": lambda size: "<div>" * (size // 5) + BODY,
    "rows": lambda size: "<table>" + "<tr><td>1<td>2" * (size // 14) + "</table>",
    "crumbs": lambda size: "<p>" + "首页>" * (size // 3),
    "blanks": lambda size: "<p>来" + " " * size + "源",
    "breaks": lambda size: "文，字<br>" * (size // 7),
    "numbers": lambda size: "<a href='a_1.html'>2</a>" * (size // 24),
    "labels": lambda size: "<p>来信内容：甲</p><p>回复内容：乙</p>" * (size // 30),
    "names": lambda size: f"<div class='{'con ' * (size // 4)}'>{BODY}</div>",
}


@pytest.mark.parametrize("kind", BAIT)
def test_time_grows_with_the_page_and_no_faster(kind: str):
    made = [BAIT[kind](size) for size in (200_000, 800_000)]
    short, long = (min(_seconds(html) for _ in range(3)) for html in made)
    assert long < 12 * short + 0.1  # four times the page


def _seconds(html: str) -> float:
    began = time.perf_counter()
    tree = markup.parse(html)
    if tree is not None:
        maintext.find(maintext_blocks.read(tree), TITLE)
    return time.perf_counter() - began


def test_names_of_classes_are_heeded():
    for name in ("trs_editor", "article-content", "news_txt", "con", "xl_content", "detail", "pages_content"):
        assert maintext_rules.named(f"{name} ") == maintext_rules.CONTENT, name
    for name in ("nav", "footer", "bread-crumb", "related-news", "share", "comment", "copyright", "right"):
        assert maintext_rules.named(f"{name} ") < 0, name
    for name in ("text-right", "mar-top", "clearfix", "w1200"):
        assert maintext_rules.named(f"{name} ") >= 0, name


def test_the_time_of_a_meeting_above_its_place_is_the_texts():
    lines = (
        "时间：2026年4月20日上午9:30",
        "地点：县会议中心二号厅",
        "事由：就垃圾处理费标准调整听取意见，欢迎市民踊跃报名参加。",
    )
    html = "<h1>听证会公告</h1><p>时间：2026-03-30</p><p>来源：县发改局</p><div>{}</div>"
    tree = markup.parse(html.format("".join(f"<p>{line}</p>" for line in lines)))
    assert tree is not None
    assert maintext.find(maintext_blocks.read(tree), "听证会公告").text == "\n".join(lines)


def test_blanks_between_the_inline_parts_of_the_line_that_tells_of_a_page_only():
    def text(body: str) -> str:
        tree = markup.parse(f"<p>{body}</p>")
        assert tree is not None
        return maintext_blocks.read(tree).lines[0].text

    told = "<span>2026-05-22 07:11</span><span>岚禾网</span><span>记者 王小明</span>"
    assert text(told) == "2026-05-22 07:11 岚禾网 记者 王小明"
    assert text("<b>岚禾发布</b><i>3小时前</i>") == "岚禾发布 3小时前"
    assert text("<b>2026</b><b>年</b><b>5</b><b>月</b><b>2</b><b>日</b>") == "2026年5月2日"
    assert text("<b>2026年5月2日，</b><b>县里</b><b>开会。</b>") == "2026年5月2日，县里开会。"
    assert text("<b>县</b><b>里</b>") == "县里"
