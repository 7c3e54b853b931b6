"""Templates and snapshots on the real server; what the server of the tests lacks (the schedule of snapshots) is asked
of a small server that has it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from pipeline.adapters import elasticsearch_upkeep as upkeep
from pipeline.adapters.search_elasticsearch import ElasticsearchSearch
from pipeline.records.items import Document, Query
from pipeline.settings import load
from tests.pipeline.adapters.test_elasticsearch_client import Server
from tests.services.elasticsearch import TOGETHER, Node


@pytest.fixture
def search(elasticsearch_url: str) -> Iterator[ElasticsearchSearch]:
    found = ElasticsearchSearch(load({"MINYI_SEARCH": elasticsearch_url}).search)
    found.create("1")
    yield found
    found.close()


@pytest.fixture
def client(elasticsearch_node: Node) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_node.url) as found:
        yield found


@pytest.fixture
def prefix(elasticsearch_url: str) -> str:
    return elasticsearch_url.rpartition("/")[2]


@TOGETHER
def test_doctor_says_that_the_templates_are_ours_and_which_are_not(
    search: ElasticsearchSearch, client: Elasticsearch, prefix: str
) -> None:
    assert "索引模板与本程序的相同" in [one.what for one in search.check() if one.ok]
    name = f"{prefix}-items-settings"
    client.cluster.put_component_template(name=name, template={"settings": {"index.number_of_shards": 3}})
    (wrong,) = (one for one in search.check() if not one.ok)
    assert name in wrong.what
    assert "reindex" in (wrong.fix or "")
    search.create("2")
    assert all(one.ok for one in search.check())


@TOGETHER
def test_the_repository_is_put_and_a_snapshot_gives_the_index_back(
    search: ElasticsearchSearch, client: Elasticsearch, prefix: str
) -> None:
    (repository, body), *_ = upkeep.shipped("repository", prefix)
    assert client.snapshot.get_repository(name=repository)[repository]["type"] == body["type"]
    search.write("1", [Document("a", 1, text="烘干", received_at="2026-11-23T01:00:00.000000Z")])
    client.snapshot.create(repository=repository, snapshot="s1", indices=f"{prefix}-*", wait_for_completion=True)
    search.drop("1")
    client.snapshot.restore(
        repository=repository, snapshot="s1", indices=f"{prefix}-items-1", wait_for_completion=True,
        include_global_state=False,
    )  # fmt: skip
    assert search.query("1", Query("烘干")).total == 1
    client.snapshot.delete(repository=repository, snapshot="s1")
    client.snapshot.delete_repository(name=repository)


@TOGETHER
def test_a_server_without_a_schedule_of_snapshots_is_well_and_doctor_says_so(search: ElasticsearchSearch) -> None:
    assert any("没有自动快照" in one.what and one.ok for one in search.check())


@pytest.fixture
def double() -> Iterator[Server]:
    import threading

    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        yield found
        found.over.set()
        found.shutdown()
        thread.join()


def test_a_server_with_a_schedule_gets_ours_once(double: Server) -> None:
    absent = {"error": {"type": "resource_not_found_exception"}, "status": 404}
    double.gives((404, absent), (200, {"acknowledged": True}), (404, absent), (200, {"acknowledged": True}))
    with Elasticsearch(f"http://127.0.0.1:{double.server_port}") as client:
        upkeep.put_snapshots(client, "henan")
        assert [path for path, _, _ in double.asked] == [
            "/_snapshot/henan-snapshots", "/_snapshot/henan-snapshots", "/_slm/policy/henan-nightly",
            "/_slm/policy/henan-nightly",
        ]  # fmt: skip
        policy = json.loads(double.asked[3][2])
        assert policy["repository"] == "henan-snapshots"
        assert policy["config"]["indices"] == ["henan-*"]
        double.asked.clear()
        double.gives((200, {"henan-snapshots": {}}), (200, {"henan-nightly": {}}))
        upkeep.put_snapshots(client, "henan")
        assert len(double.asked) == 2  # what a site made of them stays


def test_a_server_that_lets_us_make_no_repository_is_left_without(double: Server) -> None:
    wrong = {"error": {"type": "repository_exception", "reason": "location"}, "status": 500}
    double.gives((404, {"status": 404}), (500, wrong))
    with Elasticsearch(f"http://127.0.0.1:{double.server_port}") as client:
        upkeep.put_snapshots(client, "henan")


def test_a_server_that_is_slow_to_make_a_repository_holds_nobody_up(double: Server) -> None:
    double.gives((404, {"status": 404}), (None, {}))
    with Elasticsearch(f"http://127.0.0.1:{double.server_port}", request_timeout=0.2) as client:
        upkeep.put_snapshots(client, "henan")
    assert len(double.asked) == 2
