"""Cleaned texts as classify, locate and score get them."""

from __future__ import annotations

from typing import Any

from pipeline.identity import content_hash, exact_hash
from pipeline.records.items import Cleaned
from pipeline.records.messages import Place
from pipeline.records.names import Kind


def cleaned(text: str, title: str = "", **given: Any) -> Cleaned:
    fields: dict[str, Any] = {
        "place": Place("bus", "opinions.submitted", 0, 0),
        "message_id": "m-1",
        "item": "item",
        "kind": Kind.SUBMISSION,
        "source": "来稿",
        "origin": "1",
        "received_at": "2026-11-23T01:00:00.000000Z",
        "title": title,
        "text": text,
        "content": content_hash(title, text),
        "exact": exact_hash(text),
    }
    return Cleaned(**{**fields, **given})
