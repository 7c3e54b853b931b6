"""E-mail addresses, and the accounts of chats that stand behind their names. Every text is `numerals.plain`.

The number of a group (QQ群, 公众号) is nobody's own and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.records.items import Personal
from pipeline.text.cues import Cue

_EMAIL = re.compile(
    r"[A-Za-z0-9_](?<![A-Za-z0-9._%+*-].)(?<![^\s]@.)"
    r"[A-Za-z0-9._%+-]{0,63} ?@ ?(?:[A-Za-z0-9-]{1,63}[.．]){1,8}[A-Za-z]{2,24}"
)
_JOINER = r"(?:号码|号|账号|帐号|ID|Id|id)?(?:[(（][^()（）\n]{1,8}[)）])?(?:就是|同号|是|为|加)?[:：/ \"“【(（]{0,3}"
_NO_MORE = r"(?![A-Za-z0-9@_-])"
# Behind the words of `cues`. A name of six letters or more, or digits; without 号 or a colon between it must hold a
# digit or a stroke.
_BEHIND = {
    "qq": re.compile(_JOINER + r"([1-9][0-9]{4,10})" + _NO_MORE + "(?! ?[人元万个位户群年版月])"),
    "wechat": re.compile(
        "(?!公众|群|支付|小程序|平台)"
        + _JOINER
        + r"(?!i?phone|ios|android|windows|app)((?=[A-Za-z_]*[-0-9_])[A-Za-z_][A-Za-z0-9_-]{5,19}"
        + r"|(?<=[:：号 \"“【(（])[A-Za-z][A-Za-z_-]{5,19}|[1-9][0-9]{5,10})"
        + _NO_MORE
    ),
    "chat": re.compile(r"(?:号码|号|账号|帐号)(?:是|为)?[:： ]{0,2}([A-Za-z0-9_.-]{5,24})" + _NO_MORE),
}
_LATIN = re.compile("[A-Za-z]")
_PUBLIC = re.compile("(?:公众|订阅号|服务号|官方|政务)[^，。；,;\\n]{0,6}$")


def emails(text: str) -> Iterator[Personal]:
    """The e-mail addresses of a plain text."""
    if "@" in text:
        yield from (Personal("email", *match.span()) for match in _EMAIL.finditer(text))


def find(text: str, cues: Sequence[Cue]) -> Iterator[Personal]:
    """The accounts of a plain text, behind its cues."""
    for cue in cues:
        if (pattern := _BEHIND.get(cue.kind)) is None or not (match := pattern.match(text, cue.end)):
            continue
        before = text[max(cue.start - 9, 0) : cue.start]
        inside = text[cue.start].isascii() and _LATIN.match(before[-1:])  # the letters of a longer word
        if not inside and not _PUBLIC.search(before):
            yield Personal("account", *match.span(1))
