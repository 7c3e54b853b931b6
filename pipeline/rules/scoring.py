"""The parts of 参考排序 and their weights. It judges the text, never the person."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.rules.yamlfile import RuleModel


class Scoring(RuleModel):
    """Weights in points, summing to 100, and the words the parts look for."""

    version: Literal[1] = 1
    weights: dict[str, float] = Field(default_factory=dict)
