"""File names of exports (OFFICE 26): padded, safe on Windows, 80 characters at most.

社情民意信息_2026年第086期_标题前20字_印发稿.docx
"""

from __future__ import annotations

import re

from pipeline.records.bulletins import Bulletin

# Reserved by Windows, and what a shell or a mail client trips over.
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\u200b-\u200f\u2028-\u202e\ufeff]+')
TITLE = 20
LONGEST = 80


def file_name(bulletin: Bulletin, suffix: str) -> str:
    """The name of a bulletin's file in format `suffix` (docx, pdf, html, md)."""
    stage = "送审稿" if bulletin.draft else "印发稿" if bulletin.edition == 1 else "更正稿"
    number = "" if bulletin.number is None else f"{bulletin.year}年第{bulletin.number:03d}期"
    parts = (bulletin.masthead.name, number, bulletin.title[:TITLE], stage)
    stem = "_".join(cleaned for part in parts if (cleaned := safe(part)))
    return f"{stem[: LONGEST - len(suffix) - 1]}.{suffix}"


def safe(text: str) -> str:
    """A part of a file name: what Windows refuses is left out, dots and blanks at its ends too."""
    return UNSAFE.sub("", text).strip(" .　")
