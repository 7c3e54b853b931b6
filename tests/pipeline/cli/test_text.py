from __future__ import annotations

import json

from tests.arriving import page
from tests.pipeline.cli.conftest import BRIDGE, DRYER


def test_the_file_tools_need_no_home_and_make_none(minyi, rows, home) -> None:
    file = rows({"id": 1, "text": BRIDGE})
    for tool in ("clean", "classify", "dedup", "locate", "score"):
        assert minyi(tool, file, "--json").status == 0
        assert minyi(tool, file).status == 0
    assert not home.exists()


def test_clean_gives_the_whole_repaired_file_unmasked_with_its_personal_data(minyi, tmp_path) -> None:
    file = tmp_path / "稿.txt"
    text = f"\n{BRIDGE}联系电话13800138000。\n\n"
    file.write_bytes(text.encode("gb18030"))
    found = minyi("clean", file, "--json").one
    assert list(found) == [
        "file", "outcome", "reason", "charset", "title", "text", "published_at", "author", "source", "confidence",
        "repairs", "pii",
    ]  # fmt: skip
    assert (found["outcome"], found["charset"], found["text"]) == ("cleaned", "gb18030", text)
    (number,) = found["pii"]
    assert text[number["start"] : number["end"]] == "13800138000"
    assert number["kind"] == "mobile"


def test_clean_reads_a_page_from_standard_input(minyi) -> None:
    found = minyi("clean", "-", "--json", stdin=page("柳湾村桥护栏损坏", BRIDGE * 3)).one
    assert (found["file"], found["title"]) == ("-", "柳湾村桥护栏损坏")
    assert BRIDGE in found["text"]


def test_clean_goes_on_after_a_file_that_cannot_be_read(minyi, tmp_path, rows) -> None:
    picture = tmp_path / "稿.docx"
    picture.write_bytes(b"\xff\xd8\xff\xe0 jpeg")
    ran = minyi("clean", tmp_path / "没有.txt", picture, rows({"id": 1, "text": BRIDGE}), "--json")
    assert ran.status == 1
    assert [one["outcome"] for one in ran.lines] == ["refused", "refused", "cleaned"]
    assert all(one["reason"] for one in ran.lines[:2])


def test_classify_takes_a_scheme_of_its_own_and_gives_the_same_answer_twice(minyi, rows, tmp_path) -> None:
    scheme = tmp_path / "方案.yaml"
    scheme.write_text("version: 1\nname: 甲\ndomains:\n  - {name: 交通, keywords: [护栏]}\n  - {name: 其他}\n", "utf-8")
    file = rows({"id": 1, "text": BRIDGE}, {"id": "b", "text": DRYER})
    first, second = (minyi("classify", file, "--scheme", scheme, "--json") for _ in range(2))
    assert first.out == second.out
    assert [list(one) for one in first.lines] == [["id", "domain", "topic", "confidence", "undecided", "reasons"]] * 2
    assert [(one["id"], one["domain"]) for one in first.lines] == [("1", "交通"), ("b", "其他")]


def test_dedup_leads_with_the_earlier_row(minyi, rows) -> None:
    file = rows({"id": "a", "text": BRIDGE}, {"id": "b", "text": DRYER}, {"id": "c", "text": BRIDGE + "！"})
    a, b, c = minyi("dedup", file, "--json").lines
    assert list(a) == ["id", "cluster", "matter", "leads", "closest", "similarity", "kind"]
    assert (a["leads"], a["closest"], a["kind"]) == (True, None, "none")
    assert b["kind"] == "none"
    assert (c["cluster"], c["leads"], c["closest"], c["kind"], c["similarity"]) == ("a", False, "a", "exact", 1.0)


def test_dedup_ends_with_how_many(minyi, rows) -> None:
    ran = minyi("dedup", rows({"id": "a", "text": BRIDGE}, {"id": "b", "text": BRIDGE}))
    assert "共 2 行，与前面的行重复的 1 行" in ran.err


def test_locate_counts_places_in_the_rows_own_text(minyi, rows) -> None:
    text = "  据反映，河南省郑州市金水区有积水。"
    (found,) = minyi("locate", rows({"id": 1, "text": text}), "--json").lines
    codes = {one["name"]: one for one in found["regions"]}
    assert codes["金水区"]["code"] == "410105"
    assert set(found["regions"][0]) == {"code", "name", "level", "role", "at"}
    stripped = text.strip()
    assert any(place[codes["金水区"]["at"] :].startswith("金水区") for place in (text, stripped))


def test_score_gives_its_parts_and_why(minyi, rows) -> None:
    (found,) = minyi("score", rows({"id": 1, "text": BRIDGE}), "--json").lines
    assert list(found) == ["id", "score", "parts", "urgent"]
    assert 0 <= found["score"] <= 100
    assert set(found["parts"][0]) == {"name", "value", "weight", "why"}


def test_a_bad_row_is_named_and_the_others_are_done(minyi) -> None:
    good = json.dumps({"id": 1, "text": BRIDGE}).encode()
    ran = minyi("locate", "-", "--json", stdin=good + b"\n{broken\n")
    assert ran.status == 1
    assert len(ran.lines) == 1
    assert "第 2 行" in ran.err


def test_what_a_page_holds_is_told_in_chinese(minyi, tmp_path) -> None:
    (tmp_path / "网页.html").write_bytes(page("柳湾村桥护栏损坏", BRIDGE * 3))
    (tmp_path / "空.html").write_bytes(b"")
    screen = minyi("clean", tmp_path / "网页.html", tmp_path / "空.html").out
    assert "柳湾村桥护栏损坏（utf-8" in screen
    assert screen.rstrip().endswith("有用的请复制成文本导入")
    assert "None" not in screen
