"""What the words beside a number say of it: a telephone, somebody's paper, an account; or a file's number, an amount.

    called(text, start) · identified(text, start) · carded(text, start)      the word for it stands shortly before
    numbered(text, start) · measured(text, end) · costing(text, start)       it is no person's number

Each looks at a few characters, so that a call costs the same in a text of any length.
"""

from __future__ import annotations

import re

_NEAR = 14  # characters: 联系电话（微信同号）： is ten
_CALLED = re.compile(
    r"电话(?!费)|[的人我]号码|致电|来电|拨打|拨通|手机(?!费)|座机|固话|小灵通|热线|传真|联系|联络|打给|短信|微信|威信|tel|phone|mob|cell|"
    r"wechat|"
    r"(?<![a-z])[vw]x?(?![a-z])",
    re.IGNORECASE,
)
_IDENTIFIED = re.compile(
    r"身份|证件|证号|公民号|居民证|社保号|社会保障|医保|学籍|残疾|驾照|驾驶证|户口|(?<![a-z])id(?![a-z])", re.IGNORECASE
)
_CARD_NAMED = re.compile("(?:卡号?|[账帐][号户]|存折)(?:号码|号)?[^0-9A-Za-z\\n。，；]{0,8}$")
_CARDED = re.compile("卡|[账帐]号|[账帐]户|户名|开户|存折|银行|支行|信用社")
# 订单编号：, 第, №: what follows counts files, goods or entries.
_NUMBERED = re.compile(
    r"(?:(?:编号|单号|文号|案号|户号|学号|工号|考号|批号|序号|序列|流水|条码|条形码|代码|编码|税号|"
    r"房号|表号|第|№)(?:编号|号码|号|码)?|"
    r"(?:订单|工单|运单|保单|货单|发票|凭证|许可证|预售证|产权证|资格证|营业执照|备案|档案)"
    r"(?:编号|号码|号|码|(?=[:：])))"
    r"[:：是为#(（\[【〔 ]{0,3}$|(?<![a-z])(?<!tel )(?<!phone )(?<!mobile )(?:no|sn)[.:：# ]{0,2}$|〔$",
    re.IGNORECASE,
)
# 受理号：, but 手机号：; 15号 is a house.
_SOME_NUMBER = re.compile("([一-龥])(?:号码|号)[:：是为 ]{0,3}$")
_OWN_NUMBER = frozenset("机话信系账帐卡份照证人本靓新旧原老的这该此户个同")
_COSTING = re.compile(
    r"(?:[¥￥$€£]|人民币|金额|总额|投资|预算|资金|总计|合计|共计|余额|产值|造价|收入|支出|总价|价格|货款|欠款|贷款|补偿款)"
    r"(?:额|约|达|为|是|共|了|[:： ]){0,3}$"
)
_UNIT = re.compile(
    r"(?:\.[0-9]{1,4})? ?(?:[圆吨亩㎡㎞%％‰℃°]|"
    r"元(?![旦宵月])|[万亿](?=[元吨亩户人立平千美欧港日斤次块份多余，。、；,.;)）]|$)|"
    r"千[瓦米克万亿元]|块(?!头)|美元|人民币|港币|港元|欧元|日元|英镑|平方|平米|公顷|公斤|公里|立方|人次|户次|株|[/／][年月日亩])"
)


def called(text: str, start: int) -> bool:
    """Whether a telephone's word stands shortly before the place."""
    return _CALLED.search(text, max(start - _NEAR, 0), start) is not None


def identified(text: str, start: int) -> bool:
    """Whether a word of an identity card, or of what bears its number, stands shortly before the place."""
    return _IDENTIFIED.search(text, max(start - _NEAR, 0), start) is not None


def carded(text: str, start: int) -> bool:
    """Whether a word of a bank card or an account stands shortly before the place."""
    return _CARDED.search(text, max(start - 20, 0), start) is not None


def card_named(text: str, start: int) -> bool:
    """Whether the word right before the place is a card or an account."""
    return _CARD_NAMED.search(text[max(start - 14, 0) : start]) is not None


def numbered(text: str, start: int) -> bool:
    """Whether the words right before the place say that a file's number follows."""
    before = text[max(start - 10, 0) : start]
    if _NUMBERED.search(before):
        return True
    some = _SOME_NUMBER.search(before)
    return some is not None and some[1] not in _OWN_NUMBER


def filed(text: str, start: int) -> bool:
    """As `numbered`, where 代码 is the number's own name."""
    return numbered(text, start) and "代码" not in text[max(start - 10, 0) : start]


def measured(text: str, end: int) -> bool:
    """Whether a unit of money or measure stands right behind the place."""
    return _UNIT.match(text, end) is not None


def costing(text: str, start: int) -> bool:
    """Whether a word of money stands right before the place."""
    return _COSTING.search(text[max(start - 8, 0) : start]) is not None
