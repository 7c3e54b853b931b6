"""File names of exports (OFFICE 26): padded, safe on Windows, 80 characters at most.

社情民意信息_2026年第086期_标题前20字_印发稿.docx
"""

from __future__ import annotations

import re

from pipeline.records.bulletins import Bulletin

# Reserved by Windows, and what a shell or a mail client trips over.
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\u200b-\u200f\u2028-\u202e\ufeff]+')
TITLE = 20
SHORTEST = 10  # what a title keeps at least, so that the name still says what it is about
LONGEST = 80
# A Latin word or a number with what belongs to it (COVID-19, 3.5%), wide forms too: never cut inside.
_LETTER = "0-9A-Za-z\u00c0-\u024f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
WORD = re.compile(rf"[{_LETTER}]+(?:[.,+&'’/-]+[{_LETTER}]+)*[%％‰℃+]*")
PAIRS = dict(zip("“‘《〈「『（(【〔[", "”’》〉」』）)】〕]", strict=True))


def file_name(bulletin: Bulletin, suffix: str) -> str:
    """The name of a bulletin's file in format `suffix` (docx, pdf, html, md)."""
    stage = "送审稿" if bulletin.draft else "印发稿" if bulletin.edition == 1 else "更正稿"
    number = "" if bulletin.number is None else f"{bulletin.year}年第{bulletin.number:03d}期"
    parts = (bulletin.masthead.name, number, shortened(bulletin.title), stage)
    stem = "_".join(cleaned for part in parts if (cleaned := safe(part)))
    return f"{stem[: LONGEST - len(suffix) - 1]}.{suffix}"


def shortened(title: str) -> str:
    """The title's first 20 characters, or a little less: no word or number is cut, no mark left without its other."""
    if len(title) <= TITLE:
        return title
    end = next((word.start() for word in WORD.finditer(title) if word.start() < TITLE < word.end()), TITLE)
    return _paired(title[: end or TITLE])


def _paired(text: str) -> str:
    """The text up to the first mark that stays open; without the mark alone where too little would be left."""
    opened: list[int] = []
    for at, letter in enumerate(text):
        if letter in PAIRS:
            opened.append(at)
        elif opened and letter == PAIRS[text[opened[-1]]]:
            opened.pop()
    if not opened:
        return text
    at = opened[0]
    return text[:at] if at >= SHORTEST else _paired(text[:at] + text[at + 1 :])


def safe(text: str) -> str:
    """A part of a file name: what Windows refuses is left out, dots and blanks at its ends too."""
    return UNSAFE.sub("", text).strip(" .　")
