"""What every test may use: a home of its own, a clock that stands, the parts opened on it."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.settings import Settings, load
from pipeline.wiring import System, open_system
from tests.left_out import LeftOut
from tests.services import cluster as servers
from tests.services import elasticsearch, postgres, s3


class StandingClock:
    """A clock that moves only when told: `clock.forward(seconds=5)`."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"MINYI_HOME": str(tmp_path / "home")})


@pytest.fixture
def system(settings: Settings, clock: StandingClock) -> Iterator[System]:
    with open_system(settings, clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def elasticsearch_node() -> Iterator[elasticsearch.Node]:
    """One for all; a test that kills it starts it again."""
    if not elasticsearch.available():
        pytest.skip(f"Elasticsearch cannot be had (a JDK of {elasticsearch.JDK} or newer, and Maven)")
    with elasticsearch.running() as found:
        yield found


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """One for all; a test makes databases of its own in it."""
    if not postgres.available():
        pytest.skip("PostgreSQL is not installed (postgresql-15 or newer)")
    with postgres.running() as found:
        yield found


@pytest.fixture
def elasticsearch_url(elasticsearch_node: elasticsearch.Node) -> Iterator[str]:
    """A namespace of the test's own, which goes when it is over."""
    prefix = f"t{uuid.uuid4().hex}"
    yield f"{elasticsearch_node.url}/{prefix}"
    elasticsearch_node.clear(prefix)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[s3.Server]:
    """One for all; each test has a bucket of its own."""
    with s3.running() as found:
        yield found


@pytest.fixture(scope="session")
def cluster() -> Iterator[servers.Cluster]:
    """All servers at once; a test that kills one starts it again."""
    if missing := servers.missing():
        pytest.skip(f"cannot be had here: {', '.join(missing)}")
    with servers.running() as found:
        yield found


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in the background by a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)  # else what tests start and interrupt ignores it too
    config.pluginmanager.register(LeftOut(), "left-out")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-xdist 3.8 writes a test's group into `_nodeid`, which pytest 9.2 reads no more: without this the tests
    of a group are spread over the workers, and each starts a server of its own."""
    for item in items:
        if (written := vars(item).get("_nodeid")) and item.nodeid != written:
            item._id = type(item._id).parse(written)


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real input; a test that uses it is left out where it is absent."""
    folder = Path(os.environ.get("MINYI_REAL") or Path(__file__).parents[2] / "shared" / "real")
    if not folder.is_dir():
        pytest.skip(f"MINYI_REAL: no folder {folder.name} with real input here")
    return folder.resolve()
