from __future__ import annotations

from pathlib import Path

from pipeline.rules import series
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.arriving import crawled, page, put
from tests.pipeline.cli.conftest import BRIDGE

BY = ("--by", "陈编")


def issue(minyi, item: str) -> dict:
    assert minyi("item", "accept", item, *BY).status == 0
    key = minyi("bulletin", "draft", item, *BY, "--json").one["id"]
    minyi("bulletin", "submit", key, *BY)
    minyi("bulletin", "approve", key, "--by", "林科")
    minyi("bulletin", "approve", key, "--by", "钱副秘")
    assert minyi("bulletin", "sign", key, "--by", "赵秘书长").status == 0
    ran = minyi("bulletin", "issue", key, *BY, "--json")
    assert ran.status == 0, ran.err
    return ran.one


def test_an_item_goes_from_submission_to_a_numbered_exported_bulletin(minyi, two_items, home, tmp_path) -> None:
    done = issue(minyi, two_items[0])
    assert list(done) == [
        "id", "series", "state", "number", "running", "year", "title", "items", "signer", "issued_on", "files",
    ]  # fmt: skip
    assert (done["state"], done["number"], done["signer"]) == ("issued", 1, "赵秘书长")
    first = Path(minyi("bulletin", "export", done["id"], "--format", "docx").out.strip())
    assert first.parent == home / "exports"
    again = minyi("bulletin", "export", done["id"], "--format", "docx", "--out", tmp_path / "出", "--json").one
    assert Path(again["file"]).read_bytes() == first.read_bytes()
    assert minyi("search", "--state", "已印发", "--json").lines[0]["id"] == two_items[0]
    assert "第1期" in minyi("bulletin", "list").out
    assert "签发" in minyi("bulletin", "show", done["id"]).out
    assert minyi("bulletin", "show", done["id"], "--json").one == done
    assert minyi("series", "numbers", "社情民意信息", "--json").lines[0]["bulletin"] == done["id"]
    assert "第2期" in minyi("series", "list").out


def test_a_web_lead_is_refused_with_the_offices_sentence(minyi, home) -> None:
    with open_system(load()) as system:
        put(system, crawled(system, "http://x/1", page("柳湾村桥护栏损坏", BRIDGE * 3)))
    minyi("run")
    (lead,) = minyi("search", "--kind", "网上线索", "--json").lines
    ran = minyi("item", "accept", lead["id"], *BY)
    assert ran.status == 1
    assert "网上线索须经核实并由委员或单位反映后方可编发。" in ran.err
    assert minyi("item", "convert", lead["id"], "--into", "topic", *BY, "--opinion", "作选题").status == 0


def test_a_lead_that_was_verified_becomes_a_submission_of_the_offices_own(minyi, home, tmp_path) -> None:
    with open_system(load()) as system:
        put(system, crawled(system, "http://x/1", page("柳湾村桥护栏损坏", BRIDGE * 3)))
    minyi("run")
    (lead,) = minyi("search", "--json").lines
    text = tmp_path / "稿.txt"
    text.write_text(BRIDGE, encoding="utf-8")
    facts = (
        "--verified-by",
        "陈编",
        "--verified-on",
        "2026-11-20",
        "--verified-how",
        "实地查看",
        "--unit",
        "柳湾村委会",
    )
    ran = minyi("item", "convert", lead["id"], "--into", "submission", *BY, "--title", "柳湾村桥护栏应尽快修复",
                "--file", text, *facts, "--json")  # fmt: skip
    assert ran.status == 0, ran.err
    minyi("run")
    assert minyi("item", "accept", ran.one["item"], *BY).status == 0


def test_merging_editing_and_sending_back_by_command(minyi, two_items) -> None:
    bridge, dryer = two_items
    assert minyi("item", "edit", bridge, "--title", "柳湾村桥护栏应尽快修复", *BY, "--json").lines[0]["act"] == "edit"
    assert minyi("show", bridge, "--json").one["title"] == "柳湾村桥护栏应尽快修复"
    moved = minyi("item", "merge", bridge, dryer, *BY, "--json").lines
    assert [one["state"] for one in moved] == ["submitted", "merged"]
    assert list(moved[0]) == ["id", "act", "before", "state", "version", "bulletin"]
    assert minyi("item", "unmerge", dryer, *BY, "--opinion", "不是一事").status == 0
    assert minyi("item", "send-back", dryer, *BY).status == 2
    assert minyi("item", "send-back", dryer, *BY, "--opinion", "请补充数字").status == 0
    assert "退回补充" in minyi("show", dryer).out
    assert minyi("item", "withdraw", dryer, *BY, "--opinion", "作者要求").status == 0


def test_declining_asks_for_a_reason_of_the_dictionary(minyi, two_items) -> None:
    ran = minyi("item", "decline", two_items[1], *BY, "--opinion", "不合适", "--reason", "没意思")
    assert ran.status == 2
    assert "选题过大" in ran.err
    assert minyi("item", "decline", two_items[1], *BY, "--opinion", "太泛", "--reason", "内容空泛").status == 0


def test_an_act_that_the_state_does_not_allow_changes_nothing_and_exits_1(minyi, two_items) -> None:
    ran = minyi("item", "archive", two_items[0], *BY)
    assert ran.status == 1
    assert "不能归档" in ran.err
    assert minyi("show", two_items[0], "--json").one["state"] == "submitted"


def test_void_keeps_the_number_and_correct_makes_another_edition(minyi, two_items) -> None:
    done = issue(minyi, two_items[0])
    ran = minyi("bulletin", "correct", done["id"], *BY, "--opinion", "日期有误", "--title", "更正后的标题", "--json")
    assert ran.one["state"] == "draft"
    assert minyi("bulletin", "void", done["id"], *BY, "--opinion", "重做").status == 1
    other = issue(minyi, two_items[1])
    assert other["number"] == 2
    assert minyi("bulletin", "void", other["id"], *BY, "--opinion", "重做", "--json").one["state"] == "void"
    assert minyi("bulletin", "reserve", "社情民意信息", "--reason", "停电", *BY, "--json").lines[0]["number"] == 3


def test_a_signature_on_paper_wants_who_registered_it(minyi, two_items) -> None:
    ran = minyi("bulletin", "sign", "b-1", "--by", "赵秘书长", "--on", "2026-11-23")
    assert ran.status == 2
    assert "--registered-by" in ran.err


def test_the_moves_printed_are_the_moves_of_the_code(minyi) -> None:
    rows = minyi("states", "--json").lines
    assert {row["subject"] for row in rows} == {"item", "bulletin"}
    assert "accept 采用备用：待初审" in minyi("states").out


def test_an_approval_says_who_approves_next(minyi, two_items) -> None:
    minyi("item", "accept", two_items[0], *BY)
    key = minyi("bulletin", "draft", two_items[0], *BY, "--json").one["id"]
    minyi("bulletin", "submit", key, *BY)
    assert "还须副秘书长审核" in minyi("bulletin", "approve", key, "--by", "林科").err
    assert "还须" not in minyi("bulletin", "approve", key, "--by", "钱副秘").err


def _submitted(minyi, item: str) -> str:
    minyi("item", "accept", item, *BY)
    key = minyi("bulletin", "draft", item, *BY, "--json").one["id"]
    minyi("bulletin", "submit", key, *BY)
    minyi("bulletin", "approve", key, "--by", "林科")
    return key


def test_who_approved_in_one_role_is_refused_in_the_next_and_told_what_to_do(minyi, two_items) -> None:
    key = _submitted(minyi, two_items[0])
    ran = minyi("bulletin", "approve", key, "--by", "林科")
    assert ran.status == 1
    assert "林科已以信息科科长的身份审核过本期，按编审分离不能再以副秘书长的身份办理" in ran.err
    assert "请换人办理" in ran.err
    assert "separate: false" in ran.err


def test_a_county_that_allows_it_sees_one_hand_for_two_roles_in_the_history(minyi, two_items, home) -> None:
    shipped = Path(series.__file__).with_name("series.yaml").read_text(encoding="utf-8")
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "series.yaml").write_text(shipped.replace("separate: true", "separate: false"), encoding="utf-8")
    key = _submitted(minyi, two_items[0])
    assert "同一人编审" in minyi("bulletin", "approve", key, "--by", "林科").err
    paper = ("--registered-by", "陈编", "--on", "2026-11-20")
    assert minyi("bulletin", "sign", key, "--by", "赵秘书长", *paper).status == 0
    shown = minyi("bulletin", "show", key).out
    assert shown.count("同一人编审") == 1
    assert "陈编 签发（赵秘书长；由陈编代为登记" in shown


def test_what_asks_for_an_opinion_is_refused_without_one(minyi, two_items) -> None:
    key = _submitted(minyi, two_items[0])
    for act in ("send-back", "countersign", "stop"):
        ran = minyi("bulletin", act, key, "--by", "钱副秘")
        assert ran.status == 2, act
        assert "须写明意见" in ran.err, act
    assert minyi("bulletin", "countersign", key, "--by", "吴主任", "--opinion", "同意").status == 0
    assert minyi("bulletin", "send-back", key, "--by", "钱副秘", "--opinion", "再改", "--json").one["state"] == "draft"
    assert minyi("bulletin", "rewrite", key, "--note", "编者按。", *BY).status == 0
    assert minyi("bulletin", "stop", key, *BY, "--opinion", "不发了", "--json").one["state"] == "stopped"
