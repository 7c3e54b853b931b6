"""The catalogue's sources as doctor, alarms and metrics look at them."""

from __future__ import annotations

from typing import cast

from crawlers.catalogue import catalogue_file, load_catalogue
from pipeline.errors import RuleError
from pipeline.operate.doctor import rule_lines
from pipeline.operate.observed import Watched, thresholds
from pipeline.operate.parts import Parts
from pipeline.records.items import Finding
from pipeline.wiring import System


def watched(system: System) -> tuple[list[Watched] | None, list[Finding]]:
    """The sources, none where there is no catalogue; None, with a line a fault, where it is wrong."""
    file = catalogue_file(system.settings)
    if not file.exists():
        return [], []
    try:
        found = load_catalogue(file).sources
    except RuleError as error:
        return None, rule_lines("sources", error)
    rules = thresholds(cast("Parts", system))
    return [Watched(one.name, sorted(one.hosts), rules.quiet(one.every)) for one in found], []
