"""Generated rounds on servers, different each time (MINYI_FAULT_SEED repeats one)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.server_rounds import QUICK, play
from tests.services.cluster import Cluster

pytestmark = pytest.mark.faults
ROUNDS, SLOW = 20, 4  # SLOW of them strike Elasticsearch, whose restart takes long


@pytest.mark.parametrize("number", range(ROUNDS))
def test_whoever_dies_or_freezes_while_items_flow_in_nothing_is_lost_doubled_or_miscounted(
    seed: int, number: int, tmp_path: Path, cluster: Cluster
):
    played = play(seed, tmp_path, cluster, ["search"] if number < SLOW else QUICK)
    print(played.line())
