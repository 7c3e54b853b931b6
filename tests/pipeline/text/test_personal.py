from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
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


GROUPS = [(6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 4, 4, 4), (4, 4, 4, 4, 2), (14, 4), (1,) * 18]


def grouped(number: str, sizes: tuple[int, ...], gap: str) -> str:
    places = [sum(sizes[:count]) for count in range(len(sizes))]
    return gap.join(number[place : place + size] for place, size in zip(places, sizes, strict=True))


@given(
    st.integers(0, 999),
    st.dates(date(1930, 1, 1), date(2020, 1, 1)),
    st.sampled_from(["110105", "410102", "650104", "830000"]),
    st.sampled_from(GROUPS),
    st.sampled_from(["", " ", "-", "－", "　", ".", "\u200b", "\u2060", " - "]),
)
def test_a_valid_identity_number_is_found_in_whatever_groups(
    serial: int, born: date, region: str, sizes: tuple[int, ...], gap: str
):
    number = grouped(identity_number(f"{region}{born:%Y%m%d}{serial:03}"), sizes, gap)
    (found,) = find(f"本人证件：{number}。")
    assert (found.kind, found.start, found.end, found.valid) == ("identity", 5, 5 + len(number), True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("电话138.1234.5678", [("mobile", "138.1234.5678")]),
        ("+86-138-1234-5678", [("mobile", "138-1234-5678")]),
        ("008613812345678", [("mobile", "13812345678")]),
        ("138\u200b1234\u200b5678", [("mobile", "138\u200b1234\u200b5678")]),
        (
            "1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e312345678",
            [("mobile", "1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e312345678")],
        ),
        ("一三八一二三四五六七八", [("mobile", "一三八一二三四五六七八")]),
        ("138——1234——5678", [("mobile", "138——1234——5678")]),
        ("电话1381234 5678", [("mobile", "1381234 5678")]),
        ("电话13812345678元旦后打", [("mobile", "13812345678")]),
        ("座机0371-65501234转801", [("landline", "0371-65501234转801")]),
        ("电话0371-65501234、65501235", [("landline", "0371-65501234"), ("landline", "65501235")]),
        ("+86 371 65501234", [("landline", "+86 371 65501234")]),
        ("豫A·D12345和豫 B 123 45", [("plate", "豫A·D12345"), ("plate", "豫 B 123 45")]),
        ("电动车车牌：郑州A12345", [("plate", "郑州A12345")]),
        ("QQ：12345678，qq群87654321", [("account", "12345678")]),
        ("微信号：zhang_san，加微信li12345", [("account", "zhang_san"), ("account", "li12345")]),
        ("护照号码E12345678", [("passport", "E12345678")]),
        ("往来港澳通行证C12345678", [("permit", "C12345678")]),
        (f"残疾人证{IDENTITY}43", [("identity", f"{IDENTITY}43")]),
        ("卡号6222 0212 3456 7890 128", [("bank_card", "6222 0212 3456 7890 128")]),
        ("举报人李四反映", [("name", "李四")]),
        ("患者欧阳明月于去年入院", [("name", "欧阳明月")]),
        ("投诉人：李明、王小红，", [("name", "李明"), ("name", "王小红")]),
        ("姓名：阿依古丽，女", [("name", "阿依古丽")]),
        ("姓　名：张　三", [("name", "张　三")]),
        ("张三 13812345678", [("name", "张三"), ("mobile", "13812345678")]),
        ("13812345678（王小明）", [("mobile", "13812345678"), ("name", "王小明")]),
        ("柳湾小区3栋501室漏水", [("address", "3栋501室")]),
        ("白鹭苑3-2-501", [("address", "3-2-501")]),
        ("河口村三组12号", [("address", "三组12号")]),
        ("家住幸福路15号", [("address", "幸福路15号")]),
        ("幸福里3弄25号501室", [("address", "3弄25号501室")]),
        ("此致敬礼！　王小明", [("name", "王小明")]),
        ("王小明（身份证号略）", [("name", "王小明")]),
        ("丈夫张伟，妻子：李娜", [("name", "张伟"), ("name", "李娜")]),
    ],
)
def test_personal_data_is_found_however_it_is_written(text: str, found: list[tuple[str, str]]):
    assert kinds(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "编号13812345678，订单号13812345678，统一编号：13812345678，№13812345678",
        "￥13812345678，13812345678.50元，共计13812345678",
        "受理编号410105201903070012，微信公众号abc12345",
        "2015 2016 2017 2018 2019，20190101-20191231，二〇一九年三月",
        "业主方便出行，村民殷切希望，当事人应该到场，未经业主许可，联系人：办公室",
        "政务中心3号楼301室，地址：幸福路15号县政府办公楼3楼301室，幸福路15号，柳湾小区3栋，河口村三组",
        "柳湾小区3栋101号中国银行，3栋2单元共60户",
        "电话：4008893333，客服800-820-8820，电话12328，95588",
        "合同编号ZJ-09647006615，东经113.6543210，北纬34.7654321",
        "李警官、王书记电话打不通，高先生",
        "受理号：DH86013812345678",
        "钟楼（电话略），派出所（联系电话略），此致敬礼",
    ],
)
def test_what_only_looks_like_it_stays(text: str):
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("联系人：肖建华，电话略", ["肖建华"]),
        ("投诉人付丽娟来电反映", ["付丽娟"]),
        ("我叫迪丽努尔，维吾尔族", ["迪丽努尔"]),
        ("联系人：代小红，", ["代小红"]),
        ("举报人：王芳和李明", ["王芳", "李明"]),
        ("联系人：王建国/李明", ["王建国", "李明"]),
        ("联系人：李 明，", ["李 明"]),
        ("联系人：John Smith，", ["John Smith"]),
        ("反映人\t王建国\t电话", ["王建国"]),
        ("反映人\n王建国\n联系电话", ["王建国"]),
        ("【联系人】王建国【电话】", ["王建国"]),
        ("姓名\t电话\n王芳\t13912345678", ["王芳"]),
        ("此致\n敬礼\n村民：王春生、李有才、赵大海", ["王春生", "李有才", "赵大海"]),
        ("我（李丽华）希望", ["李丽华"]),
        ("收款人：王芳，", ["王芳"]),
        (f"王小明，男，汉族，1990年3月7日生，身份证号：{IDENTITY}", ["王小明"]),
        (f"王小明（男，1990年出生，身份证号码：{IDENTITY}）", ["王小明"]),
        ("退休教师林玉珍，电话13512345678", ["林玉珍"]),
        ("村民张三丰多次向镇政府反映", ["张三丰"]),
        ("患者何秀英经抢救无效", ["何秀英"]),
        ("爱人刘芳怀孕八个月", ["刘芳"]),
        ("女儿陈雨桐上小学", ["陈雨桐"]),
        ("孩子叫李子涵，", ["李子涵"]),
        ("13912345678,王芳", ["王芳"]),
        (f"{IDENTITY}王芳", ["王芳"]),
        ("联系人：王建城，", ["王建城"]),
        ("投诉人：蒋诚先、陈歌", ["蒋诚先", "陈歌"]),
        ("联系人：扎西卓玛，洪小明13812345678", ["扎西卓玛", "洪小明"]),
    ],
)
def test_names_are_found_in_forms_lists_and_sentences(text: str, names: list[str]):
    assert [value for kind, value in kinds(text) if kind == "name"] == names


@pytest.mark.parametrize(
    "text",
    [
        "联系人：党政办，电话0371-65501234；联系人：卫健委，联系人：农业局；联系人：文化站。",
        "应急办电话：0371-65501234，房管局，0371-65501235，温州：0577-88123456，马鞍山 0555-2345678",
        "房管员13812345678，金龙鱼 13812345678；白酒厂：13912345678",
        "敬礼！\n安阳市\n敬礼！\n金石村\n敬礼！\n万科城\n",
        "农行卡 6228480000123456782，儿子高三。我是石匠，村民戴口罩，本人朱砂痣",
        "当事人：严重不满。我叫苦不迭，联系人：物业，联系人：保密，申请人：业委会，我叫外卖，市长王建国多次",
        "举报人：消费者，联系人：楼长，申请人：开发商，联系人：计生办，我叫苦连天，我叫维修工，向阳街 13812345678",
    ],
)
def test_offices_places_trades_and_goods_are_no_persons(text: str):
    assert [value for kind, value in kinds(text) if kind == "name"] == []


@pytest.mark.parametrize("gap", ["\t", "，", ",", "、", "*", " , ", "    "])
def test_numbers_are_found_whatever_mark_parts_their_groups(gap: str):
    identity = grouped(IDENTITY, (6, 8, 4), gap)
    mobile = grouped("13812345678", (3, 4, 4), gap)
    assert kinds(f"身份证号码：{identity}。") == [("identity", identity)]
    assert kinds(f"联系电话：{mobile}。") == [("mobile", mobile)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("联系电话：138,12345678", [("mobile", "138,12345678")]),
        ("+86（138）12345678", [("mobile", "138）12345678")]),
        ("11010519491231002X13812345678", [("identity", "11010519491231002X"), ("mobile", "13812345678")]),
        ("电话0371 - 6550 - 1234", [("landline", "0371 - 6550 - 1234")]),
        ("区号0371，号码65501234", [("landline", "65501234")]),
        ("邮箱zhangsan＠qq．com", [("email", "zhangsan＠qq．com")]),
        ("住 址：南大街26号3栋502室", [("address", "南大街26号3栋502室")]),
        ("户籍所在地：南大街26号", [("address", "南大街26号")]),
        ("1990年生，住幸福路26号，", [("address", "幸福路26号")]),
        ("家园6#2-301漏水", [("address", "6#2-301")]),
        ("B座2103室业主装修", [("address", "B座2103室")]),
        ("社区服务站位于阳光花园3号楼1单元101室，方便", []),
        ("住在幸福路15号养老院的老人", []),
        ("奖品1,2,3,138,2024,2025号，表138、1234、5678", []),
    ],
)
def test_numbers_and_homes_in_their_rarer_forms(text: str, found: list[tuple[str, str]]):
    assert kinds(text) == found


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
        ("一三八一二三四五六七八", "一三八****五六七八"),
        ("电话0371-65501234转801", "电话0371-****1234转***"),
        ("护照E12345678", "护照E1*****78"),
        ("电话(0371) 6789-1234", "电话(0371) ****-1234"),
        ("座机6789-1234", "座机****-1234"),
        ("电话0555-2345678", "电话0555-***5678"),
        ("QQ12345678", "QQ1******8"),
        ("邮箱a@example.cn", "邮箱*@example.cn"),
        ("姓名：买买提·吐尔逊，", "姓名：买**·***，"),
        ("白鹭苑3-2-501", "白鹭苑*-*-***"),
        ("没有什么要遮的", "没有什么要遮的"),
    ],
)
def test_a_mask_keeps_the_sentence_readable_and_its_length(text: str, shown: str):
    assert masked(text) == shown
    assert len(shown) == len(text)


@pytest.mark.parametrize(
    "bait",
    [
        "13812345678",
        "1",
        "a@",
        "a@a.",
        "住在1",
        "1栋1单元",
        "姓名：王",
        "6222 ",
        "0371-",
        "１",
        "+86 ",
        "一",
        "1-",
        "4-",
        "1\u200b",
        "豫A1",
        "微信a",
        "QQ1",
        "村1组1号",
        "家住1号",
        "联系人：王小明、",
        "电话：65501234、",
        "\ud800",
        "(",
        "1\n",
        "138、",
        "650104，",
        "，住1",
        "6#2-",
        "王小明，男，",
        "我叫",
        "业主：王 ",
    ],
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


PIECES = [
    "13812345678", "张三", "联系人：", "王小明、", "家住", "幸福路15号", "3栋2单元501室", "0371-65501234", "，", "电话",
    " ", "-", "110105194912310021", "11010519491231002X", "豫A12345", "a@b.cn", "QQ", "微信", "一三八", "\u200b", "\n",
    "6222021234567890128", "举报人", "李四", "村", "三组12号", "：", "转801", "护照E12345678", "元",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("家住联系人：张三138123456783栋2单元501室")
@settings(deadline=None, max_examples=500)
def test_a_masked_text_stays_when_it_is_masked_again(text: str):
    once = masked(text)
    assert len(once) == len(text)
    assert masked(once) == once


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_text_is_read(text: str):
    assert len(masked(text)) == len(text)


def test_checksums_follow_their_standards():
    assert checksums.identity("11010519491231002X")  # the example of GB 11643-1999
    assert not checksums.identity("110105194912310021")
    assert checksums.luhn("4111111111111111")
    assert not checksums.luhn("4111111111111112")
    assert checksums.credit_code("91110000600037341L")
    assert not checksums.credit_code("91110000600037341N")


@pytest.mark.parametrize("name", ["王建城", "张志行", "刘学会", "李登科", "陈建州"])
@pytest.mark.parametrize("around", ["{}，电话13812345678。", "居民{}反映路灯不亮。", "此致\n敬礼！\n{}"])
def test_a_given_name_may_end_like_a_place(name: str, around: str):
    text = around.format(name)
    assert name in [text[one.start : one.end] for one in find(text) if one.kind == "name"]


@pytest.mark.parametrize("text", ["万科城：0371-65501234", "黄南州，0973-8721234", "李家村：0371-65501234"])
def test_what_only_looks_like_such_a_name_stays(text: str):
    assert [one for one in find(text) if one.kind == "name"] == []
