"""package: a docx as a package of XML parts (ECMA-376-2), whoever wrote it: Word, WPS, LibreOffice, a web page.

Parts are named by relationships; the strict namespaces of ISO/IEC 29500 are read as the usual ones. A document type
declaration (entities that expand without end) is refused unread.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import Any
from zipfile import BadZipFile, ZipFile

from lxml import etree

from pipeline.errors import Refused

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", R[1:-1].encode()),
)
_PROLOGUE = 1024  # bytes in which a document type would stand
MAIN = "word/document.xml"


class Torn(Exception):
    """A part that is missing or no XML."""


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship: the last word of its type (`numbering`, `header` …) and the part it leads to."""

    kind: str
    target: str
    outside: bool


class Package:
    """The parts of one docx. `largest` is how many bytes of XML one part may have."""

    def __init__(self, content: bytes, largest: int) -> None:
        self._zip = ZipFile(BytesIO(content))
        # Some programs write `\` between folders, or another case than the links say.
        self._names = {name.replace("\\", "/").lower(): name for name in self._zip.namelist()}
        self._largest = largest

    def main(self) -> str:
        """The name of the document's own part."""
        links = self.links("").values()
        return next((link.target for link in links if link.kind == "officeDocument"), MAIN)

    def links(self, part: str) -> dict[str, Link]:
        """The relationships of a part ("" is the package itself) by their id; a torn list is an empty one."""
        folder = dirname(part)
        try:
            root = self.xml(join(folder, "_rels", f"{part.rpartition('/')[2]}.rels"))
        except Torn:
            return {}
        return {one.get("Id", ""): _link(one, folder) for one in root if isinstance(one.tag, str)}

    def raw(self, part: str) -> bytes:
        """The bytes of a part. Raises Torn when it is not there, Refused when it is too large."""
        name = self._names.get(part.lower())
        if name is None:
            raise Torn(part)
        if self._zip.getinfo(name).file_size > self._largest:
            raise Refused(
                f"文件的“{part}”部分展开后超过 {self._largest // 1_000_000} MB",
                fix="请删去多余内容或分成几份，另存后再报",
            )
        try:
            return self._zip.read(name)
        except (BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
            raise Torn(part) from error

    def xml(self, part: str) -> Any:
        """The root of a part. Raises Torn when it cannot be read, Refused when it declares a document type."""
        content = self.raw(part)
        if b"<!DOCTYPE" in content[:_PROLOGUE] or b"<!ENTITY" in content[:_PROLOGUE]:
            raise Refused(
                f"文件的“{part}”部分含有实体声明，不像正常文件，没有打开",
                fix="请用 Word 或 WPS 打开后另存为 .docx 再报",
            )
        for strict, usual in _STRICT:
            content = content.replace(strict, usual)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(content, parser)
        except (etree.LxmlError, ValueError) as error:
            raise Torn(part) from error
        if root is None:
            raise Torn(part)
        return root


def _link(element: Any, folder: str) -> Link:
    target = element.get("Target", "").replace("\\", "/")
    whole = target[1:] if target.startswith("/") else normpath(join(folder, target))
    return Link(element.get("Type", "").rpartition("/")[2], whole, element.get("TargetMode") == "External")


def local(element: Any) -> str:
    """An element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def value(parent: Any, name: str) -> str:
    """`w:val` of the child `w:name`; "" when there is none."""
    found = parent.find(f"{W}{name}")
    return "" if found is None else found.get(f"{W}val", "")


def switched(parent: Any, name: str) -> bool:
    """Whether the on/off property `w:name` is there and not off (ECMA-376-1, 17.17.4)."""
    found = parent.find(f"{W}{name}")
    return found is not None and found.get(f"{W}val", "1") not in {"0", "false", "off"}
