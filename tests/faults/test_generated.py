"""The generated round, different each time (MINYI_FAULT_SEED repeats it)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.rounds import play

pytestmark = pytest.mark.faults


def test_twenty_kills_at_random_moments_of_crawl_import_api_and_run_lose_double_and_miscount_nothing(
    seed: int, tmp_path: Path
):
    played = play(seed, tmp_path)
    print(played.line())
    assert played.kills.total() >= 20
