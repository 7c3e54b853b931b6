"""Vendor errors end at the adapter: every one that is known has a meaning, and a sentence."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy.exc

from pipeline.adapters.store_sql import SqlStore
from pipeline.adapters.store_sql.dialects import Sqlite
from pipeline.adapters.store_sql.store import fault
from pipeline.errors import Broken, MinyiError, Terminal, Transient
from pipeline.ports.store import Session
from tests.contract.store.rows import NOW, item, read, signature

DIALECT = Sqlite(Path("home") / "store.db", 5.0)
CODES = {
    name: value
    for name, value in vars(sqlite3).items()
    if re.fullmatch(r"SQLITE_[A-Z]+", name) and isinstance(value, int) and 0 < value < 100
}
RESULT_CODES = {  # https://www.sqlite.org/rescode.html, primary codes; the rest of sqlite3's names are no results
    "ABORT": Transient,
    "AUTH": Broken,
    "BUSY": Transient,
    "CANTOPEN": Broken,
    "CONSTRAINT": Terminal,
    "CORRUPT": Broken,
    "EMPTY": Terminal,
    "ERROR": Terminal,
    "FORMAT": Broken,
    "FULL": Transient,
    "INTERNAL": Terminal,
    "INTERRUPT": Transient,
    "IOERR": Transient,
    "LOCKED": Transient,
    "MISMATCH": Terminal,
    "MISUSE": Terminal,
    "NOLFS": Broken,
    "NOMEM": Transient,
    "NOTADB": Broken,
    "NOTFOUND": Terminal,
    "NOTICE": Terminal,
    "PERM": Broken,
    "PROTOCOL": Transient,
    "RANGE": Terminal,
    "READONLY": Broken,
    "SCHEMA": Transient,
    "TOOBIG": Terminal,
    "WARNING": Terminal,
}


def coded(code: int, name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("张三")
    error.sqlite_errorcode = code
    error.sqlite_errorname = name
    return error


def classes(module: object, base: type[BaseException]) -> Iterator[type[BaseException]]:
    return (one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, base))


@pytest.mark.parametrize(("name", "meaning"), RESULT_CODES.items())
def test_every_result_of_sqlite_has_a_meaning(name: str, meaning: type[MinyiError]) -> None:
    code = CODES.get(f"SQLITE_{name}")
    assert code is not None
    extended = code | (3 << 8)
    for number in (code, extended):
        found = DIALECT.fault(coded(number, f"SQLITE_{name}"))
        assert type(found) is meaning
        assert "张三" not in str(found)


@pytest.mark.parametrize("kind", [*classes(sqlite3, sqlite3.Error), sqlite3.Warning, OverflowError])
def test_every_error_of_the_driver_has_a_meaning(kind: type[Exception]) -> None:
    assert isinstance(DIALECT.fault(kind("x")), MinyiError)


def test_what_is_not_the_engine_s_passes(tmp_path: Path) -> None:
    assert DIALECT.fault(KeyError("x")) is None
    with closing(SqlStore.sqlite(tmp_path / "store.db")) as store:
        with pytest.raises(KeyboardInterrupt), store.writing():
            raise KeyboardInterrupt
        with store.writing() as session:
            session.registry.set_note("still", "well")


@pytest.mark.parametrize("kind", list(classes(sqlalchemy.exc, sqlalchemy.exc.SQLAlchemyError)))
def test_every_error_of_sqlalchemy_has_a_meaning(kind: type[sqlalchemy.exc.SQLAlchemyError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "x")
    if isinstance(error, sqlalchemy.exc.StatementError):
        error.orig = coded(sqlite3.SQLITE_BUSY, "SQLITE_BUSY")
    found = fault(DIALECT, error)
    expected = {sqlalchemy.exc.TimeoutError: Transient, sqlalchemy.exc.DBAPIError: Transient}
    assert isinstance(found, next((one for base, one in expected.items() if issubclass(kind, base)), Terminal))


# ---------------------------------------------------------------- as they happen


def test_a_lock_that_is_held_too_long_is_transient(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with (
        closing(SqlStore.sqlite(path)) as holder,
        closing(SqlStore.sqlite(path, busy=0.05)) as other,
        holder.writing() as session,
    ):
        session.registry.set_note("a", "1")
        with pytest.raises(Transient, match=r"数据库正忙，等了 0\.05 秒"), other.writing():
            pass
        with other.reading() as reader:
            assert reader.registry.note("a") is None


def fill(session: Session, start: int) -> None:
    names = [f"i{number}" for number in range(start, start + 50)]
    session.items.revise([(read(name, "字" * 800), 1) for name in names])
    session.items.sign([signature(name) for name in names])
    session.items.write([item(name) for name in names])


def until_full(store: SqlStore) -> tuple[int, Transient]:
    """How many items went in, and the error that ended it."""
    for done in range(0, 100_000, 50):
        try:
            with store.writing() as session:
                fill(session, done)
        except Transient as full:
            return done, full
    raise AssertionError


def test_rule_8_a_full_disk_is_transient_names_the_folder_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SqlStore.sqlite(path, clock=NOW).close()
    with closing(SqlStore.sqlite(path, clock=NOW, max_pages=400)) as store:
        done, full = until_full(store)
        assert done > 0
        assert full.what == "磁盘已满，数据写不进去"
        assert full.where == str(tmp_path)
        assert "腾出空间" in (full.fix or "")
        with store.reading() as session:
            assert session.items.count_live() == session.marks.pending() == session.items.last_seq() == done
    with closing(SqlStore.sqlite(path, clock=NOW)) as roomy:
        with roomy.writing() as session:
            fill(session, done)
        with roomy.reading() as session:
            assert session.items.count_live() == done + 50


def test_a_store_on_a_full_disk_is_not_made_by_half(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with pytest.raises(Transient, match="磁盘已满"):
        SqlStore.sqlite(path, max_pages=10)
    with closing(SqlStore.sqlite(path)) as store, store.reading() as session:
        assert session.items.count_live() == 0


def test_writers_that_wait_too_long_in_one_process_are_transient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.store_sql.engines.WRITERS_WAIT", 0.05)
    with closing(SqlStore.sqlite(tmp_path / "store.db")) as store, ThreadPoolExecutor(1) as pool, store.writing():
        waiting = pool.submit(lambda: store.writing().__enter__())
        assert isinstance(error := waiting.exception(), Transient)
        assert "没有轮到" in str(error)


@pytest.mark.parametrize("begin", ["writing", "noting"])
def test_a_file_found_damaged_at_the_beginning_of_a_transaction_is_broken(tmp_path: Path, begin: str) -> None:
    path = tmp_path / "store.db"
    with closing(SqlStore.sqlite(path)) as store:
        with store.writing() as session:
            session.registry.set_note("a", "1")
        with closing(sqlite3.connect(path)) as other:
            # Its page is read again only when somebody else has written.
            other.execute("INSERT INTO notes VALUES ('b', '2')")
            other.commit()
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with path.open("r+b") as file:
            file.write(b"x" * 100)
        with pytest.raises(Broken, match="已损坏"), getattr(store, begin)():
            pass
