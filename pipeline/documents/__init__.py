"""documents: a bulletin → DOCX, PDF, HTML, Markdown. Pure but for the fonts of the machine."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UsageError
from pipeline.records.bulletins import Bulletin, Rendered

FORMATS = ("docx", "pdf", "html", "md")


def render(bulletin: Bulletin, form: str, fonts_dir: Path | None = None) -> Rendered:
    """A bulletin in one of FORMATS. `fonts_dir` holds a site's own fonts. Raises UsageError for another
    format, Broken when the machine cannot render it."""
    match form:
        case "docx":
            from pipeline.documents.docx import docx

            return docx(bulletin)
        case "pdf":
            from pipeline.documents.fonts import find_fonts
            from pipeline.documents.pdf import pdf

            own = (str(fonts_dir),) if fonts_dir and fonts_dir.is_dir() else ()
            return pdf(bulletin, find_fonts(own))
        case "html":
            from pipeline.documents.html import html

            return html(bulletin)
        case "md":
            from pipeline.documents.markdown import markdown

            return markdown(bulletin)
        case _:
            raise UsageError(f"没有“{form}”这种格式", fix=f"可用的格式：{'、'.join(FORMATS)}")
