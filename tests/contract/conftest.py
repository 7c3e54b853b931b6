"""The adapters that every contract suite runs over.

A part is a name and a function from a test's own folder to the settings that open it; a server's adapter
joins by one more line (its namespace made from the folder's name), and no test knows which one it has.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from pipeline import wiring
from pipeline.adapters.search_sqlite import SqliteSearch
from pipeline.clock import Clock
from pipeline.ports.bus import Bus
from pipeline.ports.files import Files
from pipeline.ports.search import Search
from pipeline.records.names import GROUP
from pipeline.settings import Address, Settings, child_environment, load
from tests.services import elasticsearch, kafka, s3

ROOT = Path(__file__).parents[2]
# What a search can prove of its own files when a test is over.
PROOFS: dict[str, Callable[[Any, str], None]] = dict.fromkeys(
    ["sqlite_search", "sqlite_search_with_pairs"], lambda search, generation: search.prove(generation)
)
ASCII, HAN = range(0x21, 0x7F), range(0x4E00, 0x9FA6)


@pytest.fixture(scope="session")
def broker() -> Iterator[kafka.Broker]:
    if not kafka.available():
        pytest.skip("Kafka cannot be had (a JDK of 17 or newer, and Maven)")
    with kafka.running() as found:
        yield found


@pytest.fixture
def sqlite_bus(tmp_path: Path) -> dict[str, str]:
    return {"MINYI_HOME": str(tmp_path / "home")}


@pytest.fixture(scope="session")
def admin(broker: kafka.Broker) -> Iterator[KafkaAdminClient]:
    client = KafkaAdminClient(bootstrap_servers=broker.url.removeprefix("kafka://"))
    yield client
    client.close()


@pytest.fixture
def kafka_bus(tmp_path: Path, broker: kafka.Broker, admin: KafkaAdminClient) -> Iterator[dict[str, str]]:
    """One broker for all; a test's topics go when it is over, and its group is left empty."""
    yield {"MINYI_HOME": str(tmp_path / "home"), "MINYI_BUS": broker.url}
    kafka.forget(admin)
    kafka.leave(admin, GROUP)


@pytest.fixture(params=["sqlite_bus", pytest.param("kafka_bus", marks=kafka.TOGETHER)])
def bus_settings(request: pytest.FixtureRequest) -> Settings:
    return load(request.getfixturevalue(request.param))


@pytest.fixture
def open_bus(bus_settings: Settings, clock: Clock) -> Iterator[Callable[[], Bus]]:
    """Opens the bus as one more process would; closed at the test's end."""
    opened: list[Bus] = []

    def opener() -> Bus:
        opened.append(wiring.open_bus(bus_settings, clock))
        return opened[-1]

    yield opener
    for bus in opened:
        bus.close()


@pytest.fixture
def bus(open_bus: Callable[[], Bus]) -> Bus:
    return open_bus()


@pytest.fixture
def start_reader(bus_settings: Settings) -> Iterator[Callable[[str, str], subprocess.Popen[str]]]:
    """Starts another process that reads a topic in a group and prints each partition that it reads from."""
    started: list[subprocess.Popen[str]] = []

    def starter(group: str, topic: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(Path(__file__).with_name("reader.py")), group, topic]
        environment = child_environment(bus_settings, {"PYTHONPATH": str(ROOT)})
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield starter
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def sqlite_search(tmp_path: Path) -> dict[str, str]:
    return {"MINYI_HOME": str(tmp_path / "home")}


@pytest.fixture
def sqlite_search_with_pairs(sqlite_search: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """As a generation made when there is a large one."""
    monkeypatch.setattr(SqliteSearch, "_common_in_the_largest", lambda _: "".join(map(chr, [*ASCII, *HAN])))
    return sqlite_search


@pytest.fixture
def elasticsearch_search(tmp_path: Path, elasticsearch_url: str) -> dict[str, str]:
    return {"MINYI_HOME": str(tmp_path / "home"), "MINYI_SEARCH": elasticsearch_url}


@pytest.fixture(
    params=[
        "sqlite_search",
        "sqlite_search_with_pairs",
        pytest.param("elasticsearch_search", marks=elasticsearch.TOGETHER),
    ]
)
def search_settings(request: pytest.FixtureRequest) -> Settings:
    return load(request.getfixturevalue(request.param))


@pytest.fixture
def open_search(request: pytest.FixtureRequest, search_settings: Settings) -> Iterator[Callable[[], Search]]:
    opened: list[Search] = []

    def opener() -> Search:
        opened.append(wiring.open_search(search_settings))
        return opened[-1]

    yield opener
    prove = PROOFS.get(request.node.callspec.params["search_settings"])
    for search in opened:
        for generation in search.generations() if prove else ():
            prove(search, generation)
        search.close()


@pytest.fixture
def search(open_search: Callable[[], Search]) -> Search:
    found = open_search()
    found.create("1")
    return found


@pytest.fixture
def folder_files(tmp_path: Path) -> Address:
    return load({"MINYI_HOME": str(tmp_path)}).files


@pytest.fixture
def memory_files(tmp_path: Path) -> Address:
    """fsspec's own store in memory stands for every object store that is spoken to by fsspec alone."""
    return Address(f"memory://{tmp_path.name}/files", "memory", None, {})


@pytest.fixture
def s3_files(tmp_path: Path, s3_server: s3.Server) -> Address:
    bucket = f"t{uuid.uuid4().hex}"
    s3_server.create(bucket)
    return load({"MINYI_FILES": s3_server.setting(tmp_path, bucket)}).files


@pytest.fixture(params=["folder_files", "memory_files", pytest.param("s3_files", marks=s3.TOGETHER)])
def files_address(request: pytest.FixtureRequest) -> Address:
    return request.getfixturevalue(request.param)


@pytest.fixture
def open_files(files_address: Address) -> Iterator[Callable[[], Files]]:
    from pipeline.adapters.files_fsspec import FsspecFiles

    opened: list[Files] = []

    def opener() -> Files:
        opened.append(FsspecFiles(files_address))
        return opened[-1]

    yield opener
    for files in opened:
        files.close()


@pytest.fixture
def files(open_files: Callable[[], Files]) -> Files:
    return open_files()
