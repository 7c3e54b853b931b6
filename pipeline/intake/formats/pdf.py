"""pdf: a PDF with text -> its submission. A scanned one is refused with a sentence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from math import hypot
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits
from pipeline.intake.formats import archives, grids, particulars, pdf_lines, values
from pipeline.intake.formats.columns import Warn
from pipeline.intake.formats.pdf_lines import Piece
from pipeline.text import charset

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

SCANNED = "PDF 里只有图像，没有文字（扫描件）"
_WORD = "请提供 Word 文件，或识别成文字后再报"
# It quotes what it reads in its warnings, and a file may hold personal data.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)
# Broken objects are met wherever they are used, with whatever Python says there.
_STUMBLES = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_DRAWN = 30_000_000  # bytes of drawing of all pages
_SLANTED = 0.1  # of a watermark
# Of fonts whose characters cannot be told: `charset.readable` is about .5 for any text and near 0 for these.
_LEGIBLE, _ENOUGH = 0.05, 40


def read(content: bytes, limits: Limits, warn: Warn) -> Draft:
    """The draft of a PDF. Raises Refused when it is locked, damaged, too long or has no text."""
    if not content[:1024].lstrip().startswith(b"%PDF-"):
        kind = archives.kind_of(content) or "别的文件"
        raise Refused(f"文件虽叫 .pdf，其实是{kind}", fix="请改正扩展名或另存为 PDF 再报")
    sheets = _pages(content, limits)
    pages = [pieces for pieces, _ in sheets]
    found = pdf_lines.printed(pages, [height for _, height in sheets])
    text = values.tidy("\n".join(_tabled(found.text))).strip()
    if not any(char.isalnum() for char in text):
        raise Refused(SCANNED, fix=_WORD)
    if len(text) > _ENOUGH and charset.readable(text) < _LEGIBLE:
        raise Refused("PDF 的字体没有编码，文字读出来是乱码", fix=_WORD)
    if empty := [str(at) for at, page in enumerate(pages, 1) if not any(piece.text.strip() for piece in page)]:
        warn(f"第 {'、'.join(empty[:10])} 页没有文字，可能是扫描页，没有读取")
    return replace(particulars.found(text), margins=found.margins)


def _tabled(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield from grids.lines([line.split("\t")]) if "\t" in line else (line,)


def _pages(content: bytes, limits: Limits) -> list[tuple[list[Piece], float]]:
    from pypdf import PdfReader
    from pypdf.errors import DeprecationError, PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise archives.locked(".pdf")
        return list(_texts(reader, limits))
    except Refused:
        raise
    except (PyPdfError, DeprecationError, *_STUMBLES) as error:
        raise Refused("PDF 已损坏，读不出来", fix="请重新导出 PDF，或提供 Word 文件") from error


def _texts(reader: PdfReader, limits: Limits) -> Iterator[tuple[list[Piece], float]]:
    if (count := len(reader.pages)) > limits.pages:
        raise Refused(f"PDF 有 {count} 页，超过 {limits.pages} 页", fix="请只报送本件信息的几页")
    total = drawn = 0
    for at, page in enumerate(reader.pages, 1):
        contents = page.get_contents()
        drawn += 0 if contents is None else len(contents.get_data())
        if drawn > _DRAWN:
            raise Refused(f"PDF 第 {at} 页起图形过于复杂，没有读完", fix="请提供 Word 文件")
        pieces = _pieces(page)
        total += sum(len(piece.text) for piece in pieces)
        yield pieces, float(page.mediabox.height)
        if total > limits.text:
            return


def _pieces(page: PageObject) -> list[Piece]:
    found: list[Piece] = []

    def take(text: str, outer: Any, inner: Any, _font: Any, size: float) -> None:
        if text:
            a, b, c, d, x, y = (float(one) for one in inner)
            p, q, r, s, u, v = (float(one) for one in outer)
            across, along = a * p + b * r, a * q + b * s
            if text.strip() and abs(along) > _SLANTED * abs(across) and abs(across) > _SLANTED * abs(along):
                return  # a watermark across the page
            height = hypot(c * p + d * r, c * q + d * s)
            found.append(Piece(text, x * p + y * r + u, x * q + y * s + v, abs(float(size)) * height))

    page.extract_text(visitor_text=take)
    return found
