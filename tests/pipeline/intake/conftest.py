"""Files as offices make them, built in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

import docx
import pytest

from pipeline.intake.drafts import Limits, RefusedRow, Row
from pipeline.intake.formats import read

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class Found:
    """What a file gave."""

    def __init__(self, content: bytes, name: str, limits: Limits, columns: dict[str, str] | None) -> None:
        self.warnings: list[str] = []
        found = list(read(content, name, limits, columns=columns, warn=self.warnings.append))
        self.rows = [one for one in found if isinstance(one, Row)]
        self.refused = [one for one in found if isinstance(one, RefusedRow)]

    @property
    def texts(self) -> list[str]:
        return [row.draft.text for row in self.rows]

    @property
    def why(self) -> str:
        return "；".join(one.why for one in self.refused)


@pytest.fixture
def reading() -> Callable[..., Found]:
    def found(content: bytes | str, name: str, limits: Limits = Limits(), **columns: str) -> Found:  # noqa: B008
        return Found(content.encode() if isinstance(content, str) else content, name, limits, columns)

    return found


def _cell(place: str, value: Any) -> str:
    if value is None:
        return f'<c r="{place}" s="1"/>'
    if isinstance(value, tuple):  # (serial day, "date")
        return f'<c r="{place}" s="1"><v>{value[0]}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def _sheet(rows: Sequence[Sequence[Any]]) -> str:
    lines = [
        f'<row r="{at}">'
        + "".join(_cell(f"{chr(65 + column)}{at}", value) for column, value in enumerate(row))
        + "</row>"
        for at, row in enumerate(rows, 1)
    ]
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


@pytest.fixture
def xlsx() -> Callable[..., bytes]:
    def made(**sheets: Sequence[Sequence[Any]]) -> bytes:
        names = list(enumerate(sheets, 1))
        parts = {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            + "".join(f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in names)
            + "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
            + "".join(
                f'<Relationship Id="r{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
                for at, _ in names
            )
            + f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        }
        parts |= {f"xl/worksheets/sheet{at}.xml": _sheet(sheets[name]) for at, name in names}
        return zipped(parts)

    return made


def zipped(parts: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def zip_of() -> Callable[[dict[str, str | bytes]], bytes]:
    return zipped


@pytest.fixture
def word() -> Callable[..., bytes]:
    """A docx of paragraphs; a list of lists is a table, `header` stands in the page's header."""

    def made(*blocks: str | list[list[str]], title: str | None = None, header: str | None = None) -> bytes:
        document = docx.Document()
        if title:
            document.add_paragraph(title, style="Title")
        for block in blocks:
            if isinstance(block, str):
                document.add_paragraph(block)
            else:
                table = document.add_table(len(block), len(block[0]))
                for row, cells in zip(table.rows, block, strict=True):
                    for cell, text in zip(row.cells, cells, strict=True):
                        cell.text = text
        if header:
            document.sections[0].header.paragraphs[0].text = header
        stream = io.BytesIO()
        document.save(stream)
        return stream.getvalue()

    return made
