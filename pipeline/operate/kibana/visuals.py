"""Visuals of a dashboard: a panel of the source → Kibana's `visState` with its aggregations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.operate.kibana.source import By, Condition, Measure, PanelSource

TYPES = {"number": "metric", "bars": "histogram", "bars_across": "horizontal_bar", "pie": "pie", "table": "table"}
MEASURES = {"count": "count", "sum": "sum", "max": "max", "average": "avg", "unique": "cardinality"}
# Where a first and a further breakdown go.
SCHEMAS = {
    "metric": ("group", "group"),
    "histogram": ("segment", "group"),
    "horizontal_bar": ("segment", "group"),
    "pie": ("segment", "segment"),
    "table": ("bucket", "bucket"),
}
PALETTE = {"type": "palette", "name": "default"}
OTHER = {"otherBucket": False, "otherBucketLabel": "其他", "missingBucket": False, "missingBucketLabel": "没有填"}


def state(panel: PanelSource, conditions: Mapping[str, Condition], zone: str) -> dict[str, Any]:
    """The panel's visState, without its title."""
    kind = TYPES[panel.kind]
    measures = [_measure(number, one) for number, one in enumerate(panel.measures, 1)]
    first = len(measures) + 1
    parts = [
        {"id": str(number), "enabled": True, "schema": SCHEMAS[kind][number > first], **_by(one, conditions, zone)}
        for number, one in enumerate(panel.by, first)
    ]
    aggs = [*measures, *parts]
    return {"type": kind, "aggs": aggs, "params": _params(kind, panel.measures)}


def _measure(number: int, measure: Measure) -> dict[str, Any]:
    params = {"customLabel": measure.label} | ({"field": measure.field} if measure.field else {})
    return {"id": str(number), "enabled": True, "type": MEASURES[measure.of], "schema": "metric", "params": params}


def _by(by: By, conditions: Mapping[str, Condition], zone: str) -> dict[str, Any]:
    if by.conditions:
        named = [conditions[one] for one in by.conditions]
        rows = [{"input": {"query": one.query, "language": "lucene"}, "label": one.label} for one in named]
        return {"type": "filters", "params": {"filters": rows}}
    if by.days:
        params = {"field": by.days, "interval": by.every, "time_zone": zone, "min_doc_count": 1}
        steady = {"useNormalizedEsInterval": True, "scaleMetricValues": False, "drop_partials": False}
        return {"type": "date_histogram", "params": {**params, **steady, "extended_bounds": {}}}
    order = {"orderBy": "1", "order": by.order, "size": by.count}
    only = {"include": by.only, "includeIsRegex": True} if by.only else {}
    return {"type": "terms", "params": {"field": by.values, **order, **OTHER, **only}}


def _params(kind: str, measures: tuple[Measure, ...]) -> dict[str, Any]:
    match kind:
        case "metric":
            return _number()
        case "pie":
            return _pie()
        case "table":
            return {"perPage": 20, "showPartialRows": False, "showMetricsAtAllLevels": False, "showTotal": False,
                    "totalFunc": "sum", "percentageCol": "", "showToolbar": True}  # fmt: skip
        case _:
            return _bars(measures, across=kind == "horizontal_bar")


def _number() -> dict[str, Any]:
    style = {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 32}
    metric = {
        "percentageMode": False,
        "useRanges": False,
        "colorSchema": "Green to Red",
        "metricColorMode": "None",
        "colorsRange": [{"from": 0, "to": 10_000}],
        "labels": {"show": True},
        "invertColors": False,
        "style": style,
    }
    return {"addTooltip": True, "addLegend": False, "type": "metric", "metric": metric}


def _pie() -> dict[str, Any]:
    labels = {"show": True, "values": True, "valuesFormat": "percent", "percentDecimals": 1, "last_level": False,
              "truncate": 100, "position": "default"}  # fmt: skip
    legend = {"legendDisplay": "show", "legendPosition": "right", "nestedLegend": False, "truncateLegend": True,
              "maxLegendLines": 1, "legendSize": "auto"}  # fmt: skip
    return {"type": "pie", "addTooltip": True, **legend, "isDonut": True, "emptySizeRatio": 0.3,
            "distinctColors": False, "palette": PALETTE, "labels": labels}  # fmt: skip


def _bars(measures: tuple[Measure, ...], *, across: bool) -> dict[str, Any]:
    shown = {"show": True, "filter": not across, "truncate": 200 if across else 100}
    category = {"id": "CategoryAxis-1", "type": "category", "position": "left" if across else "bottom", "show": True,
                "style": {}, "scale": {"type": "linear"}, "labels": shown, "title": {}}  # fmt: skip
    numbers = {"show": True, "rotate": 0, "filter": across, "truncate": 100}
    value = {"id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": "bottom" if across else "left",
             "show": True, "style": {}, "scale": {"type": "linear", "mode": "normal"}, "labels": numbers,
             "title": {"text": ""}}  # fmt: skip
    series = [
        {"show": True, "type": "histogram", "mode": "stacked", "data": {"label": one.label, "id": str(number)},
         "valueAxis": "ValueAxis-1", "drawLinesBetweenPoints": True, "lineWidth": 2, "showCircles": True}
        for number, one in enumerate(measures, 1)
    ]  # fmt: skip
    line = {"show": False, "value": 10, "width": 1, "style": "full", "color": "#E7664C"}
    return {"type": "histogram", "grid": {"categoryLines": False}, "categoryAxes": [category], "valueAxes": [value],
            "seriesParams": series, "addTooltip": True, "addLegend": True, "legendPosition": "right", "times": [],
            "addTimeMarker": False, "labels": {"show": False}, "thresholdLine": line, "palette": PALETTE,
            "isVislibVis": True, "detailedTooltip": True, "truncateLegend": True, "maxLegendLines": 1}  # fmt: skip
