"""pdf: lines become paragraphs, columns follow each other, and what stands at the page's edge is no text."""

from __future__ import annotations

import typst

from pipeline.intake.formats.pdf_lines import Piece, lines, printed
from pipeline.intake.submit import FILE, check
from pipeline.text.secrecy import NOTICE

SENTENCE = "全县家庭农场达到四百一十二家粮食烘干能力不足每年秋收季节连续阴雨稻谷发芽霉变群众反映强烈"


def pdf(body: str, **page: str) -> bytes:
    said = ", ".join(f"{name}: {value}" for name, value in page.items())
    source = f'#set page(width: 15cm, height: 12cm, {said})\n#set text(font: "Noto Serif CJK SC", size: 12pt)\n'
    return typst.compile((source + body).encode(), format="pdf")


INDENTED = "#set par(first-line-indent: (amount: 2em, all: true), justify: true)\n"


def test_paragraphs_stay_apart_and_have_no_blanks_of_the_layout(reading):
    paragraphs = [f"{number}，{SENTENCE * 2}，共3项。" for number in ("其一", "其二", "其三")]
    found = reading(pdf(INDENTED + "#align(center)[关于烘干的建议]\n\n" + "\n\n".join(paragraphs)), "a.pdf")
    draft = found.rows[0].draft
    assert draft.title == "关于烘干的建议"
    assert draft.text.split("\n") == paragraphs


def test_columns_follow_each_other(reading):
    text = SENTENCE * 9 + "。"
    found = reading(pdf(INDENTED + f"关于烘干的建议\n\n{text}", columns="2"), "a.pdf")
    assert found.texts == [text]


def test_page_numbers_and_running_heads_are_no_text_but_looked_at(reading):
    text = "\n\n".join(f"第{number}段，{SENTENCE}。" for number in "一二三四五六七八九十")
    (row,) = reading(pdf(INDENTED + text, header="[秘密★1年]", numbering='"- 1 -"'), "a.pdf").rows
    assert "★" not in row.draft.text
    assert "- 1 -" not in row.draft.text
    refusal = check(row.draft, FILE)
    assert refusal is not None
    assert refusal.what == NOTICE


def test_a_head_on_a_single_page_is_told_by_the_number_opposite():
    page = [piece("某单位", 0, 790), piece("题目", 0, 720), piece("一段。", 0, 700), piece("1", 0, 45)]
    found = printed([page], [842])
    assert (found.text, found.margins) == ("题目\n一段。", ("某单位", "1"))
    assert printed([page[:3]], [842]).text == "某单位\n题目\n一段。"


def test_a_form_gives_its_fields(reading):
    body = f"关于烘干的建议\n\n#table(columns: 4, inset: 12pt, [反映人], [张三], [单位], [县文化馆])\n\n{SENTENCE}。"
    draft = reading(pdf(body), "a.pdf").rows[0].draft
    assert (draft.author, draft.unit, draft.text) == ("张三", "县文化馆", SENTENCE + "。")


def test_a_page_that_is_a_picture_is_told(reading):
    body = f"关于烘干的建议\n\n{SENTENCE}。\n#pagebreak()\n#rect(width: 50%, fill: red)"
    found = reading(pdf(body), "a.pdf")
    assert found.warnings == ["第 2 页没有文字，可能是扫描页，没有读取"]


def piece(text: str, x: float = 0, y: float = 100, size: float = 10) -> Piece:
    return Piece(text, x, y, size)


def test_radicals_in_place_of_characters_are_put_right():
    assert lines([piece("⻓期⼯作⻅效")])[0].text == "长期工作见效"


def test_type_printed_twice_to_look_bold_is_read_once():
    assert [line.text for line in lines([piece("标题"), piece("标题", 0.3), piece("正文", 0, 80)])] == ["标题", "正文"]


def test_type_that_is_spread_out_closes_up_and_words_stay_apart():
    (spread,) = lines([piece("那 次 上 访 开 发 商")])
    (words,) = lines([piece("School"), piece(" ", 40), piece("Desk", 42)])
    assert (spread.text, words.text) == ("那次上访开发商", "School Desk")


def test_a_word_parted_at_the_margin_is_joined():
    text = ("the family of the agri-", "culture of a wide valley", "and of the others, too")
    page = [piece(line, 0, 100 - 12 * at) for at, line in enumerate(text)]
    assert printed([page]).text == "the family of the agriculture of a wide valley and of the others, too"


def test_nothing_is_nothing():
    assert printed([]).text == printed([[]]).text == printed([[piece(" ")]]).text == ""
