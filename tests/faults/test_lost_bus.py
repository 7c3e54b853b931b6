"""A bus that is gone with what nobody had read: submissions are sent again, pages fetched anew, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from pipeline.operate.observed import unread_of
from pipeline.records.names import GROUP, TOPICS
from tests.faults import driver
from tests.faults.county import County
from tests.faults.hands import done, hand
from tests.faults.proof import finish, prove
from tests.faults.shapes import EITHER
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
    done("relay", home)
    assert all(unread(home).values()), unread(home)
    lose_bus()
    # Nobody sends anything again: what was lost comes back by itself, a page with the next crawl.
    done("run", home)
    done("crawl", home, catalogue=county.catalogue)
    done("run", home)
    prove(home, county)


def unread(home: Path) -> dict[str, int]:
    """How many messages of each topic nobody has read."""
    with driver.opened(str(home)) as system:
        with system.store.reading() as session:
            offsets = session.offsets.rows(GROUP)
        left = {topic: unread_of(system.bus, topic, offsets) for topic in TOPICS}
    return {topic: sum(one.end - one.first for one in extents.values()) for topic, extents in left.items()}
