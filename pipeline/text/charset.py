"""Charset: a page's bytes to text, with the charset that was proven and what was lost on the way.

    decode(body, headers) -> Decoded(text, charset, damaged, declared, mixed)
    detect(body, headers) -> the charset's name, without reading the whole        readable(text) -> 0 to 1

Order of proof: byte order mark; where there are zero bytes, UTF-16 without a mark; strict UTF-8; then the bytes that
are not ASCII, weighed under each charset by how common the characters are that they give. A declaration (HTTP header,
XML, meta) is a witness, not a proof: it tips close calls and names what plain ASCII was meant as. Where a page holds
parts in another charset, each is read in its own. Never raises; linear time.

Names are the contract's: utf-8, gb18030 (for GB2312, GBK and GB18030 alike), big5, utf-16le, utf-16be.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.text import charset_parts
from pipeline.text.charset_characters import weight
from pipeline.text.charset_reading import CODECS, HOLE, boundary, likeness, read, sample, utf8_inside

__all__ = ["CODECS", "Decoded", "decode", "detect", "readable"]

# The labels of WHATWG Encoding, and those that pages have beside them.
_LABELS = {
    "utf-8": "utf-8 utf8 utf_8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "gb18030": "gb2312 gb_2312 gb_2312-80 gb2312-80 csgb2312 csiso58gb231280 iso-ir-58 chinese euc-cn "
    "gbk x-gbk cp936 ms936 windows-936 gb18030 gb18030-2000 gb18030-2005 gb18030-2022",
    "big5": "big5 big5-hkscs big5hkscs cn-big5 csbig5 x-x-big5 cp950 ms950 windows-950",
    "utf-16le": "utf-16 utf-16le unicode unicodefeff ucs-2 iso-10646-ucs-2 csunicode",
    "utf-16be": "utf-16be unicodefffe",
}
_NAMES = {label: name for name, labels in _LABELS.items() for label in labels.split()}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
# HTML asks for the declaration within the first 1024 bytes; real pages put it later.
_HEAD = 8192
_XML = re.compile(rb"""\s{0,99}<\?xml[^>]{0,200}?\bencoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})""", re.IGNORECASE)
_META = re.compile(rb"""<meta\b[^>]{0,400}?\bcharset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""")
_META_REACH = 420
_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
# Bytes that are weighed: some 300 characters, or as many as there are.
_SAMPLE = 600
# Bytes that are enough where they are plainly text.
_GLANCE = 160
_DIFFERENT = 36  # characters of them: a rule or a row of marks says nothing
_RUNS = re.compile(rb"[\x80-\xff]+[\x00-\x7f]?")
_NEXT = 400  # bytes from the first that is not ASCII; so many are mostly among them
# Bytes of a page's beginning, middle and end; how many of them beyond a byte a character are plainly UTF-8.
_WINDOW, _PLENTY, _FOLLOWS = 4096, 200, (0x80, 0xBF)
# What each reading must be lighter by than UTF-8's or GB18030's, and what a declaration takes off (a hole weighs 200).
_HANDICAP = {"utf-8": 0, "gb18030": 0, "big5": 40, "utf-16le": 120, "utf-16be": 120}
_DECLARED = 60
# UTF-8 with no more than this beyond a byte a character may be another charset's by chance; it is so by this much.
_CHANCE, _CHANCE_LIGHTER = 24, 30
_LATIN_WORD = re.compile("[A-Za-z][\u0080-\u07ff]|[\u0080-\u07ff][A-Za-z]")  # as in café
# What a byte of a sample weighs: in a right reading about 33, in a wrong one 50 and more. A whole sample below the
# first is read right; any above the second may be UTF-16, if that is a text: its characters weigh less than the third.
_PLAIN, _TEXT, _STRANGE = 38, 42, 120
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
    mixed: tuple[str, ...] = ()  # the other charsets, that parts of the page were in


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> Decoded:
    """The text of a page's bytes; `headers` have lower-case names."""
    declared = _declared(body, headers or {})
    name, text, body = _proof(body, lambda: declared)
    if text is not None:
        return Decoded(text, name, 0, declared)
    text, damaged = read(body, name)
    if name in charset_parts.STATES and (damaged or utf8_inside(body)):
        parts = charset_parts.stretches(body, name)
        if {part for _, _, part in parts} != {name}:
            return _by_parts(body, parts, declared)
    return Decoded(text, name, damaged, declared)


def detect(body: bytes, headers: Mapping[str, str] | None = None) -> str:
    """The charset alone; of a page in two, that of what was weighed."""
    if len(body) > 3 * _WINDOW and _plainly_utf8(body):
        return "utf-8"
    return _proof(body, lambda: _declared(body, headers or {}))[0]


def _plainly_utf8(body: bytes) -> bool:
    """Whether a page's beginning, middle and end are UTF-8, and so much of it that no other charset gives it by
    chance."""
    beyond = 0
    for start in (0, len(body) // 2, max(0, len(body) - _WINDOW)):
        window = body[start : start + _WINDOW]
        cut = next((at for at in range(min(3, len(window))) if not _FOLLOWS[0] <= window[at] <= _FOLLOWS[1]), 3)
        try:
            text, read_ = codecs.utf_8_decode(window[cut if start else 0 :], "strict", start + _WINDOW >= len(body))
        except UnicodeDecodeError:
            return False
        beyond += read_ - len(text)
        if "\0" in text:
            return False
    return beyond > _PLENTY


def readable(text: str) -> float:
    """How much of a text's letters are plain Latin, frequent Chinese or a script of ours: about .5 in any real text,
    .02 in noise."""
    letters = [char for char in text if char.isalnum()]
    known = sum(char < "\x7f" or char in _FREQUENT or bool(_OTHER_SCRIPTS.match(char)) for char in letters)
    return known / len(letters) if letters else 0.0


def _proof(body: bytes, witness: Callable[[], str | None]) -> tuple[str, str | None, bytes]:
    """The charset; the text where it took the whole to prove it; the bytes without their mark. The witness's
    declaration is heard only where the bytes leave something open."""
    mark, marked = next(((mark, name) for mark, name in _MARKS if body.startswith(mark)), (b"", None))
    body = body[len(mark) :] if mark else body
    if marked and marked != "utf-8":
        return marked, None, body
    if b"\0" in body[:_HEAD] and (wide := _utf16(body, "utf-8", witness())):
        return wide, None, body
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        return _by_weight(body, error.start, (lambda: marked) if marked else witness), None, body
    beyond = len(body) - len(text)
    if not beyond:
        declared = witness()
        return (declared if declared in ("gb18030", "big5") else "utf-8"), text, body
    if beyond <= _CHANCE and not marked and (name := _by_chance(body, text, witness())):
        return name, None, body
    return "utf-8", text, body


def _declared(body: bytes, headers: Mapping[str, str]) -> str | None:
    """The first declaration we know a charset for: the header's, then the page's own."""
    return next((_NAMES[name] for name in _declarations(body, headers) if name in _NAMES), None)


def _declarations(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    if found := _HEADER.search(headers.get("content-type", "")[:400]):
        yield found[1].lower()
    head = body[:_HEAD].lower()
    if b"\0" in head:  # UTF-16
        head = head.replace(b"\0", b"")
    if xml := _XML.match(head.removeprefix(codecs.BOM_UTF8)):
        yield xml[1].decode()
    at = head.find(b"charset")
    while at >= 0:
        meta = head.rfind(b"<meta", max(0, at - _META_REACH), at)
        if meta >= 0 and (found := _META.match(head, meta)):
            yield found[1].decode("ascii", "ignore")
        at = head.find(b"charset", at + 7)


def _utf16(body: bytes, rival: str, declared: str | None) -> str | None:
    """UTF-16 without a mark, when read so the first bytes are text, and more so than in `rival`."""
    head = body[: _SAMPLE & ~1]
    name, light = _lightest(head, ("utf-16le", "utf-16be"), declared)
    return name if light < min(likeness(head, rival), _STRANGE * len(head) // 2 + _HANDICAP[name]) else None


def _by_weight(body: bytes, torn: int, witness: Callable[[], str | None]) -> str:
    """The lightest reading of the bytes that are not ASCII; `torn` is the first place that is not UTF-8."""
    start = boundary(body, torn)
    plain = body[:start].isascii()
    if plain and (name := _at_a_glance(b"".join(_RUNS.findall(body, start, start + _NEXT))[:_GLANCE])):
        return name
    parts = [] if plain else [sample(body, 0, _SAMPLE // 2)]
    bytes_ = b"".join([*parts, sample(body, start, _SAMPLE)])
    if plain and (name := _at_a_glance(bytes_[:_GLANCE])):
        return name
    declared = witness()
    name, light = _lightest(bytes_, charset_parts.STATES, declared)
    return name if light < _TEXT * len(bytes_) else (_utf16(body, name, declared) or name)


def _at_a_glance(bytes_: bytes) -> str | None:
    """The charset in which so few bytes are plainly text."""
    if len(bytes_) < _GLANCE:
        return None
    for name in ("gb18030", "big5", "utf-8"):
        text = bytes_.decode(CODECS[name], "replace")
        if len(set(text)) >= _DIFFERENT and weight(text) < _PLAIN * _GLANCE:
            return name
    return None


def _by_chance(body: bytes, text: str, declared: str | None) -> str | None:
    """Another charset's few characters, that are UTF-8 by chance."""
    bytes_ = sample(body, 0, _SAMPLE)
    if max(bytes_.decode()) >= "\u0800" or _LATIN_WORD.search(text):
        return None
    name, light = _lightest(bytes_, charset_parts.STATES, declared)
    return name if light + _CHANCE_LIGHTER < likeness(bytes_, "utf-8") and HOLE not in read(bytes_, name)[0] else None


def _lightest(bytes_: bytes, names: tuple[str, ...], declared: str | None) -> tuple[str, int]:
    """The reading that weighs least, and what; the first that is plainly text ends the search."""
    weights: dict[str, int] = {}
    for name in sorted(names, key=lambda name: name != declared):
        weights[name] = likeness(bytes_, name) + _HANDICAP[name] - _DECLARED * (name == declared)
        if len(bytes_) >= _GLANCE and weights[name] < _PLAIN * len(bytes_):
            break
    name = min(weights, key=weights.__getitem__)
    return name, weights[name]


def _by_parts(body: bytes, parts: list[charset_parts.Stretch], declared: str | None) -> Decoded:
    """Each part in its own charset; the one that most bytes are in gives the page's name."""
    sizes: dict[str, int] = {}
    texts: list[str] = []
    damaged = 0
    for start, end, part in parts:
        text, holes = read(body[start:end].removeprefix(codecs.BOM_UTF8), part)
        texts.append(text)
        damaged += holes
        sizes[part] = sizes.get(part, 0) + (0 if text.isascii() else len(sample(body[start:end], 0, end)))
    main = max(sizes, key=sizes.__getitem__)
    mixed = tuple(part for part in sizes if part != main and sizes[part])
    return Decoded("".join(texts), main, damaged, declared, mixed)
