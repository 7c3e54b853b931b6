"""build: the source → Kibana's saved objects, one JSON a line, as its import takes them.

Their shapes are those that Kibana 8 and 9 import: data view "8.0.0", search "8.0.0", visualization "8.5.0", dashboard
"8.9.0", which later ones migrate by themselves. What Kibana keeps as text (panels, queries, formats) is JSON in
strings. A reference's name tells where in the object its id belongs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipeline.operate.kibana import formats, visuals
from pipeline.operate.kibana.source import WIDTH, DashboardSource, PanelSource, SearchSource, Source, ViewSource, source

CORE = "8.8.0"
VERSIONS = {"index-pattern": "8.0.0", "search": "8.0.0", "visualization": "8.5.0", "dashboard": "8.9.0"}
INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"
FILTER_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.filter[{}].meta.index"
# To the end of today: a ledger's day stands at midnight UTC, which is 8 in the morning here.
UNTIL = "now/d"
STILL = {"pause": True, "value": 60_000}


@dataclass(frozen=True, slots=True)
class Site:
    """What differs from office to office: the prefix of the indices, the address at which editors open the desk, the
    time zone, and the regions' names by code (GB/T 2260, also by their first two and four digits)."""

    prefix: str = "minyi"
    desk: str = "http://127.0.0.1:8000"
    zone: str = "Asia/Shanghai"
    regions: Mapping[str, str] = field(default_factory=dict[str, str])


def build(site: Site) -> bytes:
    """The saved objects as NDJSON: the same bytes for the same site."""
    made = _Made(source(), site)
    return b"".join(orjson.dumps(one) + b"\n" for one in made.objects())


@dataclass(frozen=True, slots=True)
class _Made:
    source: Source
    site: Site

    def objects(self) -> Iterator[dict[str, Any]]:
        """Every object after those that it refers to."""
        for name, view in self.source.views.items():
            yield self._object("index-pattern", name, self._view(name, view), [])
        for name, search in self.source.searches.items():
            yield self._object("search", f"search-{name}", *self._search(search))
        for name, dashboard in self.source.dashboards.items():
            for number, panel in enumerate(dashboard.panels, 1):
                if panel.view is not None:
                    visual = self._visual(f"{dashboard.title}：{panel.title}", panel, panel.view)
                    yield self._object("visualization", f"{name}-{number}", *visual)
            yield self._object("dashboard", f"dashboard-{name}", *self._dashboard(name, dashboard))

    def _id(self, name: str) -> str:
        return f"{self.site.prefix}-{name}"

    def _object(self, kind: str, name: str, attributes: Any, references: Any) -> dict[str, Any]:
        versions = {"coreMigrationVersion": CORE, "typeMigrationVersion": VERSIONS[kind]}
        return {"type": kind, "id": self._id(name), "attributes": attributes, "references": references, **versions}

    def _view(self, name: str, view: ViewSource) -> dict[str, Any]:
        shown = {key: one for key, each in view.fields.items() if (one := formats.shown(each.format, self.site))}
        labels = {key: {"customLabel": each.label} for key, each in view.fields.items()}
        return {
            "title": self._id(name),
            "name": view.title,
            "timeFieldName": view.time,
            "fields": "[]",
            "fieldAttrs": text(labels),
            "fieldFormatMap": text(shown),
            "sourceFilters": text([{"value": key} for key in view.hidden]),
            "runtimeFieldMap": "{}",
            "typeMeta": "{}",
            "allowNoIndex": True,
        }

    def _search(self, search: SearchSource) -> tuple[dict[str, Any], list[dict[str, str]]]:
        meta, references = self._asked(search.view, search.conditions)
        attributes = {
            "title": search.title,
            "description": "",
            "columns": list(search.columns),
            "sort": [[self.source.views[search.view].time, "desc"]],
            "grid": {},
            "hideChart": False,
            "isTextBasedQuery": False,
            "timeRestore": True,
            "timeRange": {"from": search.since, "to": UNTIL},
            "refreshInterval": STILL,
            "kibanaSavedObjectMeta": meta,
        }
        return attributes, references

    def _visual(self, title: str, panel: PanelSource, view: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
        meta, references = self._asked(view, panel.conditions)
        state = {"title": title, **visuals.state(panel, self.source.conditions, self.site.zone)}
        attributes = {
            "title": title,
            "description": "",
            "visState": text(state),
            "uiStateJSON": "{}",
            "version": 1,
            "kibanaSavedObjectMeta": meta,
        }
        return attributes, references

    def _asked(self, view: str, conditions: Sequence[str]) -> tuple[dict[str, str], list[dict[str, str]]]:
        """The query of a search or visual, and the references in it."""
        named = [self.source.conditions[one] for one in conditions]
        filters = [
            {
                "meta": {
                    "alias": one.label,
                    "disabled": False,
                    "negate": False,
                    "type": "custom",
                    "key": "query",
                    "indexRefName": FILTER_INDEX.format(number),
                },
                "query": {"query_string": {"query": one.query, "time_zone": self.site.zone}},
                "$state": {"store": "appState"},
            }
            for number, one in enumerate(named)
        ]
        asked = {"query": {"query": "", "language": "kuery"}, "filter": filters, "indexRefName": INDEX}
        places = [INDEX, *(FILTER_INDEX.format(number) for number in range(len(filters)))]
        references = [{"name": place, "type": "index-pattern", "id": self._id(view)} for place in places]
        return {"searchSourceJSON": text(asked)}, references

    def _dashboard(self, name: str, dashboard: DashboardSource) -> tuple[dict[str, Any], list[dict[str, str]]]:
        panels, references = [], []
        for number, (panel, place) in enumerate(zip(dashboard.panels, _places(dashboard.panels), strict=True), 1):
            kind = "search" if panel.search else "visualization"
            index = str(number)
            panels.append(
                {
                    "type": kind,
                    "gridData": {**place, "i": index},
                    "panelIndex": index,
                    "embeddableConfig": {"enhancements": {}},
                    "title": panel.title,
                    "panelRefName": f"panel_{index}",
                }
            )
            target = self._id(f"search-{panel.search}" if panel.search else f"{name}-{number}")
            references.append({"name": f"{index}:panel_{index}", "type": kind, "id": target})
        return self._frame(dashboard, panels), references

    def _frame(self, dashboard: DashboardSource, panels: list[dict[str, Any]]) -> dict[str, Any]:
        options = {"useMargins": True, "syncColors": False, "syncCursor": True, "syncTooltips": False}
        return {
            "title": dashboard.title,
            "description": dashboard.note,
            "panelsJSON": text(panels),
            "optionsJSON": text({**options, "hidePanelTitles": False}),
            "timeRestore": True,
            "timeFrom": dashboard.since,
            "timeTo": UNTIL,
            "refreshInterval": STILL,
            "version": 1,
            "kibanaSavedObjectMeta": {
                "searchSourceJSON": text({"query": {"query": "", "language": "kuery"}, "filter": []})
            },
        }


def _places(panels: Sequence[PanelSource]) -> Iterator[dict[str, int]]:
    """Where each panel lies: from left to right, a new row when the next does not fit."""
    left = top = high = 0
    for panel in panels:
        wide, tall = panel.size
        if left + wide > WIDTH:
            left, top, high = 0, top + high, 0
        yield {"x": left, "y": top, "w": wide, "h": tall}
        left, high = left + wide, max(high, tall)


def text(value: Any) -> str:
    """JSON in a string."""
    return orjson.dumps(value).decode()
