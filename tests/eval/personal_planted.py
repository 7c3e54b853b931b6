"""Numbers made by a seed, with right checksums, in the forms people write them in; and look-alikes that are nobody's.

    planted(seed, texts, number) -> list[Planted]      each of a kind in a real text, where a sentence ends
    look_alikes(seed, texts, number) -> list[Planted]  years, amounts, document and order numbers, service lines …

Nothing is anybody's: birthdays, serials and letters come from the generator.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Make = Callable[[random.Random], str]
_ENDS = re.compile("[。！？；，\n]")
_REGIONS = ("110105", "310112", "410102", "430104", "440113", "510107", "610113", "370202", "330106", "460105")
_AREAS = ("010", "021", "023", "0371", "0731", "0755", "0898", "0991", "0335", "0536")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼新"
_SERIAL = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
_WIDE = str.maketrans("0123456789X-", "０１２３４５６７８９Ｘ－")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静磊军洋勇艳杰娟涛超霞平刚桂英建华志强秀兰玉梅丽红海燕"


@dataclass(frozen=True)
class Planted:
    """A text with something made up at [start, end) of it."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        return self.text[self.start : self.end]


def digits(seed: random.Random, count: int) -> str:
    return "".join(seed.choices("0123456789", k=count))


def identity(seed: random.Random) -> str:
    born = f"{seed.randint(1930, 2015)}{seed.randint(1, 12):02}{seed.randint(1, 28):02}"
    body = seed.choice(_REGIONS) + born + digits(seed, 3)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(one) * weight for one, weight in zip(body, weights, strict=True)) % 11]


def credit_code(seed: random.Random) -> str:
    body = seed.choice(("91", "92", "93", "12", "51", "52", "54")) + seed.choice(_REGIONS)
    body += "".join(seed.choices(_CREDIT, k=9))
    total = sum(_CREDIT.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + _CREDIT[(31 - total % 31) % 31]


def mobile(seed: random.Random) -> str:
    return "1" + seed.choice("3456789") + digits(seed, 9)


def card(seed: random.Random) -> str:
    prefix, length = seed.choice(
        (("622202", 19), ("621700", 19), ("622848", 19), ("625912", 16), ("623058", 16), ("4367", 16), ("5187", 16))
    )
    body = prefix + digits(seed, length - 1 - len(prefix))
    total = sum(sum(divmod(int(one) * (2 if at % 2 == 0 else 1), 10)) for at, one in enumerate(reversed(body)))
    return body + str(-total % 10)


def landline(seed: random.Random) -> tuple[str, str]:
    area = seed.choice(_AREAS)
    return area, seed.choice("2345678") + digits(seed, 7 if len(area) == 3 else seed.choice((6, 7)))


def grouped(number: str, sizes: Sequence[int], gap: str) -> str:
    places = [sum(sizes[:count]) for count in range(len(sizes))]
    parts = [number[place : place + size] for place, size in zip(places, sizes, strict=True)]
    return gap.join([*parts, number[sum(sizes) :]] if sum(sizes) < len(number) else parts)


def _written_identity(seed: random.Random) -> str:
    number = identity(seed)
    sizes = seed.choice(((6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 4, 4, 4), (4, 4, 4, 4, 2), (6, 12), (14, 4)))
    return seed.choice(
        (
            number, number, number, number.lower(), number.translate(_WIDE), number.translate(_SPOKEN),
            grouped(number, sizes, seed.choice((" ", "-", "－", "　", " - ", "."))),
            number[:9] + "\u200b" + number[9:], "\u2060".join(number), " ".join(number), number[:6] + "\n" + number[6:],
        )
    )  # fmt: skip


def _written_mobile(seed: random.Random) -> str:
    number = mobile(seed)
    gap = seed.choice((" ", "-", ".", "－", "—", "·", "　", "\u00a0", " - "))
    return seed.choice(
        (
            number, number, number, grouped(number, (3, 4, 4), gap), "+86" + number, "+86 " + number, "86-" + number,
            "0086" + number, "（+86）" + number, number.translate(_WIDE), number.translate(_SPOKEN),
            number[:3] + "\u200b" + number[3:7] + "\u200b" + number[7:], "\ufe0f\u20e3".join(number),
            grouped(number.translate(_SPOKEN), (3, 4, 4), " "),
        )
    )  # fmt: skip


def _written_landline(seed: random.Random) -> str:
    area, local = landline(seed)
    gap = seed.choice(("-", " ", "－", "—", "–", " - "))
    extension = seed.choice(("", "", "", "转801", "-8012", " 转 6", "转分机215", "ext.33"))
    head = seed.choice((area + gap, f"({area})", f"（{area}）", f"({area}) ", f"+86-{area[1:]}-", f"+86 {area[1:]} "))
    inner = seed.choice((local, local, f"{local[:-4]}-{local[-4:]}", f"{local[:-4]} {local[-4:]}"))
    return head + inner + (extension if inner == local else "")


def _written_card(seed: random.Random) -> str:
    number = card(seed)
    fours = (4,) * 4
    return seed.choice(
        (number, number, grouped(number, fours, " "), grouped(number, fours, "-"), number.translate(_WIDE),
         grouped(number, fours, "　"), number[:8] + "\u200b" + number[8:])
    )  # fmt: skip


def _written_credit(seed: random.Random) -> str:
    code = credit_code(seed)
    return seed.choice((code, code, code.lower(), grouped(code, (2, 6), " "), grouped(code, (4, 4, 4, 4), " ")))


def _plate(seed: random.Random) -> str:
    head, gap = seed.choice(_PROVINCES) + seed.choice("ABCDEFGHJK"), seed.choice(("", "", "·", " ", "-", ".", "•"))
    serial = seed.choice(
        (
            digits(seed, 5), digits(seed, 4) + seed.choice(_SERIAL), seed.choice(_SERIAL) + digits(seed, 4),
            "D" + digits(seed, 5), "F" + seed.choice(_SERIAL) + digits(seed, 4), digits(seed, 5) + "D",
            digits(seed, 2) + seed.choice(_SERIAL) + digits(seed, 2), digits(seed, 4) + "学", digits(seed, 4) + "挂",
        )
    )  # fmt: skip
    return seed.choice((head + gap + serial, head + gap + serial, f"{head[0]} {head[1]}{gap}{serial}"))


def _email(seed: random.Random) -> str:
    name = seed.choice(("zhang_3", "li.si", "wang-5", "a", "Zhao99", digits(seed, 9), mobile(seed), "chen+info"))
    return (
        name + seed.choice(("@", "@", "＠")) + seed.choice(("example.com", "mail.example.cn", "qq.com", "a-b.org.cn"))
    )


def _account(seed: random.Random) -> str:
    return seed.choice((f"wxid_{digits(seed, 8)}", f"zhang{digits(seed, 5)}", f"li_si-{digits(seed, 3)}"))


def _qq(seed: random.Random) -> str:
    return seed.choice("123456789") + digits(seed, seed.randint(5, 9))


def _passport(seed: random.Random) -> str:
    return seed.choice(("E", "G", "D", "P", "EA", "EK", "PE")) + digits(seed, 8)


def _permit(seed: random.Random) -> str:
    return seed.choice(("C", "H", "M", "W", "T", "CA")) + digits(seed, 8)


def _home(seed: random.Random) -> str:
    building, unit, room = seed.randint(1, 30), seed.randint(1, 5), seed.randint(1, 33) * 100 + seed.randint(1, 4)
    return seed.choice(
        (
            f"幸福路{seed.randint(1, 200)}号{building}栋{unit}单元{room}室", f"柳湾小区{building}号楼{unit}单元{room}",
            f"锦绣花园{building}栋{room}室", f"白鹭苑{building}-{unit}-{room}", f"河口村{unit}组{building}号",
            f"青石小区{building}幢{unit}单元{room}号", f"五一路{building}号院{unit}号楼{unit}单元{room}房",
        )
    )  # fmt: skip


def _name(seed: random.Random) -> str:
    return seed.choice(_SURNAMES) + "".join(seed.sample(_GIVEN, seed.choice((1, 2))))


# Kind: how the value is written, and what stands around it.
KINDS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "identity": (
        _written_identity,
        (
            "身份证号：{}。",
            "身份证{}，",
            "本人（身份证号码{}）",
            "证件号码为{}，",
            "公民身份号码 {}。",
            "王某某，{}，男，",
            "驾驶证号{}。",
            "{}。",
        ),
    ),
    "credit_code": (_written_credit, ("统一社会信用代码：{}，", "信用代码{}。", "（{}）", "代码为 {}，")),
    "mobile": (
        _written_mobile,
        (
            "联系电话：{}。",
            "电话{}，",
            "手机号是{}，",
            "请打{}，",
            "（{}）",
            "手机:{} ",
            "Tel: {}，",
            "微信同号{}，",
            "{}。",
        ),
    ),
    "landline": (_written_landline, ("电话：{}。", "座机{}，", "致电{}，", "家里固话 {}。", "（{}）", "传真：{}，")),
    "bank_card": (
        _written_card,
        ("卡号：{}。", "请退到银行卡{}，", "账号{}，", "工行{}（本人）", "户名本人，账户 {}。", "{}。"),
    ),
    "plate": (_plate, ("车牌号{}，", "一辆{}的轿车", "车牌为{}。", "（{}）", "号牌：{}，", "有辆{}，")),
    "email": (_email, ("邮箱：{}。", "发到{}，", "E-mail:{} ", "（{}）", "请发{}谢谢")),
    "account": (_account, ("微信号：{}。", "微信{}，", "加微信：{}，", "wx:{} ", "我的微信号是{}，")),
    "qq": (_qq, ("QQ：{}。", "QQ号{}，", "qq {}，", "我的QQ是{}。")),
    "passport": (_passport, ("护照号{}。", "护照：{}，", "护照号码为{}，", "持护照（{}）")),
    "permit": (_permit, ("港澳通行证号{}。", "往来港澳通行证：{}，", "回乡证{}，", "台湾居民往来大陆通行证号码{}。")),
    "address": (_home, ("家住{}，", "我住在{}，", "家庭住址：{}。", "现住{}，", "{}的业主", "地址是{}，")),
    "name": (
        _name,
        (
            "联系人：{}，",
            "举报人{}反映，",
            "反映人：{}。",
            "我叫{}，",
            "患者{}于去年",
            "姓名：{}，",
            "户主{}家里",
            "村民{}说",
            "当事人{}，",
            "死者{}的家属",
            "投诉人（{}）",
        ),
    ),
}

LOOK_ALIKES: dict[str, tuple[Make, ...]] = {
    "amounts": (
        lambda seed: f"{mobile(seed)}元",
        lambda seed: f"{mobile(seed)[:7]}.80元",
        lambda seed: f"投资{mobile(seed)}元",
        lambda seed: f"共计{digits(seed, 1)}3,800,138,000元",
        lambda seed: f"￥{mobile(seed)}",
        lambda seed: f"约{mobile(seed)}万元",
        lambda seed: f"{mobile(seed)}平方米",
        lambda seed: f"{mobile(seed)}.50元",
    ),
    "years and dates": (
        lambda seed: f"{seed.randint(1949, 2026)}年{seed.randint(1, 12)}月{seed.randint(1, 28)}日",
        lambda seed: f"{seed.randint(2000, 2026)}{seed.randint(1, 12):02}{seed.randint(1, 28):02}",
        lambda seed: f"{seed.randint(2000, 2026)}-{seed.randint(1, 12):02}-{seed.randint(1, 28):02} 10:20:33",
        lambda seed: f"{seed.randint(2000, 2010)}-{seed.randint(2011, 2026)}年",
        lambda seed: "二〇一九年三月十五日",
        lambda seed: f"{seed.randint(2000, 2026)}/{seed.randint(1, 12)}/{seed.randint(1, 28)} 8:30",
        lambda seed: "2015 2016 2017 2018 2019",
        lambda seed: "20170105-20181231",
    ),
    "document numbers": (
        lambda seed: f"国办发〔2017〕{seed.randint(1, 99)}号",
        lambda seed: f"（2019）豫01民初{seed.randint(1, 9999)}号",
        lambda seed: "GB/T 9704-2012",
        lambda seed: f"豫建〔2020〕{digits(seed, 3)}号",
        lambda seed: "GB 50016-2014",
        lambda seed: f"预售证（2014）第{digits(seed, 8)}号",
        lambda seed: f"建字第4101012019{digits(seed, 5)}号",
        lambda seed: f"不动产权第{digits(seed, 7)}号",
    ),
    "order and file numbers": (
        lambda seed: f"统一编号{mobile(seed)}",
        lambda seed: f"订单号：{mobile(seed)}{digits(seed, 4)}",
        lambda seed: f"受理编号2020{digits(seed, 14)}",
        lambda seed: f"工单号{mobile(seed)}",
        lambda seed: f"流水号：{digits(seed, 16)}",
        lambda seed: f"户号{digits(seed, 10)}",
        lambda seed: f"№{digits(seed, 11)}",
        lambda seed: f"快递单号SF{digits(seed, 13)}",
        lambda seed: f"编码{digits(seed, 12)}",
        lambda seed: f"合同编号ZJ-{digits(seed, 11)}",
        lambda seed: f"受理号：DH{digits(seed, 14)}",
    ),
    "service lines": (
        lambda seed: "拨打12345",
        lambda seed: "打110报警",
        lambda seed: "12319热线",
        lambda seed: "电话12328",
        lambda seed: "96111",
        lambda seed: "400-889-3333",
        lambda seed: "电话：4008893333",
        lambda seed: "95588",
        lambda seed: "0371-12345",
        lambda seed: "客服电话：800-820-8820",
        lambda seed: "拨打10086",
        lambda seed: "120急救",
    ),
    "measures and places": (
        lambda seed: f"今年{seed.randint(20, 90)}岁",
        lambda seed: f"东经113.{digits(seed, 6)}",
        lambda seed: "户籍地岚禾县",
        lambda seed: f"北纬34.{digits(seed, 7)}，东经113.{digits(seed, 7)}",
        lambda seed: f"第{seed.randint(1, 300)}期",
        lambda seed: f"{seed.randint(1, 30)}栋{seed.randint(1, 5)}单元共{seed.randint(20, 99)}户",
        lambda seed: "幸福路15号",
        lambda seed: "五一路与解放路交叉口",
        lambda seed: "政务中心3号楼301室",
        lambda seed: "岚禾县人民政府办公室",
        lambda seed: f"G{seed.randint(1, 99)}高速K{seed.randint(100, 999)}+{digits(seed, 3)}处",
        lambda seed: "3号线2标段",
        lambda seed: f"{seed.randint(60, 200)}.{digits(seed, 2)}平方米",
        lambda seed: "河口村三组",
        lambda seed: "柳湾小区3栋",
        lambda seed: "县城管局联系人称",
        lambda seed: "业主方便出行",
        lambda seed: "村民高度关注",
        lambda seed: "当事人应该到场",
    ),
    "addresses of the web": (
        lambda seed: f"https://example.cn/news/{mobile(seed)}.html",
        lambda seed: f"http://example.cn/a?id={mobile(seed)} ",
        lambda seed: f"www.example.cn/{digits(seed, 18)} ",
    ),
}


def planted(seed: int, texts: Sequence[str], number: int) -> list[Planted]:
    """So many of each kind."""
    one = random.Random(seed)
    return [
        _in(one, kind, make(one), one.choice(around), texts)
        for kind, (make, around) in KINDS.items()
        for _ in range(number)
    ]


def look_alikes(seed: int, texts: Sequence[str], number: int) -> list[Planted]:
    """So many of each kind, that nothing may be found in."""
    one = random.Random(seed)
    return [
        _in(one, kind, one.choice(makes)(one), "{}，", texts)
        for kind, makes in LOOK_ALIKES.items()
        for _ in range(number)
    ]


def _in(seed: random.Random, kind: str, value: str, around: str, texts: Sequence[str]) -> Planted:
    text = seed.choice(texts)
    ends = [match.end() for match in _ENDS.finditer(text)] or [len(text)]
    place = seed.choice(ends)
    head = text[:place] + around.partition("{}")[0]
    return Planted(kind, text[:place] + around.replace("{}", value) + text[place:], len(head), len(head) + len(value))
