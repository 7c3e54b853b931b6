"""A backup from yesterday brought back on servers: nothing that it or the bus still holds is lost, nothing purged
comes back, and doctor names the span that may be missing."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock import stored, system_clock
from pipeline.errors import Broken, NotAllowed
from pipeline.office.context import office_of
from pipeline.office.removal import purge
from pipeline.operate.doctor import examine
from pipeline.operate.restore import Restored, refuse_unfinished, restore
from pipeline.records.items import Query
from pipeline.records.names import TOPICS
from pipeline.settings import load
from pipeline.wiring import open_system
from pipeline.workers import projector_of
from tests.faults import driver, moving
from tests.faults.county import County
from tests.faults.hands import Hand, done
from tests.faults.proof import finish, hits, prove
from tests.faults.shapes import SHAPES, asked, settings_of
from tests.faults.test_moving import held
from tests.services.cluster import Cluster

SERVERS = pytest.mark.parametrize("shape", SHAPES[1:], indirect=True)
pytestmark = [pytest.mark.servers, pytest.mark.faults, SERVERS]
SERIES = "社情民意信息"


def put_back(home: Path, folder: str) -> Restored:
    return restore(settings_of(home), Path(folder), open_system)


def backed_up(home: Path, county: County, into: Path, **more: int) -> str:
    """A backup of a home with a county's content, to which more has come since."""
    county.grow(**more)
    finish(home, county)
    folder: str = done("backup", home, into=str(into))
    county.grow(**more)
    finish(home, county)
    return folder


@pytest.fixture
def yesterday(home: Path, county: County, tmp_path: Path) -> str:
    """Pages, rows and submissions before and after."""
    return backed_up(home, county, tmp_path / "backups", pages=2, rows=6, posts=3)


@pytest.fixture
def rows_alone(home: Path, county: County, tmp_path: Path) -> str:
    """Less of it, where all of it is not the point."""
    return backed_up(home, county, tmp_path / "backups", pages=0, rows=4, posts=0)


def test_what_the_backup_or_the_bus_holds_is_there_again(home: Path, county: County, yesterday: str):
    before = held(home)
    (store_id,) = asked(home, "SELECT value FROM notes WHERE name = 'store_id'")
    told = put_back(home, yesterday)
    assert told.items < len(before["items"])
    assert told.lost == 0
    assert asked(home, "SELECT value FROM notes WHERE name = 'store_id'") != [store_id]
    assert asked(home, f'SELECT count(*) FROM "{told.schema}".items') == [(len(before["items"]),)]
    done("run", home)
    prove(home, county)
    after = held(home)
    assert {one: text.text for one, text in after["views"].items()} == {
        one: text.text for one, text in before["views"].items()
    }
    with driver.opened(str(home)) as system:
        wrong = {one.part: one for one in examine(system) if not one.ok}
        assert set(wrong) == {"restore", "series"}
        assert "可能缺失" in wrong["restore"].what
        with system.store.reading() as session:
            assert session.desk.held(SERIES)
    finish(home, county)
    prove(home, county)


def test_what_was_purged_since_stays_purged(home: Path, county: County, tmp_path: Path):
    old, new = county.plant_rows("old", ["indexed"])[0], "new"
    finish(home, county)
    folder: str = done("backup", home, into=str(tmp_path / "backups"))
    new = county.plant_rows("new", ["indexed"])[0]
    finish(home, county)
    with driver.opened(str(home)) as system:
        found = [projector_of(system).find(Query(text=word)).hits[0].document.id for word in (old, new)]
        for item in found:
            purge(office_of(system), system.bus, item, by="陈编", second="林科")
    assert set(put_back(home, folder).purged) == set(found)
    done("run", home)
    with driver.opened(str(home)) as system:
        assert [hits(projector_of(system), word) for word in (old, new)] == [[], []]
        with system.store.reading() as session:
            outcomes = [[str(row.outcome) for row in session.ledger.of_item(item)] for item in found]
            assert session.items.count_live() == 0
        assert all(set(some) <= {"purged", "duplicate"} for some in outcomes)


def test_a_range_that_the_bus_holds_no_more_is_booked_and_named(home: Path, county: County, rows_alone: str):
    with driver.opened(str(home)) as system:
        for topic in TOPICS:
            ends = {partition: one.end for partition, one in system.bus.extent(topic).items()}
            system.bus.expire(topic, ends, stored(system_clock() + timedelta(days=1)))
    told = put_back(home, rows_alone)
    assert told.lost > 0
    done("run", home)
    with driver.opened(str(home)) as system:
        lines = {one.what for one in examine(system) if not one.ok}
        assert any(f"其中 {told.lost} 条消息总线已不再保存" in line for line in lines)
        assert any("已记为缺口" in line for line in lines)
        assert not any("账目" in line and "不" in line for line in lines if "缺口" not in line)
    # It goes on.
    finish(home, county.grow(pages=0, rows=2, posts=2))


@pytest.mark.parametrize("point", moving.RESTORING, ids=[name.replace(" ", "_") for name in moving.RESTORING])
def test_a_restore_that_is_killed_is_done_by_doing_it_again(home: Path, county: County, rows_alone: str, point: str):
    before = held(home)
    with closing(Hand(point, home, target=moving.main, backup=rows_alone)) as one:
        assert one.wait() == "killed"
    with pytest.raises(Broken, match=r"没有做完.*minyi restore"):
        refuse_unfinished(home)
    if point == "before the commit":
        assert held(home) == before
    else:
        broken = pytest.raises(Broken, match=r"没有做完.*minyi restore")
        with driver.opened(str(home)) as system, broken, system.store.reading():
            pass
    put_back(home, rows_alone)
    refuse_unfinished(home)
    done("run", home)
    prove(home, county)


def test_a_new_database_in_the_place_of_one_that_is_gone(home: Path, county: County, rows_alone: str, cluster: Cluster):
    name = settings_of(home).store.url.rpartition("/")[2]
    cluster.server.drop(name)
    cluster.server.create(name)
    told = put_back(home, rows_alone)
    assert (told.schema, told.purges_unknown) == ("", True)
    done("run", home)
    prove(home, county)


def test_it_is_refused_while_somebody_works_there_and_for_another_shape(home: Path, county: County, tmp_path: Path):
    county.grow(pages=0, rows=2, posts=0)
    finish(home, county)
    folder: str = done("backup", home, into=str(tmp_path / "backups"))
    busy = pytest.raises(NotAllowed, match="还有程序在使用")
    with driver.opened(str(home)) as system, system.store.reading(), busy:
        put_back(home, folder)
    embedded = load({"MINYI_HOME": str(tmp_path / "embedded")})
    with pytest.raises(NotAllowed, match="minyi move"):
        restore(embedded, Path(folder), open_system)
    prove(home, county)
