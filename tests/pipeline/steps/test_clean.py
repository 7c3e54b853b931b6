from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import identity
from pipeline.records.items import Cleaned, Failed, Rejected
from pipeline.records.messages import Consent, Crawled, Place, Submitted
from pipeline.records.names import Kind, Step
from pipeline.steps.clean import NO_WORDS, CleanRules, ToClean, clean

RECEIVED = "2026-11-23T01:00:00.000000Z"
PLACE = Place("bus", "topic", 0, 7)
TEXT = "白鹭河柳湾段堤脚渗水，建议立即排查。\n一是组织专业人员现场查勘；二是备足物料。"
BODY = "".join(
    f"<p>{line}建议有关部门尽快研究，明确责任单位和办理时限，并向群众反馈办理结果。</p>" for line in TEXT.split("\n")
)


def submitted(text: str = TEXT, **fields: Any) -> ToClean:
    facts = {
        "message_id": "m1",
        "source": "api",
        "origin": "R1",
        "received_at": RECEIVED,
        "receipt": "R1",
        "channel": "api",
    }
    return ToClean(PLACE, Submitted(**(facts | {"text": text} | fields)), b"value")


def crawled(body: bytes | str | None, **fields: Any) -> ToClean:
    facts = {
        "message_id": "f-1",
        "source": "site",
        "origin": "http://a.cn/1",
        "received_at": RECEIVED,
        "url": "http://a.cn/1",
    }
    return ToClean(PLACE, Crawled(**(facts | fields)), b"value", body.encode() if isinstance(body, str) else body)


def cleaned(given: ToClean) -> Cleaned:
    (outcome,) = clean([given])
    assert isinstance(outcome, Cleaned), outcome
    return outcome


def rejected(given: ToClean) -> Rejected:
    (outcome,) = clean([given])
    assert isinstance(outcome, Rejected), outcome
    return outcome


def failed(given: ToClean, rules: CleanRules | None = None) -> Failed:
    (outcome,) = clean([given], rules)
    assert isinstance(outcome, Failed), outcome
    assert (outcome.step, outcome.payload) == (Step.CLEAN, b"value")
    return outcome


def test_a_submission_keeps_what_its_author_gave():
    one = cleaned(
        submitted(
            title="堤脚渗水",
            author="王小明",
            unit="农业界",
            urgent=True,
            consent=Consent(named=True),
            published_at="2026-11-22 10:00",
        )
    )
    assert (one.kind, one.item, one.title, one.text) == (
        Kind.SUBMISSION,
        identity.item_id("api", "R1"),
        "堤脚渗水",
        TEXT,
    )
    assert (one.author, one.unit, one.urgent, one.named, one.receipt, one.channel) == (
        "王小明",
        "农业界",
        True,
        True,
        "R1",
        "api",
    )
    assert one.published_at == "2026-11-22T02:00:00.000000Z"
    assert one.content == identity.content_hash("堤脚渗水", TEXT)
    assert one.exact == identity.exact_hash(TEXT)
    assert (one.confidence, one.repairs, one.warnings) == (1.0, (), ())


def test_a_missing_title_is_the_first_line_up_to_forty_characters():
    assert cleaned(submitted()).title == "白鹭河柳湾段堤脚渗水，建议立即排查。"
    assert cleaned(submitted("长" * 100)).title == "长" * 40


def test_a_copied_pages_way_through_its_site_is_no_title():
    assert cleaned(submitted("首页>要闻 地方巡礼\n岚禾县粮食烘干难\n" + TEXT)).title == "岚禾县粮食烘干难"
    assert cleaned(submitted("首页>要闻")).title == "首页>要闻"


def test_markup_in_a_submission_is_text():
    assert cleaned(submitted("<b>路灯</b>不亮<script>1</script>")).text == "<b>路灯</b>不亮<script>1</script>"


def test_blank_lines_outside_go_and_the_places_of_repairs_and_personal_data_follow():
    one = cleaned(submitted("\r\n \r\n　　路灯\u200b不亮，电话13812345678。\r\n\r\n"))
    assert one.text == "　　路灯不亮，电话13812345678。"
    assert [(repair.at, repair.before) for repair in one.repairs] == [(4, "\u200b")]
    assert [one.text[span.start : span.end] for span in one.personal] == ["13812345678"]


def test_a_submission_text_kept_in_files_is_read_from_there():
    given = submitted("", text_file="a" * 64)
    assert cleaned(ToClean(given.place, given.message, given.payload, text=TEXT)).text == TEXT


@pytest.mark.parametrize("nothing", ["", " \n\t　", "\0\0", "\u200b\ufeff", "\ud800"])
def test_a_submission_without_text_is_rejected_with_its_reason(nothing: str):
    given = submitted("")
    assert rejected(ToClean(given.place, given.message, given.payload, text=nothing)).reason == "来稿没有正文"


def test_the_words_of_secrecy_warn_and_refuse_nothing():
    assert cleaned(submitted("建议加强商业秘密保护。")).warnings == ("文中有“商业秘密”字样，请确认不涉及国家秘密",)


def test_a_page_becomes_a_web_lead_with_charset_title_and_date():
    page = f"<title>白鹭河排查</title><h1>白鹭河柳湾段排查</h1><p>发布时间：2026-11-20 08:30</p>{BODY}"
    one = cleaned(crawled(page.encode("gbk"), source_title="某网", region="990101"))
    assert (one.kind, one.charset, one.title, one.region) == (Kind.WEB_LEAD, "gb18030", "白鹭河柳湾段排查", "990101")
    assert one.published_at == "2026-11-20T00:30:00.000000Z"
    assert "白鹭河柳湾段堤脚渗水" in one.text
    assert (one.url, one.page_source) == ("http://a.cn/1", "某网")


def test_the_list_gives_title_and_date_that_the_page_lacks():
    one = cleaned(crawled(f"<div>{BODY}</div>", link_title="列表上的标题", link_date="2026-11-19"))
    assert (one.title, one.published_at) == ("列表上的标题", "2026-11-18T16:00:00.000000Z")


def test_a_date_in_the_future_is_dropped():
    assert cleaned(crawled(f"<meta name=PubDate content='2027-01-01'>{BODY}")).published_at is None


@pytest.mark.parametrize("nothing", [None, b"", b"<html></html>", b"<script>x</script>", b"\0\0\0"])
def test_a_page_without_text_is_rejected_with_its_reason(nothing: bytes | None):
    outcome = rejected(crawled(nothing))
    assert (outcome.reason, outcome.erase) == (NO_WORDS, False)


def test_a_page_with_a_mark_of_secrecy_is_rejected_and_its_payload_removed():
    outcome = rejected(crawled(f"<p>首页</p><p>机密★5年</p><h1>某报告</h1>{BODY}"))
    assert outcome.erase
    assert "机密" in outcome.reason


def test_torn_bytes_leave_a_text_and_a_warning():
    body = f"<h1>堤脚渗水</h1>{BODY * 3}".encode()
    one = cleaned(crawled(body[:200] + body[201:]))
    assert "堤脚渗水" in one.text
    assert "字节损坏" in one.warnings[0]


def test_noise_is_set_aside_with_low_confidence():
    noise = bytes(128 + (number * 7919 + number // 13 * 31) % 127 for number in range(30_000))
    assert failed(crawled(noise)).error in {"low_confidence", "unreadable"}


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"%PDF-1.7 ...", "not_a_page"), (b"PK\x03\x04...", "not_a_page"), (b"x" * 20_000_001, "too_large")],
)
def test_what_is_no_page_is_set_aside_with_a_sentence(body: bytes, error: str):
    outcome = failed(crawled(body))
    assert outcome.error == error
    assert outcome.reason


def test_over_a_million_characters_are_set_aside_with_a_sentence():
    assert failed(submitted("字" * 1_000_001)).error == "too_large"
    assert failed(crawled(f"<p>{'字' * 300}</p>"), CleanRules(max_characters=200)).error == "too_large"


def test_each_message_has_one_outcome_in_its_place():
    outcomes = clean([submitted(), submitted(""), crawled(b""), crawled(f"<h1>题</h1>{BODY}")])
    assert [type(one) for one in outcomes] == [Cleaned, Rejected, Rejected, Cleaned]


def test_the_same_message_gives_the_same_outcome():
    given = [submitted(), crawled(f"<h1>题</h1>{BODY}")]
    assert clean(given) == clean(given)


@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=30))
@settings(deadline=None, max_examples=200)
def test_rule_8_no_nul_and_no_lone_surrogate_leaves_the_step(text: str, title: str):
    message = Submitted.model_construct(**{name: getattr(submitted().message, name) for name in Submitted.model_fields})
    message = message.model_copy(update={"title": title, "author": title, "published_at": title, "origin": title})
    (outcome,) = clean([ToClean(PLACE, message, b"value", text=text)])
    if isinstance(outcome, Cleaned):
        said = (outcome.title, outcome.text, outcome.author, outcome.origin, *(one.before for one in outcome.repairs))
        assert "\0" not in "".join(part or "" for part in said)
        "".join(part or "" for part in said).encode()


@given(st.binary(max_size=400) | st.text("<>/=\"' &;#!-abdivtableph1文字。", max_size=300).map(str.encode))
@settings(deadline=None, max_examples=150)
def test_no_page_breaks_the_step(body: bytes):
    (outcome,) = clean([crawled(body)])
    assert isinstance(outcome, (Cleaned, Rejected, Failed))


def test_submissions_load_no_lxml():
    code = "import sys, pipeline.steps.clean; print([name for name in ('lxml',) if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SPLIT = "<html><head><title>{0}</title></head><body><h1>{0}</h1><div class='content'><p>{1}</p></div></body></html>"
PARTS = [
    SPLIT.format("粮食烘干机不够用，晾晒占了公路", words).encode()
    for words in (
        "其一，粮食烘干机不够用，每到秋收要排队。" * 10,
        "其二，晾晒占了公路，车来车往不安全。" * 10,
        "其三，建议在镇上增设烘干服务点。" * 10,
    )
]


def test_a_text_split_over_pages_is_read_as_one():
    (found,) = clean([crawled(b"".join(PARTS), parts=[len(one) for one in PARTS])])
    assert isinstance(found, Cleaned)
    assert [found.text.count(word) for word in ("其一", "其二", "其三")] == [10, 10, 10]
    assert found.text.index("其一") < found.text.index("其二") < found.text.index("其三")
    assert found.title == "粮食烘干机不够用，晾晒占了公路"


def test_parts_in_two_charsets_are_each_read_in_their_own():
    bodies = [PARTS[0], PARTS[1].decode().encode("gb18030")]
    (found,) = clean([crawled(b"".join(bodies), parts=[len(one) for one in bodies])])
    assert isinstance(found, Cleaned)
    assert "晾晒占了公路" in found.text


def test_sizes_that_do_not_fit_say_nothing():
    (found,) = clean([crawled(PARTS[0], parts=[1, 2])])
    assert isinstance(found, Cleaned)
    assert "其一" in found.text


def test_the_mark_of_secrecy_on_a_later_part_is_heeded():
    marked = PARTS[1].replace("其二，".encode(), "机密★5年</p><p>其二，".encode())
    bodies = [PARTS[0], marked]
    (found,) = clean([crawled(b"".join(bodies), parts=[len(one) for one in bodies])])
    assert isinstance(found, Rejected)
    assert found.erase


BOARD = """<html><head><title>领导信箱</title></head><body><h2>关于增设烘干点的来信</h2>
<p>来信内容：</p><p>我们村今年收了三百亩稻谷，没有地方烘干，只好晒在公路上，车来车往很不安全，请有关部门想想办法。</p>
<p>答复内容：</p><p>您好，您反映的问题已经收悉。县农业农村局将在下月于镇上增设两台烘干机，届时欢迎使用。感谢来信。</p>
</body></html>"""


def test_on_a_message_board_question_and_reply_are_apart_and_a_new_reply_is_a_revision():
    (found,) = clean([crawled(BOARD)])
    assert isinstance(found, Cleaned)
    assert "三百亩稻谷" in found.text
    assert "烘干机，届时" not in found.text
    assert "两台烘干机" in (found.reply or "")
    (later,) = clean([crawled(BOARD.replace("下月", "本月"))])
    assert isinstance(later, Cleaned)
    assert (later.exact, later.content != found.content) == (found.exact, True)


def test_a_page_in_two_charsets_is_read_whole_and_the_warning_names_the_other():
    menu = "<ul><li>政务公开</li><li>办事服务</li><li>互动交流</li><li>网上信访大厅</li></ul>".encode("gb18030")
    body = PARTS[0].replace(b"<h1>", menu + b"<h1>")
    (found,) = clean([crawled(body)])
    assert isinstance(found, Cleaned)
    assert "烘干机不够用" in found.text
    assert any("另一种编码（gb18030）" in one for one in found.warnings)


def test_the_names_of_a_converted_page_are_turned_back_with_its_text():
    """A name that stays in the other characters would not be hidden where the text has it."""
    text = (
        "人民政協(xié)工作會議在省城召開，全面貫徹中央的決策部署，凝聚發(fā)展合力，現(xiàn)代化建設穩(wěn)步推進。" * 6
    )
    page = cleaned(
        crawled(
            "<html><meta charset=utf-8><title>政協(xié)會議召開</title><h1>政協(xié)會議召開</h1>"
            f"<p>2024-04-04 來源：岚禾網</p><p>作者：王有強</p><div class=content><p>{text}</p><p>{text}</p></div>"
        )
    )
    assert (page.title, page.author, page.page_source) == ("政协会议召开", "王有强", "岚禾网")
