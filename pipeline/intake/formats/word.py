"""word: a docx (Word, WPS, LibreOffice) -> its submission: paragraphs, tables, text boxes and notes in reading order.

Own limits on the zip before it is opened. Page headers are read for marks of secrecy alone; comments are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits
from pipeline.intake.formats import archives, numbering, particulars, values
from pipeline.intake.formats.columns import Warn
from pipeline.intake.formats.flow import Flow
from pipeline.intake.formats.package import R, Torn, W, switched, value

if TYPE_CHECKING:
    from pipeline.intake.formats.package import Package

_TITLE_STYLES = frozenset({"title", "标题"})
_REFERENCES = frozenset({f"{W}headerReference", f"{W}footerReference"})


def read(content: bytes, limits: Limits, warn: Warn) -> Draft:
    """The draft of a docx. Raises Refused with a sentence when it is something else, locked or too large."""
    archives.check(content, ".docx", limits)
    try:
        return _draft(content, limits, warn)
    except (Torn, BadZipFile, LookupError, RecursionError, TypeError, ValueError) as error:
        # A zip that lacks a docx's parts (a spreadsheet, a half-written file).
        raise Refused("不是 Word 文档，或文档内部已损坏", fix="请用 Word 或 WPS 打开后另存为 .docx 再报") from error


def _draft(content: bytes, limits: Limits, warn: Warn) -> Draft:
    from pipeline.intake.formats.package import Package

    package = Package(content, limits.part)
    main = package.main()
    body = package.xml(main).find(f"{W}body")
    if body is None:
        raise Torn(main)
    styles = _part(package, main, "styles", warn)
    flow = Flow(
        numbering.of(_part(package, main, "numbering", warn), styles),
        _hidden(styles),
        limits.text,
        partial(_chunk, package, main),
    )
    lines = [*flow.blocks(body), *_notes(package, main, flow, warn)]
    draft = particulars.found(values.tidy("\n".join(lines)).strip("\n"), _styled_title(body, styles))
    return replace(draft, margins=tuple(_margins(package, main, body)))


def _part(package: Package, main: str, kind: str, warn: Warn) -> Any | None:
    """The part of a kind that goes with the document; None when there is none or it is torn."""
    target = next(
        (link.target for link in package.links(main).values() if link.kind == kind and not link.outside), None
    )
    try:
        return None if target is None else package.xml(target)
    except Torn:
        warn(f"文档的“{target}”部分已损坏，没有读取，请对照原件")
        return None


def _hidden(styles: Any | None) -> frozenset[str]:
    """Character styles whose text is not shown."""
    found = () if styles is None else styles.iter(f"{W}style")
    kept = ((style, style.find(f"{W}rPr")) for style in found if style.get(f"{W}type") == "character")
    return frozenset(style.get(f"{W}styleId", "") for style, own in kept if own is not None and switched(own, "vanish"))


def _chunk(package: Package, main: str, name: str) -> Iterator[str]:
    """The lines of a page that stands in the document as it was (altChunk), as web editors export it."""
    from pipeline.intake.formats import embedded

    link = package.links(main).get(name)
    if link is not None and not link.outside:
        yield from embedded.lines(package.raw(link.target))


def _notes(package: Package, main: str, flow: Flow, warn: Warn) -> Iterator[str]:
    """The notes that the text refers to, `[1] …` each, in the order of their marks."""
    referred = list(flow.notes)
    for kind in {kind for kind, _ in referred}:
        root = _part(package, main, f"{kind}s", warn)
        texts = {} if root is None else {one.get(f"{W}id"): one for one in root.iter(f"{W}{kind}")}
        for at, (named, number) in enumerate(referred, 1):
            if named == kind and (note := texts.get(number)) is not None:
                yield f"[{at}] {' '.join(' '.join(flow.blocks(note)).split())}"


def _styled_title(body: Any, styles: Any | None) -> str | None:
    """The first paragraph of a title style; a heading 1 only as the first words of all."""
    found = () if styles is None else styles.iter(f"{W}style")
    names = {style.get(f"{W}styleId", ""): value(style, "name").lower() for style in found}
    first = True
    for paragraph in body.iter(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = names.get(style.get(f"{W}val"), "") if style is not None else ""
        if not first and name not in _TITLE_STYLES:
            continue
        text = " ".join(Flow().inline(paragraph).split())
        if text and (name in _TITLE_STYLES or (first and name == "heading 1")):
            return text
        first = first and not text
    return None


def _margins(package: Package, main: str, body: Any) -> Iterator[str]:
    """The words of every page header and footer that the document uses. Raises Torn when one cannot be seen."""
    links = package.links(main)
    used = dict.fromkeys(one.get(f"{R}id", "") for one in body.iter(*_REFERENCES))
    for name in used:
        if name not in links:
            raise Torn(name)
        yield "\n".join(Flow().blocks(package.xml(links[name].target)))
