"""A server that is away: arrival goes on where it can, doctor and the log name it, and once it is back all is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from pipeline.operate.doctor import examine
from pipeline.records.items import Finding
from tests.faults import driver
from tests.faults.county import County
from tests.faults.hands import Hand, hand
from tests.faults.proof import finish, prove
from tests.faults.victims import Victim, victims
from tests.services.cluster import Cluster

pytestmark = [pytest.mark.faults, pytest.mark.parametrize("shape", ["servers"], indirect=True)]
AWAY = {"broker": "消息服务器", "search": "检索服务器", "database": "数据库"}


@pytest.fixture(params=["broker", "search", "database"])
def victim(request: pytest.FixtureRequest, cluster: Cluster) -> Victim:
    return victims(cluster)[request.param]


def test_a_server_killed_while_everything_goes_on(home: Path, county: County, victim: Victim):
    county.grow()
    with hand("follow", home) as worker, hand("api", home) as api:
        worker.begun()
        port = api.hear("port")
        with victim.killed():
            answered = county.post(port)
            assert answered == (0 if victim.name == "database" else len(county.posts))
            done_or_transient("import", home, files=county.paths)
            done_or_transient("crawl", home, catalogue=county.catalogue)
            named(home, victim)
        api.tell()
        worker.tell()
        assert (api.wait(), worker.wait()) == ("done", "done"), worker._told
    assert all(sentence for sentence in county.sentences)
    logged(home, victim)
    finish(home, county)
    prove(home, county)


def done_or_transient(job: str, home: Path, **given: Any) -> None:
    """A job beside a dead server: done, or ended with the sentence of a fault that passes."""
    with hand(job, home, **given) as one:
        if one.wait() == "error":
            passes(one)


def passes(one: Hand) -> None:
    assert one.error.startswith("Transient"), one.error


def named(home: Path, victim: Victim) -> None:
    """doctor says which part it is, and what to do."""
    wrong = [line for line in examined(home) if not line.ok and line.part == victim.part]
    assert any(AWAY[victim.name] in line.what for line in wrong), wrong
    assert all(line.fix for line in wrong)


def examined(home: Path) -> list[Finding]:
    with driver.opened(str(home)) as system:
        return examine(cast("Any", system))


def logged(home: Path, victim: Victim) -> None:
    """The worker's log says so, too."""
    assert AWAY[victim.name] in (home / "logs" / "minyi.log").read_text(encoding="utf-8")
