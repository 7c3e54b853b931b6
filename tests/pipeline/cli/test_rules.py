from __future__ import annotations

from pathlib import Path

from tests.pipeline.cli.conftest import BRIDGE
from tests.pipeline.cli.test_desk import issue

CATALOGUE = """version: 1
sources:
  - name: 甲
    title: 甲网
    region: "410000"
    starts:
      - {kind: list, url: "http://127.0.0.1:9/index.html", links: "ul a"}
"""


def test_rules_check_says_what_differs_from_the_shipped_rules(minyi, home) -> None:
    assert "与随程序的相同" in minyi("rules", "check").out
    (home / "rules").mkdir(parents=True)
    overlay = 'version: 1\nregions:\n  - {code: "990100", name: 云漳市}\n'
    (home / "rules" / "regions.yaml").write_text(overlay, encoding="utf-8")
    assert "增加区划 990100 云漳市" in minyi("rules", "check").out
    assert minyi("rules", "check", "--json").one["versions"]["regions"]


def test_a_wrong_rules_file_names_file_line_and_field(minyi, home) -> None:
    (home / "rules").mkdir(parents=True)
    (home / "rules" / "retention.yaml").write_text("version: 1\nlogs: 3\n", encoding="utf-8")
    ran = minyi("rules", "check")
    assert ran.status == 2
    assert "retention.yaml" in ran.err
    assert "logs" in ran.err


def test_sources_are_listed_with_their_last_report(minyi, home) -> None:
    (home / "rules").mkdir(parents=True)
    (home / "rules" / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    (row,) = minyi("source", "list", "--json").lines
    assert (row["name"], row["last"]) == ("甲", None)
    assert "还没有" in minyi("source", "list").out
    assert minyi("source", "check", "--json").one["sources"] == ["甲"]
    assert "1 个来源" in minyi("source", "check").out


def test_a_wrong_catalogue_names_the_field(minyi, tmp_path) -> None:
    file = tmp_path / "目录.yaml"
    file.write_text(CATALOGUE.replace("http://", "ftp://"), encoding="utf-8")
    ran = minyi("source", "check", "--catalogue", file)
    assert ran.status == 2
    assert "url" in ran.err


def test_rules_check_reads_the_catalogue_and_names_files_that_are_no_rules(minyi, home) -> None:
    (home / "rules").mkdir(parents=True)
    catalogue = home / "rules" / "catalogue.yaml"
    catalogue.write_text(CATALOGUE.replace("410000", "41"), encoding="utf-8")
    ran = minyi("rules", "check")
    assert ran.status == 2
    assert "六位数字" in ran.err
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    (home / "rules" / "serie.yaml").write_text("", encoding="utf-8")
    said = minyi("rules", "check").out
    assert "来源目录：1 个来源" in said
    assert "没有用到的文件：serie.yaml" in said


def test_a_long_list_of_fields_is_told_once(minyi, home) -> None:
    (home / "rules").mkdir(parents=True)
    (home / "rules" / "series.yaml").write_text("version: 1\nseries:\n  - title: 甲\n", encoding="utf-8")
    ran = minyi("rules", "check")
    assert ran.err.count("print_running") == 1
    assert "不认识的字段“series[0].title”" in ran.err


def wrong(home: Path, **files: str) -> None:
    (home / "rules").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (home / "rules" / f"{name}.yaml").write_text(text, encoding="utf-8")


SCORING = "version: 1\nweights: 3\nfoo: 1\n"
SERIES = "version: 1\nseries:\n  - title: 甲\n"


def test_a_wrong_file_holds_up_what_needs_it_and_nothing_else(minyi, two_items, home, tmp_path, rows) -> None:
    wrong(home, scoring=SCORING)
    row = rows({"id": 3, "title": "丙", "text": BRIDGE})
    for command in (
        ("backup", tmp_path / "备份"), ("ledger",), ("quarantine", "list"), ("states",), ("migrate",), ("reindex",),
        ("series", "list"), ("bulletin", "list"), ("search", "护栏"), ("show", two_items[0]), ("import", row),
        ("item", "accept", two_items[0], "--by", "陈编"), ("bulletin", "draft", two_items[0], "--by", "陈编"),
        ("purge", two_items[1], "--by", "甲", "--second", "乙"), ("locate", row), ("restore", tmp_path / "备份"),
    ):  # fmt: skip
        ran = minyi(*command)
        assert ran.status == 0, (command, ran.err)
    for command in (("run",), ("rules", "check"), ("score", row)):
        ran = minyi(*command)
        assert (ran.status, "scoring.yaml 第 1 行" in ran.err) == (2, True), (command, ran.err)


def test_a_wrong_file_sets_no_message_aside(minyi, two_items, home, rows) -> None:
    assert minyi("import", rows({"id": 3, "title": "丙", "text": BRIDGE})).status == 0
    wrong(home, scoring=SCORING)
    assert minyi("run").status == 2
    assert minyi("quarantine", "list", "--json").lines == []
    (home / "rules" / "scoring.yaml").unlink()
    assert minyi("run").status == 0
    assert sum(row["quarantined"] for row in minyi("ledger", "--json").lines) == 0


def test_a_wrong_series_file_leaves_processing_and_stored_files_alone(minyi, two_items, home, tmp_path) -> None:
    done = issue(minyi, two_items[0])
    before = Path(minyi("bulletin", "export", done["id"], "--format", "docx").out.strip()).read_bytes()
    folder = minyi("backup", tmp_path / "备份", "--json").one["folder"]
    wrong(home, series=SERIES)
    assert minyi("run").status == 0
    assert minyi("bulletin", "show", done["id"]).status == 0
    again = minyi("bulletin", "export", done["id"], "--format", "docx", "--out", tmp_path / "出")
    assert Path(again.out.strip()).read_bytes() == before
    ran = minyi("series", "list")
    assert (ran.status, "series.yaml 第 3 行" in ran.err) == (2, True)
    restored = minyi("restore", folder)
    assert restored.status == 0
    assert "series.yaml 有误" in restored.err


def test_each_fault_of_every_file_has_a_line(minyi, home) -> None:
    wrong(home, scoring=SCORING, series=SERIES, catalogue=CATALOGUE.replace("410000", "41"))
    lines = minyi("rules", "check").err.splitlines()
    for file, count in (("scoring.yaml", 6), ("series.yaml", 4), ("catalogue.yaml", 1)):
        assert sum(file in line for line in lines) == count, lines
    assert all(line.count(" 第 ") <= 1 for line in lines)
    assert "可写的字段" not in lines[-1]


def test_doctor_names_each_fault_on_a_line_of_its_own(minyi, two_items, home) -> None:
    wrong(home, scoring=SCORING, series=SERIES)
    found = [one for one in minyi("doctor", "--json").lines if one["part"] == "rules"]
    assert [one["ok"] for one in found] == [False] * 10
    assert any("series[0].name" in one["what"] and "series.yaml 第 3 行" in one["what"] for one in found)
    assert any("可写" in one["fix"] or "要写的字段" in one["fix"] for one in found)
    assert all(one["fix"] for one in found)


def test_rules_apply_reads_anew_and_undo_takes_it_back(minyi, two_items, home) -> None:
    assert minyi("rules", "apply", "--by", "陈编", "--json").one["items"] == 0
    (home / "rules").mkdir(exist_ok=True)
    overlay = 'version: 1\nregions:\n  - {code: "990100", name: 云漳市}\n'
    (home / "rules" / "regions.yaml").write_text(overlay, encoding="utf-8")
    done = minyi("rules", "apply", "--by", "陈编", "--json").one
    assert done["items"] == 2
    assert minyi("show", two_items[0], "--json").one["revisions"][-1]["readings"][-1]["run"] == done["run"]
    assert minyi("undo", done["run"], "--json").one == done
    assert minyi("undo", "r1").status == 1
