"""A worker that gives search a document it cannot take, for one word: a stand-in for a bug of ours.

The document of an item with the word has a score that is no number; Elasticsearch itself refuses it.
"""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

from pipeline.adapters import search_elasticsearch_write
from pipeline.records.items import Document
from tests.faults import driver
from tests.faults.trap import Edge


def install(word: str) -> None:
    """From now on this process spoils the documents with the word."""
    whole = search_elasticsearch_write._fields

    def spoiled(document: Document) -> dict[str, Any]:
        fields = whole(document)
        return fields | {"score": "很高"} if word in document.text else fields

    search_elasticsearch_write._fields = spoiled


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """As driver.main, in a process with the bug."""
    install(given.pop("word"))
    driver.main(do, home, edge, pipe, given)
