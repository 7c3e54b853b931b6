"""Made-up authors planted at head and foot of real texts, in the forms in which offices and citizens write them.

A form is a template of lines; `{text}` is the text. Names, units, posts and numbers are drawn anew for each.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.eval.file_documents import Text

# What each form tells: t title, a author, u unit, p telephone.
FORMS: tuple[tuple[str, str], ...] = (
    ("taup", "{title}\n\n反映人：{name}  单位：{unit}{post}\n联系电话：{phone}\n\n{text}"),
    ("taup", "标题：{title}\n姓　名：{spread}\n工作单位及职务：{unit}{post}\n手　机：{phone}\n正文：\n{text}"),
    ("taup", "{title}\n{text}\n（反映人：{name}，{unit}{post}，联系电话：{phone}）"),
    ("tau", "{title}\n{text}\n（作者系{unit}{post}{name}）"),
    ("tau", "{title}\n{unit}　{name}\n{text}"),
    ("tau", "{title}\n（{unit}{post}　{spread}）\n{text}"),
    ("tau", "{title}\n{unit}{post}{name}反映：{text}"),
    ("tau", "{title}\n县政协委员、{unit}{post}{name}反映，{text}"),
    ("taup", "社情民意信息\n第{number}期\n{title}\n{text}\n供稿：{unit} {name}\n电话：{wide}"),
    ("tu", "{title}\n{text}\n{unit}\n2026年3月5日"),
    ("tap", "{title}\n{text}\n{name} {phone}"),
    ("taup", "{title}\n{text}\n作者：{name}（{unit}{post}，{phone}）"),
    ("tau", "{title}\n{text}\n报送单位：{unit}（盖章）    执笔人：{name}"),
    ("taup", "社情民意信息报送表\n题　目\t{title}\n姓名\t{name}\t工作单位\t{unit}\t联系电话\t{phone}\n{text}"),
    ("tau", "{title}\n——{unit} {name}\n{text}"),
    ("taup", "{title}\n{text}\n撰稿人：{name}\n所在单位：{unit}\n职务：{post}\n联系方式：{phone}（微信同号）"),
    ("tau", "【建言】{title}\n{text}\n供稿人：{name}/{unit}"),
    ("ap", "各位领导好！\n{text}请予重视。来信人：{name}，电话：{phone}。"),
    ("ap", "{text}此致敬礼！反映人：{name}联系电话：{phone}"),
    (
        "taup",
        "附件1\n社情民意信息征集表\n信息标题：{title}\n反映人姓名：{name}\n单位职务：{unit}{post}\n电话：{phone}\n{text}",
    ),
    ("taup", "{title}\n{text}\n反映人：{name}，男，{unit}{post}\n手机号码：{dashed}"),
    ("tau", "{title}\n作者姓名:{name} 作者单位:{unit}\n{text}"),
    ("tup", "{title}\n来稿单位：{unit}\n办公电话：{landline}\n{text}"),
    ("taup", "{title}\n{text}\n{unit}\n{spread}\n{phone}\n二〇二六年三月五日"),
    ("taup", "《{title}》\n委员姓名：{name}；界别：农业界；单位：{unit}；联系手机：{phone}\n{text}"),
    ("tau", "{title}\n{name}\n（{unit}，岚禾县 990101）\n{text}"),
    ("t", "{title}\n{text}"),
    (
        "t",
        "{title}\n{text}\n有事请拨打县政务服务热线12345，或咨询{unit}（{landline}），他们的工作人员会及时答复群众的问题。",
    ),
    ("t", "{title}\n{unit}工作人员表示，将尽快派人查看，并向群众公开处理的结果，请大家监督。\n{text}"),
    ("taup", "{title}\n\n（{name} {unit}{post} 电话：{phone}）\n\n{text}"),
    (
        "taup",
        "社情民意信息征集表\n\n信息题目：{title}\n提交人：{name}\n提交单位：{unit}\n联系电话：{phone}\n信息内容：\n{text}\n（字数控制在1500字以内）",
    ),
    (
        "tau",
        "{title}\n{text}\n\n                         {unit}\n                         {name}\n          2026年3月15日",
    ),
    ("tup", "{title}\n{text}\n联系人：{name}\n单位：{unit}\n联系电话：{phone}"),
    ("tau", "{title}\n来源：{unit}  作者：{name}\n{text}"),
    ("tau", "{title}\n文/{name}\n{text}\n（作者单位：{unit}）"),
    ("taup", "{title}\n{text}\n\n作者简介：{name}，{unit}{post}，电话{phone}。"),
    ("ap", "尊敬的领导：\n您好！我叫{name}，电话{phone}。\n{text}"),
    ("tau", "{title}\n{text}\n报送单位：{unit}\n撰稿：{name}  审核：李主任"),
    ("taup", "{title}\n反映人 ：{name}   （{unit}）\n联系方式 ：{phone}\n{text}"),
    (
        "taup",
        "一、标题：{title}\n二、反映人：{name}\n三、单位及职务：{unit}{post}\n四、联系电话：{phone}\n五、正文：\n{text}",
    ),
    ("tau", "政协岚禾县委员会\n社 情 民 意 信 息\n第 12 期\n{title}\n{unit} {name}\n{text}"),
    ("tau", "{title}\n{text}\n【{unit} {name}】"),
    ("tu", "{title}\n{text}\n（{unit}供稿）"),
    ("tau", "{title}\n{text}\n（{unit} {name} 供稿）"),
    ("taup", "标题:{title}\n作者:{name}\n单位:{unit}\nTel:{phone}\n\n{text}"),
    ("taup", "题目：{title}\n\n作者：{name}\n\n工作单位及职务：{unit}{post}\n\n联系电话：{phone}\n\n{text}"),
    ("tau", "{title}\n\n{name}（{unit}{post}）\n\n{text}"),
    ("tau", "{title}\n{text}\n\n提交委员：{name}（{unit}）"),
    ("taup", "★ 信息标题：{title}\n★ 反映人：{name}\n★ 所在单位：{unit}\n★ 手机：{phone}\n{text}"),
    ("tau", "{unit}{name}委员建议：\n{title}\n{text}"),
    ("taup", "{title}\n{text}\n{unit}{post} {name} {phone}"),
    ("tau", "{title}\n{unit}课题组 执笔：{name}\n{text}"),
    ("tau", "{title}\n{text}\n——————————\n作者单位及姓名：{unit} {name}"),
    ("tp", "{title}\n{text}\n如需进一步了解情况，请联系{phone}。"),
    ("tau", "{title}（{unit} {name}）\n{text}"),
    (
        "taup",
        "报送单位：{unit}\n报送时间：2026年3月5日\n标题：{title}\n内容：\n{text}\n反映人：{name}\n联系方式：{phone}",
    ),
    ("tau", "{title}\n（2026年3月5日）\n{unit}  {name}\n{text}"),
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华建国文辉玉梅红志鹏飞宇浩然子轩雨桐思远嘉怡晓东海燕春生秋实冬青"
)
_COMPOUND = ("欧阳", "司马", "上官", "诸葛")
_OTHERS = ("阿依古丽·买买提", "扎西·多吉", "逯晓明", "邝国强", "佟丽")
_PLACES = ("岚禾县", "云漳市", "白鹭镇", "柳湾区", "青石乡")
_BODIES = (
    "农业农村局", "教育局", "卫生健康局", "第一中学", "人民医院", "工商联", "总工会", "市场监督管理局", "职业技术学院",
    "城关街道办事处", "融媒体中心", "文化馆",
)  # fmt: skip
_PARTIES = ("民建岚禾县支部", "民盟云漳市委会", "九三学社云漳市基层委员会", "致公党柳湾区总支", "农工党岚禾县支部")
_FIRMS = ("云漳绿禾农业科技有限公司", "岚禾众信律师事务所", "青石乡红旗种植专业合作社")
_POSTS = ("", "局长", "副主任", "教师", "科员", "干部", "高级工程师", "主任医师", "负责人")


@dataclass(frozen=True)
class Planted:
    """A text with its particulars: field -> value, None for what it does not say. `units` are all right answers."""

    text: str
    form: int
    title: str | None
    author: str | None
    units: tuple[str, ...]
    phone: str | None


def planted(texts: Sequence[Text], seed: int, rounds: int) -> Iterator[Planted]:
    """Every form with so many texts."""
    chance = random.Random(seed)
    messages = [text for text in texts if not text.article]
    for _ in range(rounds):
        for at, (told, _form) in enumerate(FORMS):
            # Of an article without its title the next heading would be one.
            yield _made(at, chance.choice(texts if "t" in told else messages), chance)


def _made(at: int, text: Text, chance: random.Random) -> Planted:
    told, form = FORMS[at]
    name, unit, post, phone = _name(chance), _unit(chance), chance.choice(_POSTS), _mobile(chance)
    landline = f"09{chance.randint(10, 99)}-{chance.randint(2000000, 8999999)}"
    spoken = landline if "{landline}" in form else phone
    words = {
        "title": text.title,
        "text": "\n".join(text.paragraphs),
        "name": name,
        "spread": f"{name[0]}　{name[1]}" if len(name) == 2 else name,
        "unit": unit,
        "post": post if "\n职务：" not in form else post or "干部",
        "phone": phone,
        "wide": "".join(chr(ord(char) + 0xFEE0) for char in phone),
        "dashed": f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
        "landline": landline,
        "number": str(chance.randint(1, 200)),
    }
    whole = unit + words["post"]
    return Planted(
        text=form.format(**words),
        form=at,
        title=text.title if "t" in told else None,
        author=name if "a" in told else None,
        units=(unit, whole, f"县政协委员、{whole}") if "u" in told else (),
        phone=spoken if "p" in told else None,
    )


def _name(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return chance.choice(_OTHERS)
    surname = chance.choice(_COMPOUND) if chance.random() < 0.06 else chance.choice(_SURNAMES)
    return surname + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2))))


def _unit(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.25:
        return chance.choice(_PARTIES)
    return chance.choice(_FIRMS) if kind < 0.4 else chance.choice(_PLACES) + chance.choice(_BODIES)


def _mobile(chance: random.Random) -> str:
    return f"1{chance.choice('3578')}{chance.randint(0, 9)}{chance.randint(0, 99999999):08}"
