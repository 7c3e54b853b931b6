"""The store under test: every adapter behind the same fixtures. A new one adds a line to URLS and how it is made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.ports.store import Store
from pipeline.settings import load
from pipeline.wiring import open_store
from tests.conftest import StandingClock
from tests.contract.store import rows
from tests.services import postgres

OpenStore = Callable[[], Store]
TEMPLATE = "minyi_template"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once and copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    with closing(open_store(load({"MINYI_STORE": f"sqlite:///{path.as_posix()}"}), rows.NOW)):
        pass
    return path


@pytest.fixture(scope="session")
def server(postgresql: postgres.Server) -> postgres.Server:
    """A PostgreSQL with an empty store, made once and copied for each test."""
    with closing(open_store(load({"MINYI_STORE": postgresql.create(TEMPLATE)}), rows.NOW)) as made:
        made.migrate()
    return postgresql


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    path = tmp_path / "store.db"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path.as_posix()}"


@pytest.fixture
def postgresql_url(server: postgres.Server) -> Iterator[str]:
    name = f"t_{uuid4().hex}"
    yield server.create(name, TEMPLATE)
    server.drop(name)


@pytest.fixture(params=["sqlite_url", pytest.param("postgresql_url", marks=postgres.TOGETHER)])
def store_url(request: pytest.FixtureRequest) -> str:
    """A fresh store's URL, which child processes may open too."""
    return request.getfixturevalue(request.param)


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
