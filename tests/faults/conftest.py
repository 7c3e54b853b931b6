"""Fixtures of the fault tests: a home, a site, a county with a seed that is printed and can be given again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crawlers.site import Site, serving
from tests.faults.county import County
from tests.faults.shapes import SHAPES, on_servers
from tests.services.cluster import Cluster


@pytest.fixture
def seed() -> int:
    """Another one each time; MINYI_FAULT_SEED repeats a round."""
    chosen = int(os.environ.get("MINYI_FAULT_SEED") or secrets.randbits(32))
    print(f"MINYI_FAULT_SEED={chosen}")
    return chosen


@pytest.fixture
def shape(request: pytest.FixtureRequest) -> str:
    """Embedded, unless a test says either: see shapes.EITHER."""
    return getattr(request, "param", SHAPES[0])


@pytest.fixture
def home(tmp_path: Path, shape: str, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The home of a test, of the shape that it asks for."""
    home = tmp_path / "home"
    if shape == SHAPES[0]:
        yield home
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.namespace() as lines:
        yield on_servers(home, lines)


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
