"""jsonl and csv: good rows are never lost to bad ones, and every bad one is named."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import UsageError
from pipeline.intake.drafts import Limits

HEADER = "标题,正文,反映人,联系电话,提交时间\n"


def test_a_row_of_jsonl_becomes_a_draft_with_ids_as_text_and_times_of_shanghai(reading):
    line = {"id": 188006, "标题": "桥灯不亮", "正文": "东桥\r\n的灯坏了", "时间": "2019/2/28 11:25:05"}
    (row,) = reading(json.dumps(line, ensure_ascii=False), "a.jsonl").rows
    draft = row.draft
    assert (row.number, draft.id, draft.title, draft.text) == (1, "188006", "桥灯不亮", "东桥\n的灯坏了")
    assert draft.published_at == "2019-02-28T03:25:05.000000Z"


def test_columns_are_renamed_as_told_and_the_unknown_ones_warn(reading):
    line = '{"text": "路坏了", "time": "2019-02-28", "user": "A01", "likes": 3}'
    found = reading(line, "a.jsonl", time="published_at", user="author")
    assert found.rows[0].draft.author == "A01"
    assert found.rows[0].draft.published_at == "2019-02-27T16:00:00.000000Z"
    assert found.warnings == ["“likes”一列不认识，没有导入"]


def test_a_wrong_field_in_columns_is_wrong_use_and_names_the_valid_ones(reading):
    with pytest.raises(UsageError, match=r"没有“when”这一项.*published_at"):
        reading("{}", "a.jsonl", time="when")


def test_bad_lines_of_jsonl_are_named_and_the_good_ones_kept(reading):
    lines = [
        '{"text": "好一"}',
        "{坏",
        "[1]",
        '{"title": "无"}',
        '{"text": ""}',
        "",
        '{"text": ["x"]}',
        '{"text": "好二"}',
    ]
    found = reading("\n".join(lines), "a.jsonl")
    assert [(row.number, row.draft.text) for row in found.rows] == [(1, "好一"), (8, "好二")]
    assert [one.row for one in found.refused] == [2, 3, 4, 5, 7]
    assert "不是完整的 JSON" in found.refused[0].why
    assert "没有正文一列，只见到：title" in found.refused[2].why
    assert "正文是空的" in found.refused[3].why


def test_nul_and_lone_surrogates_leave_a_row_readable(reading):
    found = reading('{"text": "前\\u0000后"}\n{"text": "前\\ud800后"}\n', "a.jsonl")
    assert found.texts[0] == "前后"
    # orjson refuses a lone surrogate: the row is named, not lost in silence.
    assert len(found.texts) + len(found.refused) == 2


def test_a_line_over_the_limit_is_refused_and_reading_goes_on(reading):
    long = '{"text": "' + "长" * 1000 + '"}'
    found = reading(f'{{"text": "一"}}\n{long}\n{{"text": "二"}}\n', "a.jsonl", Limits(row=2000))
    assert found.texts == ["一", "二"]
    assert found.refused[0].row == 2
    assert "超过" in found.why


def test_a_row_of_ten_megabytes_is_refused(reading):
    found = reading('{"text": "' + "x" * 10_000_000 + '"}\n{"text": "二"}', "a.jsonl")
    assert found.texts == ["二"]
    assert "超过 5 MB" in found.why


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_csv_reads_in_every_charset_and_separator_of_the_office(reading, charset, mark):
    text = (HEADER + '桥灯,"东桥,灯\n坏了;了",张三,13800001111,2026-01-02\n').replace(",", mark)
    found = reading(text.encode(charset), "a.csv")
    assert found.refused == []
    draft = found.rows[0].draft
    assert draft.text == "东桥,灯\n坏了;了".replace(",", mark)
    assert (draft.title, draft.author, draft.phone) == ("桥灯", "张三", "13800001111")


def test_a_header_below_a_tables_title_is_found(reading):
    found = reading("2026年来稿汇总,,,,\n" + HEADER + "一,文一,,,\n", "a.csv")
    assert [(row.number, row.draft.text) for row in found.rows] == [(3, "文一")]


def test_a_csv_without_texts_says_which_columns_it_found(reading):
    found = reading("标题,意见\n一,二\n", "a.csv")
    assert found.refused[0].row is None
    assert "没有正文一列，只见到：标题、意见" in found.why
    assert "--columns" in found.why


def test_an_unclosed_quote_costs_one_row_and_not_the_rest(reading):
    rows = ["一,文一,,,", '二,"文二没有关上,,,', "三,文三,,,", '四,"文四",,,', "五,文五,,,"]
    found = reading(HEADER + "\n".join(rows) + "\n", "a.csv")
    assert found.texts == ["文一", "文三", "文四", "文五"]
    assert [one.row for one in found.refused] == [3]
    assert "引号不成对" in found.why


def test_an_unclosed_quote_at_the_end_keeps_every_row_before(reading):
    found = reading(HEADER + "一,文一,,,\n" + '二,"文二,,,\n' + "三,文三,,,\n", "a.csv")
    assert found.texts == ["文一", "文三"]


def test_rows_of_another_width_are_named(reading):
    found = reading(HEADER + "一,文一,,,,多,余\n二,文二\n三,文三,,,,\n四,文四,,,\n", "a.csv")
    assert found.texts == ["文三", "文四"]
    assert "有 7 列，表头只有 5 列" in found.refused[0].why
    assert "只有 2 列，表头有 5 列" in found.refused[1].why


def test_a_csv_row_of_broken_bytes_is_named_and_the_others_kept(reading):
    content = HEADER.encode() + "一,文一,,,\n".encode() + b"\xe4\xba,\xff\xfe,,,\n" + "三,文三,,,\n".encode()
    found = reading(content, "a.csv")
    assert found.texts == ["文一", "文三"]
    assert [one.row for one in found.refused] == [3]
    assert "读不懂" in found.why


def test_a_refused_row_after_one_of_several_lines_names_both_counts(reading):
    found = reading(HEADER + '一,"文\n一",,,\n二,,,,\n', "a.csv")
    assert found.refused[0].row == 3
    assert "文件第 4 行起" in found.refused[0].why


def test_an_unreadable_time_warns_and_keeps_the_row(reading):
    found = reading(HEADER + "一,文一,,,上周\n", "a.csv")
    assert found.rows[0].draft.published_at is None
    assert found.warnings == ["第 2 行：时间看不懂，按未写时间收下"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx"])
def test_an_empty_file_gives_no_row_and_no_crash(reading, name):
    found = reading(b"", name)
    assert found.rows == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("a.doc", "另存为 .docx"), ("a.wps", "WPS"), ("a.zip", "解开"), ("a.bin", "可以导入的有"), ("a", "没有扩展名")],
)
def test_a_kind_of_file_that_is_not_read_says_what_to_do(reading, name, sentence):
    assert sentence in reading(b"x", name).why


def test_a_hundred_thousand_rows_are_read_one_by_one(reading, tmp_path):
    from pipeline.intake.formats import read

    path = tmp_path / "big.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("编号,正文\n")
        stream.writelines(f"{number},第 {number} 件\n" for number in range(100_000))
    rows = read(path, path.name)
    assert next(rows).number == 2
    rows.close()
