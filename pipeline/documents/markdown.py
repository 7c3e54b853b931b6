"""A bulletin as Markdown: for mail, archives and eyes without an office program."""

from __future__ import annotations

import re

from pipeline.documents.blocks import Paragraph, sheet
from pipeline.records.bulletins import Bulletin, Rendered

# What Markdown would read as its own.
MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")
OPENING = re.compile(r"^(\d+)([.)])|^([+-])(?=\s)")


def markdown(bulletin: Bulletin) -> Rendered:
    """Render."""
    words = sheet(bulletin)
    lines = [f"> {one}" for one in (words.sample, words.mark, words.notice) if one]
    lines += [f"# {escaped(words.name)}", words.number, "　　".join(filter(None, (words.unit, words.date))), "---"]
    lines += [f"**按语：**{escaped(words.note)}"] if words.note else []
    lines += ["\n".join(f"{index}. {escaped(title)}" for index, title in enumerate(words.contents, 1))]
    lines += [f"# {escaped(words.title)}"] if words.title else []
    for piece in words.pieces:
        lines += [f"## {escaped(piece.title)}", *map(_paragraph, piece.paragraphs)]
    lines += [
        "---",
        *(f"{word}：{escaped(names)}" for word, names in words.to),
        escaped(words.people),
        escaped(words.telephone),
        words.copies,
    ]
    return Rendered(("\n\n".join(line for line in lines if line) + "\n").encode())


def _paragraph(one: Paragraph) -> str:
    return "".join(f"**{escaped(run.text)}**" if run.level in {1, 2} else escaped(run.text) for run in one.runs)


def escaped(text: str) -> str:
    """Words that stay words."""
    return OPENING.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", MARKS.sub(r"\\\1", text))
