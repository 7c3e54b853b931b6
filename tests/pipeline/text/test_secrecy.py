from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.secrecy import Mark, secrecy, starred, words


@pytest.mark.parametrize(
    ("text", "level", "period"),
    [
        ("机密★5年", "机密", "5年"),
        ("绝密★", "绝密", None),
        ("秘密★1年\n关于某事的报告", "秘密", "1年"),
        ("000012\n机密★5年\n特急\n某单位文件", "机密", "5年"),
        ("绝　密 ☆ 长期", "绝密", "长期"),
        ("【秘密＊１年】", "秘密", "１年"),
        ("机密★5年　　000012", "机密", "5年"),
        ("机密★5年 关于开展工作的报告", "机密", "5年"),
        ("\n\n　　机密\n关于某事的报告", "机密", None),
        ("密级：秘密", "秘密", None),
        ("份号：000012\n某单位文件", None, None),
        ("№000012　机密★5年", "机密", "5年"),
        ("机\u200b密★5年", "机密", "5年"),
        ("機密★10年", "机密", "10年"),
        ("机密·5年", "机密", "5年"),
        ("绝密★启用前", "绝密", "启用前"),
        ("密级：机密　保密期限：5年", "机密", None),
        ("【机密】关于开展工作的报告", "机密", None),
        ("\n" * 5000 + "机密★5年", "机密", "5年"),
    ],
)
def test_a_mark_at_the_head_is_found(text: str, level: str | None, period: str | None):
    found = secrecy(text)
    assert found is not None
    assert (found.level, found.period) == (level, period)


@pytest.mark.parametrize(
    "text",
    [
        "关于加强商业秘密保护的建议",
        "保守国家秘密是公民的义务",
        "如“秘密★1年”等标志不得出现在本系统",
        "《秘密花园》读后",
        "机密文件管理办法",
        "本人秘密*1年",
        "关于“机密★5年”字样的提醒",
        "正文\n" * 20 + "机密★5年",
        "正文\n" * 6 + "秘密\n",
        "第12份材料",
        "",
    ],
)
def test_the_words_alone_are_no_mark(text: str):
    assert secrecy(text) is None


LEVELS = st.sampled_from(["绝密", "机密", "秘密"])
MARKS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "　　", "【", "（"]),
        LEVELS.map(lambda level: level) | LEVELS.map(lambda level: f"{level[0]}　{level[1]}"),
        st.sampled_from(["★", "☆", "＊", " ★ "]),
        st.sampled_from(["", "5年", "１０年", "长期", "六个月"]),
        st.sampled_from(["", "　000012", " 特急"]),
    ),
)
LINES = st.lists(st.text(st.sampled_from("县政协委员反映道路坑洼，建议修复。 "), min_size=1, max_size=40), max_size=9)


@given(LINES, MARKS, LINES)
def test_a_mark_is_found_wherever_in_the_head_it_stands(before: list[str], mark: str, after: list[str]):
    found = secrecy("\n".join([*before, mark, *after]))
    assert found is not None
    assert found.level in mark.replace("　", "")


@given(LINES, st.sampled_from(["商业秘密", "国家秘密", "保守机密", "绝密档案"]), LINES)
def test_a_word_within_a_sentence_warns_and_is_no_mark(before: list[str], word: str, after: list[str]):
    text = "\n".join([*before, f"建议加强{word}保护，明确责任", *after])
    assert secrecy(text) is None
    assert words(text)


@given(st.text(st.characters(exclude_categories=[]), max_size=300))
def test_any_text_is_looked_at(text: str):
    secrecy(text)
    starred(text.splitlines())
    words(text)


def test_the_words_are_named_for_a_warning():
    assert words("商业秘密与国家秘密，还是商业秘密") == ("商业秘密", "国家秘密")
    assert words("平常的建议") == ()


def test_on_a_page_a_mark_needs_its_star_wherever_it_stands():
    navigation = ["首页", "要闻", "专题", "秘密"] * 10
    assert starred([*navigation, "机密★5年", "正文"]) == Mark("机密", "5年", 41)
    assert starred(navigation) is None


@pytest.mark.parametrize("bait", [" ", "(", "000 ", "特急", "密", "机 ", "份号", "机密 ", "\n", "a\n", "【"])
def test_bait_ends_in_linear_time(bait: str):
    secrecy(bait * 500_000)
    starred([bait * 100_000 + "密"] * 10)
