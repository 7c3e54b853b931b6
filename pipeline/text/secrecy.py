"""Marks of state secrecy (OFFICE 21): a mark at the head of a text is refused, the words alone warn.

    secrecy(text) -> Mark | None       starred(lines) -> Mark | None       words(text) -> tuple[str, ...]

A mark is what GB/T 9704-2012, 7.2.2 puts at the head: 机密★5年, 绝密★, 秘密★1年, with the star's look-alikes,
blanks between the characters, a copy number (份号) or an urgency beside it; or one of the three words as a line
of its own. The same words in a sentence (商业秘密, 保守国家秘密) are no mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.text.numerals import UNSEEN

NOTICE = (
    "本系统为非涉密系统，严禁录入、存储、传输国家秘密。请立即停止操作，改由机要渠道报送，并报告本单位保密工作机构。"
)
# The head: so many written lines and so many characters; a page's navigation may stand before its text.
HEAD_LINES = 12
BARE_LINES = 5  # for the word without star or term, which may be a heading further down
HEAD_CHARACTERS = 2000  # blank lines do not count
_LONGEST = 120
_WRITTEN = re.compile(r"\S[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]*")

_LEVEL = r"(?P<level>[绝絕机機秘祕]\s{0,4}密)"
_SIMPLIFIED = str.maketrans("絕機祕", "绝机秘")
_STAR = r"[★☆✩✭✮✯⭐⋆＊*]"
_TERM = r"(?:[0-9０-９一二三四五六七八九十〇]{1,4}\s?(?:年|个?月|天|日)|[长長]期|启[用封]前|公开前|解密前)"
_PERIOD = rf"(?P<period>{_TERM})"
_ROUND = r"[\s\[\]【】（）()《》〈〉「」『』“”\"'|]*"
_COPY = r"(?:份\s?号|编\s?号|№|[Nn][Oo]\.?)?\s?[:：]?\s?(?P<copy>[0-9０-９]{4,8})"
_URGENCY = r"(?:特急|加急|特提|平急|急件)"
_BESIDE = rf"(?:{_COPY.replace('?P<copy>', '?:')}|{_URGENCY}|第\s?[0-9０-９]{{1,6}}\s?号|保密期限\s?[:：]?\s?{_TERM})"
# A line that holds the mark and what stands beside it, nothing else.
_LINE = re.compile(
    rf"^{_ROUND}(?:{_BESIDE}{_ROUND}){{0,3}}(?:密\s?级\s?[:：]?{_ROUND})?{_LEVEL}\s*(?P<star>{_STAR}{{0,2}})"
    rf"\s*[·•・]?\s*{_PERIOD}?"
    rf"{_ROUND}(?:{_BESIDE}{_ROUND}){{0,3}}$"
)
# The mark opens a line and goes on with its title: the star and its term leave no doubt.
_OPENING = re.compile(rf"^{_ROUND}{_LEVEL}\s*{_STAR}{{1,2}}\s*(?:{_PERIOD}|(?=\s|$))")
# 【机密】 before a title, in the first line alone.
_BRACKETED = re.compile(rf"^\s*[【\[（(〔「]\s*{_LEVEL}\s*[】\])）〕」]")
_COPY_LINE = re.compile(r"^\s*份\s?号\s?[:：]?\s?(?P<copy>[0-9０-９]{1,8})\s*$")
_WORDS = re.compile("国家秘密|国家机密|商业秘密|商业机密|工作秘密|军事秘密|军事机密|绝密|机密|秘密")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of secrecy: its level (None: a copy number alone), the term as written, the line it stands in."""

    level: str | None
    period: str | None
    line: int  # from 1, counting written lines

    def __str__(self) -> str:
        what = f"“{self.level}”标志" if self.level else "份号"
        return f"第 {self.line} 行有{what}"


def secrecy(text: str) -> Mark | None:
    """The mark of secrecy at the head of a text, if it has one."""
    if "密" not in text and "份" not in text:
        return None
    for number, line in enumerate(_head(text), 1):
        if (found := _mark(line, number)) is not None:
            return found
    return None


def _head(text: str) -> Iterator[str]:
    """The first written lines, each its beginning; what nobody sees in them is left out."""
    left = HEAD_CHARACTERS
    for written in islice(_WRITTEN.finditer(text), HEAD_LINES):
        if left <= 0:
            return
        left -= written.end() - written.start()
        yield UNSEEN.sub("", written[0][: 2 * _LONGEST])[:_LONGEST]


def starred(lines: Iterable[str]) -> Mark | None:
    """A mark with its star or term among the visible lines of a page, wherever its head may be."""
    marks = (
        _starred(UNSEEN.sub("", line[: 2 * _LONGEST])[:_LONGEST], number)
        for number, line in enumerate(lines, 1)
        if "密" in line
    )
    return next((mark for mark in marks if mark is not None), None)


def words(text: str) -> tuple[str, ...]:
    """The words of secrecy that stand in the text, each once, in order; a reader is warned of them."""
    return tuple(dict.fromkeys(_WORDS.findall(text))) if "密" in text else ()


def _starred(line: str, number: int) -> Mark | None:
    if found := _LINE.match(line):
        certain = bool(found["star"] or found["period"])
    else:
        found, certain = _OPENING.match(line), True
    return Mark(_level(found), found["period"], number) if found and certain else None


def _mark(line: str, number: int) -> Mark | None:
    found = _starred(line, number)
    if found is None and number <= BARE_LINES and (bare := _LINE.match(line)):
        return Mark(_level(bare), None, number)
    if found is None and number == 1 and (bare := _BRACKETED.match(line)):
        return Mark(_level(bare), None, number)
    if found is not None:
        return found
    return Mark(None, None, number) if _COPY_LINE.match(line) else None


def _level(found: re.Match[str]) -> str:
    return "".join(found["level"].split()).translate(_SIMPLIFIED)
