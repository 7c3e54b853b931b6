"""Lines: a file's bytes -> its lines of text, each with its number, however broken the bytes are.

The charset is decided once for the file (BOM; else whether the lines with Chinese read as UTF-8 or only as
GB 18030), so that one broken row does not change how the others are read.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import BinaryIO

SAMPLE = 1_000_000  # bytes that decide the charset
_WIDE = {codecs.BOM_UTF16_LE: "utf-16le", codecs.BOM_UTF16_BE: "utf-16be"}


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line with its end; `why` says what keeps it from being read."""

    number: int
    text: str
    why: str | None = None


def lines(stream: BinaryIO, limit: int) -> Iterator[Line]:
    """The lines of a stream that can be rewound; one of more than `limit` bytes is named and passed over."""
    sample = stream.read(SAMPLE)
    stream.seek(0)
    charset = charset_of(sample)
    if charset.startswith("utf-16"):
        yield from _wide(stream, charset)
        return
    if sample.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    for number, raw in enumerate(_raw(stream, limit), 1):
        yield _decoded(number, raw, charset, limit)


def charset_of(sample: bytes) -> str:
    """utf-8, gb18030, utf-16le or utf-16be."""
    if (wide := _WIDE.get(sample[:2])) is not None:
        return wide
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8"
    telling = [line for line in sample.splitlines() if not line.isascii()]
    # The sample's end may cut a character in two; a middle one never does.
    good = sum(_reads(line, "utf-8") for line in telling)
    return "utf-8" if good * 2 >= len(telling) else "gb18030"


def _reads(line: bytes, charset: str) -> bool:
    try:
        line.decode(charset)
    except UnicodeDecodeError:
        return False
    return True


def _raw(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    while raw := stream.readline(limit + 1):
        piece = raw
        while len(raw) > limit and piece and not piece.endswith(b"\n"):
            piece = stream.readline(limit)
        yield raw


def _decoded(number: int, raw: bytes, charset: str, limit: int) -> Line:
    if len(raw) > limit:
        return Line(number, "", f"这一行超过 {limit // 1_000_000} MB")
    try:
        return Line(number, raw.decode(charset))
    except UnicodeDecodeError as error:
        why = f"第 {error.start + 1} 个字节起按 {charset.upper()} 读不懂，可能已损坏"
        return Line(number, raw.decode(charset, "replace"), why)


def _wide(stream: BinaryIO, charset: str) -> Iterator[Line]:
    # Such files come from "Unicode text" exports and are small: a line end is two bytes there.
    text = stream.read().decode(charset, "replace").removeprefix("\ufeff")
    for number, line in enumerate(StringIO(text, newline=""), 1):
        yield Line(number, line)


def told_once(warn: Callable[[str], None]) -> Callable[[str], None]:
    """Pass each warning on once, and no more than 50 of them."""
    told: set[str] = set()

    def say(what: str) -> None:
        if what not in told and len(told) < 50:  # noqa: PLR2004
            told.add(what)
            warn(what)

    return say
