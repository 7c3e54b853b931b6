"""What `minyi clean` makes of one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.cli.options import content_of
from pipeline.clock import shown, stored, system_clock
from pipeline.errors import Refused, UsageError
from pipeline.identity import canonical_url
from pipeline.intake import formats
from pipeline.intake.drafts import Draft, RefusedRow
from pipeline.records.items import Cleaned, Personal, Rejected, Repair
from pipeline.records.messages import Crawled, Place
from pipeline.steps.clean import ToClean
from pipeline.steps.clean import clean as step
from pipeline.text import personal
from pipeline.text.charset import decode
from pipeline.text.repair import repair

PAGES = frozenset({".html", ".htm", ".xhtml", ".xml", ".shtml"})
TEXTS = frozenset({".txt", ".md"})
NAMES = (
    "outcome", "reason", "charset", "title", "text", "published_at", "author", "source", "confidence", "repairs", "pii",
)  # fmt: skip


def read_file(file: str) -> Iterator[dict[str, Any]]:
    """One document, or one for each row of a file of rows (with the row's `id`); a file that cannot be opened is
    refused, and the others go on."""
    try:
        content = content_of(file)
    except UsageError as error:
        yield {"file": file, **_refused(f"{error.what}。{error.fix}")}
        return
    yield from _read(file, content)


def _read(file: str, content: bytes) -> Iterator[dict[str, Any]]:
    suffix = formats.suffix_of(file) if file != "-" else _sniffed(content)
    name = f"stdin{suffix}" if file == "-" else Path(file).name
    if suffix in TEXTS:
        yield {"file": file, **_text(content)}
    elif suffix in PAGES:
        yield {"file": file, **_page(name, content)}
    elif suffix in formats.ROWS:
        for one in formats.read(content, name):
            key = one.row if isinstance(one, RefusedRow) else one.draft.id or str(one.number)
            yield {"file": file, "id": key, **(_refused(one.why) if isinstance(one, RefusedRow) else _draft(one.draft))}
    else:
        try:
            yield {"file": file, **_draft(formats.document(content, name))}
        except Refused as refused:
            yield {"file": file, **_refused(str(refused))}


def _sniffed(content: bytes) -> str:
    return ".html" if content.lstrip()[:1] == b"<" else ".txt"


def _facts(**given: Any) -> dict[str, Any]:
    return {**dict.fromkeys(NAMES), "repairs": [], "pii": [], **given}


def _refused(why: str) -> dict[str, Any]:
    return _facts(outcome="refused", reason=why)


def _text(content: bytes) -> dict[str, Any]:
    """The whole file, repaired: nothing is cut from either end."""
    decoded = decode(content)
    text, repairs = repair(decoded.text)
    if not text.strip():
        return _facts(outcome="rejected", reason="没有文字", charset=decoded.charset)
    title = text.lstrip().partition("\n")[0][:40].strip()
    return _facts(
        outcome="cleaned",
        charset=decoded.charset,
        title=title,
        text=text,
        confidence=1.0,
        repairs=_repairs(repairs),
        pii=_pii(personal.find(text)),
    )


def _draft(draft: Draft) -> dict[str, Any]:
    text, repairs = repair(draft.text)
    if not text.strip():
        return _facts(outcome="rejected", reason="没有文字", title=draft.title)
    return _facts(
        outcome="cleaned",
        title=draft.title,
        text=text,
        published_at=shown(draft.published_at) if draft.published_at else None,
        author=draft.author,
        confidence=1.0,
        repairs=_repairs(repairs),
        pii=_pii(personal.find(text)),
    )


def _page(name: str, content: bytes) -> dict[str, Any]:
    """A page as the crawlers would have brought it."""
    url = canonical_url(f"file:///{name}")
    now = stored(system_clock())
    message = Crawled(message_id="file", source="file", origin=url, received_at=now, url=url)
    (found,) = step([ToClean(Place("", "", 0, 0), message, b"", body=content)])
    if isinstance(found, Cleaned):
        return _cleaned(found)
    outcome = "rejected" if isinstance(found, Rejected) else "quarantined"
    return _facts(outcome=outcome, reason=found.reason, charset=decode(content).charset)


def _cleaned(found: Cleaned) -> dict[str, Any]:
    return _facts(
        outcome="cleaned",
        charset=found.charset,
        title=found.title or None,
        text=found.text,
        published_at=shown(found.published_at) if found.published_at else None,
        author=found.author or None,
        source=found.page_source or None,
        confidence=found.confidence,
        repairs=_repairs(found.repairs),
        pii=_pii(found.personal),
    )


def _repairs(repairs: Sequence[Repair]) -> list[dict[str, Any]]:
    return [{"at": one.at, "from": one.before, "to": one.after, "why": one.why} for one in repairs]


def _pii(found: Sequence[Personal]) -> list[dict[str, Any]]:
    return [{"kind": one.kind, "start": one.start, "end": one.end, "valid": one.valid} for one in found]
