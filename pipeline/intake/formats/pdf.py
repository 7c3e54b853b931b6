"""pdf: a PDF with text -> its submission. A scanned one is refused with a sentence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits
from pipeline.intake.formats import archives, particulars, values
from pipeline.intake.formats.columns import Warn

if TYPE_CHECKING:
    from pypdf import PdfReader

SCANNED = "PDF 里只有图像，没有文字（扫描件）"
# It quotes what it reads in its warnings, and a file may hold personal data.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)
# A line that fills this share of the widest goes on in the next one.
FULL = 0.85
# Broken objects are met wherever they are used, with whatever Python says there.
_STUMBLES = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_ENDS = "。！？；：…”）"


def read(content: bytes, limits: Limits, _warn: Warn) -> Draft:
    """The draft of a PDF. Raises Refused when it is locked, damaged, too long or has no text."""
    if not content[:1024].lstrip().startswith(b"%PDF-"):
        kind = archives.kind_of(content) or "别的文件"
        raise Refused(f"文件虽叫 .pdf，其实是{kind}", fix="请改正扩展名或另存为 PDF 再报")
    pages = _pages(content, limits)
    text = values.tidy("\n".join(_flowing(page) for page in pages)).strip()
    if not any(char.isalnum() for char in text):
        raise Refused(SCANNED, fix="请提供 Word 文件，或识别成文字后再报")
    return particulars.found(text)


def _pages(content: bytes, limits: Limits) -> list[str]:
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


def _texts(reader: PdfReader, limits: Limits) -> Iterator[str]:
    if (count := len(reader.pages)) > limits.pages:
        raise Refused(f"PDF 有 {count} 页，超过 {limits.pages} 页", fix="请只报送本件信息的几页")
    total = 0
    for page in reader.pages:
        text = page.extract_text()
        total += len(text)
        yield text
        if total > limits.text:
            return


def _flowing(page: str) -> str:
    """A page's text with its layout's line breaks taken out: a full line without an end goes on."""
    lines = [line.strip() for line in page.split("\n") if line.strip()]
    widest = max(map(len, lines), default=0)
    text = ""
    for line in lines:
        text += line if line[-1] not in _ENDS and len(line) >= widest * FULL else line + "\n"
    return text.strip()
