"""E-mail addresses, and the accounts of chats that stand behind their names. Every text is `numerals.plain`.

The number of a group (QQ群, 公众号) is nobody's own and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.records.items import Personal

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63} ?@ ?(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
)
_JOINER = r"(?:号码|号|账号|帐号|ID|Id|id)?(?:[(（][^()（）\n]{1,8}[)）])?(?:就是|同号|是|为|加)?[:：/ \"“【(（]{0,3}"
_NO_MORE = r"(?![A-Za-z0-9@_-])"
_QQ = re.compile(
    r"(?<![A-Za-z])(?:[Qq][Qq]|扣扣|企鹅号)"
    + _JOINER
    + r"([1-9][0-9]{4,10})"
    + _NO_MORE
    + "(?! ?[人元万个位户群年版月])"
)
# A name of six letters or more, or digits; without 号 or a colon between it must hold a digit or a stroke.
_WECHAT = re.compile(
    r"(?:微信(?!公众|群|支付|小程序|平台|号外)|威信|薇信|[Vv]信|[Ww]e[Cc]hat|(?<![A-Za-z])(?:[Vv][Xx]|[Ww][Xx]|加[Vv])(?![A-Za-z0-9]))"
    + _JOINER
    + r"(?!i?phone|ios|android|windows|app)"
    + r"((?=[A-Za-z_]*[-0-9_])[A-Za-z_][A-Za-z0-9_-]{5,19}"
    + r"|(?<=[:：号 \"“【(（])[A-Za-z][A-Za-z_-]{5,19}|[1-9][0-9]{5,10})"
    + _NO_MORE
)
_OTHERS = re.compile(
    r"(?:抖音|快手|钉钉|支付宝|陌陌|小红书)(?:号码|号|账号|帐号)(?:是|为)?[:： ]{0,2}([A-Za-z0-9_.-]{5,24})" + _NO_MORE
)
_PUBLIC = re.compile("(?:公众|订阅号|服务号|官方|政务)[^，。；,;\n]{0,6}$")
_WORD = re.compile("信|[Qq][Qq]|扣扣|企鹅|[Vv]|[Ww]|抖音|快手|钉钉|支付宝|陌陌|小红书")


def emails(text: str) -> Iterator[Personal]:
    """The e-mail addresses of a plain text."""
    if "@" in text:
        yield from (Personal("email", *match.span()) for match in _EMAIL.finditer(text))


def find(text: str) -> Iterator[Personal]:
    """The accounts of a plain text."""
    for pattern in (_QQ, _WECHAT, _OTHERS) if _WORD.search(text) else ():
        for match in pattern.finditer(text):
            if not _PUBLIC.search(text[max(match.start() - 9, 0) : match.start()]):
                yield Personal("account", *match.span(1))
