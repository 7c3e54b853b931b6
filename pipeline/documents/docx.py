"""A bulletin as DOCX, for Word and WPS. 版心、字体、行距参照 GB/T 9704—2012 (DOMAIN 2.4).

The same bulletin gives the same bytes: properties and the archive carry no time of making. No comments, no
tracked changes; the properties name the unit.
"""

# python-docx has no public call for the elements below, and its stubs know few of them.
# ruff: noqa: SLF001, ANN001, ANN202
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false, reportMissingParameterType=false
# pyright: reportArgumentType=false

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from pipeline.documents.blocks import Paragraph, Run, Sheet, sheet
from pipeline.documents.docx_parts import (
    bottom_table,
    grid,
    page_number,
    rule_below,
    tab_right,
    tighten,
    two_sided,
    watermark,
)
from pipeline.records.bulletins import Bulletin, Rendered

RED = RGBColor(0xD7, 0x00, 0x0F)
BODY, TITLE, KAI, HEI, SONG = "仿宋_GB2312", "方正小标宋简体", "楷体_GB2312", "黑体", "宋体"
FACES = {1: HEI, 2: KAI}
PITCH = 28.95  # points: 225 mm / 22 lines, a hair less so that 22 fit
TIGHT = -0.25  # points: 156 mm / 28 characters of 16 pt
MADE = datetime(2000, 1, 1, tzinfo=UTC)
ZIP_TIME = (2000, 1, 1, 0, 0, 0)
CENTRE = WD_ALIGN_PARAGRAPH.CENTER


def docx(bulletin: Bulletin) -> Rendered:
    """Render."""
    words = sheet(bulletin)
    document = Document()
    _clear(document)
    _page(document, words)
    _head(document, words)
    for index, piece in enumerate(words.pieces):
        _title(document, piece.title_lines, before=2 if index == 0 else 1)
        for paragraph in piece.paragraphs:
            _text(document, paragraph)
    _foot(document, words)
    _properties(document, bulletin, words)
    return Rendered(_frozen(document))


def _clear(document: DocumentObject) -> None:
    package = document.part.package
    links = package.rels if package else {}
    for name in [name for name, link in links.items() if link.reltype.endswith("/thumbnail")]:
        del links[name]
    # python-docx's own template opens with styles for English business letters.
    normal = document.styles["Normal"]
    normal.font.size = Pt(16)
    _face(normal.element.get_or_add_rPr(), BODY)
    format_ = normal.paragraph_format
    format_.space_after = format_.space_before = Pt(0)
    format_.line_spacing = 1.0


def _page(document: DocumentObject, words: Sheet) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(18), Mm(22)
    grid(section, lines=22)
    two_sided(document)
    for footer, right in ((section.footer, True), (section.even_page_footer, False)):
        footer.is_linked_to_previous = False
        page_number(footer.paragraphs[0], SONG, right=right)
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        line = header.paragraphs[0]
        line.alignment = CENTRE
        if words.sample:
            _run(line, words.sample, HEI, 10.5)
        if words.mark:
            watermark(line, words.mark)


def _head(document: DocumentObject, words: Sheet) -> None:
    _line(document, words.notice, HEI)
    name = _line(document, words.name, TITLE, size=name_size(words.name), align=CENTRE, colour=RED)
    name.paragraph_format.space_before, name.paragraph_format.space_after = Pt(18), Pt(12)
    _line(document, words.number, BODY, align=CENTRE)
    unit = _line(document, f"{words.unit}\t{words.date}", BODY)
    tab_right(unit, Mm(156))
    rule_below(unit, points=2.25, colour="D7000F")
    if words.note:
        note = _line(document, "", KAI)
        _run(note, "按语：", HEI)
        _run(note, words.note, KAI)
        note.paragraph_format.space_before = Pt(10)
    if words.title:
        _title(document, words.title_lines, before=1)
    if words.contents:
        _line(document, "目　录", HEI, align=CENTRE)
        for index, title in enumerate(words.contents, 1):
            _line(document, f"{index}. {title}", BODY)


def _title(document: DocumentObject, lines: tuple[str, ...], *, before: int) -> None:
    title = _line(document, lines[0], TITLE, size=22, align=CENTRE)
    for line in lines[1:]:
        title.runs[-1].add_break()
        _run(title, line, TITLE, 22)
    spacing = title.paragraph_format
    spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(33)
    spacing.space_before, spacing.space_after = Pt(before * PITCH), Pt(PITCH)
    spacing.keep_with_next = True


def _text(document: DocumentObject, paragraph: Paragraph) -> None:
    line = document.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    indent = line._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")
    line.paragraph_format.keep_with_next = paragraph.heading
    for run in paragraph.runs:
        _headed(line, run)


def _headed(line: DocxParagraph, run: Run) -> None:
    made = _run(line, run.text, FACES.get(run.level, BODY))
    tighten(made._r.get_or_add_rPr(), TIGHT)


def _foot(document: DocumentObject, words: Sheet) -> None:
    rows = [f"{word}：{names}" for word, names in words.to]
    if rows or words.people or words.telephone or words.copies:
        bottom_table(document, rows, words.people, words.telephone, words.copies, BODY)


def _properties(document: DocumentObject, bulletin: Bulletin, words: Sheet) -> None:
    core = document.core_properties
    core.author = core.last_modified_by = words.unit
    core.title, core.subject = bulletin.title, f"{words.name}{words.number}"
    core.comments, core.keywords, core.language = "", "", "zh-CN"
    core.created = core.modified = MADE
    core.revision = 1


def _line(
    document: DocumentObject,
    words: str,
    face: str,
    *,
    size: float = 16,
    align: WD_ALIGN_PARAGRAPH | None = None,
    colour: RGBColor | None = None,
) -> DocxParagraph:
    line = document.add_paragraph()
    line.alignment = align
    if words:
        run = _run(line, words, face, size)
        run.font.color.rgb = colour
    return line


def _run(line: DocxParagraph, words: str, face: str, size: float = 16):
    run = line.add_run(words)
    run.font.size = Pt(size)
    _face(run._r.get_or_add_rPr(), face)
    return run


def _face(properties, face: str) -> None:
    # Without eastAsia Chinese falls to the Latin face; figures in a Chinese text stay in its own.
    fonts = properties.get_or_add_rFonts()
    for name in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(name), face)
    fonts.set(qn("w:hint"), "eastAsia")


def name_size(name: str) -> float:
    """Points of the red name; see pdf.name_size."""
    return round(2 * min(52.0, 420.0 / max(1, len(name)) - 2)) / 2


def _frozen(document: DocumentObject) -> bytes:
    plain = io.BytesIO()
    document.save(plain)
    frozen = io.BytesIO()
    with zipfile.ZipFile(plain) as given, zipfile.ZipFile(frozen, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(given.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            made.writestr(info, given.read(name))
    return frozen.getvalue()
