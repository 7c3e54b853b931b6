"""Pages: Jinja templates of this package, escaped, strict about names."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.clock import dated, worded


@cache
def environment() -> Environment:
    """The templates' environment; `when` shows a stored time, `dated` one of which the day
    alone may be known, `receipt` a receipt in groups of four."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["when"] = _when
    made.filters["dated"] = _dated
    made.filters["receipt"] = in_fours
    return made


def in_fours(receipt: str) -> str:
    """A receipt in groups of four."""
    return " ".join(receipt[at : at + 4] for at in range(0, len(receipt), 4))


def rendered(template: str, **context: Any) -> str:
    """A template with its values."""
    return environment().get_template(template).render(context)


def _when(stored: str) -> str:
    return worded(stored)


def _dated(stored: str) -> str:
    return dated(stored)
