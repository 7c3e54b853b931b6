"""Servers that live and refuse: doctor or the log names it, what can go on does, and once the cause is gone all is
there, with nothing done but removing it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.adapters.elasticsearch_client import prefix_of
from pipeline.adapters.kafka_client import LIMIT
from pipeline.process.replay import replay
from pipeline.records.names import TOPICS, Outcome, Step
from pipeline.workers import bench_of
from tests.faults import driver, refusing, slow
from tests.faults.county import API, SITE, County
from tests.faults.disks import fill, small
from tests.faults.hands import Hand, done, hand
from tests.faults.proof import finish, prove
from tests.faults.shapes import asked, on_servers, settings_of
from tests.faults.test_servers import examined
from tests.faults.test_workers import until
from tests.services import elasticsearch, postgres
from tests.services.cluster import Cluster

pytestmark = pytest.mark.faults
MOVED = "partition moved on"
ON_SERVERS = pytest.mark.parametrize("shape", ["servers"], indirect=True)


@contextmanager
def following(home: Path) -> Iterator[Hand]:
    """A worker at work inside, which ends well."""
    with hand("follow", home) as worker:
        yield worker.begun()
        worker.tell()
        assert worker.wait() == "done", worker.error


@contextmanager
def answering(home: Path) -> Iterator[int]:
    """The port of an API that answers inside."""
    with hand("api", home) as api:
        yield api.hear("port")
        api.tell()
        assert api.wait() == "done", api.error


def outcomes(home: Path, source: str) -> dict[str, int]:
    """What became of a source's messages so far."""
    return dict(asked(home, f"SELECT outcome, count(*) FROM ledger WHERE source = '{source}' GROUP BY outcome"))


def wrong(home: Path, part: str) -> str:
    """What doctor finds wrong with a part; every such line says what to do."""
    lines = [line for line in examined(home) if line.part == part and not line.ok]
    assert all(line.fix for line in lines)
    return "；".join(line.what for line in lines)


def logged(home: Path) -> str:
    """The worker's log, begun with its first line."""
    file = home / "logs" / "minyi.log"
    return file.read_text(encoding="utf-8") if file.exists() else ""


# ---------------------------------------------------------------- search


@contextmanager
def read_only(home: Path) -> Iterator[None]:
    """Every index of the home's search takes nothing, as a full disk makes it."""
    address = settings_of(home).search
    with Elasticsearch(address.url.rpartition("/")[0]) as client:
        every = f"{prefix_of(address)}-*"
        client.indices.put_settings(index=every, settings={"index.blocks.read_only_allow_delete": True})
        try:
            yield
        finally:
            client.indices.put_settings(index=every, settings={"index.blocks.read_only_allow_delete": None})


@ON_SERVERS
def test_processing_goes_on_while_the_search_index_is_read_only(home: Path, county: County):
    finish(home, county.grow(pages=0, posts=0))
    with following(home):
        with read_only(home):
            county.plant_rows("blocked", ["indexed"] * 50)
            done("import", home, files=county.paths)
            until(lambda: outcomes(home, "blocked") == {"pending": 50})
            assert "只读" in wrong(home, "search")
            until(lambda: "检索库现在不能写入" in logged(home))
        until(lambda: outcomes(home, "blocked") == {"indexed": 50})
    finish(home, county)
    prove(home, county)


@contextmanager
def hammered(url: str, clients: int = 12) -> Iterator[None]:
    """Inside, others write to the node as fast as it lets them, and faster."""
    ended = threading.Event()
    operations = [part for n in range(200) for part in ({"index": {}}, {"text": f"第{n}件" + "路灯不亮" * 500})]

    def write() -> None:
        with Elasticsearch(url, max_retries=0) as client:
            while not ended.is_set():
                with suppress(ApiError, TransportError):
                    client.bulk(index="others", operations=operations)

    threads = [threading.Thread(target=write) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_documents_that_a_full_queue_puts_off_are_written_later(tmp_path: Path, cluster: Cluster, county: County):
    narrow = {"thread_pool.write.size": 1, "thread_pool.write.queue_size": 1}
    with elasticsearch.running(**narrow) as node, cluster.namespace() as lines:
        home = on_servers(tmp_path / "home", {**lines, "MINYI_SEARCH": f"{node.url}/minyi"})
        finish(home, county.grow(pages=0, posts=0))
        county.plant_rows("waiting", ["indexed"] * 100)
        done("import", home, files=county.paths)
        with following(home):
            with hammered(node.url):
                until(lambda: "忙不过来（429" in logged(home))
            until(lambda: outcomes(home, "waiting") == {"indexed": 100})
        finish(home, county)
        prove(home, county)


@ON_SERVERS
def test_a_document_that_search_refuses_is_set_aside_alone_and_replayed(home: Path, county: County):
    word = county.plant_rows("spoiled", ["indexed"] * 30)[12]
    done("import", home, files=county.paths)
    with hand("run", home, target=refusing.main, word=word) as worker:
        assert worker.wait() == "done", worker.error
    assert outcomes(home, "spoiled") == {"indexed": 29, "quarantined": 1}
    with driver.opened(str(home)) as system:
        with system.store.reading() as session:
            (row,) = session.quarantine.list()
        assert row.step is Step.SEARCH
        assert "score" in row.reason
        bench = bench_of(system)
        assert replay(bench, row.number).outcome is Outcome.PENDING
        bench.bands.close()
    assert outcomes(home, "spoiled") == {"indexed": 29, "pending": 1}
    done("run", home)
    prove(home, county)


# ---------------------------------------------------------------- the bus


@contextmanager
def narrow_topics(cluster: Cluster, limit: int) -> Iterator[None]:
    """Inside the topics take no message above the limit."""
    with KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{cluster.broker.port}") as admin:

        def let(size: int) -> None:
            given = {"max.message.bytes": str(size)}
            topics = [ConfigResource(ConfigResourceType.TOPIC, name, configs=given) for name in TOPICS]
            admin.alter_configs(topics)
            told = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in TOPICS])
            assert {one["max.message.bytes"]["value"] for one in told["topic"].values()} == {str(size)}

        let(limit)
        try:
            yield
        finally:
            let(LIMIT)


@ON_SERVERS
def test_what_is_too_long_for_the_broker_waits_and_nothing_else_does(home: Path, county: County, cluster: Cluster):
    long = driver.SMALL + 2  # more than a relay takes at a time
    finish(home, county.grow(pages=2, rows=0, posts=2))
    with following(home), answering(home) as port, narrow_topics(cluster, 10_000):
        assert county.grow_long(posts=long).post(port) == long
        assert county.grow(pages=3, rows=0, posts=6).post(port) == 6
        (report,) = done("crawl", home, catalogue=county.catalogue)
        assert report["failed"] == 1
        assert any("允许的大小" in reason["why"] for reason in report["reasons"])
        until(lambda: outcomes(home, API) == {"indexed": 2 + 6})
        until(lambda: outcomes(home, SITE).get("indexed", 0) == county.plan()[SITE]["indexed"] - 1)
        assert "max.message.bytes" in "".join(line.fix or "" for line in examined(home) if not line.ok)
        assert "待转送的来稿约" in next(line.what for line in examined(home) if line.part == "arrivals")
        with hand("run", home) as once:
            assert once.wait() == "error"
            assert f"{long} 条总线不收" in once.error
        until(lambda: "条总线不收" in logged(home))
    finish(home, county)
    prove(home, county)


# ---------------------------------------------------------------- the store


@contextmanager
def no_connection_left(server: postgres.Server) -> Iterator[None]:
    """Others hold every connection that the server gives, those of ours too: none is to be had three times in a
    row, for one that was just ended, or has not said its name yet, may leave a place behind."""
    ours = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'minyi'"
    with ExitStack() as held:
        admin = held.enter_context(psycopg.connect(server.url("postgres"), autocommit=True))
        refused = 0
        while refused < 3:
            try:
                held.enter_context(psycopg.connect(server.url("postgres"), autocommit=True))
                refused = 0
            except psycopg.OperationalError:
                refused = refused + 1 if admin.execute(ours).fetchone() == (0,) else 0
                time.sleep(0.1)
        yield


@ON_SERVERS
def test_a_database_without_a_connection_left_is_named_and_work_goes_on_after(
    home: Path, county: County, cluster: Cluster
):
    county.grow(pages=3)
    with following(home), answering(home) as port:
        with no_connection_left(cluster.server):
            assert county.post(port) == 0
            assert county.sentences
            with hand("import", home, files=county.paths) as one:
                assert one.wait() == "error"
                assert "Transient: 导入中断：数据库的连接数已用完" in one.error
            assert "连接数已用完" in wrong(home, "store")
            until(lambda: "连接数已用完" in logged(home))
        assert county.post(port) == len(county.posts)
    finish(home, county)
    prove(home, county)


@pytest.fixture
def narrow_database(home: Path, cluster: Cluster) -> Iterator[Path]:
    """The home's database on a small disk of its own, beside the server's log of writes."""
    server, name = cluster.server, settings_of(home).store.url.rpartition("/")[2]
    folder = server.folder / "narrow"
    with small(folder) as disk:
        (disk / "space").mkdir()
        shutil.chown(disk / "space", postgres.SUPERUSER, postgres.SUPERUSER)
        server.execute(f"CREATE TABLESPACE {{}} LOCATION '{disk / 'space'}'", name)
        try:
            server.execute("ALTER DATABASE {} SET TABLESPACE {}", name, name)
            yield disk
        finally:
            server.drop(name)
            server.execute("DROP TABLESPACE {}", name)
    folder.rmdir()


@ON_SERVERS
def test_a_database_on_a_full_disk_is_named_and_work_goes_on_when_there_is_room(
    home: Path, county: County, narrow_database: Path
):
    county.grow(pages=2, rows=80, posts=20)
    with following(home), answering(home) as port:
        ballast = fill(narrow_database, 0)
        with hand("import", home, files=county.paths) as one:
            assert one.wait() == "error"
            assert "数据库服务器磁盘已满" in one.error
        county.post(port)
        assert county.sentences
        until(lambda: "数据库服务器磁盘已满" in logged(home))
        ballast.unlink()
    finish(home, county)
    prove(home, county)


# ---------------------------------------------------------------- the group


@ON_SERVERS
def test_partitions_taken_from_a_slow_worker_in_its_batch_are_worked_on_once(home: Path, county: County):
    shut = home / "shut"
    with hand("follow", home, target=slow.main, shut=shut) as first:
        first.begun()
        for number in range(2):
            shut.touch()
            county.plant_rows(f"moved{number}", ["indexed"] * 60)
            done("import", home, files=county.paths[-1:])
            until(slow.waiting_at(shut).exists)
            with following(home) as second:
                until(lambda name=f"moved{number}": sum(outcomes(home, name).values()) == 60)
            assert sum(second.answer.values()) == 60
            refused = logged(home).count(MOVED)
            shut.unlink()  # it gives its batch, is refused, and joins again
            until(lambda before=refused: logged(home).count(MOVED) > before)
            slow.waiting_at(shut).unlink()
        first.tell()
        assert first.wait() == "done", first.error
    finish(home, county)
    prove(home, county)
