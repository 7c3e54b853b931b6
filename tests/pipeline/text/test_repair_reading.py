"""Texts that were read wrong, torn or converted, made up here: what is undone, what is marked, what stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.repair import repair, scrub
from tests.made_up import Writer

PLAIN = "各位领导：我们小区的路灯坏了三个月，晚上出门很不方便，希望有关部门尽快安排人员维修。"
LONG = PLAIN + "另外，小区门口的道路坑洼不平，下雨天积水严重，老人和孩子经常摔倒，请城管部门协调解决。"


def mended(text: str) -> str:
    return repair(text)[0]


@pytest.mark.parametrize("mark", ["\ufffd", "?"])
def test_utf8_read_as_gbk_is_undone(mark: str):
    damaged = PLAIN.encode().decode("gbk", "replace").replace("\ufffd", mark)
    text, repairs = repair(damaged)
    assert text == PLAIN
    assert [one.why.startswith("UTF-8 误读为 GBK，已还原") for one in repairs] == [True]


def test_what_stands_about_a_damaged_stretch_stays():
    start, end = PLAIN.index("晚上"), PLAIN.index("，希望")
    damaged = PLAIN[:start] + PLAIN[start:end].encode().decode("gbk", "replace") + PLAIN[end:]
    assert mended(damaged) == PLAIN


def test_pairs_dropped_without_a_trace_are_filled_in():
    """Some readers drop what GBK has no character for, and have one for the byte 0x80."""
    raw = PLAIN.encode()
    damaged, at = "", 0
    while at < len(raw):
        pair = raw[at : at + (1 if raw[at] == 0x80 else 2)]
        damaged += "€" if pair == b"\x80" else pair.decode("gbk", "ignore") if len(pair) == 2 else ""
        at += len(pair)
    text, _ = repair(damaged)
    right = sum(one == other for one, other in zip(text, PLAIN, strict=False))
    assert right >= 0.9 * len(PLAIN)


@pytest.mark.parametrize(("charset", "wrong"), [("gbk", "latin-1"), ("utf-8", "latin-1"), ("gbk", "cp1252")], ids=str)
def test_chinese_read_as_a_western_charset_is_undone(charset: str, wrong: str):
    text = "中国移动用户，您好！" if wrong == "cp1252" else PLAIN
    assert mended(text.encode(charset).decode(wrong)) == text


def test_western_words_are_no_damage():
    text = "他在 Zürich 的 Café Müller 学过 Français，还读过 Søren Kierkegaard 与 Ångström 的书。"
    assert repair(text) == (text, ())


@pytest.mark.parametrize("part", ["路灯坏", "晚上出", "有关部门"])
def test_a_lost_gbk_byte_is_found(part: str):
    """What follows a lost byte pairs up wrongly until it falls into step again."""
    at = LONG.index(part)
    raw = LONG[at:].encode("gbk")
    text, repairs = repair(LONG[:at] + raw[1:].decode("gbk", "replace"))
    assert text == LONG or any("疑似" in one.why for one in repairs)
    assert len(text) == len(LONG)


def test_a_lost_byte_that_left_a_question_mark_before_a_converted_character():
    """`和谐。筹办` in traditional characters, the first byte of `。` lost."""
    given_ = "全市要促進社區和諧?;I辦好今年的群眾文化活動(dòng),讓群眾滿意。"
    assert mended(given_) == "全市要促进社区和谐。筹办好今年的群众文化活动,让群众满意。"


@pytest.mark.parametrize(
    "asked",
    [
        "请问这条路什么时候能修好??我们等了三年，孩子上学很不方便。",
        "路灯坏了三个月没人管??希望有关部门处理一下。",
        "太过分了??还让不让人活了??",
        "物业费涨了一倍，为何不公示??请物业公司解释清楚。",
        "他们到底管不管这件事???我们一直在等。",
    ],
)
def test_two_question_marks_that_ask_are_meant(asked: str):
    assert repair(asked) == (asked, ())


def test_what_is_not_sure_stays_and_is_marked():
    given_ = "该小区\ufffd号楼的住户反映，楼道灯不亮。"
    text, repairs = repair(given_)
    assert text == given_
    assert [(one.before, one.after) for one in repairs] == [(one.before, one.before) for one in repairs] != []
    assert all("未改" in one.why for one in repairs)


def test_bytes_gone_for_good_are_marked():
    given_ = "图片锟斤拷锟斤拷锟斤拷"
    text, repairs = repair(given_)
    assert text == given_
    assert "锟斤拷" in repairs[0].why


def test_pinyin_notes_of_a_conversion_and_its_characters_are_turned_back():
    given_ = "市政協(xié)開展現(xiàn)代化建設調研,網(wǎng)上征集意見。"
    text, repairs = repair(given_)
    assert text == "市政协开展现代化建设调研,网上征集意见。"
    assert {one.why.partition("（")[0] for one in repairs} == {"删去转换时加的拼音注", "繁体字转为简体字"}


def test_a_title_is_turned_back_by_itself_or_beside_its_page():
    assert scrub("共繪現(xiàn)代化新圖景") == "共绘现代化新图景"
    assert scrub("共繪新圖景") == "共繪新圖景"
    assert scrub("共繪新圖景", converted=True) == "共绘新图景"


@pytest.mark.parametrize(
    "text",
    [
        "立法會議員昨日討論樓宇維修補助計劃，促請當局儘快公布詳情，並加強對長者的支援服務。",
        "这个字念“囧(jiǒng)”，那位老师叫李喆（zhé）。",
        "昇阳小区的張先生说乾隆年间的石碑还在。",
        "魑魅魍魉、饕餮、耄耋、踟蹰，这些词都是对的。",
        "你说呢?我看可以!他们怎么办?只好等。",
        "路段编号为A?B,温度25℃,面积80㎡,①②③,αβγ,Привет",
    ],
)
def test_what_is_written_so_on_purpose_stays(text: str):
    assert repair(text) == (text, ())


def test_traditional_characters_mixed_into_a_simplified_text_are_turned_back():
    text = (PLAIN + "這裡的問題很多，請領導關心。") + LONG
    assert mended(text) == (PLAIN + "这里的问题很多，请领导关心。") + LONG


@pytest.mark.parametrize(
    "text",
    [
        LONG + "馆内悬挂“為天地立心，為生民立命，為往聖繼絕學，為萬世開太平”条幅。",
        LONG + "馆藏清刻本《資治通鑑》《說文解字注》《讀史方輿紀要》均未扫描上网。",
        LONG + "招牌上写着“龍鳳樓飯莊”“聚寶齋”“樂壽堂”，用字不规范。",
        LONG + "参加人员：陳國強、劉偉、張麗華、黃曉東（均为香港代表）。",
        LONG + "例如“發（fā）展”与“頭髮（fà）”、“乾（gān）燥”与“乾（qián）坤”，学生很难掌握。",
        "教材中“漢（hàn）語（yǔ）”“學（xué）習（xí）”等词同时标注繁体与拼音，建议推广。",
        LONG + "网站上出现“浣犲ソ”之类乱码，也有“锟斤拷”。",
    ],
)
def test_what_is_quoted_or_named_in_traditional_characters_stays(text: str):
    assert repair(text) == (text, ())


def test_a_last_mark_whose_byte_was_lost_ends_the_text():
    damaged = "建议进一步优化设计。".encode()[:-1].decode("gbk", "replace")
    assert mended(damaged) == "建议进一步优化设计。"


def test_a_lost_character_that_nothing_tells_of_is_marked_all_the_same():
    text, repairs = repair("姓名\ufffd王芳")
    assert text == "姓名\ufffd王芳"
    assert [(one.at, one.why) for one in repairs] == [(2, "原字节已失，无法还原，未改")]


def test_a_list_of_rare_names_is_no_prose_and_stays():
    writer = Writer(9)
    texts = [writer.text(300) for _ in range(100)]  # every third word is of characters at random
    assert [repair(text) for text in texts] == [(text, ()) for text in texts]


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [("⼈⺠政府", "人民政府"), ("\uf0b7 第一条", "• 第一条"), ("规\ufa0a划\ue5e5", "规\u898b划\u3000")],
)
def test_compatibility_and_private_characters_become_ordinary(damaged: str, whole: str):
    assert mended(damaged) == whole


def test_an_unknown_private_character_is_marked():
    text, repairs = repair("张\ue123同志")
    assert text == "张\ue123同志"
    assert "未改" in repairs[0].why


PIECES = [*"中文用户的，。鐢ㄩ€旓細?锟斤拷協▍ä¸", "\ufffd", "\ue5e5", "(xié)", "\n", "\ud800", "\0"]


@given(st.lists(st.sampled_from(PIECES), max_size=80).map("".join))
@settings(deadline=None, max_examples=150)
def test_any_mixture_of_damage_is_read_without_a_fault(text: str):
    whole, repairs = repair(text)
    assert all(0 <= one.at <= len(whole) for one in repairs)


@pytest.mark.parametrize("piece", ["?我", "\ufffd", "鐢", "锟斤拷", "協(xié)", "ä¸", "\ue123", "魑魅?"])
def test_a_long_text_of_damage_is_bounded(piece: str):
    text, repairs = repair(piece * (200_000 // len(piece)))
    assert text
    assert len(repairs) <= 501
