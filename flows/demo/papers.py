"""papers: the files that people of the county hand in, made when the demo runs: Word, a sheet, a Word file in an
old charset, an empty file with a mark of secrecy."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from flows.demo.content import Told

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
COLUMNS = ("编号", "标题", "正文", "反映人", "单位", "界别", "联系电话")


def word(told: Told) -> bytes:
    """A Word file: title, paragraphs, and who reports it."""
    import docx

    document = docx.Document()
    document.add_heading(told.title, level=0)
    for line in _lines(told):
        document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def old_word(told: Told) -> bytes:
    """A Word file whose text is in GBK, with what old programs leave behind: NUL-free, but zero-width characters
    and entities escaped twice in the words."""
    lines = [told.title, *_lines(told)]
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in lines)
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return _office("word/document.xml", _WORD_TYPE, {}, f'<?xml version="1.0" encoding="GBK"?>{document}'.encode("gbk"))


def marked(title: str) -> bytes:
    """A Word file with nothing but a mark of secrecy at its head."""
    import docx

    document = docx.Document()
    document.add_paragraph(title)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def sheet(rows: Sequence[Told]) -> bytes:
    """A sheet of submissions with the columns an office uses."""
    lines = [COLUMNS, *(_cells(row) for row in rows)]
    data = "".join(f'<row r="{at}">{_row(line, at)}</row>' for at, line in enumerate(lines, 1))
    workbook = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets><sheet name="来稿汇总" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>"
    )
    parts = {
        "xl/_rels/workbook.xml.rels": _relations(f"{_LINKS}/worksheet", "worksheets/sheet1.xml").encode(),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'.encode(),
    }
    return _office("xl/workbook.xml", _SHEET_TYPE, parts, workbook.encode())


def _lines(told: Told) -> list[str]:
    facts = (("单位", told.unit), ("反映人", told.author), ("界别", told.sector), ("联系电话", told.phone))
    return [*told.text.splitlines(), *(f"{name}：{value}" for name, value in facts if value)]


def _cells(row: Told) -> tuple[str, ...]:
    cells = (row.id, row.title, row.text, row.author, row.unit, row.sector, row.phone)
    return tuple(cell or "" for cell in cells)


def _row(cells: Sequence[str], at: int) -> str:
    return "".join(
        f'<c r="{chr(65 + column)}{at}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        for column, cell in enumerate(cells)
        if cell
    )


def _relations(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{kind}" Target="{target}"/>'
        "</Relationships>"
    )


def _office(main: str, kind: str, parts: Mapping[str, bytes], content: bytes) -> bytes:
    """An Office package with one main part."""
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/{main}" ContentType="{kind}"/></Types>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", _relations(f"{_LINKS}/officeDocument", main))
        archive.writestr(main, content)
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()
