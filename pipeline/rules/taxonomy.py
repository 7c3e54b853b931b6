"""A classification scheme: domains and topics with the words that speak for them (CONTRACT, Files)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipeline.rules.yamlfile import RuleModel

Name = Annotated[str, Field(min_length=1, max_length=40)]


class Weighted(RuleModel):
    """A keyword that counts more or less than 1; with weight 0 it only keeps shorter words from matching in it."""

    word: Name
    weight: float = Field(ge=0, le=5)


class Topic(RuleModel):
    """A second-level class."""

    name: Name
    keywords: tuple[Name | Weighted, ...] = ()


class Domain(RuleModel):
    """A first-level class. `maps_to` is its name in another office's scheme."""

    name: Name
    keywords: tuple[Name | Weighted, ...] = ()
    maps_to: str | None = None
    topics: tuple[Topic, ...] = ()


class Scheme(RuleModel):
    """A whole scheme."""

    version: Literal[1] = 1
    name: Name
    domains: tuple[Domain, ...] = Field(min_length=1)
