"""A process killed at every commit edge that DESIGN names: nothing is lost, doubled or miscounted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.records.names import TOPICS
from tests.faults import driver
from tests.faults.county import County
from tests.faults.edges import CASES, REINDEX, Case
from tests.faults.hands import done, hand
from tests.faults.proof import finish, prove
from tests.faults.shapes import EITHER
from tests.faults.trap import Edge

pytestmark = [pytest.mark.faults, EITHER]


def arguments(job: str, county: County) -> dict[str, Any]:
    return {"crawl": {"catalogue": county.catalogue}, "import": {"files": county.paths}}.get(job, {})


def killed(home: Path, county: County, case: Case) -> None:
    """The case's job, dead at its edge."""
    with hand(case.job, home, case.edge, **arguments(case.job, county)) as one:
        if case.job == "api":
            county.post(one.hear("port"))
        assert one.wait() == "killed", f"{case.name}: {one.error if 'error' in one._told else 'edge not met'}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "_"))
def test_a_process_killed_at_an_edge_loses_doubles_and_miscounts_nothing(home: Path, county: County, case: Case):
    county.grow(**case.given)
    for job in case.first:
        done(job, home, **arguments(job, county))
    killed(home, county, case)
    finish(home, county)
    prove(home, county)


@pytest.mark.parametrize("case", REINDEX, ids=lambda case: case.name.replace(" ", "_"))
def test_rule_14_a_killed_reindex_leaves_no_other_generation_behind_the_next(home: Path, county: County, case: Case):
    county.grow(**case.given)
    for job in case.first:
        done(job, home, **arguments(job, county))
    killed(home, county, case)
    county.grow(**case.given)
    finish(home, county)
    done("reindex", home)
    prove(home, county)
    with driver.opened(str(home)) as system, system.store.reading() as session:
        names = session.registry.generations().names
        assert list(names) == system.search.generations()
        assert len(names) == 1
        assert {system.bus.partitions(topic) for topic in TOPICS} == {12}


@pytest.mark.parametrize("nth", [1, 2])
def test_rule_14_of_two_reindexes_at_once_the_later_stands_and_misses_nothing(home: Path, county: County, nth: int):
    county.grow(rows=30, pages=0, posts=0)
    finish(home, county)
    with hand("reindex", home, Edge("search.write", nth=nth, end="freeze")) as slow:
        deadline = time.monotonic() + 60
        while not slow.frozen():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        county.grow(rows=6, pages=0, posts=0)
        finish(home, county)
        done("reindex", home)
        slow.resume()
        assert slow.wait() == "error"
        assert "重建" in slow.error or "检索" in slow.error
    finish(home, county)
    prove(home, county)
