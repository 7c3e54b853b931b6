"""Administrative divisions to county level (GB/T 2260), the names they go by, and a site's overlay.

The shipped table is `regions.csv`, the shipped words that hold a place's name and mean none are in
`regions.yaml`. A site's `regions.yaml` has the same shape; it adds to both and renames:

    version: 1
    regions:
      - {code: "990100", name: 云漳市}
      - {code: "990101", name: 岚禾县, parent: "990100"}
    not_places: [岚禾路]
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline.errors import RuleError
from pipeline.identity import digest
from pipeline.rules.lexicon import Lexicon
from pipeline.rules.yamlfile import RuleModel, load_yaml

SHIPPED = Path(__file__).parent
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Level = Literal["province", "city", "county"]
LEVELS: tuple[Level, ...] = ("province", "city", "county")
Before = Literal["", "short", "both"]


@dataclass(frozen=True, slots=True)
class Division:
    """One division. `before` says which of its names counts only straight after a place it lies in: its short
    one, both, or neither; such a name is an ordinary word, a street, or borne by several places."""

    code: str
    name: str
    level: Level
    parent: str | None
    short: str = ""
    before: Before = ""


@dataclass(frozen=True, slots=True)
class PlaceName:
    """What one written name may mean: `codes` all of them, `free` those that need no place before them.

    `edge`: two characters (赵县) that any sentence may hold by chance, so they count after a stop alone."""

    codes: tuple[str, ...]
    free: tuple[str, ...]
    short: bool
    edge: bool


class WrittenDivision(RuleModel):
    """A division as a site writes it; the level follows from the code, the parent too unless it is given."""

    code: Code
    name: str = Field(min_length=2, max_length=30)
    parent: Code | None = None
    short: str = Field(default="", max_length=20)
    before: Before = ""


class Overlay(RuleModel):
    """What a site's `regions.yaml` adds."""

    version: Literal[1] = 1
    regions: tuple[WrittenDivision, ...] = ()
    not_places: tuple[Annotated[str, Field(min_length=2, max_length=30)], ...] = ()


@dataclass(frozen=True)
class Regions:
    """The divisions in force by code. `not_places` are words that hold a name and mean no place."""

    divisions: Mapping[str, Division]
    not_places: tuple[str, ...]
    version: str

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """For each code, the codes above it."""
        return {code: frozenset(self._above(code)) for code in self.divisions}

    @cached_property
    def names(self) -> Mapping[str, PlaceName | None]:
        """Every written name; None for a word that is no place."""
        found: dict[str, PlaceName | None] = {}
        for written, divisions in self._written().items():
            free = tuple(each.code for each in divisions if _free(written, each))
            codes = tuple(each.code for each in divisions)
            full = any(each.name == written for each in divisions)
            edge = full and len(written) == 2 and all(each.level == "county" for each in divisions)  # noqa: PLR2004
            found[written] = PlaceName(codes, free, short=not full, edge=edge)
        return found | dict.fromkeys(self.not_places)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The names as an automaton."""
        return Lexicon(self.names)

    @cached_property
    def meanings(self) -> tuple[PlaceName | None, ...]:
        """What each of the lexicon's words means, by its index."""
        return tuple(self.names[word] for word in self.lexicon.words)

    def _above(self, code: str) -> Iterable[str]:
        parent = self.divisions[code].parent
        while parent and parent in self.divisions and parent != code:
            yield parent
            parent = self.divisions[parent].parent

    def _written(self) -> dict[str, list[Division]]:
        written: dict[str, list[Division]] = {}
        for division in self.divisions.values():
            for name in filter(None, (division.name, division.short)):
                written.setdefault(name, []).append(division)
        return written


def load_regions(overlay: Path) -> Regions:
    """The shipped table with the site's `overlay` over it; a missing overlay is fine. Raises RuleError."""
    shipped = load_yaml(SHIPPED / "regions.yaml", Overlay)
    own = load_yaml(overlay, Overlay) if overlay.is_file() else Overlay()
    divisions = _shipped_table()
    divisions |= {each.code: _division(each, divisions) for each in (*shipped.regions, *own.regions)}
    _refuse_orphans(divisions, str(overlay))
    not_places = tuple(dict.fromkeys((*shipped.not_places, *own.not_places)))
    return Regions(divisions, not_places, digest(*map(repr, divisions.values()), *not_places))


def _refuse_orphans(divisions: Mapping[str, Division], where: str) -> None:
    for division in divisions.values():
        parent = division.parent
        if parent is None:
            continue
        if parent not in divisions:
            raise RuleError(
                f"{division.code} {division.name} 的上级 {parent} 不在表里", where=where, fix="请先写明上级，或改正代码"
            )
        if LEVELS.index(divisions[parent].level) >= LEVELS.index(division.level):
            raise RuleError(
                f"{division.code} {division.name} 的上级 {parent} 不比它高一级", where=where, fix="请改正 parent"
            )


def level_of(code: str) -> Level:
    """The level that a code of six digits tells."""
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


def _shipped_table() -> dict[str, Division]:
    with (SHIPPED / "regions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    codes = {row["code"] for row in rows}
    return {
        row["code"]: Division(
            code=row["code"],
            name=row["name"],
            level=level_of(row["code"]),
            parent=_parent(row["code"], codes),
            short=row["short"],
            before=_before(row["before"]),
        )
        for row in rows
    }


def _before(written: str) -> Before:
    return "both" if written == "both" else "short" if written == "short" else ""


def _parent(code: str, codes: Iterable[str]) -> str | None:
    # A county under the province itself (419001 济源市) has no city above it.
    above = (code[:4] + "00", code[:2] + "0000")
    return next((each for each in above if each != code and each in codes), None)


def _division(written: WrittenDivision, known: Mapping[str, Division]) -> Division:
    return Division(
        code=written.code,
        name=written.name,
        level=level_of(written.code),
        parent=written.parent or _parent(written.code, {*known, written.code[:4] + "00"}),
        short=written.short,
        before=written.before,
    )


def _free(written: str, division: Division) -> bool:
    if division.before == "both":
        return False
    return written == division.name or division.before != "short"
