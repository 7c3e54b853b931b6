"""A bulletin as blocks of words: what stands on paper and in which order, once for every format.

Layout 参照 GB/T 9704—2012 (DOMAIN 2.3 and 2.4, OFFICE 25). Renderers decide fonts and places, never words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import rjieba

from pipeline.records.bulletins import Article, Bulletin

DRAFT_MARK = "送审稿"
SAMPLE_MARK = "演示样例 内容虚构"
NO_NUMBER = "第　期"
TITLE_LINE = 20  # characters of 22 pt in 156 mm
CLOSING = "，。、；：！？”’》）"  # may not open a line
HEADING_LIMIT = 40  # characters; a longer paragraph is text that opens with its heading's sentence
# GB/T 9704—2012, 7.3.3: the four levels of headings in a text.
LEVELS = (
    (1, re.compile(r"[一二三四五六七八九十]{1,3}、")),
    (2, re.compile(r"（[一二三四五六七八九十]{1,3}）")),
    (3, re.compile(r"\d{1,2}[.．](?!\d)")),
    (4, re.compile(r"（\d{1,2}）")),
)


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one face: level 0 is text (仿宋), 1 a first heading (黑体), 2 a second (楷体), 3 and 4 as text."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the body, indented by two characters."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(run.text for run in self.runs)

    @property
    def heading(self) -> bool:
        """Whether it is a heading alone, which never ends a page."""
        return len(self.runs) == 1 and self.runs[0].level > 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One article on paper."""

    title: str
    title_lines: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole bulletin in words, top to foot. Empty strings are left out on paper."""

    notice: str
    name: str
    number: str
    unit: str
    date: str
    note: str
    contents: tuple[str, ...]  # titles, of a digest alone
    title: str  # of a digest whose title is its own
    title_lines: tuple[str, ...]
    pieces: tuple[Piece, ...]
    to: tuple[tuple[str, str], ...]  # (报, …) (送, …) (发, …)
    people: str  # 责任编辑 核稿 签发
    telephone: str
    copies: str
    mark: str  # 送审稿, or nothing
    sample: str


def sheet(bulletin: Bulletin) -> Sheet:
    """The words of a bulletin, in order."""
    foot, head = bulletin.foot, bulletin.masthead
    digest = bulletin.type == "digest"
    names = (("责任编辑", foot.editor), ("核稿", foot.checker), ("签发", foot.signer))
    return Sheet(
        notice=head.notice,
        name=head.name,
        number=number_line(bulletin),
        unit=head.unit,
        date=date_line(bulletin.issued_on),
        note=bulletin.note.strip(),
        contents=tuple(article.title for article in bulletin.articles) if digest else (),
        title=bulletin.title if digest else "",
        title_lines=title_lines(bulletin.title) if digest and bulletin.title else (),
        pieces=tuple(piece(article, bulletin.author_at) for article in bulletin.articles),
        to=tuple(
            (word, names)
            for word, names in (("报", foot.report_to), ("送", foot.send_to), ("发", foot.issue_to))
            if names
        ),
        people="　".join(f"{word}：{name}" for word, name in names if name),
        telephone=f"电话：{foot.telephone}" if foot.telephone else "",
        copies=f"共印{foot.copies}份" if foot.copies else "",
        mark=DRAFT_MARK if bulletin.draft else "",
        sample=SAMPLE_MARK if bulletin.sample else "",
    )


def number_line(bulletin: Bulletin) -> str:
    """「第86期（总第1203期）」; 「第　期」 before issue; a second edition is marked 「（更正）」."""
    if bulletin.number is None:
        return NO_NUMBER
    running = f"（总第{bulletin.running}期）" if bulletin.running and bulletin.running_from_series else ""
    return f"第{bulletin.number}期{running}{'（更正）' if bulletin.edition > 1 else ''}"


def date_line(day: date | None) -> str:
    """「2026年11月23日」: Arabic figures without leading zeros (GB/T 9704—2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def piece(article: Article, author_at: str) -> Piece:
    """An article with the line that says who reported it, at its head or its foot."""
    lines = [line.strip() for line in article.text.splitlines() if line.strip()]
    body = [paragraph(line) for line in lines]
    if article.reported_by and author_at == "head" and body:
        body[0] = Paragraph((Run(f"{article.reported_by}反映："), *body[0].runs))
    elif article.reported_by:
        body.append(Paragraph((Run(f"（反映人：{article.reported_by}）"),)))
    return Piece(article.title, title_lines(article.title), tuple(body))


def title_lines(title: str) -> tuple[str, ...]:
    """A title in lines of about the same length, broken between words (GB/T 9704—2012, 7.3.1: 词意完整)."""
    if len(title) <= TITLE_LINE:
        return (title,)
    words: list[str] = rjieba.cut(title)
    count = -(-len(title) // (TITLE_LINE - 1))
    lines, wanted = [""], len(title) / count
    for word in words:
        full = len(lines[-1]) + len(word) / 2 > wanted and len(lines) < count
        if lines[-1] and word[0] not in CLOSING and (full or len(lines[-1]) + len(word) > TITLE_LINE):
            lines.append("")
        lines[-1] += word
    return tuple(lines)


def paragraph(line: str) -> Paragraph:
    """A paragraph with its heading, if it opens with one, in the heading's face."""
    for level, opening in LEVELS:
        if opening.match(line):
            return Paragraph(tuple(_headed(line, level)))
    return Paragraph((Run(line),))


def _headed(line: str, level: int) -> Iterator[Run]:
    stop = line.find("。")
    if len(line) <= HEADING_LIMIT and stop in {-1, len(line) - 1}:
        yield Run(line, level)
    elif 0 < stop < HEADING_LIMIT:
        yield Run(line[: stop + 1], level)
        yield Run(line[stop + 1 :])
    else:
        yield Run(line)
