"""Texts that were converted to traditional characters, with the pinyin of some in brackets, and back.

    notes(text) -> list[Edit]                   “協(xié)商” → “協商”
    simplified(text, converted=…) -> list[Edit]   one edit a run of characters; OpenCC's tables, phrases first

A text written in traditional characters stays: only one that carries such notes, or is a simplified one with some
traditional characters mixed in, is turned back.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from functools import cache

from opencc import OpenCC

from pipeline.records.items import Repair
from pipeline.text.edits import Edit

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


def notes(text: str) -> list[Edit]:
    """Pinyin notes after characters, where they come from a conversion."""
    if "(" not in text and "（" not in text:
        return []
    found = [match for match in _NOTE.finditer(text) if set(match[2]) & set(_TONED)]
    proven = sum(match[1] in _traditional() for match in found)
    if not proven or proven < len(found) / 2:
        return []
    kept = [match for match in found if len(found) >= _FEW or match[1] in _traditional()]
    return [Edit(match.start(), match.end(), "", WHY_NOTE) for match in kept]


def simplified(text: str, *, converted: bool) -> list[Edit]:
    """Traditional characters turned back, each run an edit; none in a text that is written in them."""
    if not converted and not _mixed(text):
        return []
    plain = _converter().convert(text)
    if len(plain) == len(text):
        return list(_runs(text, plain))
    return [
        Edit(start, end, plain[low:high], "")
        for tag, start, end, low, high in difflib.SequenceMatcher(None, text, plain, autojunk=False).get_opcodes()
        if tag != "equal"
    ]


def rows(edits: list[Edit], text: str) -> list[Repair]:
    """What became of what: a row a pair of runs, at its first place in the new text, with how often."""
    found: dict[tuple[str, str], list[int]] = {}
    shift = 0
    for edit in edits:
        found.setdefault((text[edit.start : edit.end], edit.after), []).append(edit.start + shift)
        shift += len(edit.after) - (edit.end - edit.start)
    return [
        Repair(places[0], before, after, WHY_CHARACTER + (f"（全文 {len(places)} 处）" if len(places) > 1 else ""))
        for (before, after), places in found.items()
    ]


def _runs(text: str, plain: str) -> list[Edit]:
    edits: list[Edit] = []
    for at, (one, other) in enumerate(zip(text, plain, strict=True)):
        if one != other:
            if edits and edits[-1].end == at:
                edits[-1] = Edit(edits[-1].start, at + 1, edits[-1].after + other, "")
            else:
                edits.append(Edit(at, at + 1, other, ""))
    return edits


def _mixed(text: str) -> bool:
    """Whether this is a simplified text with traditional characters in it."""
    counts = Counter(text)
    old = sum(counts[char] for char in counts.keys() & _traditional())
    new = sum(counts[char] for char in counts.keys() & _simplified())
    return len(counts.keys() & _traditional()) >= KINDS and _SHARE[0] <= old / (old + new) <= _SHARE[1]


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
