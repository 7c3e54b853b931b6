"""The desk's acts: every button where the table allows it and nowhere else, every act once, nothing typed lost."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import pytest

from pipeline.desk.states import ITEM_MOVES
from pipeline.office import shows
from pipeline.office.context import desk_of, office_of
from pipeline.records.names import BulletinState, Kind, State
from pipeline.rules import series
from tests.pipeline.web.deskhand import Hand, Sheet
from tests.pipeline.web.matters import DRYING, run, take_in

PAGES_OF_THEIR_OWN = {"edit"}


@pytest.fixture
def office(system):
    return office_of(system)


@pytest.fixture
def head(client, system) -> Hand:
    return Hand(client, "何科长", "section_head")


@pytest.fixture
def deputy(client, system) -> Hand:
    return Hand(client, "傅秘书", "deputy_secretary")


@pytest.fixture
def secretary(client, system) -> Hand:
    return Hand(client, "秘书长甲", "secretary")


@pytest.fixture
def item(system) -> str:
    key = take_in(system, "关于设立粮食烘干服务点的建议", author="周安", unit="县农技站")
    run(system)
    return key


@pytest.fixture
def drafted(hand, item) -> str:
    """The address of a bulletin's page."""
    hand.send(hand.get(f"/desk/items/{item}"), "draft")
    return hand.location


def _state(office, key: str) -> str:
    with office.store.reading() as session:
        return str(session.items.by_ids([key])[key].state)


def _offered(sheet: Sheet) -> set[str]:
    links = {href.rsplit("/", 1)[-1] for href in sheet.tree.xpath("//aside//a/@href")}
    return (set(sheet.forms()) | (links & PAGES_OF_THEIR_OWN)) & set(ITEM_MOVES)


def _put(office, key: str, state: State, kind: Kind) -> None:
    from dataclasses import replace

    with office.writing() as session:
        old = session.items.by_ids([key])[key]
        session.items.write([replace(old, state=state, kind=kind, version=old.version + 1)])


@pytest.mark.parametrize("kind", list(Kind))
def test_an_item_offers_exactly_the_moves_of_its_state_to_who_writes_and_none_to_others(
    office, hand, secretary, item, kind
):
    for state in State:
        if state is State.REMOVED:
            continue
        _put(office, item, state, kind)
        allowed = {act for act, row in ITEM_MOVES.items() if state in row.starts and kind in row.kinds}
        assert _offered(hand.get(f"/desk/items/{item}")) == allowed, state
        assert _offered(secretary.get(f"/desk/items/{item}")) == set(), state


def test_a_role_that_does_not_make_a_move_is_told_so(office, secretary, item):
    assert secretary.get(f"/desk/items/{item}/edit").status == 409
    page = secretary.get("/desk/who")
    refused = secretary.post(f"/desk/items/{item}/moves/accept", token=page.forms()["who"].fields["token"])
    assert refused.status == 409
    assert "秘书长不能采用备用" in refused.text
    assert _state(office, item) == "submitted"


def test_a_bulletin_offers_exactly_the_moves_of_its_state_and_turn(hand, head, deputy, secretary, drafted):
    everybody = {"编辑": hand, "科长": head, "副秘书长": deputy, "秘书长": secretary}
    editors = {"rewrite", "stop"}
    expected = [
        ({"编辑": editors | {"submit"}}, hand, "submit", {}),
        ({"编辑": editors, "科长": {"approve", "send-back", "countersign"}, "副秘书长": {"countersign"},
          "秘书长": {"countersign"}}, head, "approve", {}),
        ({"编辑": editors, "科长": {"countersign"}, "副秘书长": {"approve", "send-back", "countersign"},
          "秘书长": {"countersign"}}, deputy, "approve", {}),
        ({"编辑": editors, "科长": {"countersign"}, "副秘书长": {"countersign"},
          "秘书长": {"sign", "send-back", "countersign"}}, secretary, "sign", {}),
        ({"编辑": editors | {"issue"}}, hand, "issue", {}),
        ({"编辑": {"recall", "correct", "void"}}, hand, "recall", {"opinion": "有误", "recipients": "县委办、县府办"}),
        ({}, None, "", {}),
    ]  # fmt: skip
    for offers, actor, act, fields in expected:
        for name, one in everybody.items():
            actions = one.get(drafted).tree.xpath("//form/@action")
            found = {action.rsplit("/", 1)[-1] for action in actions if "/moves/" in action}
            assert found == offers.get(name, set()), (act, name)
        if actor:
            assert "已办" in actor.send(actor.get(drafted), act, **fields).text
    assert "收回名单：县委办、县府办" in hand.get(drafted).text


def test_who_wrote_may_not_approve_and_the_page_says_why(client, hand, drafted):
    hand.send(hand.get(drafted), "submit")
    same = Hand(client, "林编辑", "section_head")
    sheet = same.get(drafted)
    assert "approve" not in sheet.forms()
    assert "编审分离" in sheet.text


def test_who_approved_in_an_earlier_role_is_refused_and_the_page_says_what_to_do(client, hand, head, drafted):
    hand.send(hand.get(drafted), "submit")
    same = Hand(client, "何科长", "deputy_secretary")
    head.send(head.get(drafted), "approve")
    sheet = same.get(drafted)
    assert "approve" not in sheet.forms()
    assert "何科长已以信息科科长的身份审核过本期" in sheet.text
    assert "请换人办理" in sheet.text
    assert "separate: false" in sheet.text
    seen, token = (sheet.forms()["countersign"].fields[name] for name in ("seen", "token"))
    refused = same.post(f"{drafted}/moves/approve", seen=seen, token=token)
    assert refused.status == 409
    assert "请换人办理" in refused.text


@pytest.fixture
def county_of_two(settings) -> None:
    """The series keep no separation; the app reads them when it starts."""
    shipped = Path(series.__file__).with_name("series.yaml").read_text(encoding="utf-8")
    settings.rules_dir.mkdir(parents=True, exist_ok=True)
    own = shipped.replace("separate: true", "separate: false")
    (settings.rules_dir / "series.yaml").write_text(own, encoding="utf-8")


def test_the_history_marks_one_hand_for_two_roles(county_of_two, client, hand, head, drafted):
    hand.send(hand.get(drafted), "submit")
    head.send(head.get(drafted), "approve")
    same = Hand(client, "何科长", "deputy_secretary")
    assert "同一人编审" in same.send(same.get(drafted), "approve").text
    assert "同一人编审" in hand.get(drafted).tree.xpath("string(//ol[@class='history']/li[1])")


def test_a_decision_names_its_reason_opinion_and_person(office, hand, item):
    lacking = hand.send(hand.get(f"/desk/items/{item}"), "decline", opinion="太宽", reason="")
    assert lacking.status == 422
    assert "理由" in lacking.text
    done = hand.send(hand.get(f"/desk/items/{item}"), "decline", opinion="太宽", reason="选题过大")
    assert "未采用存查" in done.text
    (act,) = shows.history(office, "item", item)
    assert (act["by"], act["opinion"], act["details"]["reason"]) == ("林编辑", "太宽", "选题过大")


@pytest.mark.parametrize(("act", "fields"), [("accept", {}), ("note", {"opinion": "存参"}), ("draft", {})])
def test_the_second_of_two_sendings_does_nothing_and_says_where_it_stands(office, hand, item, act, fields):
    sheet = hand.get(f"/desk/items/{item}")
    hand.send(sheet, act, **fields)
    before = shows.history(office, "item", item)
    second = hand.send(sheet, act, **fields)
    assert second.status == 409
    assert "没有再办" in second.text
    assert re.search("现为“.+”", second.text)
    assert shows.history(office, "item", item) == before


def test_two_clicks_at_once_are_one_act(client, office, hand, item):
    sheet = hand.get(f"/desk/items/{item}")
    hands = [Hand(client, "") for _ in range(4)]
    form = sheet.forms()["note"]
    fields = {**dict(form.form_values()), "opinion": "存参"}
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in hand.cookies.items())}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post(form.get("action"), data=fields, headers=headers), hands))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert len(shows.history(office, "item", item)) == 1


def test_an_edit_is_a_second_track_beside_the_original(office, hand, item):
    sheet = hand.get(f"/desk/items/{item}/edit")
    assert DRYING[:20] in sheet.text
    done = hand.send(sheet, "edit", title="改过的标题", text="改过的正文。\r\n第二段。", opinion="删繁")
    assert "改过的标题" in done.text
    assert DRYING[:20] in done.text
    with office.store.reading() as session:
        (edit,) = desk_of(session).edits([item])[item]
    assert (edit.title, edit.text, edit.by) == ("改过的标题", "改过的正文。\n第二段。", "林编辑")


def test_an_edit_never_writes_over_what_somebody_else_saved_nor_loses_what_was_typed(client, office, hand, item):
    mine = hand.get(f"/desk/items/{item}/edit")
    other = Hand(client, "吴编辑")
    other.send(other.get(f"/desk/items/{item}/edit"), "edit", text="吴编辑的文字。")
    refused = hand.send(mine, "edit", text="林编辑的文字。")
    assert refused.status == 409
    assert "林编辑的文字。" in refused.tree.xpath("string(//textarea)")
    assert "吴编辑的文字。" in refused.text
    merged = hand.send(refused, "edit", text="吴编辑和林编辑的文字。")
    assert merged.status == 200
    assert [one["text"] for one in shows.edits(office, item)] == ["吴编辑的文字。", "吴编辑和林编辑的文字。"]


def test_saving_what_did_not_change_makes_no_edit(office, hand, item):
    sheet = hand.get(f"/desk/items/{item}/edit")
    hand.send(sheet, "edit", text="一遍。")
    again = hand.send(hand.get(f"/desk/items/{item}/edit"), "edit")
    assert "没有变化" in again.text
    assert len(shows.edits(office, item)) == 1


def test_editing_warns_of_personal_data(hand, item):
    hand.send(hand.get(f"/desk/items/{item}/edit"), "edit", text="请电13912345678联系。")
    sheet = hand.get(f"/desk/items/{item}/edit")
    assert "手机号：13912345678" in sheet.text


def test_a_mark_of_secrecy_in_an_edit_is_refused_and_nothing_is_kept(office, hand, item):
    refused = hand.send(hand.get(f"/desk/items/{item}/edit"), "edit", text="机密★5年\n内容。")
    assert refused.status == 409
    assert "非涉密系统" in refused.text
    assert shows.edits(office, item) == []


def test_merging_credits_both_and_can_be_undone(system, office, hand, item):
    other = take_in(system, "烘干难亟待解决", DRYING + "望采纳。", author="李民", unit="民建县支部")
    run(system)
    sheet = hand.get(f"/desk/items/{other}")
    merged = hand.send(sheet, "merge", main=item)
    assert "已并入主稿" in merged.text
    assert "已并入本篇" in hand.get(f"/desk/items/{item}").text
    assert "待初审" in hand.send(merged, "unmerge", opinion="不是一事").text
    assert "已判定不是同一篇" in hand.get(f"/desk/items/{other}").text


def test_a_persons_word_on_domain_wins_and_can_be_given_back(office, hand, item):
    domain = hand.get(f"/desk/items/{item}").tree.xpath("//optgroup/@label")[0]
    done = hand.send(hand.get(f"/desk/items/{item}"), "fields", domain=domain, urgent="yes")
    assert f"{domain}（人定）" in done.text
    assert "急件（人定）" in done.text
    back = hand.send(done, "fields", domain="", urgent="")
    assert "（人定）" not in back.text


def test_files_carry_their_chinese_names_and_the_same_bytes_every_time(hand, head, deputy, secretary, drafted):
    draft = hand._ask("GET", f"{drafted}/files/docx")
    assert "送审稿" in unquote(draft.headers["content-disposition"])
    preview = hand.get(f"{drafted}/preview")
    assert "送审稿" in preview.text
    assert preview.tree.xpath("//style") == []
    assert "font" in hand._ask("GET", preview.tree.xpath("//link[@rel='stylesheet']/@href")[0]).text
    for one, act in ((hand, "submit"), (head, "approve"), (deputy, "approve"), (secretary, "sign"), (hand, "issue")):
        one.send(one.get(drafted), act)
    first, second = (hand._ask("GET", f"{drafted}/files/docx") for _ in range(2))
    assert first.content == second.content
    named = first.headers["content-disposition"]
    assert "filename*=UTF-8''" in named
    assert re.search("2026年第001期", unquote(named))
    assert "秘书长甲" in hand.get(drafted).text


def test_a_change_after_signing_takes_the_signature_back_and_says_so(hand, head, deputy, secretary, item, drafted):
    for one, act in ((hand, "submit"), (head, "approve"), (deputy, "approve"), (secretary, "sign")):
        one.send(one.get(drafted), act)
    done = hand.send(hand.get(f"/desk/items/{item}/edit"), "edit", text="签后又改。")
    assert "须重新签发" in done.text
    assert "已失效" in hand.get(drafted).text


def test_what_a_leader_signed_on_paper_is_registered_by_name(hand, drafted):
    hand.send(hand.get(drafted), "submit")
    sheet = hand.get(drafted)
    done = hand.send(sheet, "approve", by="何科长", on="2026-11-22", opinion="同意")
    assert "由林编辑代为登记" in done.text
    assert "2026-11-22" in done.text
    refused = hand.send(done, "approve", by="傅秘书", on="2027-01-01")
    assert refused.status == 422
    assert "在今天" in refused.text


def test_a_digest_is_put_together_ordered_and_needs_two(system, office, hand, item):
    other = take_in(system, "路灯不亮", "城区东桥路灯不亮已有三天，群众夜间出行不便。建议抢修。")
    run(system)
    hand.send(hand.get(f"/desk/items/{other}"), "accept")
    digest = hand.send(hand.get(f"/desk/items/{item}"), "draft", series="社情民意信息摘编")
    page = hand.location
    assert "至少 2 篇" in hand.send(digest, "submit").text
    hand.send(hand.get(page), "add", item=other)
    down = next(form for form in hand.get(page).tree.xpath("//form") if form.get("action", "").endswith("/order")
                and form.fields["to"] == "up" and form.fields["item"] == other)  # fmt: skip
    hand.post(down.get("action"), **dict(down.form_values()))
    assert shows.show(office, page.rsplit("/", 1)[-1]).items == (other, item)
    hand.send(hand.get(page), "rewrite", note="编者按的话。")
    assert "编者按的话。" in hand.get(f"{page}/preview").text
    remove = hand.get(page).tree.xpath("//form[contains(@action, '/remove')]")[1]
    hand.post(remove.get("action"), **dict(remove.form_values()))
    assert _state(office, item) == "accepted"


def test_a_correction_keeps_the_number(hand, head, deputy, secretary, drafted, office):
    for one, act in ((hand, "submit"), (head, "approve"), (deputy, "approve"), (secretary, "sign"), (hand, "issue")):
        one.send(one.get(drafted), act)
    hand.send(hand.get(drafted), "correct", opinion="数字有误")
    page = hand.location
    assert page != drafted
    hand.send(hand.get(page), "rewrite", text="更正后的文字。")
    for one, act in ((hand, "submit"), (head, "approve"), (deputy, "approve"), (secretary, "sign"), (hand, "issue")):
        one.send(one.get(page), act)
    shown = shows.show(office, page.rsplit("/", 1)[-1])
    assert (shown.state, shown.number) == (str(BulletinState.ISSUED), 1)
    assert "（更正）" in hand.get(page).text
