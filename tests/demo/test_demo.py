"""`minyi demo`: what it promises on the screen is in the store and in the files (OFFICE, the demo's county)."""

from __future__ import annotations

import re
import sqlite3

import docx
import psutil
import pypdf
import pytest

from flows.demo.story import WIDTH, width
from pipeline.office import shows
from pipeline.wiring import open_system

PRIVATE = ("469999209909090012", "154-0000-2210", "15400002210", "蒋秋实")
NAMES = {"minyi", "up", "DOCX", "PDF", "GBK", "Word", "robots", "txt", "docx", "pdf", "xlsx"}


@pytest.fixture(scope="session")
def items(demo):
    """title → state of every submission in the store."""
    with open_system(demo.settings) as system, system.store.reading() as session:
        rows = session.items.by_ids(session.items.live_ids())
        return {one.title: str(one.state) for one in rows.values() if str(one.kind) == "submission"}


def test_it_ends_well_and_says_nothing_on_stderr(demo):
    assert (demo.status, demo.complaints) == (0, "")


@pytest.mark.parametrize(
    ("number", "title", "fate", "state"),
    [
        (1, "关于设立家庭农场粮食烘干公共服务点的建议", "编发：第86期（总第1203期）", "issued"),
        (2, "家庭农场粮食烘干难问题亟待解决", "并入第1件，两方同署", "merged"),
        (3, "农村寄递“最后一公里”二次收费应引起关注", "编发：第87期（总第1204期）", "issued"),
        (4, "快递进村加价的成因与建议", "编发：第87期（总第1204期）", "issued"),
        (5, "白鹭河柳湾段堤脚渗水须即刻排查", "编发：增刊第3期", "issued"),
        (6, "中小制造企业“智改数转”不敢转不会转问题及建议", "采用备用", "accepted"),
        (7, "老旧小区加装电梯后维保责任亟需明确", "采用备用", "accepted"),
        (8, "改善小学生午休条件的建议", "退回补充后采用备用", "accepted"),
        (9, "完善村级养老助餐点运营补助的建议", "编发：第88期（总第1205期）", "issued"),
        (10, "规范电动自行车充电收费", "核实中", "verifying"),
        (11, "关于加强全县经济社会发展工作的若干建议", "未采用（存查）：选题过大", "declined"),
        (12, "关于推进农村公路养护提质的建议", "未采用（存查）：摘抄公开内容", "declined"),
        (15, "关于统一村级便民服务点标识和办事清单的建议", "待初审", "submitted"),
    ],
)
def test_every_submission_meets_the_fate_that_is_told(demo, items, number, title, fate, state):
    row = next(line for line in demo.section("来稿去向") if line.strip().startswith(f"{number} "))
    assert title in row
    assert row.endswith(fate)
    assert items[title] == state


def test_a_private_dispute_and_a_marked_file_are_told_where_to_go_and_not_stored(demo, items):
    fates = demo.section("来稿去向")
    assert any("承包地" in line and line.endswith("没有收存，已告知应走的渠道") for line in fates)
    assert any("密级" in line and line.endswith("没有收存，已提示改走机要渠道") for line in fates)
    assert not any("承包地" in title or "机密" in title for title in items)
    assert "请向当地信访部门反映" in demo.printed
    assert "本系统为非涉密系统" in demo.printed


def test_the_bad_row_of_the_sheet_is_named_and_the_others_are_taken(demo, items):
    assert demo.row("第 6 行").strip() == "· 第 6 行：正文是空的，其余各行照收"
    assert not any("公共自行车" in title for title in items)


def test_the_bulletins_bear_the_following_numbers_and_the_right_names(demo):
    with open_system(demo.settings) as system:
        from pipeline.office.context import office_of

        issued = shows.bulletins(office_of(system))
    numbers = sorted((one.series, one.number, one.running, one.state, one.signer) for one in issued)
    assert numbers == [
        ("社情民意信息", 86, 1203, "issued", "蔺怀舟"),
        ("社情民意信息", 87, 1204, "issued", "蔺怀舟"),
        ("社情民意信息", 88, 1205, "issued", "蔺怀舟"),
        ("社情民意信息增刊", 3, 3, "issued", "蔺怀舟"),
    ]


def test_the_files_are_there_and_open(demo):
    files = sorted(demo.settings.exports_dir.iterdir())
    assert [one.suffix for one in files] == [".docx", ".pdf"] * 4
    assert all(one.name in demo.printed for one in files)
    for path in files:
        text = words_of(path)
        assert "第86期（总第1203期）" in text or "第086期" not in path.name
        assert "演示样例 内容虚构" in text or "演示样例内容虚构" in text.replace(" ", "")


def words_of(path):
    if path.suffix == ".pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    document = docx.Document(str(path))
    heads = [one.text for section in document.sections for one in section.header.paragraphs]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*heads, *(one.text for one in document.paragraphs), *cells])


def test_a_merged_matter_credits_both_who_reported_it(demo):
    (path,) = demo.settings.exports_dir.glob("*第086期*.docx")
    assert "县政协委员、禾丰家庭农场负责人谷满川，民建岚禾县支部反映：" in words_of(path)


def test_personal_data_are_masked_on_screen_in_files_in_search_and_in_logs(demo):
    assert "4699**********0012" in demo.printed
    found = [demo.printed, *(words_of(path) for path in demo.settings.exports_dir.iterdir())]
    found += [path.read_text(encoding="utf-8", errors="replace") for path in demo.settings.home.glob("logs/*")]
    for path in demo.settings.home.glob("search*.db"):
        with sqlite3.connect(path) as connection:
            found += ["".join(connection.iterdump())]
        connection.close()
    assert len(found) > 10
    assert [word for word in PRIVATE if any(word in text for text in found)] == []


def test_the_ledger_balances_and_shows_what_came_twice_and_what_had_no_text(demo):
    with open_system(demo.settings) as system, system.store.reading() as session:
        rows = session.ledger.balance()
        waiting = session.marks.pending()
    for row in rows:
        parts = (row.indexed, row.pending, row.duplicate, row.rejected, row.quarantined, row.purged)
        assert row.received == sum(parts)
    assert (waiting, sum(row.pending for row in rows)) == (0, 0)
    assert sum(row.duplicate for row in rows) == 4
    assert sum(row.rejected for row in rows) == 1
    total = re.findall(r"\d+", demo.row("合计"))
    assert int(total[0]) == sum(row.received for row in rows)


def test_a_copy_is_shown_with_its_source_and_share(demo):
    lines = demo.section("处理：清洗、去重、分类、定位、排序")
    at = next(at for at, line in enumerate(lines) if "疑似摘抄公开内容" in line)
    assert int(re.findall(r"(\d+)%", lines[at])[0]) > 60
    assert "岚禾县农村公路养护管理办法" in lines[at + 1]
    assert lines[at + 2].strip().startswith("http://127.0.0.1:")
    assert "抄袭" not in demo.printed


def test_a_web_lead_is_refused_with_the_sentence_and_becomes_a_topic(demo):
    assert "网上线索须经核实并由委员或单位反映后方可编发。" in demo.row("须经核实")
    assert "转选题" in demo.row("该线索")


def test_the_second_crawl_finds_one_page_changed_one_new_and_the_others_as_they_were(demo):
    rows = [re.findall(r"\d+", line) for line in demo.section("再采集一次") if line.strip().startswith("县政府网  ")]
    assert rows == [["14", "1", "1", "11", "0", "1"]]


def test_the_screen_is_chinese_and_no_wider_than_a_hundred_columns(demo):
    told = [line for line in demo.lines if not re.search(r"/|http:|^  (export|set) ", line)]
    told = [re.sub(r"^ *\d+  [0-9A-Z]{12}  ", "", line) for line in told]  # a receipt
    assert {word for line in told for word in re.findall("[A-Za-z]{2,}", line)} <= NAMES
    assert [line for line in told if width(line) > WIDTH and "_" not in line] == []


def test_no_process_is_left(demo):
    left = [one.pid for one in psutil.process_iter() if home_of(one) == str(demo.settings.home)]
    assert left == []


def home_of(process):
    try:
        return process.environ().get("MINYI_HOME")
    except psutil.Error:
        return None
