"""Message boards: question and reply apart, on made-up pages."""

from __future__ import annotations

from pipeline.text import markup
from pipeline.text.extraction import extract
from pipeline.text.maintext_boards import Board, part

QUESTION = "我们小区门口的路灯坏了半个月，晚上出门很不方便。"
REPLY = "您好，路灯已于昨日修复，感谢您的监督。"


def board(html: str) -> Board | None:
    tree = markup.parse(html)
    assert tree is not None
    return part(list(markup.lines(tree)))


def test_a_table_of_labels_and_values():
    html = (
        "<table><tr><td>编号:</td><td>C20260101</td><td>来信人:</td><td>王某</td></tr>"
        f"<tr><td>来信主题:</td><td>路灯不亮</td></tr><tr><td>来信内容:</td><td>{QUESTION}<br>请尽快修好！</td></tr></table>"
        "<table><tr><td>办理单位:</td><td>城管局</td><td>办理时间:</td><td>2026-01-05</td></tr>"
        f"<tr><td>处理情况:</td><td>{REPLY}</td></tr></table><p>上一篇：<a href='/1'>其他来信</a></p>"
    )
    assert board(html) == Board(f"{QUESTION}\n请尽快修好！", REPLY)


def test_headings_and_facts_between():
    html = (
        f"<h1>路灯不亮</h1><p>留言人：李某</p><p>留言时间：2026-03-01</p><p>{QUESTION}</p><h3>官方回复</h3>"
        f"<p>回复单位：城管局</p><p>回复时间：2026-03-04</p><p>{REPLY}</p><div>主办：岚禾县人民政府</div>"
    )
    assert board(html) == Board(QUESTION, REPLY)


def test_labels_before_a_colon():
    html = f"<p>【信件内容】：{QUESTION}</p><p>【答复内容】：{REPLY}</p><p>满意度评价：满意</p>"
    assert board(html) == Board(QUESTION, REPLY)


def test_a_question_without_a_reply_is_no_board():
    assert (
        board(f"<p>来信人：王某</p><p>来信时间：2026-01-01</p><p>来信内容：{QUESTION}</p><p>办理状态：办理中</p>")
        is None
    )


def test_an_article_that_tells_of_a_reply_is_no_board():
    html = (
        "<h1>县长答复群众来信</h1><p>来源：岚禾日报</p><p>昨日，县长就群众来信内容作出答复，并公布办理结果，群众满意。</p>"
        "<p>回复</p><p>举报电话：00000</p><p>回复：说得好</p>"
    )
    assert board(html) is None


def test_the_text_of_a_boards_page_is_the_question():
    found = extract(f"<title>路灯不亮</title><p>信件内容：{QUESTION}</p><p>回复内容：{REPLY}</p>")
    assert found is not None
    assert (found.text, found.reply) == (QUESTION, REPLY)
    assert found.confidence > 0.8


def test_other_pages_have_no_reply():
    found = extract(f"<p>{QUESTION}</p>")
    assert found is not None
    assert found.reply is None
