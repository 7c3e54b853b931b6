"""Documents as the contract of search writes and finds them."""

from __future__ import annotations

from dataclasses import replace

from pipeline.ports.search import Search
from pipeline.records.items import Document, Query

G = "1"


def document(number: int, text: str = "", **facts: object) -> Document:
    made = Document(
        id=f"item{number:04}",
        version=1,
        kind="submission",
        origin=f"origin-{number}",
        title="",
        text=text,
        source="hnzx",
        received_at=f"2026-11-23T01:{number // 60 % 60:02}:{number % 60:02}.000000Z",
        day="2026-11-23",
        state="submitted",
        domain="城乡建设、环境保护",
        cluster=f"item{number:04}",
    )
    return replace(made, **facts)  # type: ignore[arg-type]


def write(search: Search, *documents: Document) -> None:
    assert all(answer.ok for answer in search.write(G, documents))


def found(search: Search, text: str = "", **asked: object) -> list[str]:
    hits = search.query(G, Query(text=text, limit=100, **asked))  # type: ignore[arg-type]
    assert hits.total == len(hits.hits)
    return [hit.document.id for hit in hits.hits]
