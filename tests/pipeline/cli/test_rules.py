from __future__ import annotations

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
