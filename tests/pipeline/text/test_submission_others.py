"""Whom a submission only speaks of or quotes, and posts and bodies that look like names, are not its author."""

from __future__ import annotations

import pytest

from pipeline.text.submission import facts
from pipeline.text.submission_values import HIGH

TITLE = "关于设立粮食烘干服务点的建议"
BODY = "近年来，全县家庭农场达到 412 家，粮食烘干能力不足，每年秋收季节连续阴雨，稻谷发芽霉变。\n一、增设服务点。"


def sure(text: str, field: str) -> str | None:
    fact = getattr(facts(text.format(t=TITLE, b=BODY)), field)
    return fact.value if fact is not None and fact.confidence >= HIGH else None


@pytest.mark.parametrize(
    "text",
    [
        "{t}\n{b}\n被投诉单位：县供电公司 局长：李强",
        "{t}\n单位：县供电公司 局长：李强\n{b}",
        "{t}\n{b}\n被举报人：李强\n姓名：李强\n单位：县供电公司\n电话：13800001111",
        "{t}\n{b}\n被投诉人 李强",
        "{t}\n县委书记李卫东指出，要抓好落实。\n{b}",
        "县教育局局长张伟指出：学位紧张。\n{b}",
        "{t}\n国家发改委主任郑栅洁指出，{b}",
        "{t}\n省农业大学教授李华认为，{b}",
        "{t}\n县教育局局长张伟建议，{b}",
        "{t}\n{b}\n（据《岚禾日报》记者 张明）",
        "{t}\n{b}\n（摘自县文化馆 张明）",
        "{t}\n{b}\n转自县文化馆 张明",
        "{t}\n{b}\n来源：人民网",
        "{t}\n{b}\n来源：网络",
        "{t}\n{b}\n来源：华商报",
    ],
)
def test_somebody_else_is_no_author(text: str) -> None:
    assert (sure(text, "author"), sure(text, "unit"), sure(text, "phone")) == (None, None, None)


def test_below_whom_he_accuses_the_writer_is_found_again() -> None:
    text = "{t}\n被举报人：李强\n单位：县供电公司\n举报人：张三\n电话：13800001111\n{b}"
    assert (sure(text, "author"), sure(text, "unit"), sure(text, "phone")) == ("张三", None, "13800001111")


@pytest.mark.parametrize(
    ("text", "author", "unit"),
    [
        ("{t}\n市政协常委 何平\n{b}", "何平", "市政协常委"),
        ("{t}\n（市人大常委 李华）\n{b}", "李华", "市人大常委"),
        ("{t}\n县政协常委、县医院院长 何平\n{b}", "何平", "县政协常委、县医院院长"),
        ("{t}\n市委党校 李华\n{b}", "李华", "市委党校"),
        ("{t}\n岚禾县委车队 李华\n{b}", "李华", "岚禾县委车队"),
        ("{t}\n{b}\n（作者单位：岚禾县委党校）", None, "岚禾县委党校"),
        ("{t}\n{b}\n作者：郑一鸣，系民革党员、岚禾市律师协会理事", "郑一鸣", "岚禾市律师协会理事"),
        ("{t}\n县政协委员张三指出：{b}", "张三", "县政协委员"),
    ],
)
def test_a_post_or_a_body_is_no_name(text: str, author: str | None, unit: str | None) -> None:
    assert (sure(text, "author"), sure(text, "unit")) == (author, unit)


@pytest.mark.parametrize("word", ["常委", "党校", "代表", "党员", "党委", "党组", "党办", "安监局", "常务", "金融办"])
def test_words_that_begin_with_a_surname_are_no_author(word: str) -> None:
    assert sure(f"{{t}}\n{{b}}\n岚禾市{word}\n2026年3月5日", "author") is None
    assert sure(f"{{t}}\n{word}\n{{b}}", "author") is None


@pytest.mark.parametrize(
    "word",
    [
        "匿名",
        "不便透露",
        "保密",
        "佚名",
        "不愿透露姓名",
        "本人要求保密",
        "请不要公开姓名",
        "一名老党员",
        "全体村民",
        "热心市民",
        "无",
        "幸福小区业主",
    ],
)
def test_who_stays_unnamed_has_no_name(word: str) -> None:
    text = f"{{t}}\n反映人：{word}\n{{b}}"
    assert facts(text.format(t=TITLE, b=BODY)).author is None
    assert sure(text, "title") == TITLE


@pytest.mark.parametrize(
    ("text", "author", "unit"),
    [
        ("{t}\n有政协委员反映：{b}", None, None),
        ("{t}\n一些人大代表指出，{b}", None, None),
        ("{t}\n多名政协委员建议，{b}", None, None),
        ("{t}\n部分社区\n{b}", None, None),
        ("{t}\n有色金属公司 张三\n{b}", "张三", "有色金属公司"),
        ("{t}\n{b}\n（本文作者系岚禾市政协委员、市律协副会长 张三）", "张三", "岚禾市政协委员、市律协副会长"),
        ("{t}\n反映人：市民 张三\n{b}", "张三", None),
    ],
)
def test_units_are_named_and_named_alone(text: str, author: str | None, unit: str | None) -> None:
    assert (sure(text, "author"), sure(text, "unit")) == (author, unit)
