"""The desk: who is there, what the pages show, and that nothing of it is a script's or a stranger's."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.desk.moves import WEB_LEAD_REFUSAL
from pipeline.web.app import app_of_environment, create_app
from pipeline.web.desk import seals, who
from pipeline.wiring import open_system
from tests.pipeline.web.deskhand import Hand
from tests.pipeline.web.matters import DRYING, run, take_in

PHONE = "13912345678"


def test_who_is_asked_first_and_the_way_on_is_kept(client, system):
    answer = client.get("/desk/items?state=submitted")
    assert answer.status_code == 303
    sheet = Hand(client, "").get(answer.headers["location"])
    assert sheet.tree.xpath("//input[@name='next']/@value") == ["/desk/items?state=submitted"]


def test_an_item_is_told_in_words_of_the_office(system, hand):
    key = take_in(system, "关于设立粮食烘干服务点的建议", source="api", unit="岚禾县农技站")
    other = take_in(system, "烘干难", DRYING + "望采纳。", source="api")
    run(system)
    hand.send(hand.get(f"/desk/items/{other}"), "merge", main=key)
    for path in (f"/desk/items/{key}", f"/desk/items/{other}", "/desk/items", "/desk"):
        text = hand.get(path).text
        assert "来稿·来稿" not in text, path
        assert "opinions." not in text, path
        assert "读法" not in text, path
    assert "已并入主稿：关于设立粮食烘干服务点的建议" in hand.get(f"/desk/items/{other}").text
    assert "回执号" in hand.get("/desk/items").text


def test_a_place_is_named_once(system, hand):
    key = take_in(
        system, "武汉市江岸区路灯不亮", "武汉市江岸区路灯不亮，群众夜间出行不便。建议抢修。", unit="武汉市江岸区办公室"
    )
    run(system)
    (places,) = hand.get(f"/desk/items/{key}").tree.xpath("//dt[.='地区']/following-sibling::dd[1]")
    assert places.text_content().count("江岸区") == 1


@pytest.mark.parametrize("onward", ["https://evil.cn/", "//evil.cn", "/desk/../x\\y", "/desk.evil"])
def test_the_way_on_leads_to_the_desk_alone(client, system, onward):
    hand = Hand(client, "")
    hand.send(hand.get("/desk/who"), "who", name="林编辑", role="editor", next=onward)
    assert hand.location == "/desk"


@pytest.mark.parametrize("name", ["", "系统", "admin", "字" * 31])
def test_nobody_is_no_person(client, system, name):
    hand = Hand(client, "")
    sheet = hand.send(hand.get("/desk/who"), "who", name=name, role="editor")
    assert sheet.status == 422
    assert "--" not in sheet.text
    assert sheet.tree.xpath("//*[@role='alert']")


def test_people_of_a_role_with_a_list_are_those_of_the_list(client, settings, system):
    settings.rules_dir.mkdir(parents=True, exist_ok=True)
    shipped = (Path(who.__file__).parents[2] / "rules" / "series.yaml").read_text("utf-8")
    own = shipped.replace("people: {}", "people: {secretary: [张秘书长]}").split("  - name: 社情民意信息增刊")[0]
    (settings.rules_dir / "series.yaml").write_text(own, encoding="utf-8")
    system.__dict__.pop("rules", None)
    hand = Hand(client, "")
    refused = hand.send(hand.get("/desk/who"), "who", name="别人", role="secretary")
    assert refused.status == 422
    assert "张秘书长" in refused.text
    assert hand.send(hand.get("/desk/who"), "who", name="张秘书长", role="secretary").status == 200


def test_the_cookie_is_strict_sealed_and_over_after_a_day(client, system, hand, clock):
    client.cookies.clear()
    set_cookie = client.get("/desk/who").headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=strict" in set_cookie
    good = hand.cookies[who.COOKIE]
    hand.cookies[who.COOKIE] = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert "您是谁" in hand.get("/desk").text
    hand.cookies[who.COOKIE] = good
    assert "等候初审" in hand.get("/desk").text
    clock.forward(seconds=who.LASTS / timedelta(seconds=1))
    assert "您是谁" in hand.get("/desk").text


def test_a_seal_is_of_one_purpose_and_one_key():
    text = seals.sealed(b"k", "a", {"x": 1})
    assert seals.opened(b"k", "a", text) == {"x": 1}
    assert seals.opened(b"k", "b", text) is None
    assert seals.opened(b"o", "a", text) is None
    assert seals.opened(b"k", "a", "坏.的") is None


def test_a_form_without_the_token_or_from_elsewhere_is_refused(client, system, hand):
    key = take_in(system, "关于烘干")
    run(system)
    for fields in ({}, {"token": "0" * 64}, {"token": "字"}):
        sheet = hand.post(f"/desk/items/{key}/moves/accept", **fields)
        assert sheet.status == 403
        assert "没有办理" in sheet.text
    other = Hand(client, "别人")
    token = other.get(f"/desk/items/{key}").forms()["accept"].fields["token"]
    assert hand.post(f"/desk/items/{key}/moves/accept", token=token).status == 403
    form = hand.get(f"/desk/items/{key}").forms()["accept"]
    answer = hand._ask(
        "POST", form.get("action"), data=dict(form.form_values()), headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403
    assert "待初审" in hand.get(f"/desk/items/{key}").text


def test_the_desk_answers_this_machine_alone_unless_told(settings, clock):
    from fastapi.testclient import TestClient

    def answers(desk, client=("127.0.0.1", 1), base="http://127.0.0.1", headers=None):
        app = create_app(lambda: open_system(settings, clock=clock), desk=desk)
        with TestClient(app, client=client, base_url=base, headers=headers, follow_redirects=False) as found:
            return [found.get("/").status_code, found.get("/desk").status_code, found.post("/desk/who").status_code]

    assert answers("off") == [200, 404, 404]
    assert answers("loopback") == [200, 303, 403]
    assert answers("loopback", client=("10.0.0.9", 1)) == [200, 403, 403]
    assert answers("loopback", base="http://rebound.evil.cn") == [200, 403, 403]
    assert answers("loopback", headers={"X-Forwarded-For": "127.0.0.1"}) == [200, 403, 403]
    assert answers("network", client=("10.0.0.9", 1), base="http://minyi.lan") == [200, 303, 403]


def test_planted_markup_stays_text_on_every_page(system, hand):
    bad = "<script>alert(1)</script>"
    key = take_in(
        system, f"{bad}路灯", f"{bad}<img src=x onerror=alert(2)>城区道路坑洼，建议修补路灯。", source=f"来源{bad}",
        author=f"{bad}甲", unit='"><i onclick=alert(3)>', sector=bad, url="javascript:alert(4)", declared={bad: bad},
        phone=PHONE,
    )  # fmt: skip
    lead = take_in(
        system, f"{bad}线索", f"{bad}城区路灯不亮。" * 9, source=bad, kind="web_lead", url="javascript:alert(5)"
    )
    run(system)
    drafted = hand.send(hand.get(f"/desk/items/{key}"), "draft")
    assert drafted.status == 200
    pages = ("", "/items", "/search?query=路灯", f"/items/{key}", f"/items/{key}/edit", f"/items/{lead}",
             f"/items/{lead}/own", "/bulletins", "/quarantine", "/ledger")  # fmt: skip
    paths = [f"/desk{path}" for path in pages] + [hand.location, f"{hand.location}/preview"]
    for path in paths:
        sheet = hand.get(path)
        assert sheet.status == 200, path
        assert sheet.tree.xpath("//script[not(@src)]|//img|//i|//@onclick|//@onerror") == [], path
        assert not [href for href in sheet.tree.xpath("//a/@href") if href.startswith("javascript")], path
    assert "<script>alert(1)</script>路灯" in hand.get(f"/desk/items/{key}").text


def test_personal_data_is_masked_until_asked_for_and_the_asking_is_written_down(system, hand):
    key = take_in(
        system, f"取件收费，请联系{PHONE}", f"村民反映，联系电话{PHONE}。" + DRYING, phone=PHONE, author="王五"
    )
    run(system)
    sheet = hand.get(f"/desk/items/{key}")
    assert PHONE not in sheet.answer.text
    assert "139****5678" in sheet.text
    assert PHONE not in hand.get("/desk").answer.text + hand.get("/desk/items").answer.text
    shown = hand.send(sheet, "reveal")
    assert shown.answer.text.count(PHONE) >= 3
    assert "林编辑 查看原文" in hand.get(f"/desk/items/{key}").text
    assert PHONE not in hand.get(f"/desk/items/{key}").answer.text


def test_the_first_page_puts_the_urgent_first_and_counts_by_state(system, hand, clock):
    take_in(system, "关于烘干服务点的建议")
    run(system)
    clock.forward(days=3)
    hand = Hand(hand.client)
    take_in(system, "河堤渗水须即刻排查", "河堤脚出现渗水，情况危急。建议立即组织排查抢险。", urgent=True)
    take_in(system, "县政府网报道", "县里召开会议，研究夏粮收购和烘干。" * 5, kind="web_lead", source="县政府网")
    run(system)
    sheet = hand.get("/desk")
    tiles = sheet.tree.xpath("//ul[@class='tiles']/li")
    counted = {tile.xpath("string(.//span)"): tile.xpath("string(.//strong)") for tile in tiles}
    assert counted["待初审"] == "2"
    assert counted["网上线索"] == "1"
    assert sheet.tree.xpath("string((//main//h2)[1])").startswith("急件")
    assert "河堤渗水" in sheet.tree.xpath("string((//main//ul[@class='rows'])[1])")
    assert re.search("关于烘干服务点的建议，已 3 天", sheet.text)
    assert "县政府网1" in sheet.text
    assert "网页表单1" in sheet.text


def test_lists_filter_fold_copies_and_turn_pages(system, hand, clock):
    for number in range(32):
        clock.forward(seconds=1)
        take_in(
            system, f"第{number}件", f"第{number}村的水渠第{number * 7919}段需要清淤{chr(0x4E00 + number * 37) * 40}。"
        )
    take_in(system, "烘干甲", DRYING)
    take_in(system, "烘干乙", DRYING + "请予重视。", source="导入")
    run(system)
    first = hand.get("/desk/items?state=submitted")
    assert "共 34 篇" in first.text
    assert "另有 1 篇疑似重复" in first.text
    assert first.tree.xpath("//a[@rel='next']/@href") == ["?state=submitted&page=2"]
    second = hand.get("/desk/items?state=submitted&page=2")
    assert "第0件" in second.text
    assert hand.get("/desk/items?source=导入").text.count("烘干乙") == 1
    assert "没有这样的稿件" in hand.get("/desk/items?state=issued").text
    wrong = hand.get("/desk/items?region=乌有县")
    assert wrong.status == 422
    assert "没有“乌有县”这个地方" in wrong.text
    assert hand.get("/desk/items?since=昨天").status == 422


def test_search_marks_what_it_found(system, hand):
    take_in(system, "关于烘干服务点的建议")
    run(system)
    sheet = hand.get("/desk/search?query=烘干 补贴")
    assert set(sheet.tree.xpath("//mark/text()")) == {"烘干", "补贴"}
    assert "没有找到" in hand.get("/desk/search?query=航天飞机").text


def test_a_copy_of_a_public_page_is_shown_with_its_source(system, hand, clock):
    take_in(system, "县里的报道", DRYING, kind="web_lead", source="县政府网", url="https://example.cn/1.html")
    clock.forward(minutes=1)
    key = take_in(system, "我的建议", DRYING + "以上请予采纳。")
    run(system)
    sheet = hand.get(f"/desk/items/{key}")
    assert re.search(r"疑似摘抄公开内容 \d+%", sheet.text)
    assert "https://example.cn/1.html" in sheet.tree.xpath("//section[@id='likeness']//a/@href")
    assert "抄袭" not in sheet.text


def test_a_web_lead_has_its_conversions_and_the_sentence_for_who_would_accept(system, hand):
    key = take_in(system, "县里的报道", DRYING, kind="web_lead", source="县政府网", url="https://example.cn/1.html")
    run(system)
    sheet = hand.get(f"/desk/items/{key}")
    assert set(sheet.forms()) == {"convert", "archive", "note", "fields"}
    assert WEB_LEAD_REFUSAL in sheet.text
    token = sheet.forms()["convert"].fields["token"]
    refused = hand.post(f"/desk/items/{key}/moves/accept", token=token)
    assert refused.status == 409
    assert WEB_LEAD_REFUSAL in refused.text
    done = hand.send(sheet, "convert", into="topic", opinion="列入选题")
    assert "已归档" in done.text


def test_a_lead_becomes_a_submission_of_ones_own(system, hand):
    key = take_in(system, "县里的报道", DRYING, kind="web_lead", source="县政府网", url="https://example.cn/1.html")
    run(system)
    sheet = hand.get(f"/desk/items/{key}/own")
    typed = {
        "verified_by": "林编辑",
        "verified_on": "2026-11-20",
        "verified_how": "实地走访",
        "title": "烘干难",
        "text": "走访所见：排队三天。",
    }
    lacking = hand.send(sheet, "own", **typed, author="", unit="")
    assert lacking.status == 422
    assert "排队三天" in lacking.answer.text
    done = hand.send(lacking, "own", **typed, unit="县农技站", author="")
    receipt = re.search(r"回执号 (\w{12})", done.text)
    assert receipt
    run(system)
    assert "走访所见" in hand.get(f"/desk/items/{receipt[1]}").text


@pytest.mark.parametrize(
    "path", ["/desk/items/nope", "/desk/bulletins/nope", "/desk/items/nope/edit", "/desk/bulletins/x/files/exe"]
)
def test_what_is_not_there_is_said_with_a_way_back(hand, path):
    sheet = hand.get(path)
    assert sheet.status == 404
    assert "minyi" not in sheet.text
    assert [href for href in sheet.tree.xpath("//main//a/@href") if href.startswith("/desk")]


def test_what_was_not_read_yet_is_said(system, hand):
    key = take_in(system, "刚到的")
    sheet = hand.get(f"/desk/items/{key}")
    assert sheet.status == 404
    assert "正等待处理" in sheet.text


def test_the_books_balance_on_the_page(system, hand):
    take_in(system, "关于烘干服务点的建议")
    take_in(system, "空的", "")
    run(system)
    sheet = hand.get("/desk/ledger")
    numbers = [int(cell) for cell in sheet.tree.xpath("//tfoot//td/text()")]
    assert numbers[0] == sum(numbers[1:]) == 2
    assert hand.get("/desk/ledger?day=昨天").status == 422


def test_the_setting_says_whom_the_desk_answers(monkeypatch, tmp_path):
    from fastapi.testclient import TestClient

    monkeypatch.setenv("MINYI_HOME", str(tmp_path / "home"))
    for reach, status in (("", 403), ("network", 303), ("off", 404)):
        monkeypatch.setenv("MINYI_DESK", reach)
        with TestClient(app_of_environment(), client=("10.0.0.9", 1), follow_redirects=False) as client:
            assert client.get("/desk").status_code == status, reach
