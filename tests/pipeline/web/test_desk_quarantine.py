"""隔离区 at the desk: what was set aside is seen, put right and processed again, and nothing typed is lost."""

from __future__ import annotations

from pipeline.records.messages import Outgoing
from pipeline.records.names import CRAWLED
from pipeline.steps import classify
from tests.arriving import crawled, page, publish, put
from tests.pipeline.web.deskhand import Hand
from tests.pipeline.web.matters import DRYING, run, take_in


def test_what_was_set_aside_is_processed_again_by_a_click(system, hand, monkeypatch):
    key = take_in(system, "一遇就坏", "这一件处理时出错。" + DRYING)
    with monkeypatch.context() as broken:
        broken.setattr(classify, "classify", None)
        run(system)
    sheet = hand.get("/desk/quarantine")
    assert "第 1 号" in sheet.text
    assert "一遇就坏" in sheet.text
    done = hand.send(sheet, "replay")
    assert "已处理" in done.text
    assert "没有待处理的" in done.text
    assert hand.get(f"/desk/items/{key}").status == 200


def test_a_page_read_with_doubt_is_put_right_beside_its_original(system, hand):
    noise = "".join(chr(0x9000 + number * 37 % 3000) for number in range(400))
    put(system, crawled(system, "http://x/1", page("乱码", noise), link_title="烘干难，13912345678"))
    run(system)
    sheet = hand.get("/desk/quarantine")
    assert "照读出的收下" in sheet.text
    assert all(said in sheet.text for said in ("烘干难，139****5678", "http://x/1"))
    sheet = hand.get("/desk/quarantine/1")
    assert "http://x/1" in sheet.text
    assert noise[:20] in sheet.text
    done = hand.send(sheet, "replay", title="烘干难", text=DRYING)
    assert "已处理" in done.text
    with system.store.reading() as session:
        row = session.quarantine.get(1)
    assert row.state == "replayed"
    assert row.history[-1]["why"] == "对照原网页改正后收下（林编辑）"
    assert hand.get("/desk/quarantine/1").status == 409


def test_what_was_typed_is_kept_when_another_was_quicker_or_it_fails_again(system, hand, monkeypatch):
    noise = "".join(chr(0x9000 + number * 37 % 3000) for number in range(400))
    put(system, crawled(system, "javascript:alert(1)", page("乱码", noise)))
    run(system)
    sheet = hand.get("/desk/quarantine/1")
    assert 'href="javascript' not in sheet.text
    with monkeypatch.context() as broken:
        broken.setattr(classify, "classify", None)
        failed = hand.send(sheet, "replay", title="烘干难", text=DRYING)
    assert (failed.status, DRYING[:30] in failed.text) == (422, True)
    assert "已处理" in hand.send(failed, "replay").text
    late = hand.send(sheet, "replay", title="又一个", text=DRYING + "另写的一句。")
    assert late.status == 422
    assert "已处理过" in late.text
    assert "另写的一句。" in late.text


def test_only_who_may_handle_items_sees_what_was_read(system, client):
    noise = "".join(chr(0x9000 + number * 37 % 3000) for number in range(400))
    put(system, crawled(system, "http://x/1", page("乱码", noise)))
    run(system)
    refused = Hand(client, "秘书长甲", "secretary").get("/desk/quarantine/1")
    assert refused.status == 409
    assert noise[:20] not in refused.text
    assert noise[:20] in Hand(client).get("/desk/quarantine/1").text


def test_what_cannot_even_be_read_is_listed_without_its_subject(system, hand):
    publish(system, CRAWLED, [Outgoing("x", b"{")])
    run(system)
    sheet = hand.get("/desk/quarantine")
    assert (sheet.status, "第 1 号" in sheet.text) == (200, True)


def test_what_a_submission_is_of_shows_no_personal_data(system, hand, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(classify, "classify", None)
        take_in(system, "路灯不亮，13912345678", DRYING, url="联系人王建国 13812345678")
        run(system)
    sheet = hand.get("/desk/quarantine")
    assert "路灯不亮，139****5678" in sheet.text
    assert not any(told in sheet.answer.text for told in ("13912345678", "13812345678", "王建国"))
