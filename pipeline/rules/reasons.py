"""The words of the first review: reasons to decline, channels to redirect to. A site's `reasons.yaml` wins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline.rules.yamlfile import RuleModel, load_yaml

Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=20)], ...], Field(min_length=1)]


class Reasons(RuleModel):
    """Dictionaries that the desk's acts choose from."""

    version: Literal[1] = 1
    decline: Words
    redirect: Words


def load_reasons(site_dir: Path) -> Reasons:
    """The site's own `reasons.yaml`, else the shipped one. Raises RuleError."""
    own = site_dir / "reasons.yaml"
    return load_yaml(own if own.is_file() else Path(__file__).with_name("reasons.yaml"), Reasons)
