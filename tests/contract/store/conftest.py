"""The store under test: every adapter behind the same fixtures. A new one adds a param and how it is made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from pipeline.ports.store import Store
from pipeline.settings import load
from pipeline.wiring import open_store
from tests.conftest import StandingClock
from tests.contract.store import rows

OpenStore = Callable[[], Store]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once and copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    with closing(open_store(load({"MINYI_STORE": f"sqlite:///{path.as_posix()}"}), rows.NOW)):
        pass
    return path


@pytest.fixture(params=["sqlite"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    """A fresh store's URL, which child processes may open too."""
    match request.param:
        case "sqlite":
            path = tmp_path / "store.db"
            shutil.copy(migrated_file, path)
            return f"sqlite:///{path.as_posix()}"
        case other:
            raise AssertionError(other)


@pytest.fixture
def another(store_url: str, clock: StandingClock) -> Iterator[OpenStore]:
    """Opens the same store once more, as another process would."""
    with ExitStack() as opened:

        def again() -> Store:
            return opened.enter_context(closing(open_store(load({"MINYI_STORE": store_url}), clock)))

        yield again


@pytest.fixture
def store(another: OpenStore) -> Store:
    return another()
