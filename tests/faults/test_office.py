"""Kills while a bulletin is issued, an item replayed, a store upgraded, a backup made: each is taken up again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import NotAllowed
from pipeline.office import issuing, items, shows
from pipeline.office.context import Office, desk_of, office_of
from pipeline.operate.restore import restore
from pipeline.process.replay import replay
from pipeline.records.bulletins import Rendered
from pipeline.settings import load
from pipeline.wiring import open_system
from pipeline.workers import bench_of
from tests.faults import driver
from tests.faults.county import County
from tests.faults.hands import done, hand
from tests.faults.proof import finish, prove
from tests.faults.shapes import EITHER, refuse_row, take_row
from tests.faults.trap import Edge
from tests.pipeline.office.flow import BY, signed

pytestmark = pytest.mark.faults
SERIES = "社情民意信息"


@contextmanager
def office_at(home: Path) -> Iterator[Office]:
    with driver.opened(str(home)) as system:
        office = office_of(system)
        chain = ("editor", "section_head", "secretary")
        series = {name: one.model_copy(update={"chain": chain}) for name, one in office.series.items()}
        yield replace(office, series=series, render=lambda bulletin, form: Rendered(form.encode()))


@pytest.fixture
def keys(home: Path, county: County) -> list[str]:
    """Two signed bulletins."""
    county.plant_rows("matters", ["indexed"] * 2)
    finish(home, county)
    with office_at(home) as office:
        with office.store.reading() as session:
            ids = session.items.live_ids()
        items.move(office, "accept", ids, by=BY)
        return [signed(office, one) for one in ids]


ISSUE = {
    "after the trial render": Edge("office.render", nth=4),
    "before the number's commit": Edge("commit:desk.register", "before"),
    "after the number's commit": Edge("commit:desk.register"),
    "after one file stored": Edge("files.put"),
    "before issued": Edge("commit:desk.add_files", "before"),
    "after issued": Edge("commit:desk.add_files"),
}


@EITHER
@pytest.mark.parametrize("edge", ISSUE.values(), ids=[name.replace(" ", "_") for name in ISSUE])
def test_rules_17_and_18_a_killed_issue_is_finished_under_its_own_number(home: Path, keys: list[str], edge: Edge):
    with hand("issue", home, edge, key=keys[0]) as one:
        assert one.wait() == "killed"
    numbered = (edge.when == "after" and edge.call != "office.render") or edge.call == "commit:desk.add_files"
    with office_at(home) as office:
        assert shows.show(office, keys[0]).number == (1 if numbered else None)
        issuing.finish_all(office)
        for key in keys[:0:-1] if numbered else keys[::-1]:
            issuing.issue(office, key, by=BY)
        assert [shows.show(office, key).number for key in keys] == ([1, 2] if numbered else [2, 1])
        with office.store.reading() as session:
            assert [row.number for row in desk_of(session).numbers(SERIES)] == [1, 2]
            files = desk_of(session).files(keys)
        assert all(len(files[key]) == 4 for key in keys)
        assert all(issuing.export(office, key, "docx").content for key in keys)


@EITHER
@pytest.mark.parametrize("when", ["before", "after"])
def test_rule_12_a_killed_replay_is_done_once(home: Path, county: County, when: str):
    county.plant_rows("refused", ["indexed"] * 9)
    done("import", home, files=county.paths)
    refuse_row(home, "第7件")
    done("run", home)
    take_row(home)
    with hand("replay", home, Edge("commit:quarantine.turn", when), number=1) as one:
        assert one.wait() == "killed"
    with driver.opened(str(home)) as system:
        bench = bench_of(system)
        if when == "after":
            with pytest.raises(NotAllowed, match="已处理过"):
                replay(bench, 1)
        else:
            replay(bench, 1)
        bench.bands.close()
    done("run", home)
    prove(home, county)


BACKUP = {
    "before the store's copy": Edge("store.backup", "before"),
    "between store and bus": Edge("store.backup"),
    "after the bus": Edge("backup.copy"),
    "among the files": Edge("files.get"),
    "before it is noted": Edge("commit:registry.set_note", "before"),
}


@pytest.mark.parametrize("edge", BACKUP.values(), ids=[name.replace(" ", "_") for name in BACKUP])
def test_a_killed_backup_leaves_nothing_that_looks_whole_and_the_next_restores_everything(
    home: Path, county: County, tmp_path: Path, edge: Edge
):
    county.grow(pages=2, rows=6, posts=0)
    finish(home, county)
    target = tmp_path / "copies"
    with hand("backup", home, edge, into=str(target)) as one:
        assert one.wait() == "killed"
    if edge.call != "commit:registry.set_note":
        assert [path for path in target.iterdir() if not path.name.startswith(".")] == []
    done("backup", home, into=str(target))
    other = tmp_path / "other"
    restored: Any = restore(load({"MINYI_HOME": str(other)}), target, open_system)
    assert restored.items
    prove(other, county)


def test_a_killed_upgrade_leaves_the_old_tables_whole_and_the_next_opening_upgrades(home: Path, tmp_path: Path):
    from pipeline.adapters.store_sql import SqlStore, engines, schema
    from pipeline.adapters.store_sql.dialects import Sqlite
    from tests.faults.upgrading import main

    path = home / "store.db"
    schema._write_ahead(Sqlite(path, 5.0))
    engine = engines.writer(Sqlite(path, 5.0))
    with engine.connect() as connection, connection.begin():
        schema.upgrade(connection, "0001")
        connection.exec_driver_sql("INSERT INTO notes VALUES ('note:kept', '1')")
    engine.dispose()
    with hand("upgrade", home, target=main) as one:
        assert one.wait() == "killed"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    with closing(SqlStore.sqlite(path)) as store, store.reading() as session:
        assert store.migrate() == [name for name in schema.known() if name > "0001"]
        assert session.registry.note("kept") == "1"


@EITHER
def test_rule_17_issuers_killed_among_many_leave_following_numbers_and_finish_repairs_them(home: Path, county: County):
    """Eight processes issue at once, four of them killed before, at and after their number."""
    county.plant_rows("matters", ["indexed"] * 8)
    finish(home, county)
    with office_at(home) as office:
        with office.store.reading() as session:
            ids = session.items.live_ids()
        items.move(office, "accept", ids, by=BY)
        keys = [signed(office, one) for one in ids]
    deaths: list[Edge | None] = [
        Edge("commit:desk.register", "before"),
        Edge("commit:desk.register"),
        Edge("files.put"),
        Edge("commit:desk.add_files", "before"),
    ]
    with ExitStack() as stack:
        issuers = [
            stack.enter_context(hand("issue", home, edge, key=key))
            for key, edge in zip(keys, [*deaths, None, None, None, None], strict=True)
        ]
        ended = [one.wait() for one in issuers]
    assert ended == ["killed"] * 4 + ["done"] * 4
    with office_at(home) as office:
        assert len(issuing.finish_all(office)) == 3
        issuing.issue(office, keys[0], by=BY)
        assert sorted(shows.show(office, key).number or 0 for key in keys) == list(range(1, 9))
        with office.store.reading() as session:
            assert [row.number for row in desk_of(session).numbers(SERIES)] == list(range(1, 9))
