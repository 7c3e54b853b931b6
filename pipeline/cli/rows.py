"""The rows of a file for the tools that work on files alone: no store, no bus, nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.cli.options import content_of
from pipeline.cli.output import message
from pipeline.clock import stored
from pipeline.errors import UsageError
from pipeline.identity import content_hash, exact_hash
from pipeline.intake import formats
from pipeline.intake.drafts import Draft, RefusedRow, Row
from pipeline.records.items import Cleaned, Pair, Signature
from pipeline.records.messages import Place
from pipeline.records.names import Kind


@dataclass
class Rows:
    """The texts of a file, in order. `cleaned[i].item` is its place in the file, `ids[i]` what the file calls it."""

    ids: list[str]
    cleaned: list[Cleaned]
    refused: int = 0


def read_rows(file: str, form: str = "jsonl") -> Rows:
    """Read FILE (`-` is standard input in `form`); rows that cannot be read are named on stderr and counted. Raises
    UsageError when there is no such file."""
    now = stored(datetime.now(UTC))
    rows = Rows([], [])
    for one in _read(file, form):
        if isinstance(one, RefusedRow):
            rows.refused += 1
            message(f"{file}：{'' if one.row is None else f'第 {one.row} 行：'}{one.why}")
            continue
        rows.ids.append(one.draft.id or one.draft.url or str(one.number))
        rows.cleaned.append(as_cleaned(len(rows.cleaned), one.draft, now))
    return rows


def _read(file: str, form: str) -> Iterator[Row | RefusedRow]:
    name = f"stdin.{form}" if file == "-" else Path(file).name
    if file != "-" and not Path(file).is_file():
        raise UsageError("没有这个文件", where=file, fix="请核对路径")
    return formats.read(
        content_of(file) if file == "-" else Path(file), name, warn=lambda why: message(f"{file}：{why}")
    )


def as_cleaned(index: int, draft: Draft, now: str) -> Cleaned:
    """A row as the steps take it; the text stays as it was written, so that places in it are places in the file."""
    title = draft.title or draft.text.lstrip().partition("\n")[0][:40]
    return Cleaned(
        place=Place("", "", 0, index),
        message_id=str(index),
        item=f"{index:012}",
        kind=Kind.SUBMISSION,
        source="file",
        origin=str(index),
        received_at=now,
        title=title,
        text=draft.text,
        content=content_hash(title, draft.text),
        exact=exact_hash(draft.text),
        published_at=draft.published_at,
        unit=draft.unit,
        sector=draft.sector,
        urgent=draft.urgent,
    )


@dataclass(frozen=True)
class Compared:
    """Who resembles whom among the rows: `leads[item]` is its cluster's first, `closest[item]` the earlier row that
    resembles it most."""

    leads: dict[str, str]
    closest: dict[str, tuple[str, Pair]]

    @property
    def others(self) -> dict[str, int]:
        """item → how many more rows its cluster has."""
        sizes = Counter(self.leads.values())
        return {item: sizes[lead] - 1 for item, lead in self.leads.items()}


def compare(cleaned: list[Cleaned]) -> Compared:
    """Every row against every other."""
    from pipeline.bands import among
    from pipeline.steps.clusters import clusters
    from pipeline.steps.dedup import dedup, sign

    signatures: list[Signature] = sign(cleaned)
    texts = {one.item: one.text for one in cleaned}
    found = dedup(cleaned, signatures, among(signatures, signatures), texts)
    pairs = [pair for one in found for pair in one.pairs]
    closest: dict[str, tuple[str, Pair]] = {}
    for pair in pairs:  # `a` is the earlier row: items are numbered in the file's order
        if pair.b not in closest or closest[pair.b][1].similarity < pair.similarity:
            closest[pair.b] = (pair.a, pair)
    return Compared(clusters({one.item: one.item for one in cleaned}, pairs), closest)
