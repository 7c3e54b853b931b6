"""From embedded files to servers: everything that was, and going on from there; killed, doubled, refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Broken, NotAllowed, UsageError
from pipeline.office.shows import verify_history
from pipeline.operate.doctor import examine
from pipeline.operate.move import undo
from pipeline.operate.restore import restore
from pipeline.settings import load
from pipeline.wiring import System, open_system
from tests.faults import driver, moving
from tests.faults.county import County
from tests.faults.hands import Hand, done
from tests.faults.proof import finish, prove
from tests.faults.shapes import FILE, on_servers
from tests.faults.test_office import office_at
from tests.services.cluster import Cluster

pytestmark = [pytest.mark.servers, pytest.mark.faults]
FINE = {"backup"}


@pytest.fixture
def lines(cluster: Cluster) -> Iterator[dict[str, str]]:
    with cluster.namespace() as found:
        yield found


@pytest.fixture
def full(home: Path, county: County) -> County:
    """A home with a county's content, all of it processed."""
    county.grow()
    finish(home, county)
    prove(home, county)
    return county


def switch(home: Path, lines: dict[str, str]) -> None:
    """What the operator does after a move: put the new settings into force."""
    (home / FILE).write_text(json.dumps(lines), encoding="utf-8")


def held(home: Path) -> dict[str, Any]:
    """What must be the same on both sides."""
    with driver.opened(str(home)) as system, system.store.reading() as session:
        ids = session.items.live_ids("", 10**6)
        return {
            "ledger": session.ledger.balance(),
            "items": session.items.by_ids(ids),
            "views": session.items.views(ids),
            "offsets": {row for row in session.offsets.rows() if row.next > row.first},
            "quarantine": [(one.number, one.item, one.reason) for one in session.quarantine.list()],
            "pages": session.crawls.reports(limit=100),
        }


def test_a_home_moves_to_servers_and_goes_on_there(home: Path, full: County, lines: dict[str, str], tmp_path: Path):
    before = held(home)
    lines["MINYI_FILES"] = f"file://{tmp_path.as_posix()}/shared"
    with driver.opened(str(home)) as system, system.store.reading() as session:
        id_before = session.registry.store_id()
    told = moving.moved(str(home), lines)
    assert told.tables["items"] == told.items == len(before["items"]) > 5
    assert told.files >= 1
    switch(home, lines)
    assert held(home) == before
    prove(home, full)
    with driver.opened(str(home)) as system:
        with system.store.reading() as session:
            assert session.registry.store_id() != id_before
        assert [one for one in examine(system) if not one.ok and one.part not in FINE] == []
    # A page known before is unchanged, a submission sent again has the same receipt, and there is more of both.
    (report,) = done("crawl", home, catalogue=full.catalogue)
    assert (report["new"], report["changed"], report["failed"]) == (0, 0, 0)
    full.grow(pages=2, rows=6, posts=4)
    finish(home, full)
    prove(home, full)
    with office_at(home) as office:
        assert verify_history(office) is None


def test_the_old_home_is_not_used_by_mistake_and_can_be_taken_up_again(
    home: Path, full: County, lines: dict[str, str], tmp_path: Path
):
    before = held(home)
    moving.moved(str(home), lines)
    old = load({"MINYI_HOME": str(home)})
    for part in ("store", "bus"):
        with open_system(old) as system, pytest.raises(Broken, match="迁出到"):
            getattr(system, part)
    with open_system(old) as system:
        said = " ".join(one.what for one in examine(system) if not one.ok)
        assert f"迁出到 {lines['MINYI_BUS']}" in said
    with pytest.raises(Broken, match="迁出到"):
        restore(old, tmp_path, System)
    assert moving.moved(str(home), lines).tables["items"] == len(before["items"])  # done already: said again
    with pytest.raises(Broken, match="迁出到"):
        moving.moved(str(home), {**lines, "MINYI_STORE": f"{lines['MINYI_STORE']}x"})
    assert undo(old) == ["MINYI_STORE", "MINYI_BUS"]
    assert held(home) == before
    prove(home, full)


@pytest.mark.parametrize("point", moving.POINTS, ids=[name.replace(" ", "_") for name in moving.POINTS])
def test_a_move_that_is_killed_is_done_by_doing_it_again(home: Path, county: County, lines: dict[str, str], point: str):
    county.grow(pages=1, rows=4, posts=0)
    finish(home, county)
    before = held(home)
    with closing(Hand(point, home, target=moving.main, lines=lines)) as one:
        assert one.wait() == "killed"
    if point in {"among the tables", "before the commit"}:
        assert held(home) == before
        done("run", home)
    if point == "after the commit":
        new = load({**lines, "MINYI_HOME": str(home)})
        with open_system(new) as system, pytest.raises(Broken, match=r"没有做完.*minyi move"), system.store.reading():
            pass
        assert held(home) == before
    moving.moved(str(home), lines)
    switch(home, lines)
    assert held(home) == before
    prove(home, county)


def test_while_it_moves_nobody_else_may(home: Path, county: County, lines: dict[str, str], monkeypatch):
    county.grow(pages=0, rows=4, posts=0)
    finish(home, county)
    with closing(Hand("among the tables", home, target=moving.main, lines=lines, wait=True)) as one:
        one.hear("there")
        with pytest.raises(NotAllowed, match="另一个 minyi move"):
            moving.moved(str(home), lines)
        with pytest.raises(NotAllowed, match="正在迁移"):
            open_system(load({"MINYI_HOME": str(home)}))
        one.tell()
        assert one.wait() == "done"


def test_a_home_in_use_is_not_moved(home: Path, county: County, lines: dict[str, str]):
    county.grow(pages=0, rows=4, posts=0)
    finish(home, county)
    with driver.opened(str(home)) as system:
        system.store.check()
        with pytest.raises(NotAllowed, match=r"还有程序在使用.*store\.db"):
            moving.moved(str(home), lines)
    with open_system(load({**lines, "MINYI_HOME": str(home)})) as system:
        system.store.check()
        with pytest.raises(NotAllowed, match="还有程序连着数据库"):
            moving.moved(str(home), lines)
    assert moving.moved(str(home), lines).tables["items"]


def test_what_had_arrived_is_processed_first(home: Path, county: County, lines: dict[str, str]):
    county.grow(pages=0, rows=8, posts=0)
    done("import", home, files=county.paths)
    moving.moved(str(home), lines)
    switch(home, lines)
    prove(home, county)


def test_a_target_that_holds_something_is_refused(home: Path, county: County, lines: dict[str, str], tmp_path: Path):
    county.grow(pages=0, rows=4, posts=0)
    finish(home, county)
    other = tmp_path / "other"
    done("import", on_servers(other, lines), files=county.paths)
    with pytest.raises(NotAllowed, match=r"目标库不是空的：.*submissions \d+ 行"):
        moving.moved(str(home), lines)
    done("run", other)
    with pytest.raises(NotAllowed, match="目标总线上已有"):
        moving.moved(str(home), lines)
    prove(home, county)


def test_the_bus_alone_moves_and_the_store_stays(home: Path, full: County, lines: dict[str, str]):
    bus = {"MINYI_BUS": lines["MINYI_BUS"]}
    moving.moved(str(home), bus)
    with open_system(load({"MINYI_HOME": str(home)})) as system, pytest.raises(Broken, match="迁出到"):
        _ = system.bus
    switch(home, bus)
    prove(home, full)
    full.grow(pages=1, rows=4, posts=2)
    finish(home, full)
    prove(home, full)
    # The store may follow later.
    more = {name: lines[name] for name in ("MINYI_BUS", "MINYI_STORE")}
    before = held(home)
    moving.moved(str(home), more, bus)
    switch(home, more)
    assert held(home) == before
    prove(home, full)


def test_what_cannot_be_moved_is_said(home: Path, lines: dict[str, str]):
    with pytest.raises(UsageError, match="没有要迁移的"):
        moving.moved(str(home), {})
    with pytest.raises(UsageError, match="minyi reindex"):
        moving.moved(str(home), {"MINYI_SEARCH": lines["MINYI_SEARCH"]})
    with pytest.raises(UsageError, match="只能从 sqlite 迁到 postgresql"):
        moving.moved(str(home), {"MINYI_STORE": f"sqlite:///{home}/other.db"})
