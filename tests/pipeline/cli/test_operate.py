from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.settings import load
from pipeline.wiring import open_system
from tests.pipeline.cli.test_desk import issue


def test_doctor_prints_part_ok_what_and_fix(minyi, two_items, tmp_path) -> None:
    minyi("backup", tmp_path / "备份")
    ran = minyi("doctor", "--json")
    assert ran.status == 0, [one for one in ran.lines if not one["ok"]]
    assert all(list(one) == ["part", "ok", "what", "fix"] for one in ran.lines)
    assert {one["part"] for one in ran.lines} >= {"settings", "home", "store", "bus", "search", "files", "ledger"}
    assert "一切正常" in minyi("doctor").err


def test_doctor_exits_1_and_says_what_to_do(minyi, two_items) -> None:
    ran = minyi("doctor")
    assert ran.status == 1
    assert "还没有备份过" in ran.out
    assert "minyi backup" in ran.out


def test_a_line_that_is_well_and_has_something_to_do_is_marked(minyi, two_items) -> None:
    said = minyi("doctor").out
    assert "注意  告警：还没有备份过" in said
    assert "有问题  备份：还没有备份过" in said
    assert "正常  规则：" in said
    assert not [line for line in said.splitlines() if line.startswith("注意") and "告警" not in line]


def test_doctor_refuses_a_sync_folder(minyi, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MINYI_HOME", str(tmp_path / "坚果云" / "数据"))
    ran = minyi("doctor", "--json")
    assert ran.status == 1
    assert any("坚果云" in one["what"] and "MINYI_HOME" in one["fix"] for one in ran.lines if not one["ok"])


def test_doctor_names_a_wrong_catalogue_and_wrong_rules(minyi, home) -> None:
    (home / "rules").mkdir(parents=True)
    (home / "rules" / "catalogue.yaml").write_text("version: 1\nsources: 3\n", "utf-8")
    (home / "rules" / "scoring.yaml").write_text("version: 1\n", "utf-8")
    wrong = {one["part"] for one in minyi("doctor", "--json").lines if not one["ok"]}
    assert {"sources", "rules"} <= wrong


def test_a_store_from_a_newer_version_is_refused_with_a_sentence_and_not_touched(minyi, two_items, home) -> None:
    with closing(sqlite3.connect(home / "store.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE notes SET value = '9999' WHERE name = 'schema_oldest'")
        connection.commit()
    for command in (["run"], ["search", "护栏"], ["migrate"]):
        ran = minyi(*command)
        assert ran.status == 1
        assert "请先升级本机的民意程序" in ran.err
    lines = minyi("doctor", "--json").lines
    assert sum("9999" in one["what"] for one in lines) == 1


def test_migrate_on_a_new_store_has_nothing_to_do(minyi, two_items) -> None:
    assert minyi("migrate", "--json").one == {"steps": []}


def test_restore_brings_back_what_was_and_holds_the_numbers(minyi, two_items, tmp_path, home) -> None:
    done = issue(minyi, two_items[0])
    exported = Path(minyi("bulletin", "export", done["id"], "--format", "pdf").out.strip()).read_bytes()
    folder = minyi("backup", tmp_path / "备份", "--json").one["folder"]
    issue(minyi, two_items[1])
    ran = minyi("restore", folder, "--json")
    assert ran.status == 0, ran.err
    assert "可能缺失" in ran.err
    assert minyi("show", two_items[1], "--json").one["state"] == "submitted"
    assert len(minyi("search", "--json").lines) == 2
    again = minyi("bulletin", "export", done["id"], "--format", "pdf").out.strip()
    assert Path(again).read_bytes() == exported
    assert (Path(ran.one["aside"]) / "store.db").exists()
    assert "series" in {one["part"] for one in minyi("doctor", "--json").lines if not one["ok"]}
    with pytest.raises(AssertionError, match="暂停给号"):
        issue(minyi, two_items[1])
    confirmed = minyi("series", "confirm", "社情民意信息", "--number", 2, "--by", "陈编", "--json").one
    assert confirmed["next_number"] == 3


def test_restore_is_refused_while_something_has_the_home_open(minyi, two_items, tmp_path, home) -> None:
    minyi("backup", tmp_path / "备份")
    with open_system(load()) as system:
        with system.store.reading() as session:
            session.registry.store_id()
        ran = minyi("restore", tmp_path / "备份")
    assert ran.status == 1
    assert "还有程序在使用这份数据" in ran.err
    assert not list(home.glob("replaced-*"))
    assert len(minyi("search", "--json").lines) == 2


def test_a_home_whose_restore_was_broken_off_says_so(minyi, two_items, home, tmp_path) -> None:
    minyi("backup", tmp_path / "备份")
    (home / "restore.unfinished").write_text(str(tmp_path / "备份"), "utf-8")
    ran = minyi("run")
    assert ran.status == 1
    assert "上次恢复没有做完" in ran.err
    assert minyi("restore", tmp_path / "备份").status == 0
    assert minyi("run").status == 0


def test_a_purged_item_is_in_no_later_backup(minyi, two_items, tmp_path) -> None:
    minyi("purge", two_items[0], "--by", "甲", "--second", "乙")
    folder = Path(minyi("backup", tmp_path / "备份", "--json").one["folder"])
    for path in folder.rglob("*"):
        assert path.is_dir() or "柳湾村".encode() not in path.read_bytes()


def test_restore_from_before_a_purge_purges_again_and_says_so(minyi, two_items, tmp_path) -> None:
    folder = minyi("backup", tmp_path / "备份", "--json").one["folder"]
    minyi("purge", two_items[0], "--by", "甲", "--second", "乙")
    ran = minyi("restore", folder, "--json")
    assert ran.one["purged"] == [two_items[0]]
    assert f"备份之后清除过的 1 篇已再次清除：{two_items[0]}" in ran.err
    assert minyi("show", two_items[0], "--json").one["state"] == "removed"
    assert [hit["id"] for hit in minyi("search", "--json").lines] == [two_items[1]]


# ---------------------------------------------------------------- doctor --watch


def test_watch_prints_changes_alone_and_json_lines_with_their_time(minyi, two_items, tmp_path) -> None:
    ran = minyi("doctor", "--watch", "--times", "3", "--interval", "0.1", "--json")
    assert ran.status == 1
    (line,) = ran.lines
    assert list(line) == ["part", "ok", "what", "fix", "time"]
    assert (line["part"], line["ok"]) == ("backup", False)
    assert line["time"].endswith("+08:00")
    minyi("backup", tmp_path / "备份")
    again = minyi("doctor", "--watch", "--times", "2", "--interval", "0.1")
    assert (again.status, again.out) == (0, "")
    assert "没有告警" in again.err


def test_watch_says_when_an_alarm_is_over(minyi, two_items, tmp_path, monkeypatch) -> None:
    from pipeline.cli import watching

    looks = watching._looked

    def then_backup(*given, **more):
        found = looks(*given, **more)
        if not (tmp_path / "备份").exists():
            from pipeline.operate.backup import backup

            backup(given[0], tmp_path / "备份")
        return found

    monkeypatch.setattr(watching, "_looked", then_backup)  # the one moment between two looks
    ran = minyi("doctor", "--watch", "--times", "2", "--interval", "0.1")
    assert ran.status == 0
    first, fix, last = ran.out.splitlines()
    assert "备份：还没有备份过" in first
    assert "minyi backup" in fix
    assert "备份：已解除：还没有备份过" in last


def test_doctor_clears_what_is_over_and_names_what_stands(minyi, two_items, tmp_path) -> None:
    told = [one["what"] for one in minyi("doctor", "--json").lines if one["part"] == "alarms"]
    assert any("还没有备份过" in what for what in told)
    minyi("backup", tmp_path / "备份")
    told = [one["what"] for one in minyi("doctor", "--json").lines if one["part"] == "alarms"]
    assert told == ["没有未解除的告警"]
