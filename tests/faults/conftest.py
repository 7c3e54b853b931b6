"""Fixtures of the fault tests: a home, a site, a county with a seed that is printed and can be given again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crawlers.site import Site, serving
from tests.faults.county import County


@pytest.fixture
def seed() -> int:
    """Another one each time; MINYI_FAULT_SEED repeats a round."""
    chosen = int(os.environ.get("MINYI_FAULT_SEED") or secrets.randbits(32))
    print(f"MINYI_FAULT_SEED={chosen}")
    return chosen


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def county(seed: int, tmp_path: Path, site: Site) -> County:
    return County(seed, tmp_path / "county", site)


@pytest.fixture
def made(county: County) -> Callable[..., County]:
    return county.grow
