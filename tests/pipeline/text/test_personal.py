from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import checksums
from pipeline.text.masks import mask, masked
from pipeline.text.personal import find


def identity_number(first17: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first17 + "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


IDENTITY = identity_number("99010119900307123".replace("99", "41", 1))
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in find(text)]


@pytest.mark.parametrize("text", ["身份证号{}。", "{}", "我叫某某（{}），男", "号码:{},谢谢", "编号a{}"])
@pytest.mark.parametrize("number", [IDENTITY, IDENTITY.translate(FULL_WIDTH)])
def test_a_valid_identity_number_is_never_missed(text: str, number: str):
    (found,) = find(text.format(number))
    assert (found.kind, found.valid) == ("identity", True)
    assert text.format(number)[found.start : found.end] == number


def test_a_mistyped_identity_number_is_found_and_said_to_be_invalid():
    wrong = IDENTITY[:-1] + ("1" if IDENTITY[-1] != "1" else "2")
    assert [(one.kind, one.valid) for one in find(f"身份证{wrong}")] == [("identity", False)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("联系电话13812345678", [("mobile", "13812345678")]),
        ("电话：189 7318 7780", [("mobile", "189 7318 7780")]),
        ("手机138-1234-5678", [("mobile", "138-1234-5678")]),
        ("+86 13812345678", [("mobile", "13812345678")]),
        ("１３８１２３４５６７８", [("mobile", "１３８１２３４５６７８")]),
        ("tel13812345678", [("mobile", "13812345678")]),
        ("座机0371-65501234", [("landline", "0371-65501234")]),
        ("座机（0371）65501234", [("landline", "（0371）65501234")]),
        ("致电037165501234", [("landline", "037165501234")]),
        ("电话：65501234", [("landline", "65501234")]),
        ("邮箱zhang_3@example.com.cn。", [("email", "zhang_3@example.com.cn")]),
        ("车牌豫A12B45，豫AD12345", [("plate", "豫A12B45"), ("plate", "豫AD12345")]),
        ("卡号6222021234567890128", [("bank_card", "6222021234567890128")]),
        ("代码91110000600037341L", [("credit_code", "91110000600037341L")]),
        ("身份证410101900307123", [("identity", "410101900307123")]),
        ("家住幸福路15号3栋2单元501室，漏水", [("address", "幸福路15号3栋2单元501室")]),
        ("联系人：欧阳明月，电话略", [("name", "欧阳明月")]),
        ("请找王小明，13812345678", [("name", "王小明"), ("mobile", "13812345678")]),
        ("王小明，13812345678", [("name", "王小明"), ("mobile", "13812345678")]),
    ],
)
def test_personal_data_is_found_by_kind(text: str, found: list[tuple[str, str]]):
    assert kinds(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "今年65岁，2019年8月14日10时20分，2019-08-14 10:20:33",
        "投资13800000000元，约13812345678万元，预算1500000000元",
        "拨打12345、12319、110、0371-12345、96111和400-889-3333",
        "国办发〔2019〕2号，GB 50096-2011，第2018-34029号，预售证2014-0036",
        "订单20200315123456789012，流水号8888888888888888",
        "https://example.com/news/13812345678.html",
        "住在A市A3区的居民，家住三楼，一单元100多户，户籍地岚禾县",
        "联系人：高先生，谢谢，县政协提案委员会",
        "京A区、云A5G、G107国道、豫A级景区",
        "3.13812345678",
        "面积1381234.5678平方米",
    ],
)
def test_years_amounts_document_numbers_and_service_lines_stay(text: str):
    assert kinds(text) == []
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("手机13812345678。", "手机138****5678。"),
        ("证号" + IDENTITY, f"证号{IDENTITY[:4]}**********{IDENTITY[-4:]}"),
        ("座机0371-65501234", "座机0371-****1234"),
        ("邮箱zhang@example.cn", "邮箱z****@example.cn"),
        ("车牌豫A12345", "车牌豫A***45"),
        ("联系人：欧阳明月，", "联系人：欧***，"),
        ("家住A市五一路15号3栋2-501室，", "家住A市五一路**号*栋*-***室，"),
        ("没有什么要遮的", "没有什么要遮的"),
    ],
)
def test_a_mask_keeps_the_sentence_readable_and_its_length(text: str, shown: str):
    assert masked(text) == shown
    assert len(shown) == len(text)


@pytest.mark.parametrize(
    "bait", ["13812345678", "1", "a@", "a@a.", "住在1", "1栋1单元", "姓名：王", "6222 ", "0371-", "１", "+86 "]
)
def test_bait_ends_in_linear_time(bait: str):
    text = bait * (200_000 // len(bait))
    assert len(mask(text, find(text))) == len(text)


@given(st.text(st.sampled_from("0123456789Xx１８ -@.省京豫AB号栋单元室住在姓名：王小明电话，"), max_size=200))
@settings(deadline=None, max_examples=300)
def test_spans_are_in_order_apart_and_within_the_text(text: str):
    found = find(text)
    ends = [0]
    for one in found:
        assert ends[-1] <= one.start < one.end <= len(text)
        ends.append(one.end)
    assert len(mask(text, found)) == len(text)


def test_checksums_follow_their_standards():
    assert checksums.identity("11010519491231002X")  # the example of GB 11643-1999
    assert not checksums.identity("110105194912310021")
    assert checksums.luhn("4111111111111111")
    assert not checksums.luhn("4111111111111112")
    assert checksums.credit_code("91110000600037341L")
    assert not checksums.credit_code("91110000600037341N")
