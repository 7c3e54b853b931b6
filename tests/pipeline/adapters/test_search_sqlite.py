"""The embedded search alone: what its files endure."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters import search_sqlite
from pipeline.adapters.search_sqlite import SqliteSearch
from pipeline.adapters.search_sqlite_write import GENERATION
from pipeline.errors import Broken, Transient, UsageError
from pipeline.records.items import Document, Query

G = "1"


def document(number: int, text: str) -> Document:
    return Document(id=f"item{number}", version=1, text=text, received_at="2026-11-23T01:00:00.000000Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "search.db"


@pytest.fixture
def search(path: Path) -> Iterator[SqliteSearch]:
    opened = SqliteSearch(path)
    opened.create(G)
    yield opened
    opened.close()


def test_loading_the_search_loads_no_heavy_library() -> None:
    program = "import sys, pipeline.adapters.search_sqlite as _; print(*{'sqlalchemy', 'fsspec'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_generation_is_a_file_named_after_it(path: Path, search: SqliteSearch) -> None:
    search.create("2")
    assert {each.name for each in path.parent.glob("*.db")} == {"search-1.db", "search-2.db"}
    search.drop("2")
    assert not list(path.parent.glob("search-2*"))


def test_other_files_in_the_home_are_no_generations(path: Path, search: SqliteSearch) -> None:
    for name in ("search-old copy.db", "search.db", "search-1.db.bak", "store.db"):
        (path.parent / name).write_bytes(b"")
    assert search.generations() == [G]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "第一代", "1.db", "x" * 41])
def test_a_generations_name_cannot_leave_the_folder(search: SqliteSearch, name: str) -> None:
    with pytest.raises(UsageError):
        search.create(name)


def test_a_generation_from_a_newer_version_is_refused_with_a_sentence(path: Path, search: SqliteSearch) -> None:
    search.close()
    connection = sqlite3.connect(path.with_name("search-1.db"))
    connection.execute(f"PRAGMA user_version={GENERATION.version + 1}")
    connection.close()
    with pytest.raises(Broken, match=r"较新版本.*升级"):
        SqliteSearch(path).count(G)


def test_a_full_disk_is_transient_and_leaves_the_generation_as_it_was(path: Path, search: SqliteSearch) -> None:
    search.write(G, [document(1, "先来的")])
    narrow = SqliteSearch(path, max_pages=1)
    with pytest.raises(Transient, match="磁盘已满"):
        narrow.write(G, [document(number, chr(0x4E00 + number) * 3000) for number in range(2, 60)])
    narrow.close()
    assert search.count(G) == 1
    search.prove(G)
    assert search.write(G, [document(2, "后来的")])[0].ok
    assert search.query(G, Query("后来")).total == 1


def test_a_torn_file_is_broken_and_doctor_says_so(path: Path, search: SqliteSearch) -> None:
    search.close()
    path.with_name("search-1.db").write_bytes(b"not a database, " * 1000)
    opened = SqliteSearch(path)
    with pytest.raises(Broken, match="已损坏"):
        opened.count(G)
    (finding,) = opened.check()
    assert not finding.ok
    assert "minyi reindex" in (finding.fix or "")


def test_a_reader_is_not_kept_waiting_by_a_writer(path: Path, search: SqliteSearch) -> None:
    search.write(G, [document(1, "先来的")])
    writer = sqlite3.connect(path.with_name("search-1.db"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert search.query(G, Query("先来")).total == 1
    writer.execute("ROLLBACK")
    writer.close()


def test_a_busy_generation_is_transient(path: Path, search: SqliteSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.sqlite.BUSY_SECONDS", 0.05)
    writer = sqlite3.connect(path.with_name("search-1.db"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    impatient = SqliteSearch(path)
    with pytest.raises(Transient, match="占用"):
        impatient.write(G, [document(1, "x")])
    writer.execute("ROLLBACK")
    writer.close()
    impatient.close()


def test_a_removed_text_is_gone_from_the_documents(path: Path, search: SqliteSearch) -> None:
    word = "岚禾县白鹭河柳湾段"
    search.write(G, [document(1, word), document(2, "别的")])
    search.write(G, [Document("item1", 2, tombstone=True)])
    search.close()
    assert word.encode() not in path.with_name("search-1.db").read_bytes()


@pytest.mark.parametrize("text", ["岚禾县白鹭河柳湾段，长3公里。" * 20, "岚禾县𠀀鿿é①白鹭河" * 20])
def test_a_changed_text_leaves_no_token_of_the_old_one(search: SqliteSearch, text: str) -> None:
    search.write(G, [document(1, text), document(2, "别的")])
    search.write(G, [replace(document(1, "改过了"), version=2)])
    search.prove(G)
    assert search.query(G, Query(text="白鹭河")).total == 0
    search.write(G, [Document("item1", 3, tombstone=True)])
    search.prove(G)
    assert search.query(G, Query(text="改过了")).total == 0


def test_an_index_that_lost_a_document_is_found_out(path: Path, search: SqliteSearch) -> None:
    search.write(G, [document(1, "一"), document(2, "二")])
    connection = sqlite3.connect(path.with_name("search-1.db"))
    connection.execute("DELETE FROM documents WHERE id = 'item1'")
    connection.commit()
    connection.close()
    with pytest.raises(Broken, match="reindex"):
        search.prove(G)


def test_a_generation_marked_as_dropped_is_none_though_its_file_is_still_there(
    path: Path, search: SqliteSearch
) -> None:
    # As on Windows, where a file that another process holds open cannot be removed.
    connection = sqlite3.connect(path.with_name("search-1.db"))
    connection.execute("INSERT INTO dropped VALUES ('now')")
    connection.commit()
    connection.close()
    assert search.generations() == []
    with pytest.raises(Transient):
        search.write(G, [document(1, "x")])
    search.create(G)
    assert search.generations() == [G]
    assert search.count(G) == 0


def test_a_generation_of_an_older_version_gets_the_new_columns(path: Path, search: SqliteSearch) -> None:
    search.write(G, [document(1, "烘干")])
    search.close()
    file = path.with_name(f"{path.stem}-{G}{path.suffix}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE documents DROP COLUMN twin")
        connection.execute("ALTER TABLE documents DROP COLUMN undecided")
        connection.execute("DROP TABLE common")
        connection.execute("PRAGMA user_version=2")
        connection.commit()
    again = SqliteSearch(path)
    again.write(G, [replace(document(2, "烘干"), twin=True)])
    assert [hit.document.twin for hit in again.query(G, Query("烘干")).hits] == [False, True]
    again.close()


def common_of(path: Path, generation: str) -> str:
    with closing(sqlite3.connect(path.with_name(f"{path.stem}-{generation}{path.suffix}"))) as connection:
        return "".join(row[0] for row in connection.execute("SELECT characters FROM common"))


@pytest.fixture
def large(search: SqliteSearch, monkeypatch: pytest.MonkeyPatch) -> SqliteSearch:
    """Its generation counts as large, with three characters that stand in a twentieth of its documents."""
    monkeypatch.setattr(search_sqlite, "LARGE", 40)
    texts = ["水稻" if number % 10 else "水稻烘" for number in range(40)]
    search.write(G, [document(number, text + chr(0x5000 + number)) for number, text in enumerate(texts)])
    return search


def test_a_generation_made_beside_a_large_one_indexes_the_pairs_of_its_common_characters(
    path: Path, large: SqliteSearch
) -> None:
    assert "minyi reindex" in large.check()[0].what
    large.create("2")
    assert common_of(path, G) == ""
    assert common_of(path, "2") == "水烘稻"
    large.write("2", [document(1, "水稻。烘干难"), document(2, "水烘稻")])
    words = sqlite3.connect(path.with_name("search-2.db"))
    words.execute("CREATE VIRTUAL TABLE temp.tokens USING fts5vocab(main, words, row)")
    assert {row[0] for row in words.execute("SELECT term FROM tokens")} >= {"水", "水稻", "稻烘", "烘", "干", "水烘"}
    assert not list(words.execute("SELECT 1 FROM tokens WHERE term = '烘干'"))
    words.close()
    asked = ("水稻", "稻烘干", "水", "水烘稻", "稻水")
    assert [large.query("2", Query(text)).total for text in asked] == [1, 1, 2, 1, 0]
    large.write("2", [replace(document(1, "渗水"), version=2)])
    assert [large.query("2", Query(text)).total for text in asked] == [0, 0, 2, 1, 0]
    large.prove("2")


def test_a_generation_that_holds_documents_keeps_its_tokens(path: Path, large: SqliteSearch) -> None:
    large.create(G)
    large.write(G, [document(99, "水稻烘干")])
    assert common_of(path, G) == ""
    assert large.query(G, Query("水稻烘干")).total == 1


def test_a_generation_is_made_once(path: Path, large: SqliteSearch) -> None:
    large.create("2")
    large.create("2")
    assert common_of(path, "2") == "水烘稻"


def test_a_generation_without_the_table_of_common_characters_gets_an_empty_one(
    path: Path, search: SqliteSearch
) -> None:
    search.write(G, [document(1, "烘干")])
    search.close()
    with closing(sqlite3.connect(path.with_name(f"{path.stem}-{G}{path.suffix}"))) as connection:
        connection.execute("DROP TABLE common")
        connection.execute("PRAGMA user_version=3")
        connection.commit()
    again = SqliteSearch(path)
    again.write(G, [replace(document(1, "烘干设备"), version=2)])
    assert again.query(G, Query("烘干设备")).total == 1
    again.prove(G)
    again.close()


TEXTS = st.lists(st.text("岚禾县Ａb，é", min_size=1, max_size=12), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(TEXTS, st.lists(st.text("岚禾县Ａb，é", min_size=1, max_size=12), min_size=1, max_size=2), st.text("岚禾ab"))
def test_pairs_find_what_characters_find(tmp_path: Path, texts: list[str], asked: list[str], common: str) -> None:
    query = Query(" ".join(asked), state="submitted")
    search = SqliteSearch(tmp_path / f"{len(list(tmp_path.iterdir()))}.db")
    search.create(G)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteSearch, "_common_in_the_largest", lambda _: common)
        search.create("2")
    states = ("submitted", "registered")
    documents = [replace(document(n, one), state=states[n % 5 == 4]) for n, one in enumerate(texts)]
    for generation in (G, "2"):
        search.write(generation, documents)
        search.prove(generation)
    assert search.query(G, query) == search.query("2", query)
    search.close()


def test_a_damaged_generation_keeps_none_from_being_made(path: Path, search: SqliteSearch) -> None:
    search.close()
    path.with_name("search-1.db").write_bytes(b"not a database, " * 1000)
    with closing(SqliteSearch(path)) as opened:
        opened.create("2")
        assert opened.count("2") == 0
