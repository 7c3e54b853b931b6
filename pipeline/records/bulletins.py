"""A bulletin (期) as it is printed: what `desk` compiles, the signature hashes, and `documents` renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Masthead:
    """The head of a series' bulletins (OFFICE 25); `version` is frozen with the issue."""

    name: str  # red
    unit: str  # left, above the red line
    notice: str = "内部资料 注意保存"  # top left
    version: str = "1"


@dataclass(frozen=True, slots=True)
class Foot:
    """The foot: whom it goes to and who answers for it. Empty lines are left out."""

    report_to: str = ""  # 报
    send_to: str = ""  # 送
    issue_to: str = ""  # 发
    editor: str = ""  # 责任编辑
    checker: str = ""  # 核稿
    signer: str = ""  # 签发: from the signature's record, never typed in
    telephone: str = ""
    copies: int | None = None  # 共印N份


@dataclass(frozen=True, slots=True)
class Article:
    """One item in a bulletin. `text` is paragraphs parted by newlines; headings keep their own numbers
    (一、 （一） 1. （1）). `reported_by` is 「县政协委员、××单位××」, printed at the place the series says."""

    item: str
    title: str
    text: str
    reported_by: str | None = None


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One bulletin's whole printed content. Number, running number and date are None before issue."""

    id: str
    series: str
    type: str  # single, digest
    masthead: Masthead
    articles: tuple[Article, ...]
    foot: Foot
    title: str = ""  # of the bulletin: of its one article, or the digest's own
    note: str = ""  # 按语
    number: int | None = None
    running: int | None = None
    running_from_series: bool = True  # False: the series prints no 总第M期
    year: int | None = None
    edition: int = 1  # 2: 更正
    issued_on: date | None = None
    author_at: str = "head"  # head: opens the body, foot: ends it
    sample: bool = False  # 演示样例 内容虚构 on every page
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def draft(self) -> bool:
        """Whether it is still a 送审稿: marked so, with 「第　期」."""
        return self.number is None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered file: its bytes and the fonts or glyphs that were missing, as sentences."""

    content: bytes
    warnings: tuple[str, ...] = ()
