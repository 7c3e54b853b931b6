"""locate on real pages and on messages whose places were replaced by letters."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.records.items import Region
from pipeline.rules import load_rules
from pipeline.steps.locate import locate
from tests.pipeline.steps.read import cleaned

REAL = Path(os.environ.get("MINYI_REAL") or "../shared/real")
GOLD = REAL / "site-gold.jsonl"
UNLABELLED = REAL / "messages" / "unlabelled.jsonl"
REGIONS = load_rules(Path("no-such-folder")).regions

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not GOLD.is_file(), reason=f"没有真实语料 {GOLD}（MINYI_REAL）"),
]


def located(path: Path) -> list[tuple[str, str, tuple[Region, ...]]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [cleaned(row.get("text") or "", row.get("title") or "") for row in rows]
    found = locate(texts, REGIONS)
    return [(text.title, text.text, regions) for text, regions in zip(texts, found, strict=True)]


def test_every_offset_points_at_a_name_of_the_place() -> None:
    for _, text, regions in located(GOLD):
        for region in regions:
            if region.at is None or region.code is None:
                continue
            division = REGIONS.divisions[region.code]
            assert text.startswith(tuple(filter(None, (division.name, division.short))), region.at)


def test_a_page_whose_title_names_a_county_is_put_there() -> None:
    names = {
        each.name: each.code for each in REGIONS.divisions.values() if each.level == "county" and len(each.name) > 3
    }
    for title, _, regions in located(GOLD):
        for name, code in names.items():
            if name in title:
                assert code in {region.code for region in regions} or name in {region.name for region in regions}


def test_messages_without_real_places_name_hardly_any() -> None:
    # Their own places are letters; what is left is other cities that people speak of.
    found = located(UNLABELLED)
    counties = [region for _, _, regions in found for region in regions if region.level == "county"]
    assert len(counties) / len(found) < 0.02
