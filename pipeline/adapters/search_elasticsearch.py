"""Search on Elasticsearch by elasticsearch-py: each generation an index `<prefix>-items-<generation>`.

What the server holds beside documents (`elasticsearch_upkeep`) is put there whenever a generation is made; the alias
`<prefix>-items` is for those who search past us. Who reads asks for a refresh first: a refresh with nothing new costs
a millisecond, whatever any process was told is written is found, and no writer waits (`wait_for` would hold each
write for up to a second, `true` would make a segment of each).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from elasticsearch import BadRequestError

from pipeline.adapters import elasticsearch_upkeep as upkeep
from pipeline.adapters import search_elasticsearch_read as reading
from pipeline.adapters import search_elasticsearch_write as writing
from pipeline.adapters.elasticsearch_client import Outdated, connect, kind_of, prefix_of, translated
from pipeline.adapters.search_rules import parts_of
from pipeline.clock import SHANGHAI
from pipeline.errors import MinyiError, UsageError
from pipeline.records.items import Answer, Document, Finding, Hits, Query
from pipeline.settings import Address

IDS_PAGE = 10_000
HEALTH = {"green": "状态正常", "yellow": "可以使用，副本不齐", "red": "分片不齐"}


class ElasticsearchSearch:
    """Search on a cluster. Safe for threads and for many processes on one cluster."""

    def __init__(self, address: Address, *, zone: ZoneInfo = SHANGHAI) -> None:
        self._address = address
        self._zone = zone
        self._prefix = prefix_of(address)
        self._items = f"{self._prefix}-items"
        self._client = connect(address)

    @property
    def writers(self) -> int:
        """See the port. It works at one while the store settles what it took of the other."""
        return 2

    # ------------------------------------------------------------ generations

    def create(self, generation: str) -> None:
        """See the port. Puts the templates, which changes nothing where they are the same."""
        index = self._index(generation)
        with translated(self._address):
            upkeep.put_templates(self._client, self._prefix)
            upkeep.put_snapshots(self._client, self._prefix)
            try:
                self._client.indices.create(index=index)
            except BadRequestError as error:
                if kind_of(error) != "resource_already_exists_exception":
                    raise

    def drop(self, generation: str) -> None:
        """See the port."""
        with translated(self._address):
            self._client.indices.delete(index=self._index(generation), ignore_unavailable=True)

    def promote(self, generation: str) -> None:
        """See the port. In one step: no search past us meets none or two. Nor does it meet a tombstone."""
        old = {"remove": {"index": f"{self._items}-*", "alias": self._items, "must_exist": False}}
        new = {"add": {"index": self._index(generation), "alias": self._items, "filter": reading.LIVE}}
        with translated(self._address):
            self._client.indices.update_aliases(actions=[old, new])

    def generations(self) -> list[str]:
        """See the port."""
        with translated(self._address):
            found = self._client.indices.get_alias(index=f"{self._items}-*")
        return sorted(name for index in found if (name := self._generation(index)))

    # ------------------------------------------------------------ documents

    def write(self, generation: str, documents: Sequence[Document]) -> list[Answer]:
        """See the port. Refused are texts with a lone surrogate, dates that are none, what the mapping does not
        take, and what is larger than the server takes."""
        index = self._index(generation)
        try:
            return writing.write(self._client, self._address, index, documents)
        except Outdated:
            # An older program made the index: what it lacks is added, and doctor asks for a reindex.
            self._expand(index)
            return writing.write(self._client, self._address, index, documents)

    def _expand(self, index: str) -> None:
        _, shipped = next(upkeep.shipped("component", self._prefix))
        with translated(self._address):
            self._client.indices.put_mapping(index=index, properties=shipped["template"]["mappings"]["properties"])

    def query(self, generation: str, query: Query) -> Hits:
        """See the port."""
        parts, index = parts_of(query), self._index(generation)
        if parts is None:
            return Hits((), 0)
        asked = reading.request(query, parts, self._zone)
        answer = self._search(index, **asked)
        return reading.hits(answer, parts, ranked=query.sort == "relevance" and bool(parts))

    def count(self, generation: str) -> int:
        """See the port."""
        answer = self._search(self._index(generation), query=reading.LIVE, size=0, track_total_hits=True)
        return answer["hits"]["total"]["value"]

    def ids(self, generation: str) -> Iterator[tuple[str, int]]:
        """See the port. In the order of ids, in pages, none of which holds anything on the server."""
        asked: dict[str, Any] = {"query": reading.LIVE, "sort": reading.BY_ID, "size": IDS_PAGE}
        while found := self._search(self._index(generation), source=False, version=True, **asked)["hits"]["hits"]:
            yield from ((one["_id"], one["_version"]) for one in found)
            asked["search_after"] = found[-1]["sort"]

    def _search(self, index: str, **asked: Any) -> Mapping[str, Any]:
        with translated(self._address):
            self._client.indices.refresh(index=index)
            # Half an answer would prove a projection wrong.
            return self._client.search(index=index, allow_partial_search_results=False, **asked).body

    # ------------------------------------------------------------ upkeep

    def check(self) -> list[Finding]:
        """See the port."""
        try:
            with translated(self._address):
                status = self._client.cluster.health(index=f"{self._items}-*")["status"]
                indices = self._client.indices.get(index=f"{self._items}-*").body
                beside = upkeep.findings(self._client, self._prefix) if indices else []
            counts = {name: self.count(name) for name in self.generations()}
        except MinyiError as error:
            return [Finding("search", ok=False, what=error.found, fix=error.fix)]
        said = "、".join(f"第 {name} 代 {count} 篇" for name, count in counts.items()) or "尚未建立"
        what = f"Elasticsearch 检索库：{said}，{HEALTH.get(status, status)}（{self._address.masked}）"
        fix = "请查看 Elasticsearch 的节点是否齐全" if status == "red" else None
        wrong = [_unwell(index, found) for index, found in indices.items() if self._generation(index)]
        return [Finding("search", ok=fix is None, what=what, fix=fix), *(one for one in wrong if one), *beside]

    def close(self) -> None:
        """See the port."""
        self._client.close()

    def _index(self, generation: str) -> str:
        if re.fullmatch(r"[a-z0-9_]{1,40}", generation) is None:
            raise UsageError(f"检索库的代号“{generation}”不能用", fix="请只用小写字母和数字")
        return f"{self._items}-{generation}"

    def _generation(self, index: str) -> str | None:
        match = re.fullmatch(re.escape(f"{self._items}-") + r"([a-z0-9_]{1,40})", index)
        return match[1] if match else None


def _unwell(index: str, found: Mapping[str, Any]) -> Finding | None:
    """What is wrong with an index: read-only, its writes not durable, its fields another version's."""
    settings = found["settings"]["index"]
    if "true" in {str(one).lower() for one in settings.get("blocks", {}).values()}:
        fix = "请核对磁盘余量，再解除索引的只读"
        return Finding("search", ok=False, what=f"索引 {index} 现在只读", fix=fix)
    if settings.get("translog", {}).get("durability", "request") != "request":
        fix = "请把 index.translog.durability 改回 request，否则断电会丢稿"
        return Finding("search", ok=False, what=f"索引 {index} 的写入不保证落盘", fix=fix)
    _, shipped = next(upkeep.shipped("component", "minyi"))
    if found["mappings"].get("_meta") != shipped["template"]["mappings"]["_meta"]:
        return Finding("search", ok=False, what=f"索引 {index} 是另一版本建的", fix="请运行 minyi reindex 重建")
    return None
