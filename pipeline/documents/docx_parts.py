"""Parts of a DOCX that python-docx has no call for: grid, page numbers, rules, watermark, foot table."""

# python-docx has no public call for the elements below, and its stubs know few of them.
# ruff: noqa: SLF001, ANN001, ANN202
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false, reportMissingParameterType=false
# pyright: reportArgumentType=false

from __future__ import annotations

from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Length, Mm, Pt
from docx.table import Table
from docx.table import _Cell as Cell
from docx.text.paragraph import Paragraph

VML = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
WATERMARK = """<w:r {w} {vml}><w:pict>
<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" path="m@7,l@8,m@5,21600l@6,21600e">
<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>
<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/>
<v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/><v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/>
<v:f eqn="mid @6 @7"/><v:f eqn="sum @6 0 @5"/></v:formulas>
<v:path textpathok="t" o:connecttype="custom"/><v:textpath on="t" fitshape="t"/></v:shapetype>
<v:shape id="minyi-mark" type="#_x0000_t136" fillcolor="#d9d9d9" stroked="f"
 style="position:absolute;width:380pt;height:127pt;rotation:325;z-index:-251658752;
 mso-position-horizontal:center;mso-position-horizontal-relative:margin;
 mso-position-vertical:center;mso-position-vertical-relative:margin">
<v:textpath style="font-family:&quot;黑体&quot;;font-size:1pt" string="{words}"/></v:shape></w:pict></w:r>"""


def grid(section: Section, *, lines: int) -> None:
    """A line grid of `lines` on the 225 mm high 版心 (GB/T 9704—2012, 5.2.3). The 28 characters a line come from
    the runs' spacing: a character grid is read by Word as a pitch and by others as cells, two to a character."""
    found = section._sectPr.find(qn("w:docGrid"))
    element = found if found is not None else OxmlElement("w:docGrid")
    element.set(qn("w:type"), "lines")
    element.set(qn("w:linePitch"), str(int(225 / 25.4 * 1440 / lines)))
    element.attrib.pop(qn("w:charSpace"), None)
    if found is None:
        section._sectPr.append(element)


def two_sided(document: DocumentObject) -> None:
    """Odd and even pages have footers of their own."""
    document.settings.odd_and_even_pages_header_footer = True


def page_number(line: Paragraph, face: str, *, right: bool) -> None:
    """「— 1 —」, 4号宋体, one character in from the outer edge (GB/T 9704—2012, 7.5)."""
    side = "right" if right else "left"
    properties = line._p.get_or_add_pPr()
    properties.append(parse_xml(f'<w:ind {nsdecls("w")} w:{side}Chars="100" w:{side}="280"/>'))
    properties.append(parse_xml(f'<w:jc {nsdecls("w")} w:val="{side}"/>'))
    for part in ("— ", "PAGE", " —"):
        line._p.append(_field_or_text(part, face))


def _field_or_text(part: str, face: str):
    fonts = f'<w:rPr><w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}"/><w:sz w:val="28"/></w:rPr>'
    if part == "PAGE":
        inner = f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r>{fonts}<w:t>1</w:t></w:r></w:fldSimple>'
        return parse_xml(inner)
    return parse_xml(f'<w:r {nsdecls("w")}>{fonts}<w:t xml:space="preserve">{part}</w:t></w:r>')


def rule_below(line: Paragraph, *, points: float, colour: str) -> None:
    """A rule as wide as the 版心 under a paragraph."""
    border = f'<w:bottom w:val="single" w:sz="{int(points * 8)}" w:space="4" w:color="{colour}"/>'
    properties = line._p.get_or_add_pPr()
    properties.insert_element_before(
        parse_xml(f"<w:pBdr {nsdecls('w')}>{border}</w:pBdr>"), "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def tab_right(line: Paragraph, at: Length) -> None:
    """A right tab stop."""
    line.paragraph_format.tab_stops.add_tab_stop(at, WD_TAB_ALIGNMENT.RIGHT)


def watermark(line: Paragraph, words: str) -> None:
    """Grey words across the page, as Word and WPS make them; lies in the header."""
    line._p.append(parse_xml(WATERMARK.format(w=nsdecls("w"), vml=VML, words=words)))


def tighten(properties, points: float) -> None:
    """Character spacing of a run, in points."""
    properties.append(parse_xml(f'<w:spacing {nsdecls("w")} w:val="{round(points * 20)}"/>'))


def bottom_table(document: DocumentObject, rows: list[str], people: str, left: str, right: str, face: str) -> None:
    """The foot (版记): a table at the foot of the last page, ruled .35 mm outside and .25 mm between."""
    table = document.add_table(rows=0, cols=2)
    table.autofit = False
    properties = table._tbl.tblPr
    for xml in (_AT_BOTTOM, _WIDTH, _BORDERS, '<w:tblLayout {w} w:type="fixed"/>'):
        properties.append(parse_xml(xml.format(w=nsdecls("w"))))
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = width
    if rows:
        cells = _row(table)
        _fill(cells[0].merge(cells[1]), rows, face)
    if people or left or right:
        cells = _row(table)
        _fill(cells[0], [one for one in (people, left) if one] or [""], face)
        _fill(cells[1], [right], face, to_right=True)
    _last_line(document)


def _row(table: Table) -> tuple[Cell, ...]:
    cells = table.add_row().cells
    for cell, width in zip(cells, WIDTHS, strict=True):
        cell.width = width
    return cells


def _last_line(document: DocumentObject) -> None:
    # A document may not end in a table; the line after it takes no room.
    line = document.add_paragraph()
    spacing = line.paragraph_format
    spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)
    off_grid(line)
    line.paragraph_format.element.get_or_add_pPr().append(parse_xml(f'<w:rPr {nsdecls("w")}><w:sz w:val="2"/></w:rPr>'))


def off_grid(line: Paragraph) -> None:
    """A line that does not take the page's pitch."""
    line._p.get_or_add_pPr().insert_element_before(
        parse_xml(f'<w:snapToGrid {nsdecls("w")} w:val="0"/>'), "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


WIDTHS = (Mm(120), Mm(36))
_AT_BOTTOM = (
    '<w:tblpPr {w} w:leftFromText="0" w:rightFromText="0" w:topFromText="200" w:vertAnchor="margin"'
    ' w:horzAnchor="margin" w:tblpX="0" w:tblpYSpec="bottom"/>'
)
_WIDTH = '<w:tblW {w} w:w="8844" w:type="dxa"/>'  # 156 mm
_BORDERS = (
    '<w:tblBorders {w}><w:top w:val="single" w:sz="8"/><w:bottom w:val="single" w:sz="8"/>'
    '<w:insideH w:val="single" w:sz="6"/></w:tblBorders>'
)
_HANGING = '<w:ind {w} w:left="840" w:hanging="560"/>'  # one character in; what runs over hangs under the names
_PLAIN = '<w:ind {w} w:left="280"/>'
_RIGHT = '<w:ind {w} w:right="280"/>'


def _fill(cell: Cell, lines: list[str], face: str, *, to_right: bool = False) -> None:
    for index, words in enumerate(lines):
        line = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        spacing = line.paragraph_format
        spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(23)
        off_grid(line)
        indent = _RIGHT if to_right else _HANGING if words[1:2] == "：" else _PLAIN
        line._p.get_or_add_pPr().append(parse_xml(indent.format(w=nsdecls("w"))))
        if to_right:
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = line.add_run(words)
        run.font.size = Pt(14)
        fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
        for name in ("w:eastAsia", "w:ascii", "w:hAnsi"):
            fonts.set(qn(name), face)
