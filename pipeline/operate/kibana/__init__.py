"""kibana: what editors of a cluster see in Kibana, built from one readable source (`minyi.yaml`)."""

from __future__ import annotations

from pipeline.operate.kibana.objects import Site, build
from pipeline.rules.regions import Regions

__all__ = ["Site", "build", "region_names"]


def region_names(regions: Regions) -> dict[str, str]:
    """The names that editors see of regions' codes, and of the first two and four digits that stand for a province
    and a city: 郑州市中原区, 河南省郑州市, 河南省."""
    found: dict[str, str] = {}
    for code, division in sorted(regions.divisions.items()):
        above = regions.divisions.get(division.parent or "")
        found[code] = f"{above.name if above else ''}{division.name}"
        if code.endswith("00"):
            found[code[:2] if code.endswith("0000") else code[:4]] = found[code]
    return found
