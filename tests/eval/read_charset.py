"""Charset: files of known charset, real texts put into pages of every charset, and every page of the real site.

A page made here is read right when the decoded text is the text it was made of, to the character. charset-normalizer
is given the same bytes; the HTTP header, which it does not take, is ours alone.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import pairwise, product

from pipeline.text import charset
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval.material import ROUNDS, pace, real, rows

NAMES = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5", "utf-8": "utf-8"}
# What pages are put into: codec, the name it is right to give, whether the text is made traditional first, the mark.
CHARSETS = {
    "gb2312": ("gbk", "gb18030", False, b""),
    "gbk": ("gbk", "gb18030", False, b""),
    "gb18030": ("gb18030", "gb18030", False, b""),
    "gbk, traditional": ("gbk", "gb18030", True, b""),
    "big5": ("cp950", "big5", True, b""),
    "big5-hkscs": ("big5hkscs", "big5", True, b""),
    "utf-8": ("utf-8", "utf-8", False, b""),
    "utf-8 with mark": ("utf-8", "utf-8", False, b"\xef\xbb\xbf"),
    "utf-16le with mark": ("utf-16-le", "utf-16le", False, b"\xff\xfe"),
    "utf-16le": ("utf-16-le", "utf-16le", False, b""),
    "utf-16be": ("utf-16-be", "utf-16be", False, b""),
}
# A declaration for each: the right one, and the wrong one that sites give.
SAID = {"gb18030": ("gb2312", "utf-8"), "big5": ("big5", "gb2312"), "utf-8": ("utf-8", "gb2312")}
DECLARED = ("none", "right", "wrong")
PLACES = ("header", "meta", "xml")
SHAPES = {"whole page": 24, "short text": 60, "little Chinese behind 100 KB of script": 8}  # texts a shape
# A rare character of GB18030's four bytes, and of its Extension B, goes into every text that can hold it.
RARE = {"gb18030": "㐀𠀀", "utf-8": "㐀𠀀", "utf-16-le": "㐀𠀀", "utf-16-be": "㐀𠀀"}
# Where Python's codecs write Big5 as no browser reads it: some marks, and the rows from C6A1 to C8FE.
_ROWS = (*product((0xC6,), range(0xA1, 0xFF)), *product((0xC7, 0xC8), (*range(0x40, 0x7F), *range(0xA1, 0xFF))))
_OTHERWISE = {
    "big5hkscs": "•､‾∼♁☉¥¢£",
    "cp950": b"".join(bytes(pair) for pair in _ROWS).decode("cp950", "ignore"),
}


@dataclass(frozen=True)
class Page:
    """Bytes, the text they are, and how they were made."""

    body: bytes
    text: str
    charset: str
    kind: tuple[str, ...]
    headers: dict[str, str]


def figures() -> Iterator[Figure]:
    """Right on every page, and the speed, beside charset-normalizer."""
    yield known()
    yield from made()
    yield from mixed()
    yield torn()
    yield from speed()


def known() -> Figure:
    """Files whose charset others have established."""
    given = [
        ((real() / "charset" / row["file"]).read_bytes(), NAMES[row["true_charset"].lower()])
        for row in rows("charset/index.jsonl")
    ]
    right = sum(charset.decode(body).charset == charset.detect(body) == name for body, name in given)
    return at_least("files of known charset right", right / len(given), 1.0, f" ({right} of {len(given)})")


def made() -> Iterator[Figure]:
    """Texts put into pages: by shape, by charset and by declaration; the three count the same pages."""
    ours, theirs, all_ = Counter[str](), Counter[str](), Counter[str]()
    false = 0
    for page in pages():
        found = charset.decode(page.body, page.headers)
        all_.update(page.kind)
        ours.update(page.kind if (found.text, found.charset, found.damaged) == (page.text, page.charset, 0) else ())
        theirs.update(page.kind if library(page.body) == page.text else ())
        false += bool(found.mixed)
    for kind, number in all_.items():
        more = f" ({ours[kind]} of {number}; charset-normalizer {theirs[kind] / number:.3f})"
        yield at_least(f"pages made, right: {kind}", ours[kind] / number, 1.0, more)
    yield at_most("of them said to be of two charsets", false, 0)


def mixed() -> Iterator[Figure]:
    """Pages of two texts in two charsets, joined between tags."""
    for outer, inner in (("utf-8", "gbk"), ("gbk", "utf-8"), ("utf-8", "cp950"), ("cp950", "utf-8")):
        for what, given in (("a paragraph", paragraphs()), ("a menu", menus())):
            pairs = [(joined(outer, inner, one, other)) for one, other in given]
            found = [(charset.decode(body), text) for body, text in pairs]
            right = sum(one.text == text and not one.damaged and len(one.mixed) == 1 for one, text in found)
            theirs = sum(library(body) == text for body, text in pairs)
            more = f" ({right} of {len(pairs)}; charset-normalizer {theirs / len(pairs):.3f})"
            yield at_least(
                f"{what} in {inner} inside {outer}: exactly right".replace("cp950", "big5"),
                right / len(pairs),
                0.99,
                more,
            )


def torn() -> Figure:
    """Pages that lost one to three bytes anywhere: the charset stays, and all text but at the gaps."""
    chance, right, given = random.Random(5), 0, 0
    for text, codec in product(texts()[:40], ("utf-8", "gbk")):
        page = html(fit(text, codec))
        body = bytearray(page.encode(codec))
        lost = chance.randint(1, 3)
        for _ in range(lost):
            del body[chance.randrange(len(body))]
        found = charset.decode(bytes(body))
        kept = sum(found.text.count(line) for line in page.splitlines()) / len(page.splitlines())
        given += 1
        right += found.charset == NAMES[codec] and not found.mixed and kept > 1 - (lost + 1) / len(page.splitlines())
    return at_least("pages that lost 1–3 bytes, charset kept", right / given, 1.0, f" ({right} of {given})")


def speed() -> Iterator[Figure]:
    """Pages one after the other, to text and to the charset's name alone: the real site's, and the short ones made
    here. Beside them the decoding itself, the name known, which no reading to text can be quicker than."""
    site = [path.read_bytes() for path in sorted((real() / "site" / "pages").iterdir())]
    short = [
        page(text, name, "whole page", "none", "meta").body
        for text in texts()[:24]
        for name in ("utf-8", "gbk", "big5")
    ]
    for what, bodies in (("the site's pages", site), ("short pages", short)):
        size = f"{len(bodies)} of {sum(map(len, bodies)) / len(bodies) / 1e3:.1f} kB"
        yield paced(f"speed / charset-normalizer's, {what} to text", bodies, charset.decode, size)
        yield paced(f"speed / charset-normalizer's, {what}, the charset alone", bodies, charset.detect, size)
        names = iter([charset.CODECS[charset.detect(body)] for body in bodies] * ROUNDS)
        floor = paced("", bodies, lambda body, names=names: body.decode(next(names), "replace"), size)
        yield Figure(f"of them bytes.decode alone, the charset known, {what}", floor.measured)


def paced(name: str, bodies: list[bytes], ours: Callable[[bytes], object], size: str) -> Figure:
    def all_(read: Callable[[bytes], object]) -> None:
        for body in bodies:
            read(body)

    own, other, ratio = pace(lambda: all_(ours), lambda: all_(library))
    return at_least(name, ratio, 20, f" ({size}: {own * 1e3:.1f} and {other * 1e3:.1f} ms)")


def library(body: bytes) -> str | None:
    """What charset-normalizer reads."""
    best = import_module("charset_normalizer").from_bytes(body).best()
    return str(best) if best else None


def pages() -> Iterator[Page]:
    """Every charset × declaration × shape; a declaration stands in each of the three places by turns."""
    turn = 0
    for (shape, number), name, declared in product(SHAPES.items(), CHARSETS, DECLARED):
        for text in texts()[:number]:
            turn += 1
            yield page(text, name, shape, declared, PLACES[turn % len(PLACES)])


def page(text: str, name: str, shape: str, declared: str, place: str) -> Page:
    codec, right, traditional, mark = CHARSETS[name]
    text = fit(to_traditional(text) if traditional else text, codec, "gb2312" if name == "gb2312" else codec)
    said = SAID.get(right, (right, "gb2312"))[declared == "wrong"]
    whole = shaped(text + RARE.get(codec, "") * (shape == "whole page"), shape)
    if declared != "none" and place == "meta":
        whole = f'<meta http-equiv="Content-Type" content="text/html; charset={said}">\n{whole}'
    if declared != "none" and place == "xml":
        whole = f'<?xml version="1.0" encoding="{said}"?>\n{whole}'
    header = {"content-type": f"text/html; charset={said}"} if declared != "none" and place == "header" else {}
    return Page(mark + whole.encode(codec), whole, right, (shape, name, f"declaration {declared}"), header)


def shaped(text: str, shape: str) -> str:
    if shape == "short text":
        return text[: 10 + len(text) * 7 % 51]
    if shape == "whole page":
        return html(text)
    return f"<html><script>{'var a = document.all.length;' * 3600}</script><p>{text[:80]}</p></html>"


def html(text: str) -> str:
    lines = "\n".join(f"<p>{line}</p>" for line in re.split(r"\n|(?<=。)", text) if line.strip())
    return f"<!DOCTYPE html>\n<html><head><title>{text[:12]}</title></head>\n<body>\n{lines}\n</body></html>\n"


def fit(text: str, *codecs: str) -> str:
    """Without the characters that a codec has no code for, and without line ends of another kind than ours."""
    kept = "".join(char for char in text if (char not in "\r\ufeff\ufffd" and char.isprintable()) or char == "\n")
    for codec in codecs:
        kept = kept.encode(codec, "ignore").decode(codec)
    return kept.translate(dict.fromkeys(map(ord, _OTHERWISE.get(codecs[0], ""))))


@cache
def texts() -> list[str]:
    """Main texts of real pages and citizens' messages, by turns; none shorter than 60 characters."""
    articles = [row["text"] for row in rows("site-gold.jsonl") if row["text"]]
    messages = [f"{row['title']}\n{row['text'].strip()}" for row in rows("messages/with-replies.jsonl")]
    pairs = zip(articles, random.Random(7).sample(messages, len(articles)), strict=True)
    return [text.strip() for pair in pairs for text in pair if len(text.strip()) >= 60]


@cache
def to_traditional(text: str) -> str:
    return import_module("opencc").OpenCC("s2t").convert(text)


def paragraphs() -> list[tuple[str, str]]:
    """A text, and one of 10 to 200 characters to go inside."""
    given = texts()
    return [(one, other[: 10 + 19 * number % 191]) for number, (one, other) in enumerate(pairwise(given))]


def menus() -> list[tuple[str, str]]:
    """A text, and six words of two to five characters to go inside, each in its own tag."""
    given = [re.sub(r"[^\u4e00-\u9fff]", "", text) for text in texts()]
    inner = ["\n".join(text[at : at + 2 + at % 4] for at in range(0, 36, 6)) for text in given]
    return list(zip(texts(), inner[1:], strict=False))


def joined(outer: str, inner: str, text: str, part: str) -> tuple[bytes, str]:
    """A page in one charset with a part in another in its middle; the bytes, and the text they are."""
    text, part = (
        fit(to_traditional(one) if codec == "cp950" else one, codec) for one, codec in ((text, outer), (part, inner))
    )
    lines = html(text).splitlines(keepends=True)
    half = len(lines) // 2
    cells = "".join(f"<li>{line}</li>\n" for line in part.splitlines() if line)
    pieces = (("".join(lines[:half]), outer), (f"<ul>{cells}</ul>\n", inner), ("".join(lines[half:]), outer))
    return b"".join(piece.encode(codec) for piece, codec in pieces), "".join(piece for piece, _ in pieces)
