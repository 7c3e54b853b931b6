r"""Repair: what is certain damage in a text is undone, and every change is listed with its place and reason.

    repair(text) -> (text, repairs)        scrub(text) -> text, for short fields        storable(key) -> key

Certain today: NUL and other control characters, unpaired surrogates, characters without width (zero-width spaces,
byte order marks, direction marks), line ends in several spellings, entities escaped twice. Texts torn or read in
the wrong charset are to be mended here, too. Clean text costs one scan. Linear time; never raises; the output
holds no NUL and no surrogate, and neither does the list of repairs (they are written as \u escapes).
"""

from __future__ import annotations

import html
import re

from pipeline.records.items import Repair

# A million zero-width characters are one finding, not a million rows.
LISTED_AT_MOST = 500
# Of a long run of removed characters the list keeps the beginning.
_QUOTED = 40

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Scripts that are written with joiners, and emoji put together by them, keep U+200C and U+200D.
_JOINED = "[\u0590-\u0dff\u1000-\u109f\u1780-\u18af\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]"
_DAMAGE = re.compile(
    "(?P<pair>[\ud800-\udbff][\udc00-\udfff])"
    "|(?P<surrogate>[\ud800-\udfff]+)"
    "|(?P<nul>\x00+)"
    "|(?P<control>[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb\ufffe\uffff]+)"
    "|(?P<mark>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+)"
    "|(?P<width>(?:[\u00ad\u180e\u200b\u2060-\u2064\ufeff]|(?<!" + _JOINED + ")[\u200c\u200d])+)"
    # `&amp;nbsp;` was escaped twice; `&nbsp;` in running text, too: the names of the second line never stand
    # for themselves. `&lt;` `&gt;` `&amp;` alone may be meant, and stay.
    "|(?P<entity>&(?:amp;){1,3}(?:[a-zA-Z]{2,8}|#[0-9]{2,6}|#x[0-9a-fA-F]{2,5});"
    "|&(?:nbsp|ensp|emsp|thinsp|ldquo|rdquo|lsquo|rsquo|quot|apos|mdash|ndash|hellip|middot|bull|times|#[0-9]{2,6});)"
)
_WHY = {
    "pair": "两个半字符合成一个字符",
    "surrogate": "删去不成对的半字符",
    "nul": "删去空字符（NUL）",
    "control": "删去控制字符",
    "mark": "删去书写方向标记",
    "width": "删去零宽字符",
    "entity": "还原转义字符",
}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BLANKS = ("\n", "\t", "\u3000", "\u00a0")


def repair(text: str) -> tuple[str, tuple[Repair, ...]]:
    """The text without certain damage, and each change; `at` counts code points of the repaired text."""
    if _plain(text):
        return text, ()
    parts: list[str] = []
    repairs: list[Repair] = []
    done = length = 0
    text = _LINE_ENDS.sub("\n", text)
    for match in _DAMAGE.finditer(text):
        after, why = _undone(match)
        length += match.start() - done
        if len(repairs) <= LISTED_AT_MOST:
            repairs.append(Repair(length, _storable(match[0][:_QUOTED]), after, why))
        parts += (text[done : match.start()], after)
        done, length = match.end(), length + len(after)
    return "".join([*parts, text[done:]]), _listed(repairs)


def scrub(text: str | None) -> str | None:
    """A short field on one line, without certain damage; None when nothing is left."""
    if text is None:
        return None
    if not text.isprintable():
        text = " ".join(repair(text)[0].split())
    return text.strip() or None


def storable(key: str) -> str:
    """A key as it is, but for NUL and lone surrogates, which no store takes."""
    return _UNSTORABLE.sub("", key)


def _plain(text: str) -> bool:
    # isprintable() is one pass in C and refuses every character of _DAMAGE; an entity needs its ampersand.
    if "&" in text:
        return False
    for blank in _BLANKS:
        text = text.replace(blank, "")
    return text.isprintable()


def _undone(match: re.Match[str]) -> tuple[str, str]:
    kind = match.lastgroup or "control"
    if kind == "pair":
        high, low = map(ord, match[0])
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), _WHY[kind]
    if kind == "entity":
        return _unescaped(match[0]), _WHY[kind]
    return "", _WHY[kind]


def _unescaped(entity: str) -> str:
    while (plain := html.unescape(entity)) != entity:
        entity = plain
    return _DAMAGE.sub("", _LINE_ENDS.sub("\n", entity)).replace("\xa0", " ")


def _storable(before: str) -> str:
    return before.encode("unicode_escape").decode() if _UNSTORABLE.search(before) else before


def _listed(repairs: list[Repair]) -> tuple[Repair, ...]:
    """The repairs, the one too many turned into a note."""
    if len(repairs) <= LISTED_AT_MOST:
        return tuple(repairs)
    return (*repairs[:-1], Repair(repairs[-1].at, "", "", "其后还有同类修复，未逐一列出"))
