"""What Kibana asks Elasticsearch for a saved object, as far as ours go; and the answer, flat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

ZONE = "Asia/Shanghai"


def objects(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def query(saved: Mapping[str, Any], time: str, since: str, until: str) -> dict[str, Any]:
    """The query of a search or visual, within a span of time."""
    asked = json.loads(saved["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert asked["query"] == {"query": "", "language": "kuery"}
    filters = [one["query"] for one in asked["filter"] if not one["meta"]["disabled"]]
    span = {"range": {time: {"gte": since, "lte": until, "time_zone": ZONE}}}
    return {"bool": {"filter": [span, *filters]}}


def aggregations(state: Mapping[str, Any]) -> dict[str, Any]:
    """The aggregations of a visState: each bucket in the one before, the measures in the last."""
    enabled = [one for one in state["aggs"] if one["enabled"]]
    measures = [one for one in enabled if one["schema"] == "metric"]
    inner = {one["id"]: {one["type"]: {"field": one["params"]["field"]}} for one in measures if one["type"] != "count"}
    for one in reversed([one for one in enabled if one["schema"] != "metric"]):
        # An order by a measure needs that measure beside the deeper buckets.
        beside = {key: value for key, value in _measured(measures).items() if one["type"] == "terms"}
        inner = {one["id"]: {**_bucket(one, measures[0]), "aggs": {**beside, **inner}}}
    return inner


def _measured(measures: list[dict[str, Any]]) -> dict[str, Any]:
    first = measures[0]
    return {} if first["type"] == "count" else {first["id"]: {first["type"]: {"field": first["params"]["field"]}}}


def _bucket(one: Mapping[str, Any], first: Mapping[str, Any]) -> dict[str, Any]:
    params = one["params"]
    match one["type"]:
        case "terms":
            assert params["orderBy"] == first["id"]
            by = "_count" if first["type"] == "count" else first["id"]
            only = {"include": params["include"]} if "include" in params else {}
            return {"terms": {"field": params["field"], "size": params["size"], "order": {by: params["order"]}, **only}}
        case "date_histogram":
            span = {"calendar_interval": f"1{params['interval']}", "time_zone": params["time_zone"]}
            return {"date_histogram": {"field": params["field"], "min_doc_count": params["min_doc_count"], **span}}
        case "filters":
            rows = params["filters"]
            assert {row["input"]["language"] for row in rows} == {"lucene"}
            return {"filters": {"filters": {row["label"]: _lucene(row["input"]["query"]) for row in rows}}}
        case other:
            raise AssertionError(other)


def _lucene(text: str) -> dict[str, Any]:
    return {"query_string": {"query": text, "analyze_wildcard": True, "time_zone": ZONE}}


def flat(state: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[tuple[str, ...], list[float]]:
    """Keys of the buckets → the measures."""
    enabled = [one for one in state["aggs"] if one["enabled"]]
    measures = [one for one in enabled if one["schema"] == "metric"]
    buckets = [one for one in enabled if one["schema"] != "metric"]
    top = {**answer["aggregations"], "doc_count": answer["hits"]["total"]["value"]} if buckets or measures else {}
    return dict(_walk(buckets, measures, top, ()))


def _walk(
    buckets: list[dict[str, Any]], measures: list[dict[str, Any]], at: Mapping[str, Any], key: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[float]]]:
    if not buckets:
        yield key, [at["doc_count"] if one["type"] == "count" else at[one["id"]]["value"] for one in measures]
        return
    found = at[buckets[0]["id"]]["buckets"]
    rows = found.items() if isinstance(found, dict) else ((_key(one), one) for one in found)
    for name, one in rows:
        if one["doc_count"]:
            yield from _walk(buckets[1:], measures, one, (*key, name))


def _key(bucket: Mapping[str, Any]) -> str:
    text = str(bucket.get("key_as_string", bucket["key"]))
    return text[:10] if "key_as_string" in bucket and text[4:5] == "-" else text
