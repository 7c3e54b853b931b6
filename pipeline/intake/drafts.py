"""Drafts: a submission as somebody wrote it, before the receipt. Read from a form, the API, a mail or a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.records.messages import Consent


@dataclass(frozen=True, slots=True)
class Draft:
    """One submission before its receipt. `published_at` is a stored time; `id` and `url` name an imported row;
    `margins` are page headers and the heads of enclosed files: looked at for marks of secrecy, never kept."""

    text: str = ""
    title: str | None = None
    id: str | None = None
    url: str | None = None
    author: str | None = None
    author_number: str | None = None
    unit: str | None = None
    sector: str | None = None
    party: str | None = None
    phone: str | None = None
    email: str | None = None
    published_at: str | None = None
    urgent: bool = False
    declared: dict[str, str] = field(default_factory=dict)
    consent: Consent = field(default_factory=Consent)
    margins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One submission of a file. `number` is the row as a spreadsheet or editor counts it, the header's being
    1; a document (docx, pdf, mail …) is row 1 of itself."""

    number: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, and why, in a sentence. `row` None: the file as a whole."""

    row: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of the machine. Sizes in bytes, `ratio` is unpacked over packed."""

    file: int = 200_000_000  # a file of rows; documents have their own
    document: int = 20_000_000
    row: int = 5_000_000
    lines: int = 5_000  # of one csv row, so that an unclosed quote does not eat the file
    entries: int = 5_000  # files within a docx or xlsx
    unpacked: int = 300_000_000
    ratio: int = 200
    part: int = 100_000_000  # of XML in one part of a docx, unpacked
    cells: int = 10_000_000  # of a sheet, its corners' rectangle: the reader keeps all of it
    pages: int = 500  # of a PDF
    text: int = 1_000_000  # characters of a document
    parts: int = 200  # of a mail


# Characters of an enclosed file that are looked at for marks of secrecy.
HEAD = 500
_FOUND = ("title", "author", "author_number", "unit", "sector", "party", "phone", "email", "published_at")


def joined(own: Draft, enclosed: Sequence[tuple[str, Draft]]) -> Draft:
    """A draft with its enclosed files (name, draft): their texts follow its own; the only one also gives what
    the draft itself does not say."""
    if not enclosed:
        return own
    only = enclosed[0][1] if len(enclosed) == 1 else None
    if only is not None:
        own = replace(own, **{name: getattr(own, name) or getattr(only, name) for name in _FOUND})
    if only is not None and not own.text:
        text = only.text
    else:
        text = "\n\n".join(filter(None, (own.text, *(_headed(name, draft, own) for name, draft in enclosed))))
    heads = [head for _, draft in enclosed for head in (*draft.margins, f"{draft.title or ''}\n{draft.text[:HEAD]}")]
    return replace(own, text=text, margins=(*own.margins, *heads))


def _headed(name: str, draft: Draft, own: Draft) -> str:
    title = f"{draft.title}\n" if draft.title and draft.title != own.title else ""
    return f"附件《{name}》：\n{title}{draft.text}"
