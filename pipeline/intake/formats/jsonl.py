"""jsonl: one JSON object a line. Lines are read one by one, whatever the size of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import orjson

from pipeline.errors import Refused
from pipeline.intake.drafts import Limits, RefusedRow, Row
from pipeline.intake.formats import columns as names
from pipeline.intake.formats import values
from pipeline.intake.formats.lines import Line, lines, told_once


def read(stream: BinaryIO, limits: Limits, columns: Mapping[str, str], warn: names.Warn) -> Iterator[Row | RefusedRow]:
    """Its rows; `number` is the line. An empty line is passed over."""
    names.check(columns)
    say = told_once(warn)
    for line in lines(stream, limits.row):
        if line.why is None and not line.text.strip():
            continue
        try:
            yield Row(line.number, _draft(line, columns, say))
        except Refused as refused:
            yield RefusedRow(line.number, str(refused))


def _draft(line: Line, columns: Mapping[str, str], say: names.Warn) -> Any:
    if line.why is not None:
        raise Refused(line.why)
    row = _object(line.text)
    found = names.mapped(row, columns)
    for name in names.unknown(row, found):
        say(f"“{name}”一列不认识，没有导入")
    if "text" not in found.values():
        raise Refused(names.missing_text(row), fix=names.TEXT_FIX)
    return values.draft(
        {field: row[name] for name, field in found.items()}, lambda what: say(f"第 {line.number} 行：{what}")
    )


def _object(text: str) -> dict[str, Any]:
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(f"不是完整的 JSON（第 {error.colno} 个字符附近）", fix="请每行写一个完整的 JSON 对象") from error
    if not isinstance(row, dict):
        raise Refused("不是 JSON 对象", fix="请写成 {…}")
    return row
