"""The JSON beside a revision and a reading leaves no field of a record out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from pipeline.adapters.store_sql import details
from pipeline.adapters.store_sql.tables import revisions
from pipeline.records.items import Personal, Region, Repair, ScorePart
from tests.contract.store.rows import read

RECORDS = [
    (Repair(3, "口", "囗", "字节完整"), details.repair),
    (Personal("mobile", 1, 12, valid=True), details.personal),
    (Region("990101", "岚禾县", "county", "event", 7, ("990102",)), details.region),
    (ScorePart("time", 0.5, 20.0, "近30天"), details.score_part),
]


@pytest.mark.parametrize(("record", "taken_apart"), RECORDS)
def test_a_record_is_taken_apart_whole(record: Any, taken_apart: Callable[[Any], dict[str, Any]]) -> None:
    assert taken_apart(record) == asdict(record)


def test_every_fact_of_a_read_is_stored_somewhere() -> None:
    one = read("a")
    renamed = {"confidence": "text_confidence", "urgent": "declared_urgent"}
    columns = {column.name for column in revisions.c}
    kept = columns | set(details.of_revision(one.cleaned)) | set(details.of_reading(one))
    # The item's row has these; `exact` is the signature's.
    elsewhere = {"kind", "source", "origin", "receipt", "exact"}
    assert {renamed.get(name, name) for name in asdict(one.cleaned)} - kept == elsewhere
    assert set(asdict(one.classified)) | set(asdict(one.scored)) <= kept
