"""Figures on Elasticsearch: the indices `<prefix>-ledger` and `<prefix>-crawls`, beside the search's own.

A document's id says what it is about (day and source; run and source), so that it is written in place of what it was
as often as one likes. Of a report its counts are taken and nothing else: its reasons quote addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import BadRequestError
from elasticsearch.helpers import BulkIndexError, bulk

from pipeline.adapters import elasticsearch_upkeep as upkeep
from pipeline.adapters.elasticsearch_client import connect, kind_of, prefix_of, refusal, translated
from pipeline.identity import digest
from pipeline.ports.figures import Figures
from pipeline.records.items import Balance
from pipeline.records.names import Outcome
from pipeline.settings import Address

COUNTS = ("found", "new", "changed", "unchanged", "failed", "forbidden")
PAGE = 1000
SECONDS = 10  # a board that hangs must not hold up who ends
RETRIES = 6  # of what a full queue put off, 2, 4, 8 … seconds apart
GONE = 404


class ElasticsearchFigures:
    """Figures on a cluster. Safe for many processes: who writes last is right, and all read the same books."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._prefix = prefix_of(address)
        self._client = connect(address).options(request_timeout=SECONDS)

    def put(self, figures: Figures) -> None:
        """See the port. Makes the indices where they are missing."""
        with translated(self._address):
            for kind, rows in _rows(figures):
                index = f"{self._prefix}-{kind}"
                if not self._client.indices.exists(index=index):
                    self._create(index)
                self._send(index, _written(rows))

    def replace(self, figures: Figures) -> None:
        """See the port. An index of another version is made anew."""
        with translated(self._address):
            for kind, rows in _rows(figures):
                index = f"{self._prefix}-{kind}"
                if not self._is_ours(index):
                    self._client.indices.delete(index=index, ignore_unavailable=True)
                    self._create(index)
                gone = [one for one in self._ids(index) if one not in rows]
                self._send(index, [*_written(rows), *({"_op_type": "delete", "_id": one} for one in gone)])
            upkeep.put_snapshots(self._client, self._prefix)

    def _create(self, index: str) -> None:
        upkeep.put_templates(self._client, self._prefix)
        try:
            self._client.indices.create(index=index)
        except BadRequestError as error:
            if kind_of(error) != "resource_already_exists_exception":
                raise

    def _is_ours(self, index: str) -> bool:
        there = self._client.indices.get(index=index, ignore_unavailable=True).get(index)
        body = dict(upkeep.shipped("index", self._prefix))[index]
        return there is not None and there["mappings"].get("_meta") == body["template"]["mappings"]["_meta"]

    def _send(self, index: str, actions: Sequence[dict[str, Any]]) -> None:
        try:
            bulk(self._client, actions, index=index, chunk_size=PAGE, max_retries=RETRIES, ignore_status=(GONE,))
        except BulkIndexError as error:
            said = next(iter(error.errors[0].values()))
            raise refusal(said["status"], str(said.get("error", {}).get("type", "")), self._address) from None

    def _ids(self, index: str) -> Iterator[str]:
        self._client.indices.refresh(index=index)
        asked: dict[str, Any] = {"size": PAGE, "source": False, "sort": ["_doc"]}
        point = self._client.open_point_in_time(index=index, keep_alive="1m")["id"]
        try:
            while found := self._client.search(pit={"id": point, "keep_alive": "1m"}, **asked)["hits"]["hits"]:
                yield from (one["_id"] for one in found)
                asked["search_after"] = found[-1]["sort"]
        finally:
            self._client.close_point_in_time(id=point)

    def close(self) -> None:
        """See the port."""
        self._client.close()


def _rows(figures: Figures) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    yield "ledger", {digest(row.day, row.source): balance(row) for row in figures.balances}
    yield "crawls", {digest(str(row["run"]), str(row["source"])): report(row) for row in figures.reports}


def _written(rows: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"_id": name, "_source": row} for name, row in rows.items()]


def balance(row: Balance) -> dict[str, Any]:
    """A balance as it is indexed; `difference` is 0 where the books are even."""
    counts = {outcome.value: getattr(row, outcome.value) for outcome in Outcome}
    difference = row.received - sum(counts.values())
    return {"day": row.day, "source": row.source, "received": row.received, **counts, "difference": difference}


def report(row: Mapping[str, Any]) -> dict[str, Any]:
    """A crawl's report as it is indexed."""
    return {name: row[name] for name in ("run", "source", "at")} | {name: row.get(name, 0) for name in COUNTS}
