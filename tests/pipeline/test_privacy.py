"""OFFICE 23 as a test: personal data planted in what arrives by every way is in no field of the index, in no snippet of
a hit, in no figure, and in no byte of the embedded search's files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from pipeline.adapters import fts
from pipeline.intake.drafts import Draft
from pipeline.intake.imports import Content, Options, import_files
from pipeline.intake.relay import relay_all
from pipeline.intake.submit import submit
from pipeline.operate.kibana import Site, build
from pipeline.process.worker import Worker
from pipeline.records.items import Query
from pipeline.records.messages import Consent
from pipeline.settings import Settings, load
from pipeline.wiring import System
from pipeline.workers import bench_of, projector_of, teller_of
from tests.arriving import crawled, page, put
from tests.pipeline.operate.kibana_asked import objects, query
from tests.services.elasticsearch import TOGETHER, Node

# What must not be found, by the way it comes: numbers, a citizen's name, an author who did not consent.
PLANTED = {
    "intake": ("13812345678", "11010519491231002X", "李小芳", "王建国", "wangjianguo@example.cn"),
    "import": ("13712345678", "13712340001", "110105199003070078", "吴秀英", "郑大海"),
    "crawl": ("13612345678", "0371-65651234", "110105198511230035", "孙小梅", "冯子豪"),
}
EVERY = [one for some in PLANTED.values() for one in some]
NAMED = "周禾"  # who consented
TEXT = (
    "家庭农场收获季节粮食烘干排队两天以上，霉变损失约一成。{author}去现场看过，建议按乡镇布点设立公共烘干服务点。"
    "联系人：{name}，电话：{phone}，身份证号{identity}。{more}"
)


def told(way: str, more: str = "") -> str:
    phone, identity = PLANTED[way][0], next(one for one in PLANTED[way] if len(one) == 18)
    *_, name, author = (one for one in PLANTED[way] if len(one) == 3)
    return TEXT.format(author=author, name=name, phone=phone, identity=identity, more=more)


@pytest.fixture
def embedded(tmp_path: Path) -> dict[str, str]:
    return {"MINYI_HOME": str(tmp_path / "home")}


@pytest.fixture
def on_elasticsearch(tmp_path: Path, elasticsearch_url: str) -> dict[str, str]:
    return {"MINYI_HOME": str(tmp_path / "home"), "MINYI_SEARCH": elasticsearch_url}


@pytest.fixture(params=["embedded", pytest.param("on_elasticsearch", marks=TOGETHER)])
def settings(request: pytest.FixtureRequest) -> Settings:
    return load(request.getfixturevalue(request.param))


@pytest.fixture
def arrived(system: System) -> System:
    """One item by each way, and one whose author consented; all processed and in search."""
    phone, _, _, author, mail = PLANTED["intake"]
    mine = Draft(told("intake", f"邮箱{mail}。"), title=f"{author}：烘干难", author=author, phone=phone, email=mail)
    theirs = Draft("乡村公路护栏损坏，建议修复。", title="护栏", author=NAMED, consent=Consent(named=True))
    parts = {"channel": "api", "clock": system.clock, "receipts": system.receipts}
    assert all(hasattr(one, "receipt") for one in submit(system.store, system.files, [mine, theirs], **parts))
    _imported(system)
    body = page(
        "家庭农场收获季节粮食烘干排队", f"作者：{PLANTED['crawl'][4]}\n{told('crawl', '值班电话0371-65651234。')}"
    )
    put(system, crawled(system, "http://x.test/1.html", body))
    relay_all(system.store, system.bus)
    worker = Worker(bench := bench_of(system))
    while worker.turn(0.0):
        pass
    worker.close()
    bench.bands.close()
    projector_of(system).drain()
    return system


def _imported(system: System) -> None:
    phone, other, identity, name, author = PLANTED["import"]
    said = {"id": identity, "title": f"{author}反映烘干难", "text": told("import"), "author": author, "phone": phone}
    beside = {
        "unit": f"{author}家庭农场 {other}",
        "sector": f"农业界（{phone}）",
        "url": f"https://x.test/?tel={phone}",
    }
    content = Content(f"{name}{other}.jsonl", json.dumps({**said, **beside}, ensure_ascii=False).encode())
    (report,) = import_files(
        system.store, system.files, [content], Options(), clock=system.clock, receipts=system.receipts
    )
    assert report.accepted == 1, report


def test_no_hit_and_no_snippet_shows_what_was_planted(arrived: System) -> None:
    projector = projector_of(arrived)
    hits = projector.find(Query("", limit=100)).hits
    assert len(hits) == 4
    assert {hit.document.author for hit in hits} == {None, NAMED}
    snippets = projector.find(Query("电话", limit=100)).hits
    assert snippets
    assert all(hit.highlights for hit in snippets)
    for one in EVERY:
        assert one not in repr((hits, snippets)), one
        assert projector.find(Query(one)).total == 0, one


def files_of(settings: Settings) -> Iterator[bytes]:
    assert settings.search.path is not None
    for file in settings.search.path.parent.glob(f"{settings.search.path.stem}-*"):
        yield file.read_bytes()


@pytest.mark.parametrize("settings", ["embedded"], indirect=True)
def test_no_byte_of_the_embedded_searchs_files_holds_what_was_planted(arrived: System, settings: Settings) -> None:
    content = b"".join(files_of(settings))
    assert NAMED.encode() in content
    for one in EVERY:
        assert one.encode() not in content, one
        assert fts.indexed(fts.characters(one)).encode() not in content, one


@pytest.fixture
def server(elasticsearch_node: Node) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_node.url) as client:
        yield client


@TOGETHER
@pytest.mark.parametrize("settings", ["on_elasticsearch"], indirect=True)
def test_no_field_of_any_document_on_the_server_holds_what_was_planted(
    arrived: System, server: Elasticsearch, elasticsearch_url: str
) -> None:
    prefix = elasticsearch_url.rpartition("/")[2]
    teller_of(arrived).everything()
    server.indices.refresh(index=f"{prefix}-*")
    kept = [hit["_source"] for hit in scan(server, index=f"{prefix}-*")]
    indexed = server.search(index=f"{prefix}-*", size=100, docvalue_fields=_valued(server, prefix), source=False)
    everything = json.dumps([kept, [hit.get("fields") for hit in indexed["hits"]["hits"]]], ensure_ascii=False)
    assert NAMED in everything
    assert {"received", "title"} <= set().union(*kept)  # both the ledger's rows and the items'
    for one in EVERY:
        assert one not in everything, one
    for field in ("title", "text", "characters", "characters_title"):
        assert _phrases(server, prefix, field, "烘干") or field == "characters_title"
        for one in EVERY:
            assert not _phrases(server, prefix, field, one), (field, one)


def _valued(server: Elasticsearch, prefix: str) -> list[str]:
    """Every field that has values beside its index, kept in the source or not."""
    found = server.indices.get_mapping(index=f"{prefix}-*")
    fields = [one["mappings"]["properties"] for one in found.values()]
    return sorted({name for one in fields for name, what in one.items() if what["type"] != "text"})


def _phrases(server: Elasticsearch, prefix: str, field: str, text: str) -> int:
    asked = fts.indexed(fts.characters(text)) if field.startswith("characters") else text
    return server.count(index=f"{prefix}-items", query={"match_phrase": {field: asked}})["count"]


@TOGETHER
@pytest.mark.parametrize("settings", ["on_elasticsearch"], indirect=True)
def test_no_saved_search_shows_what_was_planted(arrived: System, server: Elasticsearch, elasticsearch_url: str) -> None:
    prefix = elasticsearch_url.rpartition("/")[2]
    server.indices.refresh(index=f"{prefix}-*")
    shown = []
    for saved in objects(build(Site(prefix))):
        if saved["type"] == "search":
            asked = query(saved, "received_at", "2020-01-01", "2100-01-01")
            marks = {"fields": {"text": {}, "title": {}}, "highlight_query": {"match": {"text": "烘干"}}}
            shown += server.search(index=f"{prefix}-items", query=asked, highlight=marks, size=100)["hits"]["hits"]
    assert any("highlight" in hit for hit in shown)
    text = json.dumps(shown, ensure_ascii=False)
    assert not [one for one in EVERY if one in text]
