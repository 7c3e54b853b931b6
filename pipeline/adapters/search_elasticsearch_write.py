"""Writing documents to Elasticsearch: by bulk, each on its version, every item's answer looked at.

A document goes with fields of our own making beside its own: `characters` (title and text as the embedded search
tokenizes them, one token a character, so that both find the same), `within` (regions and what they lie in), `at`
(microseconds; Elasticsearch's dates have but milliseconds, or no year before 1970). They are indexed and not kept.
`title` and `text` are indexed as they are, too, for those who search past us.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import orjson
from elasticsearch import ApiError, Elasticsearch

from pipeline.adapters import fts
from pipeline.adapters.elasticsearch_client import refusal, translated
from pipeline.adapters.search_rules import FIELDS, HALF_CHARACTER, NO_DATE, moment_of
from pipeline.errors import MinyiError
from pipeline.records.items import Answer, Document
from pipeline.settings import Address

CHUNK_DOCUMENTS = 1000
CHUNK_BYTES = 8_000_000  # of a request; a server takes 100 MB at most unless it was set lower
SECONDS = 60
# Between tries of what a full queue put off.
WAITS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DONE = 299
_CONFLICT, _WRONG, _TOO_LARGE, _FULL = 409, 400, 413, 429
# These say 400 and mean the index, not the document.
_OF_THE_INDEX = {"index_closed_exception", "strict_dynamic_mapping_exception"}


@dataclass(frozen=True, slots=True)
class Line:
    """A document made ready: its action and body, and where it stood in the call."""

    place: int
    body: bytes


def write(client: Elasticsearch, address: Address, index: str, documents: Sequence[Document]) -> list[Answer]:
    """Write documents; one answer each, in order. Raises Transient when the server is away or full."""
    lines: list[Line] = []
    reasons: dict[int, str] = {}
    for place, document in enumerate(documents):
        try:
            lines.append(Line(place, _body(document)))
        except TypeError:  # what orjson raises
            reasons[place] = HALF_CHARACTER
        except ValueError:
            reasons[place] = NO_DATE
    for chunk in _chunks(lines):
        reasons |= _Writing(client, address, index).send(chunk)
    return [
        Answer(one.id, one.version, ok=place not in reasons, reason=reasons.get(place))
        for place, one in enumerate(documents)
    ]


def microseconds(moment: datetime) -> int:
    """A moment as it is indexed."""
    return (moment - _EPOCH) // _MICROSECOND


# ---------------------------------------------------------------- bodies


def _body(document: Document) -> bytes:
    action = {"_id": document.id, "version": document.version, "version_type": "external_gte"}
    body = _tombstone(document) if document.tombstone else _fields(document)
    return orjson.dumps({"index": action}) + b"\n" + orjson.dumps(body) + b"\n"


def _tombstone(document: Document) -> dict[str, Any]:
    return {"id": document.id, "version": document.version, "tombstone": True}


def _fields(document: Document) -> dict[str, Any]:
    title, text = fts.characters(document.title), fts.characters(document.text)
    moment = moment_of(document)
    made: dict[str, Any] = {
        "tombstone": False,
        "characters": [fts.indexed(one) for one in (title, text) if one],
        "characters_title": fts.indexed(title),
        "within": sorted(fts.within(document.regions)),
    }
    if moment is not None:
        made["at"] = microseconds(moment)
    kept = ((name, getattr(document, name)) for name in FIELDS)
    # What is left out is an empty value again when it is read.
    return made | {name: value for name, value in kept if value not in (None, "", ())}


def _chunks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Portions of at most CHUNK_DOCUMENTS and about CHUNK_BYTES."""
    numbered, size = [], 0
    for index, line in enumerate(lines):
        size += len(line.body)
        numbered.append(((index // CHUNK_DOCUMENTS, size // CHUNK_BYTES), line))
    for _, portion in groupby(numbered, key=lambda row: row[0]):
        yield [line for _, line in portion]


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class _Writing:
    client: Elasticsearch
    address: Address
    index: str

    def send(self, lines: Sequence[Line]) -> dict[int, str]:
        """Send until nothing is put off; why each refused one was."""
        reasons: dict[int, str] = {}
        for wait in (*WAITS, None):
            later: list[Line] = []
            for line, said in zip(lines, self._answers(lines), strict=True):
                if said["status"] == _FULL and _kind(said) != "cluster_block_exception" and wait is not None:
                    later.append(line)
                elif reason := self._reason(said):
                    reasons[line.place] = reason
            if not later:
                break
            time.sleep(wait or 0)
            lines = later
        return reasons

    def _answers(self, lines: Sequence[Line]) -> list[Mapping[str, Any]]:
        sender = self.client.options(request_timeout=SECONDS)
        with translated(self.address):
            try:
                operations: list[Any] = [line.body for line in lines]
                answer = sender.bulk(index=self.index, operations=operations, timeout=f"{SECONDS // 2}s")
            except ApiError as error:
                if error.status_code != _TOO_LARGE:
                    raise
            else:
                return [one["index"] for one in answer["items"]]
        return self._halves(lines)

    def _halves(self, lines: Sequence[Line]) -> list[Mapping[str, Any]]:
        if len(lines) == 1:
            return [{"status": _TOO_LARGE, "error": {"type": "too_large", "reason": ""}}]
        middle = len(lines) // 2
        return self._answers(lines[:middle]) + self._answers(lines[middle:])

    def _reason(self, said: Mapping[str, Any]) -> str | None:
        """Why a document is refused for ever; None when it was written, or a newer one was there. Raises what
        refused it for now."""
        status, kind = said["status"], _kind(said)
        if status <= _DONE or status == _CONFLICT:
            return None
        if status == _TOO_LARGE:
            return "文字超过了检索服务器允许的大小"
        if status == _WRONG and kind not in _OF_THE_INDEX:
            return _why(kind, str(said["error"].get("reason", "")))
        error: MinyiError = refusal(status, kind, self.address)
        raise error


def _kind(said: Mapping[str, Any]) -> str:
    return str(said.get("error", {}).get("type", ""))


def _why(kind: str, reason: str) -> str:
    # The server's reason goes on to quote the value, which may be somebody's words: the field's name alone is taken.
    field = re.search(r"field \[(\w+)\]", reason)
    named = f"“{field[1]}”一栏的值" if field and field[1] in FIELDS else "有一栏的值"
    return f"{named}不合检索库的要求（{kind}）"
