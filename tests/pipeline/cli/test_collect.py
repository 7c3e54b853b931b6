from __future__ import annotations

import json

from pipeline.records.messages import Outgoing
from pipeline.records.names import CRAWLED
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.arriving import crawled, page, publish, put
from tests.pipeline.cli.conftest import BRIDGE, DRYER

NOISE = "".join(chr(0x9000 + number * 37 % 3000) for number in range(400))


def test_import_names_each_refused_row_and_keeps_the_good_ones(minyi, rows) -> None:
    file = rows({"id": 1, "text": BRIDGE}, {"id": 2, "title": "空的"}, {"id": 3, "text": DRYER})
    ran = minyi("import", file, "--json")
    assert ran.status == 1
    assert ran.one["accepted"] == 2
    assert [one["row"] for one in ran.one["refused"]] == [2]
    assert "正文" in ran.one["refused"][0]["why"]
    assert minyi("run", "--json").lines[0]["received"] == 2


def test_a_missing_file_does_not_stop_the_others(minyi, rows, tmp_path) -> None:
    ran = minyi("import", tmp_path / "没有.jsonl", rows({"id": 1, "text": BRIDGE}), "--json")
    assert ran.status == 1
    assert [one["accepted"] for one in ran.lines] == [0, 1]
    assert "没有这个文件" in ran.lines[0]["refused"][0]["why"]


def test_a_dry_run_keeps_nothing(minyi, rows) -> None:
    assert minyi("import", rows({"id": 1, "text": BRIDGE}), "--dry-run", "--json").one["accepted"] == 1
    assert minyi("run", "--json").lines == []


def test_import_reads_standard_input_and_other_column_names(minyi) -> None:
    row = json.dumps({"编": "7", "话": BRIDGE}, ensure_ascii=False).encode()
    ran = minyi("import", "-", "--columns", "编=id,话=text", "--source", "管道", "--json", stdin=row)
    assert ran.status == 0
    assert minyi("run", "--json").lines[0]["source"] == "管道"


def test_the_same_file_again_ends_as_duplicates_and_the_ledger_balances(minyi, rows) -> None:
    file = rows({"id": 1, "text": BRIDGE}, {"id": 2, "text": DRYER})
    for _ in range(2):
        assert minyi("import", file).status == 0
        assert minyi("run").status == 0
    (line,) = minyi("ledger", "--json").lines
    assert (line["received"], line["indexed"], line["duplicate"]) == (4, 2, 2)
    assert "合计" in minyi("ledger").out


def test_search_prints_the_contracts_fields_and_nothing_else(minyi, two_items) -> None:
    ran = minyi("search", "护栏", "--json")
    (hit,) = ran.lines
    assert list(hit) == [
        "id", "origin", "kind", "title", "source", "published_at", "state", "domain", "score", "cluster", "highlights",
    ]  # fmt: skip
    assert hit["id"] == two_items[0]
    assert hit["published_at"] is None
    assert any("【护栏】" in one for one in hit["highlights"])
    assert ran.err == ""


def test_several_words_need_no_quotes(minyi, two_items) -> None:
    assert minyi("search", "护栏", "修", "--json").out == minyi("search", "护栏 修", "--json").out != ""


def test_search_filters_by_words_of_the_screen_and_of_the_contract(minyi, two_items) -> None:
    assert len(minyi("search", "--state", "待初审", "--json").lines) == 2
    assert len(minyi("search", "--state", "submitted", "--kind", "来稿", "--json").lines) == 2
    assert minyi("search", "--state", "已印发", "--json").lines == []
    assert len(minyi("search", "--limit", 1, "--json").lines) == 1
    domain = minyi("search", "护栏", "--json").lines[0]["domain"]
    assert minyi("search", "护栏", "--domain", domain, "--json").lines


def test_a_search_without_hits_is_no_failure(minyi, two_items) -> None:
    ran = minyi("search", "没有这个词")
    assert (ran.status, ran.out) == (0, "")
    assert "共 0 篇" in ran.err


def test_show_gives_texts_readings_history_cluster_and_ledger(minyi, two_items) -> None:
    page_ = minyi("show", two_items[0], "--json").one
    assert page_["text"] == BRIDGE
    assert page_["revisions"][0]["readings"][0]["reasons"]
    assert page_["reading"]["parts"]
    assert page_["ledger"][0]["outcome"] == "indexed"
    assert page_["cluster"]["members"][0]["id"] == two_items[0]
    assert page_["received_at"].endswith("+08:00")
    assert page_["revisions"][0]["received_at"].endswith("+08:00")
    assert '""' not in json.dumps(page_)
    assert minyi("show", page_["receipt"], "--json").one["id"] == two_items[0]
    assert "周禾" in minyi("show", two_items[0]).out


def test_show_knows_a_submission_before_it_is_processed(minyi, rows) -> None:
    minyi("import", rows({"id": 1, "text": BRIDGE}), "--source", "甲")
    with open_system(load()) as system, system.store.reading() as session:
        receipt = json.loads(session.arrivals.waiting(1)[0].value)["receipt"]
    found = minyi("show", receipt, "--json").one
    assert (found["state"], found["text"], found["reading"]) == ("received", BRIDGE, None)


def test_show_of_nothing_is_a_sentence(minyi) -> None:
    ran = minyi("show", "无")
    assert ran.status == 1
    assert "没有稿件 无" in ran.err


def test_purge_takes_two_persons_and_search_forgets(minyi, two_items) -> None:
    assert minyi("purge", two_items[0], "--by", "甲", "--second", "甲").status == 1
    ran = minyi("purge", two_items[0], "--by", "甲", "--second", "乙", "--json")
    assert ran.status == 0
    assert minyi("search", "护栏", "--json").lines == []
    assert minyi("show", two_items[0], "--json").one["text"] is None
    assert minyi("ledger", "--json").lines[0]["purged"] == 1


def test_a_message_that_cannot_even_be_read_is_listed_and_shown(minyi, home) -> None:
    with open_system(load()) as system:
        publish(system, CRAWLED, [Outgoing("x", b"{")])
    minyi("run")
    (row,) = minyi("quarantine", "list", "--json").lines
    assert (row["received_at"], row["made_at"][-6:]) == (None, "+08:00")
    assert "收到：无" in minyi("quarantine", "show", row["number"]).out


def test_quarantine_is_listed_shown_and_replayed_with_a_persons_word(minyi, home) -> None:
    with open_system(load()) as system:
        put(system, crawled(system, "http://x/1", page("乱码", NOISE)))
    minyi("run")
    (row,) = minyi("quarantine", "list", "--json").lines
    number = row["number"]
    assert row["error"] == "low_confidence"
    assert row["made_at"].endswith("+08:00")
    assert minyi("quarantine", "replay", number, "--json").lines[0]["reason"]
    assert minyi("quarantine", "show", number, "--json").one["bytes"] > 0
    shown = minyi("quarantine", "show", number).out
    assert all(line in shown for line in ("网址：http://x/1", "步骤：清洗", "错误：低置信", "状态：待处理", "经过："))
    assert "+08:00" not in shown + minyi("quarantine", "list").out
    assert "清洗" in minyi("quarantine", "list", "--group", "清洗,低置信").out
    assert minyi("quarantine", "list", "--group", "clean,low_confidence", "--json").lines
    assert minyi("quarantine", "list", "--group", "查重", "--json").lines == []
    assert minyi("quarantine", "replay", number, "--dry-run").lines == [{"number": number}]
    assert minyi("quarantine", "replay", number, "--accept", "--json").lines[0]["reason"] is None
    assert minyi("quarantine", "list", "--json").lines == []


def test_a_page_read_with_doubt_is_put_right_by_a_person(minyi, home) -> None:
    with open_system(load()) as system:
        put(
            system, crawled(system, "http://x/1", page("乱码", NOISE)), crawled(system, "http://x/2", page("又", NOISE))
        )
    minyi("run")
    number, other = (row["number"] for row in minyi("quarantine", "list", "--json").lines)
    both = ("quarantine", "replay", number, other)
    assert "一次只能改正一条" in minyi(*both, "--text", BRIDGE).err
    assert "正文是空的" in minyi("quarantine", "replay", number, "--text", " ").err
    assert "只写标题不够" in minyi("quarantine", "replay", number, "--title", "护栏").err
    said = ("--text", BRIDGE, "--title", "护栏待修", "--by", "甲")
    assert minyi("quarantine", "replay", number, *said, "--json").lines[0]["reason"] is None
    (hit,) = minyi("search", "护栏", "--json").lines
    assert hit["title"] == "护栏待修"
    assert "改正后收下（甲）" in minyi("quarantine", "show", number, "--json").one["history"][-1]["why"]


def test_reindex_builds_search_anew(minyi, two_items) -> None:
    assert "2 篇" in minyi("reindex").err
    assert len(minyi("search", "--json").lines) == 2


def test_crawl_without_a_catalogue_says_where_to_write_one(minyi, home) -> None:
    ran = minyi("crawl")
    assert ran.status == 2
    assert "catalogue.yaml" in ran.err


def test_crawl_prints_a_report_for_each_source(minyi, tmp_path) -> None:
    file = tmp_path / "目录.yaml"
    start = '{kind: page, url: "http://127.0.0.1:9/"}'
    text = f"version: 1\nsources:\n  - {{name: 甲, title: 甲网, delay: 0s, starts: [{start}]}}\n"
    file.write_text(text, encoding="utf-8")
    ran = minyi("crawl", "--catalogue", file, "--json")
    assert ran.status in {0, 1}
    assert list(ran.one) == ["source", "found", "new", "changed", "unchanged", "failed", "forbidden", "reasons"]


def test_what_a_person_reads_is_chinese(minyi, two_items) -> None:
    said = minyi("show", two_items[0]).out
    assert "indexed" not in said
    assert "+08:00" not in said
    assert "已入库" in said
    assert minyi("quarantine", "list").out == ""
    assert "隔离区没有待处理的" in minyi("quarantine", "list").err


def test_a_day_that_is_none_is_refused(minyi, two_items) -> None:
    ran = minyi("ledger", "--day", "今天")
    assert ran.status == 2
    assert "--day" in ran.err


def test_a_table_with_nothing_but_its_head_says_so(minyi, tmp_path) -> None:
    file = tmp_path / "空表.csv"
    file.write_text("标题,正文\n", encoding="utf-8")
    assert "只有表头" in minyi("import", file).out


def test_a_merge_is_shown_as_a_persons_word(minyi, two_items) -> None:
    minyi("item", "merge", *two_items, "--by", "陈编")
    said = minyi("show", two_items[0]).out
    assert "陈编认定为同一事项" in said
    assert "100%" not in said
