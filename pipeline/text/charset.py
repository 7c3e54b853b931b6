"""Charset: a page's bytes to text, with the charset that was proven and what was lost on the way.

    decode(body, headers) -> Decoded(text, charset, damaged, declared)        readable(text) -> 0 to 1

Order of proof: byte order mark; strict UTF-8; the pattern of zero bytes (UTF-16 without a mark); then GB18030
against Big5 by how many frequent characters each reading gives. A declaration (HTTP header, meta, XML) is a
witness, not a proof: it breaks ties and names what plain ASCII was meant as. Never raises; linear time.

Names are the contract's: utf-8, gb18030 (for GB2312, GBK and GB18030 alike), big5, utf-16le, utf-16be.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

# What the five names are read with: Python's gb18030 holds GB2312 and GBK, big5hkscs holds Big5 (WHATWG's choice too).
CODECS = {
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
_NAMES = {
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "gb18030", "x-gbk", "cp936", "chinese", "csgb2312"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "csbig5", "x-x-big5", "cp950"), "big5"),
    **dict.fromkeys(("utf-16", "utf-16le", "unicode", "ucs-2"), "utf-16le"),
    "utf-16be": "utf-16be",
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
# HTML asks for the declaration within the first 1024 bytes; real pages put it later.
_HEAD = 8192
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?\bencoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})"""
    rb"""|<meta\b[^>]{0,400}?\bcharset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
# How much of a page is weighed: the first stretch that is not ASCII tells as much as the whole.
_SAMPLE = 20_000
_NOT_ASCII = re.compile(rb"[^\x00-\x7f][^\x00-\x3f]?")
# The commonest characters and marks of running Chinese, in both scripts (counted in any large newspaper corpus).
_FREQUENT = frozenset(
    "，。、：；“”《》（）的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种"
    "面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些"
    "市区省县政府社公务信息关于第月日新闻网站首页文章發布這個國們來時說會對過為產經學動現實開進還電無與關數應從體業萬將長點機當問題"
    "後見現種樣間頁網聞報導內容讓請"
)
# Uyghur and Kazakh, Tibetan, Mongolian: pages in them are read, though no rule here knows their words.
_OTHER_SCRIPTS = re.compile("[\u0600-\u06ff\u0f00-\u0fff\u1800-\u18af]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text read from bytes. `damaged` counts the places where bytes gave no character (U+FFFD stands there)."""

    text: str
    charset: str
    damaged: int = 0
    declared: str | None = None  # by header or page, in the contract's names


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> Decoded:
    """The text of a page's bytes; `headers` have lower-case names."""
    declared = _declared(body, headers or {})
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _read(body[len(mark) :], name, declared)
    if body.isascii() and b"\0" not in body:
        return Decoded(body.decode("ascii"), declared if declared in ("gb18030", "big5") else "utf-8", 0, declared)
    if (wide := _utf16(body)) is not None:
        return _read(body, wide, declared)
    try:
        return Decoded(body.decode("utf-8"), "utf-8", 0, declared)
    except UnicodeDecodeError:
        return _read(body, _by_characters(body, declared), declared)


def readable(text: str) -> float:
    """How much of a text's letters are plain Latin, frequent Chinese or a script of ours: about .5 in any real text,
    .02 in noise."""
    letters = [char for char in text if char.isalnum()]
    known = sum(char < "\x7f" or char in _FREQUENT or bool(_OTHER_SCRIPTS.match(char)) for char in letters)
    return known / len(letters) if letters else 0.0


def _read(body: bytes, name: str, declared: str | None) -> Decoded:
    text = body.decode(CODECS[name], errors="replace")
    return Decoded(text, name, text.count("\ufffd"), declared)


def _declared(body: bytes, headers: Mapping[str, str]) -> str | None:
    """The first declaration we know a charset for: the header's, then the page's own."""
    found = _HEADER.search(headers.get("content-type", "")[:400])
    names = [found[1]] if found else []
    names += [(one or other).decode("ascii", "ignore") for one, other in _DECLARED.findall(body[:_HEAD])]
    return next((_NAMES[name.lower()] for name in names if name.lower() in _NAMES), None)


def _utf16(body: bytes) -> str | None:
    """UTF-16 without a mark: its markup and digits leave zero bytes on one side of the pairs only."""
    head = body[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 50 < len(head) or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16le" if odd > even else "utf-16be"


def _by_characters(body: bytes, declared: str | None) -> str:
    """Torn UTF-8, GB18030, Big5 or bare UTF-16: most frequent characters, fewest holes."""
    sample = _sample(body)
    weights = {name: _likeness(sample, name) for name in ("gb18030", "utf-8", "big5")}
    if len(body) % 2 == 0:
        weights |= {name: _likeness(body[:_SAMPLE], name) for name in ("utf-16le", "utf-16be")}
    if declared in weights:
        weights[declared] += 0.1 * abs(weights[declared]) + 0.01
    return max(weights, key=lambda name: weights[name])


def _sample(body: bytes) -> bytes:
    first = _NOT_ASCII.search(body)
    start = first.start() if first else 0
    return body[start : start + _SAMPLE]


def _likeness(sample: bytes, name: str) -> float:
    """Frequent characters less holes, as a share of what is not ASCII (1 at best, negative for a wrong reading)."""
    # The window's cut may split a character: the incremental decoder holds it back instead of counting a hole.
    text = codecs.getincrementaldecoder(CODECS[name])("replace").decode(sample)
    others = [char for char in text if char > "\x7f"]
    if not others:
        return 0.0
    frequent = sum(char in _FREQUENT for char in others)
    return (frequent - 2 * text.count("\ufffd")) / len(others)
