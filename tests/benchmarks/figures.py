"""One line of the table of benchmarks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

COLUMNS = ("number", "measured", "goal", "met")


@dataclass(frozen=True)
class Figure:
    """A number, beside its goal when the design has one."""

    name: str
    measured: str
    goal: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, str, str, str]:
        return self.name, self.measured, self.goal, {True: "yes", False: "**no**", None: ""}[self.met]


def at_least(name: str, value: float, goal: float, more: str = "") -> Figure:
    return Figure(name, f"{value:.3f}{more}", f"≥ {goal:g}", value >= goal)


def at_most(name: str, value: float, goal: float, unit: str = "", more: str = "") -> Figure:
    shown = f"{value:.0f}" if value >= 10 else f"{value:.2f}"
    return Figure(name, f"{shown}{unit}{more}", f"≤ {goal:g}{unit}", value <= goal)


def table(figures: Iterable[Figure]) -> str:
    """As Markdown, in columns of one width."""
    rows = [COLUMNS, *(figure.cells() for figure in figures)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(_padded(*cell) for cell in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
