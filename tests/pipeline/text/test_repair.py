from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.repair import LISTED_AT_MOST, calm_among, repair, scrub, storable

SENTENCES = (
    "人民路的路灯不亮，晚上孩子上下学看不清路，请尽快修好。",
    *("和谐?；I办", "鐢ㄩ€旓細", "關於加強農村養老服務的建議", "路灯？?，", "ÖÐ¹ú", "锟斤拷", "13?。▍^(qū))政協"),
    *("生僻字𠮷与〇", "路\u200b灯\ufeff不亮", "好吗?谢谢", "\n", "", "灯", "区(qū)里", "A&amp;nbsp;B"),
)
ANY_TEXT = st.text(st.characters(), max_size=300)  # lone surrogates included


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [
        ("路\u200b灯\ufeff不亮", "路灯不亮"),
        ("路\0灯", "路灯"),
        ("路\ud800灯\udc00", "路灯"),
        ("好\ud83d\ude00", "好\U0001f600"),
        ("第一行\r\n第二行\r第三行", "第一行\n第二行\n第三行"),
        ("他说&amp;ldquo;好&amp;rdquo;", "他说“好”"),
        ("每月&nbsp;200&nbsp;元", "每月 200 元"),
        ("\u202e倒写\u202c", "倒写"),
        ("控\x07制\x9f符", "控制符"),
    ],
)
def test_certain_damage_is_undone(damaged: str, whole: str):
    assert repair(damaged)[0] == whole


@pytest.mark.parametrize(
    "text",
    [
        "关于完善村级养老助餐点运营补助的建议\n　　一是…… 二是——“补助”；三是（略）。",
        "A&B <b>加粗</b> &lt;b&gt; 5 &lt; 6 &amp; 7",
        "全角：１２３，半角:123, 表情👍🏽 👨‍👩‍👧 ئۇيغۇر بـ‌خۇ",
        "生僻字𠮷与〇",
    ],
)
def test_what_may_be_meant_stays(text: str):
    assert repair(text) == (text, ())


def test_each_repair_names_its_place_in_the_repaired_text_and_why():
    text, repairs = repair("甲\u200b乙\0\0丙&amp;quot;丁")
    assert text == '甲乙丙"丁'
    assert [(one.at, one.before, one.after) for one in repairs] == [
        (1, "\u200b", ""),
        (2, "\\x00\\x00", ""),
        (3, "&amp;quot;", '"'),
    ]
    assert all(one.why for one in repairs)


def test_a_million_zero_width_characters_are_one_short_list():
    text, repairs = repair("甲\u200b" * 500_000)
    assert text == "甲" * 500_000
    assert len(repairs) == LISTED_AT_MOST + 1


def test_a_short_field_is_one_line_or_nothing():
    assert scrub(" 张\u200b三\n某单位\0 ") == "张三 某单位"
    assert scrub("\u200b \n") is None
    assert scrub(None) is None


@given(ANY_TEXT)
@settings(deadline=None, max_examples=300)
def test_rule_8_what_is_repaired_can_be_stored(text: str):
    whole, repairs = repair(text)
    for part in (whole, storable(text), scrub(text) or "", *(one.before + one.after for one in repairs)):
        part.encode()
        assert "\0" not in part
    assert all(0 <= one.at <= len(whole) for one in repairs)
    assert "\r" not in whole


def test_marks_of_windows_1252_become_the_marks_they_were():
    text, repairs = repair("他说\x93要修路\x94，\x97\x97建议\x81早办")
    assert text == "他说“要修路”，——建议早办"
    assert {one.why for one in repairs} == {"按 Windows-1252 读的标点", "删去控制字符"}


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(SENTENCES) | ANY_TEXT | st.lists(st.sampled_from(SENTENCES), max_size=3).map("".join),
        max_size=9,
    )
)
def test_texts_looked_at_together_are_read_as_each_is_alone(texts: list[str]):
    calm = calm_among(texts)
    assert [repair(text, calm=calm) for text in texts] == [repair(text) for text in texts]
    assert [scrub(text, calm=calm) for text in texts] == [scrub(text) for text in texts]


def test_most_texts_without_damage_are_calm():
    clean = [SENTENCES[0].replace("人民", name) for name in ("中山", "解放", "和平", "建设")]
    assert calm_among([*clean, *SENTENCES[1:8]]) == set(clean)
