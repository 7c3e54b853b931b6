"""A bulletin as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from pipeline.documents.blocks import sheet
from pipeline.records.bulletins import Bulletin, Rendered


def html(bulletin: Bulletin) -> Rendered:
    """Render."""
    return Rendered(_template().render(sheet=sheet(bulletin)).encode())


@lru_cache(maxsize=1)
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    return environment.get_template("bulletin.html.jinja")
