"""xlsx: what a clerk's table holds, and what it may not do to the machine."""

from __future__ import annotations

import pytest

from pipeline.intake.drafts import Limits

HEADER = ["编号", "标题", "正文", "反映人", "联系电话", "提交时间"]


def test_a_sheets_numbers_become_text_and_its_days_times(reading, xlsx):
    rows = [HEADER, [12, "桥灯", "东桥的灯坏了", "张三", 13800001111, (46000, "date")]]
    (row,) = reading(xlsx(来稿=rows), "a.xlsx").rows
    assert row.number == 2
    assert (row.draft.id, row.draft.phone) == ("12", "13800001111")
    assert row.draft.published_at == "2025-12-08T16:00:00.000000Z"


def test_a_sheet_without_texts_says_which_columns_it_found(reading, xlsx):
    found = reading(xlsx(名单=[["姓名", "电话"], ["张三", 1]]), "a.xlsx")
    assert found.rows == []
    assert "工作表“名单”没有正文一列，只见到：姓名、电话" in found.why


def test_every_sheet_with_texts_is_read_and_the_others_are_told(reading, xlsx):
    found = reading(xlsx(一=[["正文"], ["文一"]], 说明=[["填表说明"]], 二=[["内容"], ["文二"]]), "a.xlsx")
    assert found.texts == ["文一", "文二"]
    assert found.warnings == ["工作表“说明”没有正文一列，没有导入"]


def test_a_bad_row_is_named_by_the_sheets_own_number(reading, xlsx):
    rows = [["汇总表"], HEADER, [1, "一", "文一"], [2, "二", None], [None] * 6, [3, "三", "文三"]]
    found = reading(xlsx(表=rows), "a.xlsx")
    assert [(row.number, row.draft.id) for row in found.rows] == [(3, "1"), (6, "3")]
    assert [(one.row, one.why) for one in found.refused] == [(4, "正文是空的")]


def test_rows_below_an_empty_top_keep_their_numbers(reading, xlsx):
    found = reading(xlsx(表=[[None], [None], ["正文"], ["文一"]]), "a.xlsx")
    assert [row.number for row in found.rows] == [4]


def test_a_table_that_begins_in_a_later_column_is_read(reading, xlsx):
    found = reading(xlsx(表=[[None, "标题", "正文"], [None, "一", "文一"]]), "a.xlsx")
    assert (found.rows[0].draft.title, found.rows[0].draft.text) == ("一", "文一")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xd8\xff\xe0 jpeg", "其实是一张图片"),
        (b"PK\x03\x04 torn", "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16le"), "密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "已损坏"),
        ("标题,正文".encode(), "其实是别的文件"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_with_a_sentence(reading, content, sentence):
    found = reading(content, "a.xlsx")
    assert found.rows == []
    assert sentence in found.why


def test_a_far_away_cell_does_not_take_the_machines_memory(reading, zip_of, xlsx):
    import io
    import zipfile

    content = xlsx(表=[["正文"], ["文一"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", far)
    assert "太大" in reading(zip_of(parts), "a.xlsx").why


def test_a_zip_bomb_is_not_opened(reading, zip_of):
    content = zip_of({"xl/workbook.xml": b"0" * 60_000_000})
    assert "不像正常文件，没有打开" in reading(content, "a.xlsx").why
    many = zip_of({f"p{number}": b"x" for number in range(50)})
    assert "50 个部分" in reading(many, "a.xlsx", Limits(entries=40)).why


BODY = "近年来，全县家庭农场达到412家，粮食烘干能力不足，农户损失较大。"
FORM = [["社情民意信息报送表"], ["标题", "烘干难", "反映人", "李四"], ["单位", "县政协", "联系电话", 13800001111]]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([["正文", BODY]], BODY),
        ([["正文"], [BODY]], BODY),
        ([["情况反映", BODY], ["建议", BODY]], f"{BODY}\n建议：\n{BODY}"),
    ],
)
def test_a_sheet_that_is_a_form_is_one_submission(reading, xlsx, rows, text):
    (row,) = reading(xlsx(表=[*FORM, *rows]), "a.xlsx").rows
    assert (row.number, row.draft.title, row.draft.author, row.draft.unit) == (4, "烘干难", "李四", "县政协")
    assert (row.draft.phone, row.draft.text) == ("13800001111", text)


@pytest.mark.parametrize("header", [["正文", "备注"], ["标题", "正文"], ["正文"], ["序号", "正文", "处理意见"]])
def test_a_list_is_no_form(reading, xlsx, header):
    rows = [["填报单位", "县政协", "日期", "2026-1-1"], header, [BODY] * len(header), [BODY] * len(header)]
    assert reading(xlsx(表=rows), "a.xlsx").texts == [BODY, BODY]


def test_a_mark_of_secrecy_anywhere_on_a_form_is_refused(reading, xlsx):
    from pipeline.intake.submit import FILE, check

    (row,) = reading(xlsx(表=[["机密★5年"], *FORM, ["正文", BODY]]), "a.xlsx").rows
    assert check(row.draft, FILE) is not None


def test_a_merged_cell_stands_for_each_of_its_rows(reading, xlsx, zip_of):
    import io
    import zipfile

    content = xlsx(表=[["单位", "正文"], ["县局", "文一"], [None, "文二"], ["乡", "文三"], [None, "文四"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    parts[name] = parts[name].replace(b"</sheetData>", merged)  # type: ignore[union-attr, arg-type]
    rows = reading(zip_of(parts), "a.xlsx").rows
    assert [row.draft.unit for row in rows] == ["县局", "县局", "乡", None]
