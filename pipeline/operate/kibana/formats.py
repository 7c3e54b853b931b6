"""How Kibana shows a field's values: Chinese words for codes, times in the office's zone, links to the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pipeline.desk.states import STATES
from pipeline.desk.words import INLETS
from pipeline.records.names import Kind

KINDS = {str(Kind.SUBMISSION): "来稿", str(Kind.WEB_LEAD): "网上线索"}
CODE = 6  # digits
YES_NO = {"true": "是", "false": "否"}


class Place(Protocol):
    """Of a site what formats need."""

    @property
    def desk(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def regions(self) -> Mapping[str, str]: ...


def shown(name: str | None, site: Place) -> dict[str, Any] | None:
    """A format by its name in the source; None where values are shown as they are."""
    if name is None:
        return None
    words = _dictionaries(site)
    return _words(words[name]) if name in words else _formats(site)[name]


def _formats(site: Place) -> dict[str, dict[str, Any]]:
    desk = f"{site.desk.rstrip('/')}/desk"
    return {
        "desk": _link(f"{desk}/items/{{{{value}}}}", "打开稿件"),
        "bulletin": _link(f"{desk}/bulletins/{{{{value}}}}", "打开期刊"),
        "link": {"id": "url", "params": {"type": "a"}},
        # A day has no time: it is midnight UTC, and must be shown as that.
        "day": {"id": "date", "params": {"pattern": "YYYY-MM-DD", "timezone": "UTC"}},
        "time": {"id": "date", "params": {"pattern": "YYYY-MM-DD HH:mm", "timezone": site.zone}},
        "score": {"id": "number", "params": {"pattern": "0.0"}},
    }


def _dictionaries(site: Place) -> dict[str, Mapping[str, str]]:
    states = {str(state): word for state, word in STATES.items()}
    whole = {code: name for code, name in site.regions.items() if len(code) == CODE}
    areas = {code: name for code, name in site.regions.items() if len(code) < CODE}
    words = {"kind": KINDS, "state": states, "source": INLETS, "yes_no": YES_NO}
    return {**words, "region": whole, "area": areas}


def _link(template: str, label: str) -> dict[str, Any]:
    return {"id": "url", "params": {"type": "a", "urlTemplate": template, "labelTemplate": label}}


def _words(words: Mapping[str, str]) -> dict[str, Any]:
    # A value without a word is shown as it is.
    entries = [{"key": key, "value": word} for key, word in words.items()]
    return {"id": "static_lookup", "params": {"lookupEntries": entries, "unknownKeyValue": None}}
