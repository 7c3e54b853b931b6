"""Archives: what a file really is, and whether its packed parts may be unpacked (docx and xlsx are zips)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from pipeline.errors import Refused
from pipeline.intake.drafts import Limits

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16le")
_KINDS = (
    (b"\xff\xd8\xff", "一张图片（JPEG）"),
    (b"\x89PNG", "一张图片（PNG）"),
    (b"GIF8", "一张图片（GIF）"),
    (b"%PDF-", "PDF 文件"),
    (b"PK\x03\x04", "压缩包或 Office 文件"),
    (b"Rar!", "压缩包（RAR）"),
    (b"7z\xbc\xaf", "压缩包（7z）"),
    (b"{\\rtf", "RTF 文件"),
    (OLE, "旧版 Office 文件"),
)
_CHUNK = 1 << 20
# A filled cell's place; styled empty cells (`<c …/>`) take no room.
_CELL = re.compile(rb'<(?:\w{1,20}:)?c\s(?:[^<>]{0,100}\s)?r="([A-Z]{1,3})(\d{1,7})"[^<>]{0,150}(?<!/)>')
_TAIL = 300
_LOCKED = 0x1


def kind_of(content: bytes) -> str | None:
    """What a file of these bytes is, in Chinese, when it is none of the plain-text kinds."""
    return next((kind for magic, kind in _KINDS if content.startswith(magic)), None)


def check(content: bytes, wanted: str, limits: Limits) -> None:
    """Raises Refused unless `content` is a zip that unpacks within the limits. Reads every byte once, because
    the sizes written in a zip are only somebody's word."""
    if not content.startswith(b"PK"):
        raise _other(content, wanted)
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            _sizes(entries, limits)
            for entry in entries:
                _walk(archive, entry, limits)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refused("文件已损坏，打不开", fix=f"请用 Word 或 WPS 打开后另存为 {wanted} 再报") from error


def empty() -> Refused:
    """A file with nothing in it."""
    return Refused("文件是空的", fix="请核对文件后再报")


def _other(content: bytes, wanted: str) -> Refused:
    if content.startswith(OLE) and ENCRYPTED in content:
        return locked(wanted)
    if not content:
        return empty()
    kind = kind_of(content) or "别的文件"
    return Refused(f"文件虽叫 {wanted}，其实是{kind}", fix=f"请用 Word 或 WPS 打开后另存为 {wanted} 再报")


def locked(wanted: str) -> Refused:
    """The refusal of a file behind a password."""
    return Refused("文件加了打开密码，读不了", fix=f"请去掉密码，另存为 {wanted} 再报")


def _sizes(entries: list[ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise Refused(f"文件内含 {len(entries)} 个部分，超过 {limits.entries} 个，不像正常文件", fix="请另存后再报")
    if any(entry.flag_bits & _LOCKED for entry in entries):
        raise locked("不加密的文件")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked or (unpacked > _CHUNK * 10 and unpacked > packed * limits.ratio):
        raise Refused(
            f"文件展开后有 {unpacked // 1_000_000} MB，不像正常文件，没有打开", fix="请删去图片和空白内容，另存后再报"
        )


def _walk(archive: ZipFile, entry: ZipInfo, limits: Limits) -> None:
    sheet = entry.filename.startswith("xl/worksheets/")
    rows = columns = 0
    for chunk in _chunks(archive, entry):
        for column, row in _CELL.findall(chunk) if sheet else ():
            rows, columns = max(rows, int(row)), max(columns, _column(column))
    if rows * columns > limits.cells:
        raise Refused(f"工作表有 {rows} 行 {columns} 列，太大", fix="请删去远处的多余单元格，或分成几个文件")


def _chunks(archive: ZipFile, entry: ZipInfo) -> Iterator[bytes]:
    """The entry's bytes, each piece with the end of the one before, so that no cell's tag is cut."""
    stream: BinaryIO
    with archive.open(entry) as stream:  # type: ignore[assignment]
        tail = b""
        while piece := stream.read(_CHUNK):
            yield tail + piece
            tail = piece[-_TAIL:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
