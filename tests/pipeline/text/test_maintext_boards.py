"""Message boards: question and reply apart, on made-up pages."""

from __future__ import annotations

from dataclasses import replace

from pipeline.text import markup
from pipeline.text.extraction import extract
from pipeline.text.maintext_boards import Board, part

QUESTION = "我们小区门口的路灯坏了半个月，晚上出门很不方便。"
REPLY = "您好，路灯已于昨日修复，感谢您的监督。"


def board(html: str) -> Board | None:
    tree = markup.parse(html)
    assert tree is not None
    found = part(list(markup.lines(tree)))
    return replace(found, end=None) if found else None


def test_a_table_of_labels_and_values():
    html = (
        "<table><tr><td>编号:</td><td>C20260101</td><td>来信人:</td><td>王某</td></tr>"
        f"<tr><td>来信主题:</td><td>路灯不亮</td></tr><tr><td>来信内容:</td><td>{QUESTION}<br>请尽快修好！</td></tr></table>"
        "<table><tr><td>办理单位:</td><td>城管局</td><td>办理时间:</td><td>2026-01-05</td></tr>"
        f"<tr><td>处理情况:</td><td>{REPLY}</td></tr></table><p>上一篇：<a href='/1'>其他来信</a></p>"
    )
    assert board(html) == Board(f"{QUESTION}\n请尽快修好！", REPLY, "路灯不亮")


def test_headings_and_facts_between():
    html = (
        f"<h1>路灯不亮</h1><p>留言人：李某</p><p>留言时间：2026-03-01</p><p>{QUESTION}</p><h3>官方回复</h3>"
        f"<p>回复单位：城管局</p><p>回复时间：2026-03-04</p><p>{REPLY}</p><div>主办：岚禾县人民政府</div>"
    )
    assert board(html) == Board(QUESTION, REPLY)


def test_labels_before_a_colon():
    html = f"<p>【信件内容】：{QUESTION}</p><p>【答复内容】：{REPLY}</p><p>满意度评价：满意</p>"
    assert board(html) == Board(QUESTION, REPLY)


def test_a_letter_without_a_reply_is_one():
    who = "<p>来信人：王某</p><p>来信时间：2026-01-01</p><p>办理状态：办理中</p>"
    assert board(f"{who}<p>来信内容：{QUESTION}</p><p>办理状态：办理中</p>") == Board(QUESTION, None)
    assert board(f"<p>来信内容：{QUESTION}</p>") is None  # who asked is not told
    assert board(f"{who}<p>来信内容：{QUESTION}</p>" * 3) is None  # a list of letters


def test_a_form_for_letters_is_none():
    labels = "写信人：", "联系电话：", "写信时间：", "信件标题：", "信件内容：", "验证码："
    assert board("".join(f"<p>{label}</p>" for label in labels) + "<p>请如实填写，不得捏造事实。</p>") is None


def test_a_letters_head_may_tell_of_its_reply():
    head = "<p>信件标题：路灯不亮了</p><p>来信人：王某</p><p>回复单位：城管局</p><p>处理状态：已办结</p>"
    found = board(f"{head}<p>信件内容：{QUESTION}</p><p>回复内容：{REPLY}</p>")
    assert found == Board(QUESTION, REPLY, "路灯不亮了")


def test_title_and_date_of_a_boards_page_are_the_letters():
    cells = ("信件标题", "路灯不亮了"), ("来信时间", "2026-03-01 08:22"), ("来信人", "王**"), ("信件内容", QUESTION)
    rows = "".join(f"<tr><th>{label}</th><td>{value}</td></tr>" for label, value in cells)
    reply = f"<h3>官方回复</h3><p>发布时间：2026-03-04 15:02</p><p>{REPLY}</p>"
    found = extract(f"<title>县长信箱-信件内容</title><table>{rows}</table>{reply}")
    assert found is not None
    assert (found.title, str(found.moment)) == ("路灯不亮了", "2026-03-01 08:22:00")


def test_facts_in_one_line_and_a_question_without_a_label():
    who = "<div><span>留言ID：18223344</span><span>网友：匿名网友</span><span>2026-02-18 11:20</span></div>"
    found = extract(f"<h2>路灯不亮了</h2>{who}<p>{QUESTION}</p><h3>官方回复</h3><p>2026-03-04</p><p>{REPLY}</p>")
    assert found is not None
    assert (found.text, str(found.moment)) == (QUESTION, "2026-02-18 11:20:00")
    assert found.reply is not None
    assert REPLY in found.reply


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
