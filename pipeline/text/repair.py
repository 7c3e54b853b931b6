r"""Repair: what is damage in a text is undone, and every change is listed with its place and reason.

    repair(text) -> (text, repairs)        scrub(text) -> text, for short fields        storable(key) -> key
    calm_among(texts) -> those of which one look at all of them says that nothing is to be repaired

Certain in any text: NUL and other control characters, unpaired surrogates, characters without width (zero-width
spaces, byte order marks, direction marks), line ends in several spellings, entities escaped twice. Read again, in the
order in which damage is undone: pinyin notes of a conversion (scripts), UTF-8 read as GBK (mojibake), GBK with a byte
lost (torn), compatibility and private-use characters (compatible), traditional characters of a converted or mixed text
(scripts). What is not sure stays, and is listed as a row whose before and after are the same.

Clean text costs one scan (oddities), less when many are looked at together. Linear time; never raises; the output holds
no NUL and no surrogate, and neither does the list of repairs (they are written as \u escapes).
"""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterable, Iterator
from functools import cache
from itertools import islice

import numpy as np

from pipeline.records.items import Repair
from pipeline.text import compatible, mojibake, scripts, torn
from pipeline.text.characters import RARE, Model, plain_ids, prose, shipped
from pipeline.text.edits import Edit, applied
from pipeline.text.oddities import Look, Signs, glances, look

# A million zero-width characters are one finding, not a million rows.
LISTED_AT_MOST = 500

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Scripts that are written with joiners, and emoji put together by them, keep U+200C and U+200D.
_JOINED = "[\u0590-\u0dff\u1000-\u109f\u1780-\u18af\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]"
_DAMAGE = re.compile(
    "(?P<pair>[\ud800-\udbff][\udc00-\udfff])"
    "|(?P<surrogate>[\ud800-\udfff]+)"
    "|(?P<nul>\x00+)"
    "|(?P<windows>[\x80\x82-\x84\x86-\x89\x8b\x91-\x99\x9b]+)"
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
    "windows": "按 Windows-1252 读的标点",
    "mark": "删去书写方向标记",
    "width": "删去零宽字符",
    "entity": "还原转义字符",
}
# A question mark beside Han may stand for a lost byte.
_ASKED = re.compile(r"\?[\u3000-\u9fff，。、；：;,]")
_TRADITIONAL = 0.05  # of a text's characters are beyond GB/T 2312: it is written in traditional ones
# In a converted text, what became of a space or mark at a line's beginning.
_STRAY = re.compile(r"(?m)^[ \u3000]{0,4}(\?)(?=——|[\u4e00-\u9fff])")
_LOSS = 40  # of a long run of lost characters the list keeps the beginning
_WHY_LOST = "原字节已失，无法还原，未改"
_WHY_STRAY = "删去行首由字节丢失留下的问号"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BLANKS = ("\n", "\t", "\u3000", "\u00a0")


_NOBODY: frozenset[str] = frozenset()


def calm_among(texts: Iterable[str], model: Model | None = None) -> frozenset[str]:
    """The texts in which nothing is to be repaired, as one look at all of them says; it may miss some."""
    several = list(dict.fromkeys(texts))
    found = glances(several, model or shipped(), _signs())
    return frozenset(text for text, seen in zip(several, found, strict=True) if seen.quiet and _calm(text, seen.rare))


@cache
def _signs() -> Signs:
    damage = np.array([not char.isprintable() for char in map(chr, range(0x10000))])
    damage[[ord(char) for char in _BLANKS]] = False
    damage[[ord("&"), 0xFFFF]] = True  # the last of the plane for all beyond: such texts are looked at alone
    return Signs(damage, _ASKED, torn.BESIDE)


def _calm(text: str, rare: int) -> bool:
    return rare < scripts.KINDS and "锟" not in text and not (rare and scripts.notes(text))


def repair(
    text: str, *, converted: bool = False, model: Model | None = None, calm: Container[str] = _NOBODY
) -> tuple[str, tuple[Repair, ...]]:
    """The text without damage, and each change; `at` counts code points of the repaired text. `converted`: it is known
    to have been turned into traditional characters (by the text of its page). `model` stands in for the shipped one.
    `calm`: texts that were looked at before."""
    if not converted and text in calm:
        return text, ()
    model = model or shipped()
    seen = look(text, model)
    strange = converted or _strange(text, seen)
    plain = _plain(text)
    if plain and not strange:
        return text, ()
    repairs: list[Repair] = []
    if strange and seen.alien:
        text, repairs = applied(text, mojibake.as_latin(text, model))
        plain = _plain(text)
    if not plain:
        text, repairs = _certain(text, repairs)
    if strange and text:
        text, repairs = _mended(text, repairs, model, converted=converted, noise=seen.noise)
        repairs = _with_losses(text, repairs)
    return text, _listed(repairs)


def _strange(text: str, seen: Look) -> bool:
    """Whether any stage after the certain ones may have work."""
    return (
        seen.alien
        or len(seen.odd) > 0
        or seen.rare >= scripts.KINDS
        or (seen.rare > 0 and bool(scripts.notes(text)))
        or "锟" in text
        or ("?" in text and any(seen.near(at) >= torn.BESIDE for at in _asked(text)))
    )


def _asked(text: str) -> Iterator[int]:
    return (match.start() for match in _ASKED.finditer(text))


def _mended(
    text: str, repairs: list[Repair], model: Model, *, converted: bool, noise: bool
) -> tuple[str, list[Repair]]:
    """The stages that read again what was read wrong, in the order that damage is undone: last done, first undone.
    `noise`: it was no prose; unless something has been read again, it still is none."""
    noted = scripts.notes(text)
    text, repairs = applied(text, noted, repairs)
    text, repairs = applied(text, mojibake.twice(text), repairs)
    text, repairs = applied(text, mojibake.utf8_as_gbk(text, model, most=noise), repairs)
    done = [(one.at, one.at + len(one.after)) for one in repairs if one.why.startswith(mojibake.READ)]
    if noise and not repairs and not converted:
        return applied(text, compatible.ordinary(text), repairs)
    rare = int((plain_ids(text) == RARE).sum())
    converted = converted or bool(noted)
    folded = converted or rare > _TRADITIONAL * len(text)
    edits = torn.torn(text, plain_ids(text, folded=folded), model, folded=folded, done=done)
    text, repairs = applied(text, edits, repairs)
    text, repairs = applied(text, compatible.ordinary(text), repairs)
    if converted or (rare >= scripts.KINDS and prose(model.costs(plain_ids(text, folded=True)))):
        return _simplified(text, repairs, converted=converted)
    return text, repairs


def _with_losses(text: str, repairs: list[Repair]) -> list[Repair]:
    """The repairs, and a mark for each U+FFFD that no stage has said anything of."""
    if "\ufffd" not in text:
        return repairs
    told = {at for one in repairs for at in range(one.at, one.at + len(one.after))}
    lost = [
        Repair(match.start(), match[0][:_LOSS], match[0][:_LOSS], _WHY_LOST)
        for match in islice(re.finditer("\ufffd+", text), LISTED_AT_MOST + 1)
        if match.start() not in told
    ]
    return sorted([*repairs, *lost], key=lambda one: one.at)


def _simplified(text: str, repairs: list[Repair], *, converted: bool) -> tuple[str, list[Repair]]:
    """Traditional characters turned back: one row a kind of character, at its first place."""
    if converted:
        text, repairs = applied(
            text, [Edit(*match.span(1), "", _WHY_STRAY) for match in _STRAY.finditer(text)], repairs
        )
    edits = scripts.simplified(text, converted=converted)
    rows = scripts.rows(edits, text)
    text, repairs = applied(text, edits, repairs)
    return text, sorted([*repairs, *rows], key=lambda one: one.at)


def _certain(text: str, repairs: list[Repair]) -> tuple[str, list[Repair]]:
    """The text without what is damage in any text; the rows stop where there are too many."""
    edits: list[Edit] = []
    text = _LINE_ENDS.sub("\n", text)
    for match in _DAMAGE.finditer(text):
        after, why = _undone(match)
        edits.append(Edit(*match.span(), after, why if len(edits) <= LISTED_AT_MOST else ""))
    return applied(text, edits, repairs)


def scrub(text: str | None, *, converted: bool = False, calm: Container[str] = _NOBODY) -> str | None:
    """A short field on one line, without certain damage; None when nothing is left."""
    if text is None:
        return None
    if not text.isascii() or not text.isprintable():
        whole = _certain(text, [])[0] if "://" in text else repair(text, converted=converted, calm=calm)[0]
        text = " ".join(whole.split())
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
    if kind == "windows":
        return match[0].encode("latin-1").decode("cp1252"), _WHY[kind]
    if kind == "entity":
        return _unescaped(match[0]), _WHY[kind]
    return "", _WHY[kind]


def _unescaped(entity: str) -> str:
    while (plain := html.unescape(entity)) != entity:
        entity = plain
    return _DAMAGE.sub("", _LINE_ENDS.sub("\n", entity)).replace("\xa0", " ")


def _listed(repairs: list[Repair]) -> tuple[Repair, ...]:
    """The repairs, the one too many turned into a note."""
    if len(repairs) <= LISTED_AT_MOST:
        return tuple(repairs)
    last = repairs[LISTED_AT_MOST]
    return (*repairs[:LISTED_AT_MOST], Repair(last.at, "", "", "其后还有同类修复，未逐一列出"))
