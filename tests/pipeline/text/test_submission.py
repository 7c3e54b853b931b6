"""The facts that a submission gives of itself: found where authors write them, and nowhere else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.submission import Facts, facts
from pipeline.text.submission_values import HIGH

TITLE = "关于设立粮食烘干服务点的建议"
BODY = (
    "近年来，全县家庭农场达到 412 家，粮食烘干能力不足，每年秋收季节连续阴雨，稻谷发芽霉变。\n"
    "一、现状。产能不足。\n二、建议。增设服务点，加大补助。"
)


def said(text: str) -> tuple[str | None, ...]:
    found = facts(text)
    kept = [found.title, *(getattr(found, name) for name in ("author", "unit", "phone"))]
    return tuple(fact.value if fact is not None and fact.confidence >= HIGH else None for fact in kept)


@pytest.mark.parametrize(
    ("text", "author", "unit", "phone"),
    [
        ("{t}\n\n反映人：张三  单位：县农业农村局\n电话：13800001111\n{b}", "张三", "县农业农村局", "13800001111"),
        ("{t}\n县农业农村局　张三\n{b}", "张三", "县农业农村局", None),
        ("{t}\n（县教育局副局长　张　三）\n{b}", "张三", "县教育局副局长", None),
        ("{t}\n{b}（反映人：张三，县文化馆，联系电话：0990-2234567）", "张三", "县文化馆", "0990-2234567"),
        ("{t}\n{b}\n（作者系县文化馆馆长李明）", "李明", "县文化馆馆长", None),
        ("{t}\n县政协委员、县教育局局长张三反映：{b}", "张三", "县政协委员、县教育局局长", None),
        ("社情民意信息\n第86期\n{t}\n{b}\n供稿：民建岚禾县支部 张三", "张三", "民建岚禾县支部", None),
        ("{t}\n{b}\n民建岚禾县支部\n2026年3月5日", None, "民建岚禾县支部", None),
        ("{t}\n{b}\n张三 138 0000 1111", "张三", None, "13800001111"),
        ("标题：{t}\n姓　名：张　三\n手　机：１３８００００１１１１\n正文：\n{b}", "张三", None, "13800001111"),
        ("关于设立\n粮食烘干服务点的建议\n县总工会  欧阳明\n{b}", "欧阳明", "县总工会", None),
        ("{t}\n姓名\t张三\t单位\t县文化馆\t电话\t13800001111\n{b}", "张三", "县文化馆", "13800001111"),
        ("{t}\n{b}\n撰稿人：张三（县文化馆，13800001111）", "张三", "县文化馆", "13800001111"),
        ("{t}\n{b}\n报送单位：民盟岚禾县总支（盖章）  执笔人：李四", "李四", "民盟岚禾县总支", None),
        ("{t}\n作者：阿依古丽·买买提 工作单位：县第一中学\n{b}", "阿依古丽·买买提", "县第一中学", None),
        ("{t}\n{b}\n反映人：张三，男，汉族，县医院医生", "张三", "县医院医生", None),
        ("{t}\n张三\n（县第一中学，岚禾县 990100）\n{b}", "张三", "县第一中学", None),
        ("一、标题：{t}\n二、反映人：张三\n三、手机：13800001111\n{b}", "张三", None, "13800001111"),
        ("政协岚禾县委员会\n社 情 民 意 信 息\n第 12 期\n{t}\n县总工会 张三\n{b}", "张三", "县总工会", None),
        ("{t}（县文化馆 张三）\n{b}", "张三", "县文化馆", None),
        ("{t}\n（2026年3月5日）\n县文化馆  张三\n{b}", "张三", "县文化馆", None),
        ("{t}\n文/张三\n{b}\n（县文化馆供稿）", "张三", "县文化馆", None),
        ("{t}\n责任编辑：李四\n县文化馆局长孙宇反映：{b}\n供稿：县文化馆  审核：王五", "孙宇", "县文化馆", None),
        ("{t}\n您好！我叫张三，电话13800001111。\n{b}", "张三", None, "13800001111"),
        ("{t}\n{b}请予解决。来信人：张三联系电话：13800001111。", "张三", None, "13800001111"),
    ],
)
def test_the_forms_in_which_authors_name_themselves(
    text: str, author: str | None, unit: str | None, phone: str | None
) -> None:
    assert said(text.format(t=TITLE, b=BODY)) == (TITLE, author, unit, phone)


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "路灯坏了，打电话：0990-2234567也没人理。",
        f"{BODY}\n有事请拨打12345，或咨询县教育局（0990-2234567），他们会答复的。",
        f"{BODY}\n电话：市民普遍反映打不通。希望改进。",
        "委员：\n" + BODY,
        "有群众反映，县教育局答复慢。\n" + BODY,
        "您好！\n" + BODY,
    ],
)
def test_who_is_only_spoken_of_is_no_author(text: str) -> None:
    found = facts(text)
    assert (found.title, found.author, found.unit, found.phone) == (None, None, None, None)
    assert found.spent == ()


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["《规范电动车充电收费》", BODY], "规范电动车充电收费"),
        (["【建言】改善午休条件", BODY], "改善午休条件"),
        (["附件1", "社情民意信息报送表", TITLE, BODY], TITLE),
        (["内部资料 注意保存", "第86期（总第1203期）", TITLE, BODY], TITLE),
        (["一、现状", BODY], None),
        ([TITLE], None),
    ],
)
def test_titles(lines: list[str], title: str | None) -> None:
    found = facts("\n".join(lines)).title
    assert (found.value if found else None) == title


def test_a_fact_says_where_it_stands_and_who_to_call_is_less_than_an_author() -> None:
    text = f"{TITLE}\n{BODY}\n联系人：王五 电话：13800001111"
    found = facts(text)
    assert found.phone is not None
    assert text[found.phone.start : found.phone.end] == "联系人：王五 电话：13800001111"
    assert found.author is not None
    assert found.author.confidence < HIGH


@given(st.text(alphabet="反映人单位电话：:（）()　 \t\n张三县局138，。\ud800\0\u202e😀", max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = facts(text)
    assert isinstance(found, Facts)
    for one in found.spent:
        assert 0 <= one.start < one.end <= len(text)


@pytest.mark.parametrize(
    "piece",
    [
        "（",
        "反映人：",
        "电话 ",
        "张　",
        "、县局",
        "1",
        "\n",
        "关于",
        "。a",
        "a\n",
        "被",
        "被局：",
        "届次",
        "阿",
        "县区",
    ],
)
def test_long_texts_take_no_longer_than_their_length_allows(piece: str) -> None:
    def seconds(count: int) -> float:
        text = piece * count
        began = time.perf_counter()
        facts(text)
        return time.perf_counter() - began

    seconds(1_000)
    assert seconds(200_000) < 200 * max(seconds(20_000), 0.001)
