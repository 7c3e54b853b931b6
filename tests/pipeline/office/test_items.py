"""The desk's moves of items, the second track, merging, web leads (OFFICE 1, 6 to 8; DESIGN 10, 16)."""

from __future__ import annotations

import pytest

from pipeline.errors import NotAllowed, NotFound, Refused, UsageError
from pipeline.office import drafting, issuing, items, leads, merging, shows
from pipeline.office.context import desk_of
from pipeline.records.names import Kind, Similarity, State
from tests.pipeline.office.flow import BY, HEAD, issued, signed, state_of, to_sign

CHECKED = leads.Verified(by="林科", on="2026-11-22", how="电话核实", unit="民建岚禾县支部")


def test_accepting_names_the_person_and_marks_the_item(office, put):
    key = put()
    (moved,) = items.move(office, "accept", [key], by=BY, opinion="选题好")
    assert (moved.before, moved.state, moved.version) == ("submitted", "accepted", 2)
    (line,) = shows.history(office, "item", key)
    assert (line["by"], line["role"], line["opinion"]) == (BY, "editor", "选题好")
    with office.store.reading() as session:
        assert dict(session.marks.due(10))[key] == 2


def test_all_items_of_one_call_move_or_none(office, put):
    good, lead = put("甲"), put("乙", kind=Kind.WEB_LEAD, state=State.RECEIVED)
    with pytest.raises(NotAllowed):
        items.move(office, "accept", [good, lead], by=BY)
    assert state_of(office, good) == "submitted"
    with pytest.raises(NotFound, match="没有稿件 x"):
        items.move(office, "accept", [good, "x"], by=BY)


def test_a_web_lead_is_refused_acceptance_and_draft_with_the_sentence_of_the_office(office, put):
    lead = put("线索", kind=Kind.WEB_LEAD, state=State.RECEIVED)
    for act in (
        lambda: items.move(office, "accept", [lead], by=BY),
        lambda: drafting.draft(office, [lead], by=BY),
    ):
        with pytest.raises(NotAllowed) as refusal:
            act()
        assert str(refusal.value) == "网上线索须经核实并由委员或单位反映后方可编发。"


def test_a_decline_keeps_its_reason_in_the_history_and_can_be_reconsidered(office, put):
    key = put()
    items.move(office, "decline", [key], by=BY, opinion="选题过大、篇幅过长", reason="选题过大")
    assert shows.history(office, "item", key)[-1]["details"] == {"reason": "选题过大"}
    items.move(office, "accept", [key], by=BY)
    assert state_of(office, key) == "accepted"


@pytest.mark.parametrize(("act", "state"), [("send-back", "sent_back"), ("redirect", "redirected")])
def test_what_goes_out_of_the_desk_says_why(office, put, act, state):
    key = put()
    with pytest.raises(UsageError):
        items.move(office, act, [key], by=BY)
    items.move(office, act, [key], by=BY, opinion="请补充数据；属信访事项")
    assert state_of(office, key) == state


def test_a_note_moves_nothing(office, put):
    key = put()
    (moved,) = items.move(office, "note", [key], by=BY, opinion="作参考")
    assert (moved.before, moved.state, moved.version) == ("submitted", "submitted", 1)
    with pytest.raises(UsageError, match="没有“publish”这种办法"):
        items.move(office, "publish", [key], by=BY)


def test_rule_16_an_edit_is_a_second_track_and_the_original_stays(office, put):
    key = put(text="原稿。")
    items.edit(office, key, by=BY, title="编辑的标题")
    items.edit(office, key, by="李编", text="编辑的正文。")
    put(text="来源改过的原稿。", revision=2)
    with office.store.reading() as session:
        view = session.items.views([key])[key]
        assert (view.edit_title, view.edit_text, view.text) == ("编辑的标题", "编辑的正文。", "来源改过的原稿。")
    assert [(one["number"], one["by"]) for one in shows.edits(office, key)] == [(1, BY), (2, "李编")]


def test_an_edit_begins_from_the_masked_original(office, put):
    key = put(text="联系电话13812345678。")
    items.edit(office, key, by=BY, title="改标题")
    assert "13812345678" not in shows.edits(office, key)[0]["text"]


def test_an_edit_is_refused_when_it_says_nothing_too_much_or_a_secret(office, put):
    key = put()
    with pytest.raises(UsageError, match="没有写明改成什么"):
        items.edit(office, key, by=BY, title="  ")
    with pytest.raises(UsageError, match="100"):
        items.edit(office, key, by=BY, title="长" * 101)
    with pytest.raises(Refused, match="本系统为非涉密系统"):
        items.edit(office, key, by=BY, text="机密★5年\n关于某事的报告")


def test_an_issued_item_is_edited_by_a_correction_alone(office, accepted):
    key = accepted()
    issued(office, key)
    with pytest.raises(NotAllowed, match="已印发"):
        items.edit(office, key, by=BY, text="改")


# ---------------------------------------------------------------- merging


def test_merging_credits_everybody_and_joins_the_cluster(office, put, accepted):
    main = accepted("甲")
    other = put("乙", author=None, unit="民建岚禾县支部")
    merging.merge(office, [main, other], by=BY, opinion="同一事项")
    assert (state_of(office, main), state_of(office, other)) == ("accepted", "merged")
    key = drafting.draft(office, [main], by=BY).bulletin.id
    assert "政协委员、岚禾县农技站周禾，民建岚禾县支部" in issuing.export(office, key, "md").content.decode()
    with office.store.reading() as session:
        rows = session.items.by_ids([main, other])
        assert rows[main].cluster == rows[other].cluster
        assert [(pair.kind, pair.by) for pair in session.items.edges([main])] == [(Similarity.NEAR, BY)]


def test_rule_10_unmerging_gives_the_states_back_and_leaves_a_negative_edge(office, put, accepted):
    main, other = accepted("甲"), put("乙", state=State.VERIFYING)
    merging.merge(office, [main, other], by=BY)
    merging.unmerge(office, [other], by=BY, opinion="两件事")
    assert state_of(office, other) == "verifying"
    with office.store.reading() as session:
        rows = session.items.by_ids([main, other])
        assert rows[main].cluster != rows[other].cluster
        assert [pair.kind for pair in session.items.edges([main])] == [Similarity.NEGATIVE]
        assert desk_of(session).merged([main]) == {}


def test_a_merge_after_signing_takes_the_signature_back(office, put, accepted):
    main, other = accepted("甲"), put("乙")
    merging.merge(office, [main, other], by=BY)
    key = signed(office, main)
    merging.unmerge(office, [other], by=BY, opinion="两件事")
    assert shows.show(office, key).state == "to_sign"


def test_a_merge_is_refused_past_the_draft_for_one_alone_and_in_a_chain(office, put, accepted):
    main = accepted("甲")
    to_sign(office, main)
    with pytest.raises(NotAllowed, match="主稿现为“待签发”"):
        merging.merge(office, [main, put("乙")], by=BY)
    with pytest.raises(UsageError, match="至少要两篇"):
        merging.merge(office, [main, main], by=BY)
    first, second, third = put("丙"), put("丁"), put("戊")
    merging.merge(office, [first, second], by=BY)
    with pytest.raises(NotAllowed, match="已有稿件并入"):
        merging.merge(office, [third, first], by=BY)


# ---------------------------------------------------------------- web leads


def test_a_web_lead_becomes_a_topic_or_a_proposal_lead(office, put):
    lead = put("线索", kind=Kind.WEB_LEAD, state=State.RECEIVED)
    leads.convert(office, [lead], into="topic", by=BY, opinion="列入下月选题")
    assert state_of(office, lead) == "archived"
    leads.convert(office, [lead], into="proposal_lead", by=BY, opinion="转提案线索")
    assert [one["details"]["into"] for one in shows.history(office, "item", lead)] == ["topic", "proposal_lead"]
    with pytest.raises(UsageError, match="topic（选题）"):
        leads.convert(office, [lead], into="bulletin", by=BY, opinion="x")


def test_a_submission_of_ones_own_names_who_verified_it_and_enters_by_the_inlet(office, put):
    lead = put("线索", kind=Kind.WEB_LEAD, state=State.RECEIVED)
    own = leads.make_own(office, lead, by=BY, verified=CHECKED, title="核实后的标题", text="核实后的正文。")
    with office.store.reading() as session:
        row = session.arrivals.by_receipt([own.receipt])[own.receipt]
        assert (row.item, row.message.channel, row.message.unit) == (own.item, "desk", "民建岚禾县支部")
        assert session.arrivals.waiting(10)[0].key == own.item
    assert state_of(office, lead) == "archived"
    details = shows.history(office, "item", own.item)[0]["details"]
    assert (details["verified_by"], details["verified_on"], details["verified_how"], details["lead"]) == (
        "林科",
        "2026-11-22",
        "电话核实",
        lead,
    )


def test_a_submission_of_ones_own_says_everything_or_is_refused(office, put):
    lead = put("线索", kind=Kind.WEB_LEAD, state=State.RECEIVED)
    bare = leads.Verified(by="林科", on="", how="电话核实")
    with pytest.raises(UsageError, match="核实日期、反映人或反映单位"):
        leads.make_own(office, lead, by=BY, verified=bare, title="题", text="文")
    with pytest.raises(NotAllowed, match="来稿不能"):
        leads.make_own(office, put("来稿"), by=BY, verified=CHECKED, title="题", text="文")


# ---------------------------------------------------------------- drafting


def test_a_combined_text_credits_all_and_moves_all(office, accepted):
    first = accepted("甲")
    second = accepted("乙", author=None, unit="岚禾县工商联")
    done = drafting.draft(office, [first, second], by=BY, title="综合稿标题", text="两篇合起来的正文。")
    assert (done.bulletin.title, done.bulletin.items) == ("综合稿标题", (first, second))
    assert {state_of(office, first), state_of(office, second)} == {"editing"}
    printed = issuing.export(office, done.bulletin.id, "md").content.decode()
    assert "周禾，岚禾县工商联：综合稿标题两篇合起来的正文。" in printed


def test_a_digest_is_added_to_ordered_and_taken_from(office, accepted):
    keys = [accepted(title) for title in "甲乙丙"]
    key = drafting.draft(office, keys[:1], by=BY, series="社情民意信息摘编", title="十一月摘编").bulletin.id
    drafting.add(office, key, keys[1:], by=BY)
    drafting.order(office, key, keys[::-1], by=BY)
    done = drafting.remove(office, key, [keys[0]], by=BY)
    assert (done.bulletin.title, done.bulletin.items) == ("十一月摘编", (keys[2], keys[1]))
    assert state_of(office, keys[0]) == "accepted"
    assert state_of(office, keys[1]) == "editing"


def test_a_change_in_the_composition_of_a_signed_digest_is_signed_again(office, accepted):
    keys = [accepted(title) for title in "甲乙丙"]
    key = signed(office, *keys[:2], series="社情民意信息摘编")
    done = drafting.add(office, key, keys[2:], by=BY)
    assert (done.bulletin.state, done.bulletin.signer) == ("to_sign", None)
    assert done.warnings
    assert state_of(office, keys[2]) == "to_sign"


def test_sending_back_takes_the_approvals_with_it(office, accepted):
    key = to_sign(office, accepted())
    drafting.send_back(office, key, by="赵秘书长", opinion="数据再核")
    assert shows.show(office, key).state == "draft"
    drafting.submit(office, key, by=BY)
    assert shows.show(office, key).state == "to_approve"


def test_an_item_in_one_bulletin_enters_no_other(office, accepted):
    key = accepted()
    drafting.draft(office, [key], by=BY)
    with pytest.raises(NotAllowed, match="稿件已在期刊"):
        drafting.draft(office, [key], by=HEAD)


def test_lists_show_the_newest_first_page_by_page(office, put, clock):
    keys = []
    for title in "甲乙丙":
        clock.forward(minutes=1)
        keys.append(put(title))
    first = shows.items_in(office, [State.SUBMITTED], limit=2)
    assert [item.id for item in first] == [keys[2], keys[1]]
    assert [item.id for item in shows.items_in(office, [State.SUBMITTED], after=keys[1])] == [keys[0]]
    assert shows.items_in(office, [State.SUBMITTED], kind=Kind.WEB_LEAD) == []
    assert shows.counts(office) == {"submitted": 3}


def test_rule_16_an_editors_field_wins_and_can_be_given_back(office, put):
    key = put()
    items.assign(office, key, by=BY, fields={"domain": "城乡建设", "topic": "市政"})
    items.assign(office, key, by=BY, fields={"topic": None})
    with office.store.reading() as session:
        view = session.items.views([key])[key]
        assert (view.overrides, view.reading["domain"], view.item.version) == ({"domain": "城乡建设"}, "农业农村", 3)
    with pytest.raises(UsageError, match="可改：domain"):
        items.assign(office, key, by=BY, fields={"score": 100})
