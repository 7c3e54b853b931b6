"""Characters that stand for others: compatibility ideographs, radicals, ligatures, and the private use of old fonts.

    ordinary(text) -> list[Edit]

Radicals and compatibility ideographs come out of PDF files in place of the characters (Unicode 16, 22.1 Compatibility
and 18.2 CJK radicals); private-use characters come from GB 18030-2000's older mapping and from symbol fonts. A private
one that is not known stays and is marked. Full-width letters, ㎡, ℃ and ① are meant, and stay.
"""

from __future__ import annotations

import re
import unicodedata

from pipeline.text.edits import Edit

WHY = "兼容字符换为通用字符"
WHY_PRIVATE = "私用区字符换为通用字符"
DOUBT = "私用区字符，不知原字，未改"

_ODD = re.compile("[\u2e80-\u2fdf\ue000-\ufaff\ufb00-\ufb06]")
# CJK Radicals Supplement: those that look like a whole character (EquivalentUnifiedIdeograph.txt, Unicode 16).
_RADICALS = dict(
    zip(
        "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
# GB 18030-2000's private-use code points that Unicode has characters for since (GB 18030-2022, annex D), and U+E5E5,
# which is GBK A3A0, a full-width space.
_PRIVATE = dict(
    zip(
        "\ue5e5\ue7c7\ue7c8\ue816\ue817\ue818\ue81e\ue826\ue82b\ue82c\ue831\ue832\ue83b\ue843\ue854\ue855\ue864",
        "\u3000ḿǹ\U00020087\U00020089\U000200cc龴龵\U0002298f龶龷龸\U000215d7龹龺\U000241fe龻",
        strict=True,
    )
)
# Symbol and Wingdings of word processors, at U+F000 and the font's byte.
_SYMBOLS = dict(
    zip(
        "\uf0b7\uf0a7\uf06c\uf06e\uf06f\uf071\uf075\uf076\uf0d8\uf0e0\uf0e8\uf0fc\uf0fe\uf0a8\uf0b4\uf0b0\uf0b1\uf0b3\uf0a3\uf020",
        "•▪●■□❑◆❖➢→➔✓☑□×°±≥≤ ",
        strict=True,
    )
)


def ordinary(text: str) -> list[Edit]:
    """Each such character as the ordinary one, or marked."""
    return [edit for match in _ODD.finditer(text) if (edit := _edit(match))]


def _edit(match: re.Match[str]) -> Edit | None:
    char = match[0]
    if "\ue000" <= char <= "\uf8ff":
        known = _PRIVATE.get(char) or _SYMBOLS.get(char)
        return Edit(*match.span(), known or char, WHY_PRIVATE if known else DOUBT)
    plain = _RADICALS.get(char) or unicodedata.normalize("NFKC", char)
    return Edit(*match.span(), plain, WHY) if plain != char else None
