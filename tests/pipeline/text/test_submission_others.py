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
        "{t}\n新华社记者 张明\n{b}",
        "{t}\n{b}\n（《岚禾日报》记者 张明）",
        "{t}\n{b}\n被告：李强\n住址：城关镇\n电话：13800001111",
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
        ("{t}\n县农业农村局 技术员 张三\n{b}", "张三", "县农业农村局"),
        ("{t}\n民盟岚禾市委会 成员 张三\n{b}", "张三", "民盟岚禾市委会"),
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
        "家住城南",
        "受害者家属",
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


@pytest.mark.parametrize(
    ("text", "author", "unit"),
    [
        ("第0123号提案\n案　　由：{t}\n第一提案人：张三\n附议人：钱伟、孙丽\n{b}", "张三", None),
        ("岚禾市政协十四届三次会议\n大会发言\n{t}\n张三委员\n{b}", "张三", None),
        ("政协第十四届岚禾市委员会第三次会议\n提案\n{t}\n县文化馆 张三\n{b}", "张三", "县文化馆"),
        ("民盟岚禾市委会\n社情民意信息\n〔2024〕第15期\n{t}\n{b}\n作者：张三", "张三", None),
        ("岚政协〔2024〕15号\n{t}\n作者：张三\n{b}", "张三", None),
        ("案由：{t}\n提案者：民进岚禾市委会\n{b}", None, "民进岚禾市委会"),
        ("{t}\n反映单位：城关街道幸福社区\n反映人：闫红霞 社区书记\n{b}", "闫红霞", "城关街道幸福社区"),
        ("{t}\n阿布都热西提（县民宗局）\n{b}", "阿布都热西提", "县民宗局"),
        ("{t}\n农工党党员、市中医院医师 仝小美 13912345678\n{b}", "仝小美", "市中医院医师"),
        ("{t}\n反映人：城关街道办事处\n{b}", None, "城关街道办事处"),
        ("{t}\n城关街道办事处\n{b}", None, "城关街道办事处"),
        ("{t}\n民进岚禾市委会\n{b}", None, "民进岚禾市委会"),
        ("{t}\n岚禾县工商联（总商会）\n{b}", None, "岚禾县工商联（总商会）"),
        ("{t}\n老旧小区物业公司\n{b}", None, None),
        ("{t}\n县政府\n{b}", None, None),
        ("{t}\n{b}\n此致\n岚禾县教育局", None, None),
    ],
)
def test_authors_and_units_that_stand_alone_or_below_a_masthead(
    text: str, author: str | None, unit: str | None
) -> None:
    assert (sure(text, "title"), sure(text, "author"), sure(text, "unit")) == (TITLE, author, unit)


def test_who_to_call_is_found_behind_a_room_whose_office_is_not_said() -> None:
    text = "{t}\n{b}\n联系人：办公室 王芳 0371-65501234"
    assert (sure(text, "author"), sure(text, "unit"), sure(text, "phone")) == (None, None, "0371-65501234")


def test_a_mark_of_secrecy_is_never_passed_over_as_a_masthead() -> None:
    assert facts(f"机密〔2024〕15号\n{TITLE}\n{BODY}").title != facts(f"岚政〔2024〕15号\n{TITLE}\n{BODY}").title


def test_a_line_above_its_author_is_a_title() -> None:
    assert (
        sure("春耕在即，农资价格何以居高不下？\n县农业农村局 张三\n{b}", "title") == "春耕在即，农资价格何以居高不下？"
    )


@pytest.mark.parametrize(
    "title", ["小区路灯，夜里被人破坏的问题", "被拆迁户过渡难的问题", "老年人网购，屡屡被坑的问题"]
)
def test_what_is_done_to_others_may_be_a_title(title: str) -> None:
    assert sure(f"{title}\n{{b}}\n反映人：张三", "title") == title
