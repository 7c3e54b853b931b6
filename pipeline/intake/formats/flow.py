"""flow: a part of a docx -> its lines in reading order, as its reader sees them.

Inserted text is there, deleted and hidden text is not; fields show their results, not their codes; a text box comes
once, after the paragraph it hangs on; notes are marked `[1]` where they are referred to. ECMA-376-1, 17.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.intake.formats import grids, symbols
from pipeline.intake.formats.numbering import Numbering, written
from pipeline.intake.formats.package import R, W, local, switched, value

# Properties, field codes, the reading above a character, and what tracked changes took out.
_SKIPPED = frozenset(
    {
        "pPr",
        "rPr",
        "del",
        "moveFrom",
        "delText",
        "delInstrText",
        "tblPr",
        "tblGrid",
        "trPr",
        "tcPr",
        "sdtPr",
        "sdtEndPr",
    }
    | {"sectPr", "rt", "rubyPr", "fldData", "ffData", "binData", "ctrlPr", "annotationRef"}
)
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "den": "/"}
_NOTES = frozenset({"footnoteReference", "endnoteReference"})
_AROUND_ROWS = frozenset({"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"})
# 带圈字符 and 拼音指南 as Word and WPS keep them: EQ \o\ac(○,1), EQ \o\ad(\s\up 9(pīn),拼), and a fraction.
_EQ = re.compile(r"\s{0,9}eq\b", re.IGNORECASE)
_CIRCLED = re.compile(r"\\o ?\\ac ?\([^,]{0,9},([^()]{1,9})\)", re.IGNORECASE)
_RUBY = re.compile(r"\\s ?\\up ?[0-9.]{1,9}\([^()]{0,60}\) ?,([^()]{1,30})\)", re.IGNORECASE)
_FRACTION = re.compile(r"\\f ?\(([^(),]{1,30}),([^(),]{1,30})\)", re.IGNORECASE)
_LONGEST_CODE = 400


@dataclass
class _Field:
    """A field that is open; `told` once its result begins."""

    code: str = ""
    told: bool = False


@dataclass
class Flow:
    """Reads parts of one document. `hidden` are styles whose text is not shown; `most` is how many characters are
    read; `chunk` gives the lines of an embedded page; `notes` fills with (kind, id) as they are referred to."""

    numbers: Numbering = field(default_factory=Numbering)
    hidden: frozenset[str] = frozenset()
    most: int = 1_000_000
    chunk: Callable[[str], Iterator[str]] = lambda _: iter(())
    notes: list[tuple[str, str]] = field(default_factory=list)
    _fields: list[_Field] = field(default_factory=list)
    _size: int = 0

    def blocks(self, parent: Any) -> Iterator[str]:
        """Lines of the paragraphs and tables under `parent`; a table's row is a line."""
        held = ""  # of paragraphs whose end was taken out
        for child in parent:
            if self._size > self.most:
                return
            if local(child) != "p":
                yield from self._block(child)
                continue
            boxes: list[Any] = []
            text = held + self._paragraph(child, boxes)
            if _end_deleted(child):
                held = text
            else:
                held = ""
                yield text
            for box in boxes:
                yield from self.blocks(box)
        if held:
            yield held

    def inline(self, paragraph: Any) -> str:
        """A paragraph's text without its number and boxes."""
        return symbols.plain("".join(self._inline(paragraph, [])))

    def _block(self, child: Any) -> Iterator[str]:
        match local(child):
            case "tbl":
                yield from grids.lines(list(self._rows(child)))
            case "AlternateContent":
                yield from next(filter(_says, (list(self.blocks(branch)) for branch in child)), ())
            case "altChunk":
                yield from self.chunk(child.get(f"{R}id", ""))
            case "sdt" if _is_placeholder(child):
                return
            case name:
                yield from () if name in _SKIPPED else self.blocks(child)

    def _paragraph(self, paragraph: Any, boxes: list[Any]) -> str:
        text = symbols.plain("".join(self._inline(paragraph, boxes)))
        # A code that never came to its result must not swallow the rest of the document.
        self._fields = [one for one in self._fields if one.told]
        label = "" if _end_deleted(paragraph) else self.numbers.label(paragraph)
        self._size += len(text)
        return label + text if text.strip() else text

    def _inline(self, parent: Any, boxes: list[Any]) -> Iterator[str]:
        for child in parent:
            name = local(child)
            if name in _SKIPPED:
                continue
            if name == "fldChar":
                yield self._field(child.get(f"{W}fldCharType", ""))
            elif name == "instrText":
                self._code(child)
            elif name == "txbxContent":
                boxes.append(child)
            elif not all(one.told for one in self._fields) or (name == "r" and self._is_hidden(child)):
                yield from self._passed(child)
            else:
                yield from self._shown(child, name, boxes)

    def _shown(self, child: Any, name: str, boxes: list[Any]) -> Iterator[str]:
        if name == "t":
            yield child.text or ""
        elif name == "sym":
            yield symbols.sign(child.get(f"{W}char", ""), child.get(f"{W}font", ""))
        elif name == "textpath":
            yield child.get("string", "")
        elif name in _NOTES:
            self.notes.append((name.removesuffix("Reference"), child.get(f"{W}id", "")))
            yield f"[{len(self.notes)}]"
        elif name == "AlternateContent":
            yield from self._alternate(child, boxes)
        elif name == "sdt" and _is_placeholder(child):
            return
        else:
            yield _SIGNS.get(name, "")
            yield from self._inline(child, boxes)

    def _alternate(self, alternate: Any, boxes: list[Any]) -> Iterator[str]:
        # Word writes a text box twice, the second time for readers from before 2010.
        for branch in alternate:
            own: list[Any] = []
            text = "".join(self._inline(branch, own))
            if text.strip() or own:
                boxes += own
                yield text
                return

    def _passed(self, unseen: Any) -> Iterator[str]:
        """Go over what is not shown: the fields that begin or end in it still count."""
        for child in unseen.iter(f"{W}fldChar", f"{W}instrText"):
            if local(child) == "fldChar":
                yield self._field(child.get(f"{W}fldCharType", ""))
            else:
                self._code(child)

    def _code(self, instruction: Any) -> None:
        if self._fields and len(self._fields[-1].code) < _LONGEST_CODE:
            self._fields[-1].code += instruction.text or ""

    def _field(self, kind: str) -> str:
        if kind == "begin":
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].told = True
        elif kind == "end" and self._fields:
            ended = self._fields.pop()
            if all(one.told for one in self._fields):
                return equation(ended.code)
        return ""

    def _is_hidden(self, run: Any) -> bool:
        properties = run.find(f"{W}rPr")
        if properties is None:
            return False
        return switched(properties, "vanish") or (bool(self.hidden) and value(properties, "rStyle") in self.hidden)

    def _rows(self, table: Any) -> Iterator[list[str]]:
        for child in table:
            name = local(child)
            if name in _AROUND_ROWS:
                yield from self._rows(child)
            elif name == "tr":
                properties = child.find(f"{W}trPr")
                gone = properties is not None and (
                    properties.find(f"{W}del") is not None or switched(properties, "hidden")
                )
                if not gone:
                    yield list(self._cells(child))

    def _cells(self, row: Any) -> Iterator[str]:
        for child in row:
            name = local(child)
            if name in _AROUND_ROWS:
                yield from self._cells(child)
            elif name == "tc" and child.find(f"{W}tcPr/{W}cellDel") is None:
                lines = [line for line in self.blocks(child) if line.strip()]
                # Below the first of merged cells stand empty ones.
                yield "" if _goes_on(child) else "\n".join(lines)


def equation(code: str) -> str:
    """What an EQ field shows that is a word or a number; "" for any other field."""
    if not _EQ.match(code):
        return ""
    if found := _CIRCLED.search(code):
        inner = found[1].strip()
        return written(int(inner), "decimalEnclosedCircle") if inner.isascii() and inner.isdigit() else inner
    if bases := _RUBY.findall(code):
        return "".join(bases)
    return f"{found[1]}/{found[2]}" if (found := _FRACTION.search(code)) else ""


def _says(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _end_deleted(paragraph: Any) -> bool:
    return paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None


def _is_placeholder(control: Any) -> bool:
    return control.find(f"{W}sdtPr/{W}showingPlcHdr") is not None


def _goes_on(cell: Any) -> bool:
    for name in ("vMerge", "hMerge"):
        merged = cell.find(f"{W}tcPr/{W}{name}")
        if merged is not None and merged.get(f"{W}val", "continue") == "continue":
            return True
    return False
