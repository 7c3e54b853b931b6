"""The one readable source of what editors see in Kibana, `minyi.yaml`, as validated values."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.rules.yamlfile import RuleModel, load_yaml

SOURCE = Path(__file__).with_name("minyi.yaml")
Format = Literal[
    "desk", "bulletin", "link", "kind", "state", "source", "region", "area", "yes_no", "day", "time", "score"
]
VisualKind = Literal["number", "bars", "bars_across", "pie", "table"]
WIDTH = 48  # columns of a dashboard's grid


class Labelled(RuleModel):
    """A field: its Chinese label, and how its values are shown."""

    label: str
    format: Format | None = None


class ViewSource(RuleModel):
    """A data view over the alias or index `<prefix>-<name>`; `hidden` fields are indexed and not kept."""

    title: str
    time: str
    fields: dict[str, Labelled]
    hidden: tuple[str, ...] = ()


class Condition(RuleModel):
    """A condition with a label: one Lucene query."""

    label: str
    query: str


class SearchSource(RuleModel):
    """A saved search: newest first, within the time since."""

    title: str
    view: str
    conditions: tuple[str, ...]
    columns: tuple[str, ...]
    since: str


class Measure(RuleModel):
    """What a panel counts."""

    of: Literal["count", "sum", "max", "average", "unique"]
    field: str | None = None
    label: str


class By(RuleModel):
    """What a panel is broken down by: values of a field (`only`: those that the pattern takes), days or weeks, or
    conditions. Exactly one of them."""

    values: str | None = None
    count: int = 10
    order: Literal["desc", "asc"] = "desc"  # by the first measure
    only: str | None = None
    days: str | None = None
    every: Literal["d", "w"] = "d"
    conditions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(map(bool, (self.values, self.days, self.conditions))) != 1:
            message = "values、days、conditions 须写一个，只写一个"
            raise ValueError(message)
        return self


class PanelSource(RuleModel):
    """A panel: a visual of its own, or a saved search by name. `size` is columns and rows of the grid."""

    title: str
    size: tuple[int, int]
    search: str | None = None
    view: str | None = None
    kind: VisualKind = "table"
    conditions: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    by: tuple[By, ...] = ()


class DashboardSource(RuleModel):
    """A dashboard; panels flow from left to right."""

    title: str
    note: str
    since: str
    panels: tuple[PanelSource, ...]


class Source(RuleModel):
    """The whole."""

    version: Literal[1]
    views: dict[str, ViewSource]
    conditions: dict[str, Condition]
    searches: dict[str, SearchSource]
    dashboards: dict[str, DashboardSource] = Field(default_factory=dict)


@cache
def source() -> Source:
    """The source that ships."""
    return load_yaml(SOURCE, Source)
