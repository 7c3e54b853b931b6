"""The search on Elasticsearch alone: what a real node does to it. The rules of the port are in the contract suite."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from dataclasses import fields
from itertools import count
from pathlib import Path

import pytest
from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from pipeline.adapters.elasticsearch_upkeep import TEMPLATES
from pipeline.adapters.search_elasticsearch import ElasticsearchSearch
from pipeline.errors import MinyiError, Transient, UsageError
from pipeline.records.items import Document, Query
from pipeline.settings import load
from tests.services.elasticsearch import TOGETHER, Node

pytestmark = TOGETHER
G = "1"
ROOT = Path(__file__).parents[3]


def document(number: int, text: str = "烘干", **facts: object) -> Document:
    made = {"id": f"item{number:05}", "version": 1, "text": text, "received_at": "2026-11-23T01:00:00.000000Z"}
    return Document(**made | facts)  # type: ignore[arg-type]


def opened(url: str) -> ElasticsearchSearch:
    return ElasticsearchSearch(load({"MINYI_SEARCH": url}).search)


@pytest.fixture
def search(elasticsearch_url: str) -> Iterator[ElasticsearchSearch]:
    found = opened(elasticsearch_url)
    found.create(G)
    yield found
    found.close()


@pytest.fixture
def server(elasticsearch_node: Node) -> Iterator[Elasticsearch]:
    """The node as who searches past us sees it."""
    with Elasticsearch(elasticsearch_node.url) as client:
        yield client


@pytest.fixture
def mortal(elasticsearch_node: Node) -> Iterator[Node]:
    """The node, for a test that kills it: there again for those that follow, whatever becomes of the test."""
    yield elasticsearch_node
    elasticsearch_node.start()


@pytest.fixture
def items(elasticsearch_url: str) -> str:
    return elasticsearch_url.rpartition("/")[2] + "-items"


# ---------------------------------------------------------------- faults


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(search: ElasticsearchSearch, mortal: Node) -> None:
    numbers = count()
    acknowledged = []
    try:
        for number in numbers:
            batch = [document(number * 50 + one) for one in range(50)]
            assert all(answer.ok for answer in search.write(G, batch))
            acknowledged += [one.id for one in batch]
            if number == 20:
                mortal.kill()
    except Transient as error:
        assert "暂时没有应答" in str(error)  # noqa: PT017 - the loop has no end but this
    assert len(acknowledged) == 21 * 50
    asks = (lambda: search.query(G, Query()), lambda: search.count(G), search.generations, lambda: search.drop(G))
    for ask in asks:
        with pytest.raises(Transient):
            ask()
    assert [finding.ok for finding in search.check()] == [False]
    mortal.start()
    assert {item for item, _ in search.ids(G)} >= set(acknowledged)
    assert search.write(G, [document(0, "回来了", version=2)])[0].ok
    assert search.query(G, Query("回来了")).total == 1


@pytest.mark.parametrize("block", ["read_only", "read_only_allow_delete", "write"])
def test_a_read_only_index_is_transient_and_searches_go_on(
    search: ElasticsearchSearch, server: Elasticsearch, items: str, block: str
) -> None:
    search.write(G, [document(1)])
    server.indices.put_settings(index=f"{items}-{G}", settings={f"index.blocks.{block}": True})
    with pytest.raises(Transient, match="不能写入"):
        search.write(G, [document(2)])
    assert search.query(G, Query("烘干")).total == 1
    assert any(not finding.ok and "只读" in finding.what for finding in search.check())
    server.indices.put_settings(index=f"{items}-{G}", settings={f"index.blocks.{block}": None})
    assert search.write(G, [document(2)])[0].ok
    assert search.count(G) == 2


def test_a_closed_index_refuses_no_document_for_ever(
    search: ElasticsearchSearch, server: Elasticsearch, items: str
) -> None:
    server.indices.close(index=f"{items}-{G}")
    for ask in (lambda: search.write(G, [document(1)]), lambda: search.count(G)):
        with pytest.raises(Transient):
            ask()


# ---------------------------------------------------------------- refusals


def test_rule_15_what_the_mapping_refuses_is_named_without_its_value(search: ElasticsearchSearch) -> None:
    documents = [
        document(1),
        document(2, day="张三说的昨天"),
        document(3, published_at="20261123T010000Z"),
        document(4),
    ]
    answers = search.write(G, documents)
    assert [answer.ok for answer in answers] == [True, False, False, True]
    assert "“day”" in (answers[1].reason or "")
    assert "“published_at”" in (answers[2].reason or "")
    assert not any(word in str(answers) for word in ("张三", "20261123"))
    assert [item for item, _ in search.ids(G)] == ["item00001", "item00004"]


def test_what_is_larger_than_the_server_takes_is_refused_alone(search: ElasticsearchSearch) -> None:
    answers = search.write(G, [document(1), document(2, "烘干" * 1_600_000), document(3)])
    assert [answer.ok for answer in answers] == [True, False, True]
    assert "超过" in (answers[1].reason or "")
    assert search.count(G) == 2


def test_a_long_value_of_a_field_is_kept_though_it_is_no_filter(search: ElasticsearchSearch) -> None:
    long = document(1, unit="某" * 40_000, url="https://example.org/" + "x" * 40_000)
    assert search.write(G, [long])[0].ok
    assert search.query(G, Query("烘干")).hits[0].document == long


def test_a_query_that_the_server_cannot_answer_is_the_askers_to_change(search: ElasticsearchSearch) -> None:
    with pytest.raises(UsageError, match="太长"):
        search.query(G, Query("".join(chr(0x4E00 + number) for number in range(20_000))))
    with pytest.raises(UsageError, match="前 50000 篇"):
        search.query(G, Query(offset=49_990))


def test_half_a_character_in_a_filter_finds_nothing(search: ElasticsearchSearch) -> None:
    search.write(G, [document(1, domain="教育")])
    assert search.query(G, Query(domain="教\ud800育")).total == 0


@pytest.mark.parametrize("name", ["", "../x", "a-b", "第一代", "A", "*", "x" * 41])
def test_a_generations_name_cannot_mean_another_index(search: ElasticsearchSearch, name: str) -> None:
    for use in (search.create, search.drop, search.count):
        with pytest.raises(UsageError):
            use(name)


# ---------------------------------------------------------------- templates and the alias


def test_the_templates_applied_are_strict(search: ElasticsearchSearch, server: Elasticsearch, items: str) -> None:
    with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
        server.index(index=f"{items}-{G}", document={"id": "x", "contact": "13800000000"})
    with pytest.raises(NotFoundError):
        server.index(index=f"{items}-99", document={"id": "x"})
    found = server.indices.get(index=f"{items}-{G}")[f"{items}-{G}"]
    assert found["mappings"]["dynamic"] == "strict"
    assert found["settings"]["index"]["translog"]["durability"] == "request"
    keywords = [one for one in found["mappings"]["properties"].values() if one["type"] == "keyword"]
    assert {one["ignore_above"] for one in keywords} == {10922}
    assert {each.name for each in fields(Document)} <= found["mappings"]["properties"].keys()


def test_what_is_made_for_the_index_is_not_kept(search: ElasticsearchSearch, server: Elasticsearch, items: str) -> None:
    search.write(G, [document(1, title="题", regions=("410105",))])
    kept = server.get(index=f"{items}-{G}", id="item00001")["_source"]
    assert kept == {
        "id": "item00001", "version": 1, "received_at": "2026-11-23T01:00:00.000000Z", "title": "题", "text": "烘干",
        "regions": ["410105"], "score": 0.0, "urgent": False, "undecided": False, "twin": False,
    }  # fmt: skip


def test_a_sites_own_settings_join_by_a_template_of_theirs(
    search: ElasticsearchSearch, server: Elasticsearch, items: str
) -> None:
    server.cluster.put_component_template(
        name=f"{items}-custom", template={"settings": {"index.refresh_interval": "30s"}}
    )
    search.create("2")
    assert (
        server.indices.get_settings(index=f"{items}-2")[f"{items}-2"]["settings"]["index"]["refresh_interval"] == "30s"
    )
    assert search.write("2", [document(1)])[0].ok
    assert search.count("2") == 1


def test_the_alias_follows_the_promoted_generation(
    search: ElasticsearchSearch, server: Elasticsearch, items: str
) -> None:
    search.create("2")
    for generation in (G, "2", "2"):
        search.promote(generation)
        assert [*server.indices.get_alias(name=items)] == [f"{items}-{generation}"]
    assert search.generations() == [G, "2"]


def test_who_searches_past_us_finds_phrases(search: ElasticsearchSearch, server: Elasticsearch, items: str) -> None:
    search.write(G, [document(1, "白鹭河柳湾段堤脚渗水"), document(2, "柳段")])
    search.promote(G)
    server.indices.refresh(index=items)
    hits = server.search(index=items, query={"match_phrase": {"text": "柳湾段"}})["hits"]["hits"]
    assert [hit["_id"] for hit in hits] == ["item00001"]


def test_doctor_names_an_index_of_another_version_or_whose_writes_do_not_last(
    search: ElasticsearchSearch, server: Elasticsearch, items: str
) -> None:
    server.indices.put_settings(index=f"{items}-{G}", settings={"index.translog.durability": "async"})
    assert ["不保证落盘" in finding.what for finding in search.check() if not finding.ok] == [True]
    server.indices.put_settings(index=f"{items}-{G}", settings={"index.translog.durability": "request"})
    server.indices.put_mapping(index=f"{items}-{G}", meta={"layout": 0})
    (wrong,) = (finding for finding in search.check() if not finding.ok)
    assert "reindex" in (wrong.fix or "")


def test_an_index_of_an_older_program_gets_the_new_fields_and_doctor_asks_for_a_reindex(
    search: ElasticsearchSearch, server: Elasticsearch, items: str
) -> None:
    mappings = json.loads((TEMPLATES / "minyi-items-mappings.component.json").read_text("utf-8"))["template"][
        "mappings"
    ]
    older = {name: one for name, one in mappings["properties"].items() if name not in {"twin", "undecided"}}
    server.indices.put_index_template(
        name=f"{items}", index_patterns=[f"{items}-*"], priority=500, composed_of=[],
        template={"mappings": {"_meta": {"layout": 1}, "dynamic": "strict", "properties": older}},
    )  # fmt: skip
    server.indices.create(index=f"{items}-7")
    assert "twin" not in server.indices.get_mapping(index=f"{items}-7")[f"{items}-7"]["mappings"]["properties"]
    assert search.write("7", [document(1, twin=True)])[0].ok
    assert search.query("7", Query("烘干")).hits[0].document.twin
    assert any("另一版本" in one.what and "reindex" in (one.fix or "") for one in search.check())


def test_who_searches_past_us_meets_no_tombstone(
    search: ElasticsearchSearch, server: Elasticsearch, items: str
) -> None:
    search.write(G, [document(1), document(2)])
    search.promote(G)
    search.write(G, [Document(id="item00002", version=2, tombstone=True)])
    server.indices.refresh(index=items)
    assert [hit["_id"] for hit in server.search(index=items)["hits"]["hits"]] == ["item00001"]


def test_deploy_has_the_templates_that_ship() -> None:
    shipped = {path.name: path.read_bytes() for path in TEMPLATES.iterdir()}
    assert {path.name: path.read_bytes() for path in (ROOT / "deploy/elasticsearch").glob("*.json")} == shipped
    assert all(json.loads(body) for body in shipped.values())


# ---------------------------------------------------------------- secrets


def test_no_secret_is_in_what_is_said(elasticsearch_node: Node, elasticsearch_url: str, tmp_path: Path) -> None:
    login = opened(elasticsearch_url.replace("http://", "http://minyi:geh%3Aeim@"))
    assert "minyi:***@" in login.check()[0].what
    login.close()
    properties = tmp_path / "search.properties"
    properties.write_text("api.key = geheimerSchluessel\n", encoding="utf-8")
    for url in ("http://minyi:geheim@127.0.0.1:1/x", f"http://127.0.0.1:1/x?properties={properties}"):
        search = opened(url)
        with pytest.raises(MinyiError) as caught:
            search.write(G, [document(1)])
        assert "geheim" not in "".join(traceback.format_exception(caught.value)) + repr(search.check())
        search.close()
