"""The commit edges that DESIGN names, each with the job that meets it and what there must be to work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.faults.trap import Edge


@dataclass(frozen=True)
class Case:
    """One edge. `grow` is planted first, `first` are jobs done whole before, then `job` is killed at `edge`."""

    name: str
    job: str
    edge: Edge
    grow: dict[str, int] = field(default_factory=dict)
    first: tuple[str, ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        return {"pages": 0, "rows": 0, "posts": 0, **self.grow}


FILES, PAGES, POSTS = {"rows": 14}, {"pages": 2}, {"posts": 8}


def at(call: str, when: str = "after", nth: int = 1) -> Edge:
    return Edge(call, when, nth)


def _cases(prefix: str, job: str, grow: dict[str, int], first: tuple[str, ...], edges: dict[str, Edge]) -> list[Case]:
    return [Case(f"{prefix}: {name}", job, edge, grow, first) for name, edge in edges.items()]


RECEIVE, BATCH, CLEAR = "commit:arrivals.receive", "commit:offsets.advance", "commit:marks.clear"
REMEMBER, LIST = "commit:crawls.remember", "commit:registry.set_generations"

INTAKE = [
    *_cases(
        "import",
        "import",
        FILES,
        (),
        {"before a group's commit": at(RECEIVE, "before", 2), "after a group's commit": at(RECEIVE, "after", 2)},
    ),
    *_cases(
        "api",
        "api",
        POSTS,
        (),
        {
            "before the submissions' commit": at(RECEIVE, "before", 2),
            "after the submissions' commit": at(RECEIVE, "after", 2),
        },
    ),
    *_cases(
        "relay",
        "run",
        FILES,
        ("import",),
        {
            "before publish": at("bus.publish", "before"),
            "after publish, before relayed": at("bus.publish"),
            "after relayed": at("commit:arrivals.relayed"),
        },
    ),
]
CRAWL = _cases(
    "crawl",
    "crawl",
    PAGES,
    (),
    {
        "after files.put, before publish": at("files.put"),
        "before publish": at("bus.publish", "before"),
        "after publish, before remember": at("bus.publish"),
        "mid-run": at(REMEMBER),
        "before the start's validators": at(f"{REMEMBER}:start", "before"),
        "after the start's validators": at(f"{REMEMBER}:start"),
    },
)
PROCESS = [
    *_cases(
        "process",
        "run",
        FILES,
        ("import",),
        {
            "after poll": at("consumer.poll"),
            "after begin": at("commit:offsets.begin"),
            "before the batch's commit": at(BATCH, "before"),
            "after the batch's commit": at(BATCH),
            "after a second batch's commit": at(BATCH, nth=2),
        },
    ),
    *_cases(
        "process a marked page",
        "run",
        PAGES,
        ("crawl",),
        {
            "before the batch's commit": at(BATCH, "before"),
            "after the batch's commit": at(BATCH),
            "before the erase": at("bus.blank", "before"),
            "after the erase": at("bus.blank"),
        },
    ),
]
PROJECT = _cases(
    "project",
    "run",
    FILES,
    ("import",),
    {
        "after the first generation is made": at("search.create"),
        "before search.write": at("search.write", "before"),
        "after search.write, before the clearing": at("search.write"),
        "before the clearing's commit": at(CLEAR, "before"),
        "after the clearing's commit": at(CLEAR),
    },
)
REINDEX = _cases(
    "reindex",
    "reindex",
    {"rows": 30},
    ("import", "run"),
    {
        "after create": at("search.create"),
        "after it is listed": at(LIST),
        "in mid-copy": at("search.write", nth=2),
        "before the swap": at(LIST, "before", 2),
        "after the swap, before drop": at(LIST, nth=2),
        "after drop": at("search.drop"),
    },
)
CASES = [*INTAKE, *CRAWL, *PROCESS, *PROJECT]
