from __future__ import annotations

import pytest

from pipeline.text import markup
from pipeline.text.extraction import extract

PARAGRAPHS = (
    "岚禾县近年来新建了一批村级养老助餐点，受到老年人的欢迎，但运营补助标准偏低，部分站点难以为继。",
    "一是补助按床位计算，与实际就餐人数脱节；二是食材价格上涨，站点只能靠减少菜品维持。",
    "建议：按就餐人次核定补助，由乡镇按月核实；鼓励农场与站点直接供货，降低成本。",
)
BODY = "".join(f"<p>　　{paragraph}</p>" for paragraph in PARAGRAPHS)
NAVIGATION = "<ul>" + "".join(f"<li><a href='/{n}'>栏目{n}</a></li>" for n in range(20)) + "</ul>"
HEADING = "完善村级养老助餐点运营补助"


def page(body: str, head: str = "") -> str:
    return f"<html><head><title>{HEADING}-岚禾县政府网</title>{head}</head><body>{NAVIGATION}{body}</body></html>"


def test_main_text_title_date_author_and_source_of_a_page():
    facts = "<div>发布时间：2026-04-04 09:30　来源：岚禾日报　作者：王小明</div>"
    found = extract(page(f"<h1>{HEADING}</h1>{facts}<div class='con'>{BODY}</div>"))
    assert found is not None
    assert all(paragraph in found.text for paragraph in PARAGRAPHS)
    assert "栏目3" not in found.text
    assert (found.title, str(found.moment)) == (HEADING, "2026-04-04 09:30:00")
    assert (found.author, found.source) == ("王小明", "岚禾日报")
    assert found.confidence > 0.9


def test_the_meta_tags_of_government_sites_win_over_what_is_shown():
    head = (
        "<meta name='ArticleTitle' content='规范的标题'><meta name='PubDate' content='2026-03-01 08:00'>"
        "<meta name='ContentSource' content='县民政局'>"
    )
    found = extract(page(f"<h1>{HEADING}</h1><p>2020-01-01 10:00</p>{BODY}", head))
    assert found is not None
    assert (found.title, str(found.moment), found.source) == ("规范的标题", "2026-03-01 08:00:00", "县民政局")


def test_the_sites_name_is_taken_off_the_title():
    found = extract(page(BODY))
    assert found is not None
    assert found.title == HEADING


def test_a_catalogues_selectors_win_and_a_wrong_one_is_noted():
    body = f"<h2 class='t'>选定的标题</h2><i class='d'>2026年5月6日</i><div class='con'><p>选定的正文。</p></div>{BODY}"
    selectors = {"title": ".t", "text": ".con", "date": ".d"}
    found = extract(page(body), selectors=selectors)
    assert found is not None
    assert (found.title, found.text, str(found.moment)) == ("选定的标题", "选定的正文。", "2026-05-06 00:00:00")
    assert found.notes == ()
    other = extract(page(body), selectors={"title": "][", "text": ".missing"})
    assert other is not None
    assert PARAGRAPHS[0] in other.text
    assert [note.split("“")[1].split("”")[0] for note in other.notes] == ["][", ".missing"]


def test_paragraphs_in_a_layout_table_stay_paragraphs():
    found = extract(page(f"<table><tr><td><table><tr><td>{BODY}<p>完</p></td></tr></table></td></tr></table>"))
    assert found is not None
    assert [line for line in found.text.split("\n") if line in PARAGRAPHS] == list(PARAGRAPHS)


def test_a_page_without_text_is_none():
    for nothing in ("", " ", "<html></html>", "<script>var a = '字'</script>", "<!-- 注释 -->", "<img src=x>"):
        assert extract(nothing) is None


def test_what_no_rule_finds_is_read_from_the_visible_lines_with_less_confidence():
    found = extract("<p>散会。</p>")
    assert found is not None
    assert found.text == "散会。"
    assert found.confidence < 0.5


def test_markup_ten_thousand_levels_deep_and_attributes_of_ten_megabytes_are_read():
    deep = extract("<div>" * 10_000 + BODY)
    assert deep is not None
    assert PARAGRAPHS[0] in deep.text
    wide = extract(f"<div title='{'x' * 10_000_000}'>{BODY}</div>")
    assert wide is not None
    assert PARAGRAPHS[0] in wide.text


def test_visible_lines_leave_out_scripts_and_join_inline_elements():
    tree = markup.parse("<body><p>一<b>二</b>三</p><script>坏</script><div>四<br>五</div>六</body>")
    assert tree is not None
    assert list(markup.lines(tree)) == ["一二三", "四", "五", "六"]


@pytest.mark.parametrize("box", ["div", "section", "td"])
def test_paragraphs_in_boxes_of_their_own_beside_the_menu_are_one_text(box: str):
    boxes = {"td": ("<table><tr><td><p>", "</p></td></tr></table>")}
    begin, end = boxes.get(box, (f"<{box}><{box}><p>", f"</p></{box}></{box}>"))
    found = extract(page("".join(f"{begin}{one}{end}" for one in PARAGRAPHS)))
    assert found is not None
    assert [line for line in found.text.split("\n") if line in PARAGRAPHS] == list(PARAGRAPHS)
