"""`minyi move` as far as it needs no server: what it refuses, and the files, which move alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Broken, NotAllowed
from pipeline.settings import load
from pipeline.wiring import System, open_files, open_system

AT = "2026-11-23T01:00:00.000000Z"


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "new.env"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def put(home: Path, *contents: bytes) -> list[str]:
    with open_system(load({"MINYI_HOME": str(home)})) as system:
        return [system.files.put(one) for one in contents]


def test_files_move_alone_and_come_back(minyi, home, two_items, written, tmp_path, monkeypatch):
    names = put(home, "甲".encode(), "乙".encode())
    target = f"file://{tmp_path.as_posix()}/shared"
    ran = minyi("move", written(f"# 新\nexport MINYI_FILES='{target}'\nOTHER=1\n"), "--json")
    assert ran.status == 0, ran.err
    assert ran.one["parts"] == {"MINYI_FILES": target}
    assert ran.one["files"] >= len(names)
    wrong = [one for one in minyi("doctor", "--json").lines if one["part"] == "files"]
    assert [one["ok"] for one in wrong] == [False]
    assert f"迁出到 {target}" in wrong[0]["what"]
    monkeypatch.setenv("MINYI_FILES", target)
    assert all(one["ok"] for one in minyi("doctor", "--json").lines if one["part"] != "backup")
    with open_system(load({"MINYI_HOME": str(home), "MINYI_FILES": target})) as system:
        assert [system.files.get(name) for name in names] == ["甲".encode(), "乙".encode()]
    assert minyi("move", "--undo").status == 1
    monkeypatch.delenv("MINYI_FILES")
    assert minyi("move", "--undo", "--json").one == {"undone": ["MINYI_FILES"]}
    assert minyi("doctor", "--json").lines


def test_a_damaged_file_is_named_and_left_behind(minyi, home, two_items, written, tmp_path):
    good, bad = put(home, b"good", b"bad")
    path = next(one for one in (home / "files").rglob(bad) if one.is_file())
    path.chmod(0o644)
    path.write_bytes(b"torn")
    ran = minyi("move", written(f"MINYI_FILES=file://{tmp_path.as_posix()}/shared"), "--json")
    assert ran.status == 1
    assert ran.one["damaged"] == [bad]
    assert f"附件 {bad} 已损坏" in ran.err
    assert list((tmp_path / "shared").rglob(good))


class Forgetful(System):
    """Its place for files loses what it is given."""

    @property
    def files(self):
        files = open_files(self.settings)
        files.put = lambda _content: ""
        return files


def test_a_content_that_did_not_arrive_holds_the_move_up(home, two_items, tmp_path):
    from pipeline.operate.move import move
    from pipeline.operate.moved import mark_of

    put(home, "甲".encode())
    settings = load({"MINYI_HOME": str(home)})
    target = load({"MINYI_HOME": str(home), "MINYI_FILES": f"file://{tmp_path.as_posix()}/shared"})
    with pytest.raises(Broken, match="个附件没有抄到新处"):
        move(settings, target, Forgetful, lambda _parts: None)
    assert mark_of(settings.files) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("OTHER=1", "没有 MINYI_ 开头的设置"),
        ("MINYI_TZ=Asia/Shanghai", "没有要迁移的"),
        ("MINYI_HOME=/elsewhere", "MINYI_HOME 不能随迁移改变"),
        ("MINYI_STORE=mysql://a/b", "认不出来"),
        ("MINYI_BUS=kafka://", "或 kafka://主机:9092"),
        ("MINYI_STOER=postgresql://a/b", "没有 MINYI_STOER 这项设置"),
        ("MINYI_STORE=sqlite:////elsewhere/store.db", "只能从 sqlite 迁到 postgresql"),
        ("MINYI_SEARCH=http://127.0.0.1:9", "minyi reindex"),
    ],
)
def test_what_cannot_be_moved_is_wrong_use(minyi, written, text, sentence):
    ran = minyi("move", written(text))
    assert ran.status == 2
    assert sentence in ran.err


def test_the_file_must_be_named_and_there(minyi, tmp_path):
    assert minyi("move").status == 2
    assert minyi("move", "--undo", tmp_path / "x").status == 2
    ran = minyi("move", tmp_path / "absent.env")
    assert ran.status == 2
    assert "读不了" in ran.err


def test_a_home_in_use_is_not_moved(minyi, home, two_items, written, tmp_path):
    with open_system(load({"MINYI_HOME": str(home)})) as system, system.store.reading() as session:
        session.registry.store_id()
        ran = minyi("move", written(f"MINYI_FILES=file://{tmp_path.as_posix()}/shared"))
    assert ran.status == 1
    assert "还有程序在使用这份数据" in ran.err
    assert not (tmp_path / "shared").exists()


def test_what_arrives_while_it_moves_is_noticed(home, two_items, tmp_path):
    from pipeline.operate.move import move

    settings = load({"MINYI_HOME": str(home)})
    target = load({"MINYI_HOME": str(home), "MINYI_FILES": f"file://{tmp_path.as_posix()}/shared"})

    def drained(parts: System) -> None:
        from tests.arriving import TEXT, put, submitted

        put(parts, submitted(parts, "late", TEXT))

    with pytest.raises(NotAllowed, match="又收到 1 条"):
        move(settings, target, System, drained)


def test_parts_that_moved_together_stay_marked_when_one_of_them_is_moved_again(home, two_items, tmp_path):
    from pipeline.operate.move import move
    from pipeline.operate.moved import Mark, mark_of, write_mark

    settings = load({"MINYI_HOME": str(home)})
    there, together = {"bus": "kafka://a:9092", "files": "s3://a/b"}, ["MINYI_BUS", "MINYI_FILES"]
    for name, to in there.items():
        write_mark(getattr(settings, name), Mark(to, AT, "x", together))
    target = load({"MINYI_HOME": str(home), "MINYI_FILES": f"file://{tmp_path.as_posix()}/elsewhere"})
    with pytest.raises(Broken, match="迁出到 s3://a/b"):
        move(settings, target, System, lambda _parts: None)
    assert {name: mark.to for name in there if (mark := mark_of(getattr(settings, name)))} == there


def test_a_store_ahead_of_the_bus_hides_nothing_that_waits(home, two_items, tmp_path):
    from pipeline.operate.move import move
    from pipeline.records.names import CRAWLED, GROUP
    from tests.arriving import TEXT, put, submitted

    settings = load({"MINYI_HOME": str(home)})
    target = load({"MINYI_HOME": str(home), "MINYI_FILES": f"file://{tmp_path.as_posix()}/shared"})

    def drained(parts: System) -> None:
        put(parts, submitted(parts, "late", TEXT))
        with parts.store.writing() as session:
            session.offsets.ensure(GROUP, parts.bus.bus_id(CRAWLED), CRAWLED, 0, 0)
            session.offsets.advance(GROUP, parts.bus.bus_id(CRAWLED), CRAWLED, 0, 0, 1)

    with pytest.raises(NotAllowed, match="又收到 1 条"):
        move(settings, target, System, drained)
