"""Formats: a file -> the submissions in it. Files of rows (jsonl, csv, xlsx) and files that are one
submission (docx, doc, pdf, txt, html, eml). Knows no store; a bad row is named and the good ones go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits, RefusedRow, Row
from pipeline.intake.formats import archives

Warn = Callable[[str], None]
ROWS = frozenset({".jsonl", ".ndjson", ".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".et"})
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".et"})
LEGACY = frozenset({".doc", ".wps", ".rtf"})  # where LibreOffice is installed
DOCUMENTS = frozenset({".docx", ".docm", ".pdf", ".txt", ".md", ".html", ".htm", ".eml", *LEGACY})
KNOWN = "jsonl、csv、xlsx、xls、docx、doc、pdf、txt、html、eml"
# What people hold in their hands and we cannot read, or not everywhere, with the way out.
FOREIGN = {
    ".doc": "旧版 Word 文件（.doc）读不了，请在 Word 或 WPS 中另存为 .docx 再导入",
    ".wps": "WPS 文字文件（.wps）读不了，请在 WPS 中另存为 .docx 再导入",
    ".rtf": "RTF 文件读不了，请另存为 .docx 再导入",
    ".zip": "压缩包请先解开，再导入其中的文件",
    ".rar": "压缩包请先解开，再导入其中的文件",
    ".7z": "压缩包请先解开，再导入其中的文件",
    ".jpg": "图片中的文字读不了，请录成文字或 docx 再导入",
    ".jpeg": "图片中的文字读不了，请录成文字或 docx 再导入",
    ".png": "图片中的文字读不了，请录成文字或 docx 再导入",
    ".msg": "Outlook 邮件（.msg）读不了，请另存为 .eml 再导入",
    ".ofd": "OFD 文件读不了，请导出为带文字的 PDF 或 docx 再导入",
}


def read(
    content: Path | bytes,
    name: str,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    *,
    columns: Mapping[str, str] | None = None,
    warn: Warn = lambda _: None,
) -> Iterator[Row | RefusedRow]:
    """The submissions of a file called `name`, in order. `columns` renames its columns to ours
    (`{"time": "published_at"}`). A file that cannot be read at all is one RefusedRow with row None."""
    try:
        if (suffix := suffix_of(name)) in ROWS:
            yield from _rows(content, suffix, limits, columns or {}, warn)
        else:
            yield Row(1, document(_whole(content, limits.document), name, limits, warn))
    except Refused as refused:
        yield RefusedRow(None, str(refused))


def document(
    content: bytes,
    name: str,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    warn: Warn = lambda _: None,
) -> Draft:
    """The one submission that a document is. Raises Refused with a sentence."""
    suffix = suffix_of(name)
    reader = _reader(suffix)
    if len(content) > limits.document:
        raise Refused(f"文件超过 {limits.document // 1_000_000} MB", fix="请删去其中的图片或分成几份再报")
    if not content.strip():
        raise archives.empty()
    if suffix not in {".docx", ".docm", ".pdf", *LEGACY} and (true := archives.kind_of(content)) is not None:
        raise Refused(f"文件虽叫“{suffix}”，其实是{true}", fix="请改正扩展名或另存后再报")
    found = reader(content, limits, warn)
    if len(found.text) > limits.text:
        raise Refused(f"文字超过 {limits.text // 10_000} 万字", fix="请按一事一报分成几份")
    if not found.text and not any(found.margins):
        raise Refused("文件里没有文字", fix="请核对文件后再报")
    return found


def _reader(suffix: str) -> Callable[[bytes, Limits, Warn], Draft]:
    match suffix:
        case ".docx" | ".docm":
            from pipeline.intake.formats.word import read as reader
        case ".pdf":
            from pipeline.intake.formats.pdf import read as reader
        case ".txt" | ".md":
            from pipeline.intake.formats.plain import read as reader
        case ".html" | ".htm":
            from pipeline.intake.formats.webpage import read as reader
        case ".eml":
            from pipeline.intake.formats.message import read as reader
        case ".doc" | ".wps" | ".rtf":
            from pipeline.intake.formats import legacy

            reader = legacy.reader(suffix)
        case _:
            raise unreadable(suffix)
    return reader


def suffix_of(name: str) -> str:
    """The lower-case suffix of a file name, with its dot."""
    return PurePath(name).suffix.lower()


def unreadable(suffix: str) -> Refused:
    """The refusal of a kind of file that has no reader."""
    what = FOREIGN.get(suffix, f"认不出“{suffix or '没有扩展名'}”类文件")
    return Refused(what, fix=None if suffix in FOREIGN else f"可以导入的有：{KNOWN}")


def _rows(
    content: Path | bytes, suffix: str, limits: Limits, columns: Mapping[str, str], warn: Warn
) -> Iterator[Row | RefusedRow]:
    with _opened(content, limits) as stream:
        if suffix in {".jsonl", ".ndjson"}:
            from pipeline.intake.formats import jsonl

            yield from jsonl.read(stream, limits, columns, warn)
        elif suffix in {".csv", ".tsv"}:
            from pipeline.intake.formats import separated

            yield from separated.read(stream, limits, columns, warn)
        else:
            from pipeline.intake.formats import sheets

            yield from sheets.read(stream, limits, columns, warn)


def _opened(content: Path | bytes, limits: Limits) -> BinaryIO:
    if isinstance(content, bytes):
        return BytesIO(content)
    try:
        if content.stat().st_size > limits.file:
            raise Refused(f"文件超过 {limits.file // 1_000_000} MB", fix="请分成几个文件再导入")
        return content.open("rb")
    except OSError as error:
        raise _missing(content) from error


def _whole(content: Path | bytes, limit: int) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        with content.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise _missing(content) from error


def _missing(path: Path) -> Refused:
    if path.is_dir():
        return Refused("是一个文件夹", fix="请写文件夹里的文件，可以一次写几个")
    what = "打不开" if path.exists() else "没有这个文件"
    return Refused(what, fix="请核对路径和读取权限")
