"""PostgreSQL alone: what its errors mean, tables that are not there, a server that goes away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Event
from uuid import uuid4

import psycopg.errors
import pytest

from pipeline.adapters.store_sql import marks
from pipeline.adapters.store_sql.postgres import Postgres
from pipeline.clock import system_clock
from pipeline.errors import Broken, MinyiError, Terminal, Transient
from pipeline.ports.store import Store
from pipeline.settings import load
from pipeline.wiring import open_store
from tests.contract.store.rows import item, ledger_row
from tests.services import postgres

pytestmark = postgres.TOGETHER
DIALECT = Postgres("postgresql://u:***@host/minyi")


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    if not postgres.available():
        pytest.skip("PostgreSQL is not installed (postgresql-15 or newer)")
    with postgres.running() as found:
        yield found


def opened(url: str) -> Store:
    return open_store(load({"MINYI_STORE": url}), system_clock)


@pytest.fixture
def store(server: postgres.Server) -> Iterator[Store]:
    with closing(opened(server.create(f"t_{uuid4().hex}"))) as made:
        yield made


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.ConnectionFailure, Transient),
        (psycopg.errors.SerializationFailure, Transient),
        (psycopg.errors.DeadlockDetected, Transient),
        (psycopg.errors.LockNotAvailable, Transient),
        (psycopg.errors.QueryCanceled, Transient),
        (psycopg.errors.AdminShutdown, Transient),
        (psycopg.errors.DiskFull, Transient),
        (psycopg.errors.TooManyConnections, Transient),
        (psycopg.errors.ReadOnlySqlTransaction, Transient),
        (psycopg.OperationalError, Transient),
        (psycopg.InterfaceError, Transient),
        (psycopg.errors.InvalidPassword, Broken),
        (psycopg.errors.InsufficientPrivilege, Broken),
        (psycopg.errors.InvalidCatalogName, Broken),
        (psycopg.errors.UndefinedTable, Broken),
        (psycopg.errors.DataCorrupted, Broken),
        (psycopg.errors.UniqueViolation, Terminal),
        (psycopg.errors.CharacterNotInRepertoire, Terminal),
        (psycopg.DataError, Terminal),
    ],
)
def test_rule_8_an_engines_error_says_what_to_do_next(error: type[psycopg.Error], kind: type[MinyiError]):
    found = DIALECT.fault(error("secret words of somebody"))
    assert type(found) is kind
    assert "secret" not in str(found)


def test_tables_that_are_not_there_are_refused_until_migrated(store: Store):
    with pytest.raises(Broken, match="minyi migrate"), store.reading():
        pass
    assert store.migrate()
    assert store.migrate() == []
    with store.reading() as session:
        assert session.registry.generations().live == "1"
    assert all(finding.ok for finding in store.check())


def test_a_database_that_is_not_there_is_said_so(server: postgres.Server):
    with closing(opened(server.url("nowhere"))) as store:
        with pytest.raises(Broken, match="库名"), store.reading():
            pass
        assert [finding.ok for finding in store.check()] == [False]


def test_a_server_that_goes_away_is_transient_and_comes_back(store: Store, server: postgres.Server):
    store.migrate()
    with store.writing() as session:
        session.registry.set_note("kept", "yes")
    server.stop("immediate")
    try:
        with pytest.raises(Transient), store.reading() as session:
            session.registry.note("kept")
    finally:
        server.start()
    with store.reading() as session:
        assert session.registry.note("kept") == "yes"


def test_a_connection_lost_in_a_transaction_is_transient_and_writes_nothing(store: Store, server: postgres.Server):
    store.migrate()
    with pytest.raises(Transient), store.writing() as session:  # noqa: PT012
        session.registry.set_note("lost", "yes")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'minyi'")
    with store.reading() as session:
        assert session.registry.note("lost") is None


def test_a_backup_is_made_by_the_servers_own_tool(store: Store, tmp_path):
    store.migrate()
    assert list(store.backup(str(tmp_path))) == ["store.dump"]
    assert (tmp_path / "store.dump").stat().st_size > 1000


MANY = [item(f"i{number:02}") for number in range(20)]  # so many go by COPY


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_rule_8_what_a_copy_refuses_is_for_the_halving_and_nothing_of_it_is_written(store: Store, bad: str):
    store.migrate()
    with pytest.raises(Terminal) as refused, store.writing() as session:
        session.items.write([*MANY, item("bad", title=f"某人的话{bad}")])
    assert "某人" not in str(refused.value)
    with store.writing() as session:
        session.items.write(MANY)
        assert session.items.count_live() == len(MANY)


def test_rule_8_a_row_that_is_there_already_is_for_the_halving_in_a_copy_too(store: Store):
    store.migrate()
    rows = [ledger_row(offset) for offset in range(20)]
    with store.writing() as session:
        session.ledger.add(rows[:1])
    with pytest.raises(Terminal), store.writing() as session:
        session.ledger.add(rows)


def test_a_connection_lost_before_a_copy_is_transient_and_the_next_is_well(store: Store, server: postgres.Server):
    store.migrate()
    with pytest.raises(Transient), store.writing() as session:  # noqa: PT012
        session.registry.set_note("lost", "yes")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'minyi'")
        session.ledger.add([ledger_row(offset) for offset in range(20)])
    with store.writing() as session:
        session.ledger.add([ledger_row(offset) for offset in range(20)])
        assert session.registry.note("lost") is None


def test_an_item_made_and_changed_in_one_transaction_is_one_row(store: Store):
    store.migrate()
    with store.writing() as session:
        session.items.write(MANY)
        session.items.write([replace(one, version=2, title="后写的") for one in MANY])
        assert {one.title for one in session.items.by_ids([one.id for one in MANY]).values()} == {"后写的"}
        assert session.marks.due(1) == [("i00", 2)]


def test_the_servers_log_names_no_word_of_a_refused_row(server: postgres.Server):
    word = f"王小明{uuid4().hex}"
    with psycopg.connect(server.create(f"t_{uuid4().hex}"), autocommit=True) as store:
        store.execute("CREATE TABLE words (id int NOT NULL, word text)")
        with pytest.raises(psycopg.errors.NotNullViolation):
            store.execute("INSERT INTO words VALUES (NULL, %s)", [word])
        with pytest.raises(psycopg.errors.NotNullViolation), store.cursor().copy("COPY words FROM STDIN") as rows:
            rows.write_row((None, word))
    log = (server.folder / "log").read_text(errors="replace")
    assert "violates not-null constraint" in log
    assert word not in log


def test_marks_of_several_versions_are_cleared_while_others_raise_them(store: Store, monkeypatch: pytest.MonkeyPatch):
    store.migrate()
    names = [f"i{number}" for number in range(10)]
    with store.writing() as session:
        session.items.write([item(name) for name in names])
    with store.writing() as session:
        session.marks.raise_for(["i4"])
    begun = Event()

    class Slow(dict[int, list[int]]):
        def items(self) -> Iterator[tuple[int, list[int]]]:  # type: ignore[override]
            for number, pair in enumerate(super().items()):
                if number:
                    begun.set()
                    time.sleep(0.3)
                yield pair

    by_version = marks.by_version
    monkeypatch.setattr(marks, "by_version", lambda *given: Slow(by_version(*given)))

    def change() -> None:
        assert begun.wait(10)
        with store.writing() as session:
            session.marks.raise_for(["i4", "i9"])

    with store.reading() as session:
        due = dict(session.marks.due(10))
    assert set(due.values()) == {1, 2}
    with ThreadPoolExecutor(1) as pool:
        changed = pool.submit(change)
        with store.writing() as session:
            session.marks.clear(due, 1)
        changed.result()
    with store.reading() as session:
        assert sorted(session.marks.due(10)) == [("i4", 3), ("i9", 2)]
