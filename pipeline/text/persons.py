"""Home addresses and names, found by the words beside them. A first version that prefers silence to a wrong hit.

An address counts when it is exact: a house number with a room, or a building with unit or room. A name counts
after a word that announces one (联系人：…) or right before a telephone or identity number. Public figures, offices,
places and ages are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.records.items import Personal

_ANNOUNCED = "(?:联系人|反映人|投诉人|举报人|申请人|当事人|信访人|求助人|来访人|户主姓名|户主|业主姓名|本人姓名|姓名)"
_HINTS = ("单元", "住址", "家住", "住在", "现住", "居住", "地址")
# Surnames, the commonest first.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石"
    "戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹"
    "申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓"
    "古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
_TWO = "(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|夏侯|端木)"
_NAME = f"(?:{_TWO}[一-龥]{{1,2}}|[{SURNAMES}][一-龥]{{1,2}})"
_AFTER_WORD = re.compile(
    rf"{_ANNOUNCED}(?:[:： ]{{1,3}}|是|为|叫)({_NAME})(?=[\s，,。；;、（(:：\d*]|电话|手机|联系|身份证|住|男|女|$)"
)
_BEFORE_NUMBER = re.compile(
    rf"(?:^|[\s，,。；;、！!？?（(:：])({_NAME})[，,、:： （(]{{0,2}}"
    r"(?:(?:的)?(?:联系)?(?:电话|手机|身份证)(?:号码|号)?(?:为|是)?[:： ]{0,2})?$"
)
# Words that begin like a name, and persons named by their surname alone.
_NO_NAMES = re.compile(
    "谢谢|全部|安全|何时|万一|任何|许多|白天|时间|时候|方便|高速|单位|成功|应该|和我|向上|常年|水电|平时|管理|马上|"
    ".(?:先生|女士|小姐|老师|师傅|某)"
)
# Numbers that stand behind a name when they are a person's.
_PERSONS_OWN = frozenset({"mobile", "landline", "identity"})
_MARKER = "(?:号楼|栋|幢|座|单元|室|号|房|户|组)"
# 一单元100多户, 2单元2018年: a count or a year, no room.
_COUNTED = " ?(?:多|余|户|年|月|层|楼|个|元|平|人)"
_PART = "[0-9A-Za-z一二三四五六七八九十]{1,6}(?:[-－—][0-9A-Za-z]{1,6}){0,2}"
_HOME = re.compile(
    r"(?:家庭住址|家庭地址|居住地址|联系地址|户籍地址|现住址|住址|现住|家住|居住[于在]|住在)(?:[:：是为在]| ){0,3}"
    rf"([^，。；！？\n,;!?（）()]{{0,30}}?(?:{_PART}{_MARKER}){{1,4}}(?:[0-9]{{3,4}}(?![0-9]|{_COUNTED}))?)"
)
_FLAT = re.compile(rf"{_PART}(?:号楼|栋|幢|座){_PART}单元[0-9]{{3,4}}(?:室|房|号|(?![0-9]|{_COUNTED}))")
_DIGIT = re.compile("[0-9]")
_EXACT = re.compile(rf"{_PART}(?:室|房|户)|(?:{_PART}{_MARKER}){{2}}|{_PART}(?:栋|幢|座|号楼|单元)[0-9]{{3,4}}")


def find(text: str, numbers: Sequence[Personal]) -> list[Personal]:
    """Addresses and names of a text in half width; `numbers` are the personal numbers found in it."""
    return [*_addresses(text), *_announced(text), *_beside(text, numbers)]


def _addresses(text: str) -> Iterator[Personal]:
    if not any(hint in text for hint in _HINTS):
        return
    for match in _HOME.finditer(text):
        if _DIGIT.search(match[1]) and _EXACT.search(match[1]):
            yield Personal("address", *match.span(1))
    yield from (Personal("address", *match.span()) for match in _FLAT.finditer(text))


def _announced(text: str) -> Iterator[Personal]:
    for match in _AFTER_WORD.finditer(text):
        if not _NO_NAMES.match(match[1]):
            yield Personal("name", *match.span(1))


def _beside(text: str, numbers: Sequence[Personal]) -> Iterator[Personal]:
    for number in numbers:
        if number.kind not in _PERSONS_OWN:
            continue
        match = _BEFORE_NUMBER.search(text, max(number.start - 20, 0), number.start)
        if match and not _NO_NAMES.match(match[1]):
            yield Personal("name", *match.span(1))
