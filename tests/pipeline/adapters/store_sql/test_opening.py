"""The file and its version: made, upgraded, refused; copied while in use."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection

from pipeline.adapters.store_sql import SqlStore, engines, schema
from pipeline.adapters.store_sql.dialects import Sqlite
from pipeline.errors import Broken, MinyiError
from tests.conftest import StandingClock
from tests.contract.store.rows import NOW, batch, item


def open_store(path: Path) -> SqlStore:
    return SqlStore.sqlite(path, clock=NOW)


def asked(path: Path, question: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchone()[0]


def altered(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def tables_after(path: Path, make: Callable[[Connection], object]) -> dict[str, str]:
    dialect = Sqlite(path, 5.0)
    engine = engines.writer(dialect)
    with engine.connect() as connection, connection.begin():
        make(connection)
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    engine.dispose()
    return {name: re.sub(r"\s+", "", sql) for name, sql in rows}


def test_a_missing_file_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a b" / "民意" / "store.db"
    with closing(open_store(path)) as store, store.writing() as session:
        assert store.migrate() == [schema.head()]
        session.items.write([item("a")])
    with closing(open_store(path)) as store, store.reading() as session:
        assert store.migrate() == []
        assert session.items.count_live() == 1
    assert asked(path, "PRAGMA journal_mode") == "wal"


def test_many_processes_may_make_one_file(tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    def work(_: int) -> str:
        with closing(open_store(path)) as store, store.reading() as session:
            return session.registry.store_id()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(8)))) == 1


def test_the_revisions_lead_to_the_tables_that_a_new_file_gets(tmp_path: Path) -> None:
    made = tables_after(tmp_path / "made.db", schema.create)
    upgraded = tables_after(tmp_path / "upgraded.db", schema.upgrade)
    assert upgraded == made


def test_the_revisions_make_the_same_first_rows(tmp_path: Path) -> None:
    found: list[list[object]] = []
    for name, make in (("made.db", schema.create), ("upgraded.db", schema.upgrade)):
        tables_after(tmp_path / name, make)
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            tables = ("counters", "generations", "alembic_version")
            found.append([sorted(connection.execute(f"SELECT * FROM {table}")) for table in tables])
            notes = dict(connection.execute("SELECT name, value FROM notes"))
            assert (notes.pop("schema_oldest"), len(notes.pop("store_id")), notes) == (schema.oldest("9999"), 32, {})
    assert found[0] == found[1]


def test_alembic_finds_nothing_to_add(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from pipeline.adapters.store_sql.tables import metadata

    differences: list[object] = []

    def compare(connection: Connection) -> None:
        schema.upgrade(connection)
        differences.extend(compare_metadata(MigrationContext.configure(connection), metadata))

    tables_after(tmp_path / "store.db", compare)
    assert differences == []
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_heads() == [schema.head()]
    assert schema.known() == [f"{number:04}" for number in range(1, len(schema.known()) + 1)]


def test_an_older_file_is_copied_beside_and_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    schema._write_ahead(Sqlite(path, 5.0))
    tables_after(path, lambda connection: schema.upgrade(connection, "0001"))
    altered(path, "INSERT INTO notes VALUES ('note:kept', '1')")
    with closing(open_store(path)) as store, store.reading() as session:
        assert store.migrate() == [name for name in schema.known() if name > "0001"]
        assert session.registry.note("kept") == "1"
    (copy,) = tmp_path.glob("store-0001-*.db")
    assert copy.name == "store-0001-20261123090000.db"  # the office's time
    assert asked(copy, "SELECT version_num FROM alembic_version") == "0001"
    assert asked(copy, "SELECT value FROM notes WHERE name = 'note:kept'") == "1"


def test_pages_remembered_before_their_links_were_kept_stay_remembered(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    schema._write_ahead(Sqlite(path, 5.0))
    tables_after(path, lambda connection: schema.upgrade(connection, "0004"))
    row = "INSERT INTO pages (source, url, use, checked_at, failures, retry_at) VALUES"
    altered(path, f"{row} ('hnzx', 'u1', 'page', '2026-11-23', 1, '2026-11-23')")
    with closing(open_store(path)) as store, store.reading() as session:
        (page,) = session.crawls.due("hnzx", "2026-11-24")
    assert (page.url, page.failures, page.link_title, page.link_date) == ("u1", 1, None, None)


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    schema._write_ahead(Sqlite(path, 5.0))
    tables_after(path, lambda connection: schema.upgrade(connection, "0001"))
    altered(path, "CREATE TABLE overrides (a)")  # which 0003 wants to make, after others
    with pytest.raises(MinyiError):
        open_store(path)
    assert asked(path, "SELECT version_num FROM alembic_version") == "0001"
    assert asked(path, "SELECT count(*) FROM sqlite_master WHERE name = 'acts'") == 0
    assert len(list(tmp_path.glob("store-0001-*.db"))) == 1


def test_a_newer_file_is_refused_in_a_sentence_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_store(path).close()
    altered(path, "UPDATE alembic_version SET version_num = '9999'")
    altered(path, "UPDATE notes SET value = '9999' WHERE name = 'schema_oldest'")
    with pytest.raises(Broken, match=r"新版本程序（9999）.*请先升级本机的民意程序"):
        open_store(path)
    assert asked(path, "SELECT version_num FROM alembic_version") == "9999"
    assert list(tmp_path.glob("store-*")) == []


@pytest.mark.parametrize("revision", sorted(schema.EXPANDS))
def test_an_expansion_leaves_what_was_there_as_it_was_and_asks_nothing_of_who_does_not_know_it(
    tmp_path: Path, revision: str
) -> None:
    before, after = (
        columns_after(tmp_path / f"{target}.db", target) for target in (f"{int(revision) - 1:04}", revision)
    )
    for table, known in before.items():
        added = dict(after[table])
        assert known == {name: added.pop(name) for name in known}  # type, and whether it must be given
        assert all(given for _, given in added.values()), added


def columns_after(path: Path, target: str) -> dict[str, dict[str, tuple[str, bool]]]:
    """By table and column: the type, and whether a row may be written without it; how many keys are unique, too."""
    tables_after(path, lambda connection: schema.upgrade(connection, target))
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: {
                name: (kind, not needed or default is not None)
                for _, name, kind, needed, default, _ in connection.execute(f"PRAGMA table_info({table})")
            }
            | {"": (str(sum(row[2] for row in connection.execute(f"PRAGMA index_list({table})"))), True)}
            for table in tables
        }


def test_an_older_program_makes_no_copy_of_what_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_store(path).close()
    altered(path, "UPDATE alembic_version SET version_num = '9999'")
    refused = pytest.raises(Broken, match=r"新版本程序升级（9999）.*不能由它备份、恢复或迁移")
    with closing(open_store(path)) as store, store.reading() as session, refused:
        session.tables.names()


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    altered(path, "CREATE TABLE other (a)")
    with pytest.raises(Broken, match="不是民意的数据库"):
        open_store(path)
    assert asked(path, "SELECT count(*) FROM sqlite_master") == 1


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes("这不是数据库。".encode() * 500)
    with pytest.raises(Broken, match=r"已损坏.*minyi restore"):
        open_store(path)


def test_a_torn_file_is_broken_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(open_store(path)) as store:
        with store.writing() as session:
            session.items.write([item(f"i{number}") for number in range(500)])
        store.tidy()
        # While it is open: the version row that opening reads may be among what is torn.
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + b"\x5a" * (len(whole) - 4096))
        with pytest.raises(Broken, match="已损坏"), store.reading() as session:
            session.items.by_ids(["i1"])
        assert [line.ok for line in store.check()].count(False) >= 1


def test_a_folder_in_the_file_s_place_is_said(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.mkdir()
    with pytest.raises(Broken, match="打不开"):
        open_store(path)


def test_a_file_in_the_folder_s_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    with pytest.raises(Broken, match="文件夹建不了"):
        open_store(tmp_path / "home" / "store.db")


def test_opening_loads_no_alembic_and_wiring_no_sqlalchemy(tmp_path: Path) -> None:
    code = f"""
import sys, pathlib
import pipeline.wiring
assert not [name for name in sys.modules if name.split('.')[0] in ('sqlalchemy', 'alembic')]
import pipeline.adapters.store_sql.folder
assert 'sqlalchemy' not in sys.modules
from pipeline.adapters.store_sql import SqlStore
SqlStore.sqlite(pathlib.Path({str(tmp_path / "store.db")!r})).close()
assert 'sqlalchemy' in sys.modules and 'alembic' not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# ---------------------------------------------------------------- copies


def test_a_backup_made_while_writers_run_is_whole(tmp_path: Path) -> None:
    path, folder = tmp_path / "store.db", tmp_path / "copies" / "1"
    stop = Event()

    def write(store: SqlStore) -> None:
        start = 0
        while not stop.is_set():
            with store.writing() as session:
                assert batch(session, start, 20)
            start += 20

    with closing(open_store(path)) as store, ThreadPoolExecutor(1) as pool:
        with store.writing() as session:
            session.offsets.ensure("process", "bus-1", "opinions.crawled", 0, 0)
        writing = pool.submit(write, store)
        try:
            for _ in range(3):
                assert list(store.backup(str(folder))) == ["store.db"]
        finally:
            stop.set()
        writing.result()
    assert [file.name for file in folder.iterdir()] == ["store.db"]
    with closing(open_store(folder / "store.db")) as copy, copy.reading() as session:
        (row,) = session.offsets.rows()
        assert [sums.received for sums in session.ledger.balance()] == ([row.next] if row.next else [])
        assert session.items.count_live() == row.next
        assert all(line.ok for line in copy.check() if "磁盘" not in line.what)


def test_a_backup_never_leaves_half_a_file(tmp_path: Path) -> None:
    path, folder = tmp_path / "store.db", tmp_path / "copies"
    with closing(open_store(path)) as store:
        list(store.backup(str(folder)))
        good = (folder / "store.db").read_bytes()
        (folder / "store.db.part").mkdir()
        with pytest.raises(Broken, match="副本写不成"):
            list(store.backup(str(folder)))
    assert (folder / "store.db").read_bytes() == good


def test_tidying_truncates_the_write_ahead_log(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    log = tmp_path / "store.db-wal"
    with closing(open_store(path)) as store:
        with store.writing() as session:
            session.items.write([item(f"i{number}") for number in range(100)])
        assert log.stat().st_size > 0
        store.tidy()
        assert log.stat().st_size == 0


def test_the_clock_names_the_copy(tmp_path: Path, clock: StandingClock) -> None:
    path = tmp_path / "store.db"
    schema._write_ahead(Sqlite(path, 5.0))
    tables_after(path, lambda connection: schema.upgrade(connection, "0001"))
    clock.forward(hours=1)
    SqlStore.sqlite(path, clock=clock).close()
    assert [file.name for file in tmp_path.glob("store-*")] == ["store-0001-20261123100000.db"]
