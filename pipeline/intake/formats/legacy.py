"""legacy: .doc, .wps and .rtf -> their submission, through LibreOffice where it is installed.

What such a file really is decides: many a `.doc` is a docx, a page or a web archive that a program named so.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits
from pipeline.intake.formats import archives, embedded, particulars, soffice, word
from pipeline.intake.formats.columns import Warn

_WORD = "WordDocument".encode("utf-16le")
_RTF = b"{\\rtf"
_HEAD = 2000
_NAMES = {".doc": "旧版 Word 文件（.doc）", ".wps": "WPS 文字文件（.wps）", ".rtf": "RTF 文件"}
_FIX = "请用 Word 或 WPS 打开后另存为 .docx 再导入"


def reader(suffix: str) -> Callable[[bytes, Limits, Warn], Draft]:
    """The reader of files with this suffix. It raises Refused when a file is none of these, damaged, locked, or
    LibreOffice is not there."""

    def read(content: bytes, limits: Limits, warn: Warn) -> Draft:
        if content.startswith(b"PK"):
            return word.read(content, limits, warn)
        if _is_page(content):
            return particulars.found("\n".join(embedded.lines(content)))
        return word.read(_converted(content, suffix), limits, warn)

    return read


def _is_page(content: bytes) -> bool:
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return b"mime-version:" in head or (head.startswith(b"<") and b"<html" in head)


def _converted(content: bytes, suffix: str) -> bytes:
    if content.startswith(archives.OLE):
        if archives.ENCRYPTED in content:
            raise archives.locked(".docx")
        if _WORD not in content:
            raise Refused(f"文件虽叫“{suffix}”，其实是别的 Office 文件，或已损坏", fix=_FIX)
        true = ".doc"  # what WPS writes as .wps is the same
    elif content.startswith(_RTF):
        true = ".rtf"
    else:
        raise Refused(f"不是{_NAMES[suffix]}，或文件已损坏", fix=_FIX)
    made = soffice.to_docx(content, true)
    if made is None:
        raise Refused(f"本机没有安装 LibreOffice，{_NAMES[suffix]}读不了", fix=_FIX)
    return made
