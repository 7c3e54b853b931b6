"""dedup on 5,139 real messages of a citizens' message board and 207 pairs of them found by other means.

The thresholds of `pipeline.steps.dedup` were chosen on these: of the 13.2 million pairs those of a Jaccard of .2
or more were looked at by eye around the thresholds; what is near by them is the same text edited, save seven
pairs in which one complaint was sent in about two places.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from pipeline.bands import among
from pipeline.records.items import Cleaned
from pipeline.records.names import Similarity
from pipeline.steps.clusters import clusters
from pipeline.steps.dedup import BANDS, compare, dedup, sign
from tests.made_up import framed
from tests.pipeline.steps.test_dedup import cleaned, shared_bands

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def messages(real: Path) -> dict[int, str]:
    """Every message's text by its number."""
    found: dict[int, str] = {}
    for name in ("unlabelled", "labelled", "with-replies"):
        with (real / "messages" / f"{name}.jsonl").open(encoding="utf-8") as lines:
            found |= {row["id"]: row["text"] for row in map(json.loads, lines)}
    return found


@pytest.fixture(scope="module")
def pairs(real: Path, messages: dict[int, str]) -> list[tuple[str, str, float, float]]:
    """The candidates' texts with their shares of common 5-grams: Jaccard, and of the shorter one."""
    with (real / "messages" / "near-duplicate-candidates.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        (messages[row["id_a"]], messages[row["id_b"]], row["jaccard5"], row["containment5"])
        for row in rows
        if row["id_a"] in messages and row["id_b"] in messages
    ]


def test_every_natural_pair_that_mostly_agrees_is_exact_or_near(pairs):
    alike = [(a, b) for a, b, jaccard, _ in pairs if jaccard >= 0.5]
    assert len(alike) > 130
    assert all(compare(a, b) for a, b in alike)


def test_a_natural_pair_of_which_one_is_inside_the_other_is_near(pairs):
    inside = [(a, b) for a, b, _, contained in pairs if contained >= 0.8 and min(len(a), len(b)) >= 130]
    assert all(compare(a, b) for a, b in inside)


def test_their_bands_find_natural_pairs(pairs):
    found = [(compare(a, b), shared_bands(a, b) > 0) for a, b, _, _ in pairs]
    near = [seen for verdict, seen in found if verdict]
    assert len(near) >= 160
    assert sum(near) / len(near) >= 0.95  # missed: short texts inside ones three times as long


def test_unrelated_messages_are_not_near_nor_under_one_letterhead(messages):
    texts = sorted({text for text in messages.values() if len(text) >= 150})
    picked = random.Random(1).sample(texts, 400)
    for a, b in zip(picked[::2], picked[1::2], strict=True):
        assert compare(a, b) is None
        assert compare(framed(a), framed(b)) is None


def test_a_batch_of_all_messages_gives_the_pairs_that_were_read_one_by_one(messages):
    items: list[Cleaned] = [cleaned(str(number), text) for number, text in messages.items()]
    signatures = sign(items)
    assert all(len(one.bands) == BANDS * 4 for one in signatures)
    found = [pair for one in dedup(items, signatures, among(signatures, signatures), {}) for pair in one.pairs]
    exact = sum(pair.kind is Similarity.EXACT for pair in found)
    leads = clusters({one.item: one.received_at for one in items}, found)
    # 237 pairs of 13.2 million are exact or near; 8 of them, mostly texts inside much longer ones, share no band.
    assert exact == 88
    assert 225 <= len(found) <= 237
    assert 160 <= len(leads) - len(set(leads.values())) <= 200
