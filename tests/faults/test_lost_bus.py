"""A bus that is gone with what nobody had read: submissions are sent again, pages fetched anew, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from tests.faults.county import County
from tests.faults.hands import done, hand
from tests.faults.proof import finish, prove
from tests.faults.shapes import EITHER
from tests.faults.trap import Edge
from tests.services import kafka
from tests.services.cluster import Cluster

pytestmark = pytest.mark.faults


@pytest.fixture
def lose_bus(home: Path, shape: str, request: pytest.FixtureRequest):
    """What makes the bus another, empty one."""

    def lost() -> None:
        if shape == "embedded":
            for file in home.glob("bus.db*"):
                file.unlink()
            return
        cluster: Cluster = request.getfixturevalue("cluster")
        with KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{cluster.broker.port}") as admin:
            kafka.forget(admin)

    return lost


@EITHER
def test_rule_6_a_bus_made_anew_swallows_nothing_that_was_sent_or_seen_before(home: Path, county: County, lose_bus):
    county.grow(pages=4, rows=20, posts=6)
    finish(home, county)
    county.grow(pages=3, rows=20, posts=6)
    done("crawl", home, catalogue=county.catalogue)
    done("import", home, files=county.paths)
    with hand("api", home) as api:
        county.post(api.hear("port"))
        api.tell()
        api.wait()
    with hand("run", home, Edge("commit:offsets.advance", nth=2)) as worker:
        assert worker.wait() == "killed"  # all is relayed, some of it read
    lose_bus()
    done("run", home)  # sees that the bus is another: what was lost of pages is due for the next crawl
    finish(home, county)
    prove(home, county)
