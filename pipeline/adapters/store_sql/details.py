"""The JSON beside a revision and a reading: what no query asks for by itself. Records are taken apart by hand,
which halves what orjson needs for frozen dataclasses with slots (measured: 2 µs an item saved)."""

from __future__ import annotations

from typing import Any

from pipeline.records.items import Cleaned, Personal, Read, Region, Repair, ScorePart


def of_revision(cleaned: Cleaned) -> dict[str, Any]:
    """What is known of the text beside its columns."""
    return {
        "charset": cleaned.charset,
        "text_confidence": cleaned.confidence,
        "page_source": cleaned.page_source,
        "reply": cleaned.reply,
        "url": cleaned.url,
        "region": cleaned.region,
        "channel": cleaned.channel,
        "declared_urgent": cleaned.urgent,
        "repairs": [repair(one) for one in cleaned.repairs],
        "warnings": cleaned.warnings,
    }


def of_reading(read: Read) -> dict[str, Any]:
    """What the steps found."""
    found, scored = read.classified, read.scored
    return {
        "domain": found.domain,
        "topic": found.topic,
        "confidence": found.confidence,
        "undecided": found.undecided,
        "reasons": found.reasons,
        "regions": [region(one) for one in read.regions],
        "score": scored.score,
        "parts": [score_part(one) for one in scored.parts],
        "urgent": scored.urgent,
        "personal": [personal(one) for one in read.cleaned.personal],
    }


def repair(one: Repair) -> dict[str, Any]:
    """A Repair."""
    return {"at": one.at, "before": one.before, "after": one.after, "why": one.why}


def personal(one: Personal) -> dict[str, Any]:
    """A Personal."""
    return {"kind": one.kind, "start": one.start, "end": one.end, "valid": one.valid}


def region(one: Region) -> dict[str, Any]:
    """A Region."""
    return {
        "code": one.code,
        "name": one.name,
        "level": one.level,
        "role": one.role,
        "at": one.at,
        "candidates": one.candidates,
    }


def score_part(one: ScorePart) -> dict[str, Any]:
    """A ScorePart."""
    return {"name": one.name, "value": one.value, "weight": one.weight, "why": one.why}
