"""A bulletin as PDF, by typst. The same bulletin and fonts give the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import typst

from pipeline.documents.blocks import Paragraph, Sheet, sheet
from pipeline.documents.fonts import FontSet
from pipeline.errors import Broken
from pipeline.records.bulletins import Bulletin, Rendered

TEMPLATE = Path(__file__).with_name("bulletin.typ")
# typst writes a time into the file's id: a fixed one keeps the bytes the same.
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


def pdf(bulletin: Bulletin, fonts: FontSet) -> Rendered:
    """Render. Raises Broken when typst cannot, naming what it said."""
    words = sheet(bulletin)
    data = orjson.dumps({**_data(words), "fonts": fonts.families, "title": bulletin.title, "author": words.unit})
    try:
        content, warnings = typst.compile_with_warnings(
            TEMPLATE.read_bytes(),
            format="pdf",
            sys_inputs={"data": data.decode()},
            font_paths=fonts.found,
            timestamp=UNDATED,
        )
    except (typst.TypstError, RuntimeError) as error:
        raise Broken("PDF 排版失败", where=bulletin.title, fix=f"请把这句话告诉维护人员：{error}") from error
    said = tuple(f"排版提示：{warning.message}" for warning in warnings)
    return Rendered(bytes(content or b""), fonts.warnings + said)


def _data(words: Sheet) -> dict[str, object]:
    return {
        "notice": words.notice,
        "name": words.name,
        "name-size": name_size(words.name),
        "number": words.number,
        "unit": words.unit,
        "date": words.date,
        "note": words.note,
        "contents": words.contents,
        "heading": words.title_lines,
        "pieces": [
            {"title": one.title_lines, "paragraphs": [_paragraph(each) for each in one.paragraphs]}
            for one in words.pieces
        ],
        "to": words.to,
        "people": words.people,
        "telephone": words.telephone,
        "copies": words.copies,
        "mark": words.mark,
        "sample": words.sample,
    }


def _paragraph(paragraph: Paragraph) -> dict[str, object]:
    runs = [{"text": run.text, "level": run.level} for run in paragraph.runs]
    return {"runs": runs, "heading": paragraph.heading}


def name_size(name: str) -> float:
    """Points of the red name: 52 pt (初号 and a half) for up to six characters, less so that it keeps one line
    of the 156 mm (442 pt) wide 版心."""
    return min(52.0, 420.0 / max(1, len(name)) - 2)
