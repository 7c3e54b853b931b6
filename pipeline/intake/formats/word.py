"""word: a docx (Word or WPS) -> its submission: paragraphs, tables and text boxes in reading order.

Own limits on the zip before it is opened. Page headers are read for marks of secrecy alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits
from pipeline.intake.formats import archives, numbering, particulars, values
from pipeline.intake.formats.columns import Warn, field_of
from pipeline.intake.formats.numbering import Numbering

if TYPE_CHECKING:
    from docx.document import Document

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"
# Properties, field codes, and what tracked changes took out.
_SKIPPED = frozenset({"pPr", "rPr", "instrText", "del", "moveFrom", "delText", "tblPr", "tblGrid", "trPr", "tcPr"})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_TITLE_STYLES = frozenset({"title", "标题"})


def read(content: bytes, limits: Limits, _warn: Warn) -> Draft:
    """The draft of a docx. Raises Refused with a sentence when it is something else, locked or too large."""
    archives.check(content, ".docx", limits)
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from docx.oxml.exceptions import XmlchemyError
    from lxml.etree import LxmlError

    try:
        return _draft(content)
    except (
        PythonDocxError,
        OpcError,
        XmlchemyError,
        LxmlError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        # A zip that lacks a docx's parts (a spreadsheet, a half-written file): the library stumbles anywhere.
        raise Refused("不是 Word 文档，或文档内部已损坏", fix="请用 Word 或 WPS 打开后另存为 .docx 再报") from error


def _draft(content: bytes) -> Draft:
    import docx

    document = docx.Document(BytesIO(content))
    body: Any = document.element.body  # pyright: ignore[reportAttributeAccessIssue]
    text = values.tidy("\n".join(_blocks(body, numbering.of(document)))).strip("\n")
    draft = particulars.found(text, _styled_title(document, body))
    return replace(draft, margins=tuple(_margins(document)))


def _blocks(parent: Any, numbers: Numbering) -> Iterator[str]:
    """Lines of the paragraphs and tables under `parent`, in order; boxes follow their paragraph."""
    for child in parent:
        match _name(child):
            case "p":
                yield from _paragraph(child, numbers)
            case "tbl":
                yield from _table(child, numbers)
            case "AlternateContent":
                yield from _blocks(_chosen(child), numbers)
            case name:
                yield from () if name in _SKIPPED else _blocks(child, numbers)


def _paragraph(paragraph: Any, numbers: Numbering) -> Iterator[str]:
    boxes: list[Any] = []
    text = "".join(_inline(paragraph, boxes))
    yield numbers.label(paragraph) + text if text.strip() else text
    for box in boxes:
        yield from _blocks(box, numbers)


def _inline(parent: Any, boxes: list[Any]) -> Iterator[str]:
    for child in parent:
        name = _name(child)
        if name == "t":
            yield child.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name == "txbxContent":
            boxes.append(child)
        elif name == "AlternateContent":
            yield from _inline(_chosen(child), boxes)
        elif name not in _SKIPPED:
            yield from _inline(child, boxes)


def _chosen(alternate: Any) -> Any:
    # Word writes a text box twice, the second time for readers from before 2010.
    return next((child for child in alternate if child.tag == _CHOICE), alternate)


def _table(table: Any, numbers: Numbering) -> Iterator[str]:
    for row in table.iter(f"{_W}tr"):
        if next(row.iterancestors(f"{_W}tbl")) is not table:
            continue  # a table within a cell comes with its cell
        cells = ["\n".join(line for line in _blocks(cell, numbers) if line.strip()) for cell in _cells(row)]
        yield from _row(cells)


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if _name(child) == "tc":
            yield child
        elif _name(child) in {"sdt", "sdtContent"}:
            yield from _cells(child)


def _row(cells: list[str]) -> Iterator[str]:
    """A form's row (反映人 | 张三 | 单位 | …) as lines `反映人：张三`, any other with tabs between."""
    labels = [field_of(cell) for cell in cells[0::2]]
    if len(cells) % 2 == 0 and cells and all(labels):
        for label, field, value in zip(cells[0::2], labels, cells[1::2], strict=True):
            name = "".join(label.split()).rstrip("：:")
            yield value if field == "text" else f"{name}：{' '.join(value.split())}"
    elif any(cell.strip() for cell in cells):
        yield "\t".join(cells).rstrip("\t")


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else "comment"


def _styled_title(document: Document, body: Any) -> str | None:
    """The first paragraph of a title style; a heading 1 only as the first words of all."""
    styles = {style.style_id: (style.name or "").lower() for style in document.styles}
    first = True
    for paragraph in body.iter(f"{_W}p"):
        text = " ".join("".join(_inline(paragraph, [])).split())
        if not text:
            continue
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = styles.get(style.get(f"{_W}val"), "") if style is not None else ""
        if name in _TITLE_STYLES or (first and name == "heading 1"):
            return text
        first = False
    return None


def _margins(document: Document) -> Iterator[str]:
    for section in document.sections:
        for part in (section.header, section.first_page_header, section.footer):
            if not part.is_linked_to_previous:
                yield "\n".join(_blocks(part._element, Numbering()))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
