"""Texts that were converted to traditional characters, with the pinyin of some in brackets, and back.

    notes(text) -> list[Edit]                   “協(xié)商” → “協商”
    simplified(text, converted=…) -> list[Edit]   one edit a run of characters; OpenCC's tables, phrases first

A text written in traditional characters stays: only one that carries such notes, or is a simplified one with some
traditional characters mixed in, is turned back. What a simplified text quotes, the titles it names and its lists of
names stay as they are, and so do the notes of a text about reading and writing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from opencc import OpenCC

from pipeline.records.items import Repair
from pipeline.text.edits import Edit
from pipeline.text.surnames import SURNAMES, TRADITIONAL

WHY_NOTE = "删去转换时加的拼音注"
WHY_CHARACTER = "繁体字转为简体字"
# A syllable of Hanyu pinyin with its tone (GB/T 16159-2012, 6.1), one or two characters after a Han character.
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜḿńňǹ"
_NOTE = re.compile(rf"(?<=([^\s(（]))[(（]([bpmfdtnlgkhjqxzcsryw]?h?[aeiouüêɑng{_TONED}]{{1,5}}r?)[)）]")
_FEW = 3  # notes that prove the conversion by themselves
# A simplified text with traditional characters mixed in: so many kinds of them, and this share of all that
# differ. A single one may be a name's, or the writer's.
KINDS = 5
_SHARE = 0.01, 0.3
_MOSTLY = 0.5  # of the characters that differ are traditional ones: the text was converted
_ABOUT_NOTES = re.compile("拼音|注音|[读讀]音|多音字|繁[体體]")
# What is quoted or a title (bounded: an unclosed mark quotes nothing), and names in a row.
_QUOTED = re.compile(
    "“[^”\n]{1,400}”|‘[^’\n]{1,400}’|「[^」\n]{1,400}」|『[^』\n]{1,400}』|《[^》\n]{1,200}》"
    f"|(?:(?<![一-龥])|(?<=[：:]))(?:[{SURNAMES}{TRADITIONAL}][一-龥]{{1,2}}、){{1,40}}"
    f"[{SURNAMES}{TRADITIONAL}][一-龥]{{1,2}}(?![一-龥])"
)


def notes(text: str) -> list[Edit]:
    """Pinyin notes after characters, where they come from a conversion."""
    if "(" not in text and "（" not in text:
        return []
    found = [match for match in _NOTE.finditer(text) if set(match[2]) & set(_TONED)]
    if not found or _ABOUT_NOTES.search(text) or _old_share(text) < _MOSTLY:
        return []
    proven = sum(match[1] in _traditional() for match in found)
    if not proven or proven < len(found) / 2:
        return []
    kept = [match for match in found if len(found) >= _FEW or match[1] in _traditional()]
    return [Edit(match.start(), match.end(), "", WHY_NOTE) for match in kept]


def simplified(text: str, *, converted: bool) -> list[Edit]:
    """Traditional characters turned back, each run an edit; none in a text that is written in them."""
    if not converted and not _mixed(text):
        return []
    edits: list[Edit] = []
    for start, end in [(0, len(text))] if converted else _own(text):
        for line in re.finditer("[^\n]+", text[start:end]):
            edits += _line(line[0], start + line.start())
    return edits


def _own(text: str) -> Iterator[tuple[int, int]]:
    """What is the text's own: all between its quotations, titles and lists of names."""
    start = 0
    for match in _QUOTED.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _line(line: str, start: int) -> Iterator[Edit]:
    plain = _converter().convert(line)
    if len(plain) == len(line):
        yield from _runs(line, plain, start)
    elif plain != line:  # a phrase that is of another length: the line is one edit
        yield Edit(start, start + len(line), plain, "")


def rows(edits: list[Edit], text: str) -> list[Repair]:
    """What became of what: a row a character, at its first place in the new text, with how often."""
    found: dict[tuple[str, str], list[int]] = {}
    shift = 0
    for edit in edits:
        before = text[edit.start : edit.end]
        pairs = zip(before, edit.after, strict=True) if len(before) == len(edit.after) else [(before, edit.after)]
        for at, pair in enumerate(pairs, edit.start + shift):
            found.setdefault(pair, []).append(at)
        shift += len(edit.after) - len(before)
    return [
        Repair(places[0], before, after, WHY_CHARACTER + (f"（全文 {len(places)} 处）" if len(places) > 1 else ""))
        for (before, after), places in found.items()
    ]


def _runs(line: str, plain: str, start: int) -> Iterator[Edit]:
    at = 0
    while at < len(line):
        end = at
        while end < len(line) and line[end] != plain[end]:
            end += 1
        if end > at:
            yield Edit(start + at, start + end, plain[at:end], "")
        at = end + 1


def _mixed(text: str) -> bool:
    """Whether this is a simplified text with traditional characters in it."""
    own = _QUOTED.sub("", text)
    return len(set(own) & _traditional()) >= KINDS and _SHARE[0] <= _old_share(own) <= _SHARE[1]


def _old_share(text: str) -> float:
    """Of the characters that differ, how many are traditional."""
    counts = Counter(text)
    old = sum(counts[char] for char in counts.keys() & _traditional())
    new = sum(counts[char] for char in counts.keys() & _simplified())
    return old / (old + new or 1)


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


@cache
def _traditional() -> frozenset[str]:
    """Characters that only a traditional text has."""
    han = "".join(map(chr, range(0x4E00, 0xA000)))
    convert, back = _converter().convert, OpenCC("s2t").convert
    return frozenset(char for char in han if convert(char) != char and back(char) == char)


@cache
def _simplified() -> frozenset[str]:
    """Characters that only a simplified text has."""
    han = "".join(map(chr, range(0x4E00, 0xA000)))
    convert, back = OpenCC("s2t").convert, _converter().convert
    return frozenset(char for char in han if convert(char) != char and back(char) == char)
