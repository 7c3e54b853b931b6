"""From acceptance to the issued bulletin: signature, number, files (OFFICE 7 to 12, DESIGN 17, 18)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.errors import NotAllowed, Transient
from pipeline.office import aftermath, drafting, issuing, items, shows, signing
from pipeline.office.context import desk_of, office_of
from tests.pipeline.office.flow import BY, HEAD, LEADER, issued, signed, state_of, to_sign


def test_the_whole_way_gives_the_first_number_of_the_series_and_four_files(office, accepted):
    item = accepted()
    key = to_sign(office, item)
    assert state_of(office, item) == "to_sign"
    signing.sign(office, key, by=LEADER)

    shown = issuing.issue(office, key, by=BY).bulletin

    assert (shown.state, shown.number, shown.running, shown.year) == ("issued", 86, 1203, 2026)
    assert (shown.signer, shown.issued_on, shown.items) == (LEADER, "2026-11-23", (item,))
    assert [one["format"] for one in shown.files] == ["docx", "html", "md", "pdf"]
    assert state_of(office, item) == "issued"


def test_export_gives_the_stored_bytes_again_and_again(office, accepted, printer):
    key = issued(office, accepted())
    made = len(printer.made)
    first, second = issuing.export(office, key, "docx"), issuing.export(office, key, "docx")
    assert first.content == second.content
    assert hashlib.sha256(first.content).hexdigest() == next(
        one["sha256"] for one in shows.show(office, key).files if one["format"] == "docx"
    )
    assert first.name == "社情民意信息_2026年第086期_关于设立粮食烘干点的建议_印发稿.docx"
    assert len(printer.made) == made


def test_before_issue_an_export_is_a_draft_without_number(office, accepted):
    key = drafting.draft(office, [accepted()], by=BY).bulletin.id
    exported = issuing.export(office, key, "pdf")
    assert "第　期" in exported.content.decode()
    assert exported.name.endswith("送审稿.pdf")


def test_rule_18_a_failing_trial_refuses_the_issue_and_uses_no_number(office, accepted, printer):
    broken, whole = signed(office, accepted("甲")), signed(office, accepted("乙"))
    printer.fail = lambda bulletin, form: bulletin.id == broken
    with pytest.raises(NotAllowed, match="未占用期号"):
        issuing.issue(office, broken, by=BY)
    assert shows.show(office, broken).state == "signed"
    assert issuing.issue(office, whole, by=BY).bulletin.number == 86


def test_rule_18_a_crash_between_number_and_files_is_repaired_by_the_same_call(office, accepted, printer):
    item = accepted()
    key = signed(office, item)
    printer.fail = lambda bulletin, form: not bulletin.draft
    with pytest.raises(Transient, match="第86期（总第1203期）期号已定"):
        issuing.issue(office, key, by=BY)
    assert (shows.show(office, key).state, state_of(office, item)) == ("issuing", "signed")
    with pytest.raises(Transient, match="制作中"):
        issuing.export(office, key, "docx")

    printer.fail = lambda bulletin, form: False
    again = issuing.issue(office, key, by=BY).bulletin
    assert (again.state, again.number) == ("issued", 86)
    assert state_of(office, item) == "issued"
    assert issuing.finish(office, key).bulletin == again


def test_rule_18_what_crashes_left_is_finished_together(office, accepted, printer):
    keys = [signed(office, accepted(title)) for title in "甲乙丙"]
    printer.fail = lambda bulletin, form: not bulletin.draft
    for key in keys:
        with pytest.raises(Transient):
            issuing.issue(office, key, by=BY)
    printer.fail = lambda bulletin, form: False
    assert sorted(done.bulletin.number for done in issuing.finish_all(office)) == [86, 87, 88]
    assert issuing.finish_all(office) == []


def test_the_printed_text_is_the_signed_one_whatever_the_origin_says_later(office, accepted, put, printer):
    item = accepted("甲", text="原来的话。")
    key = signed(office, item)
    put("甲", text="来源后来改了的话。", revision=2)
    issuing.issue(office, key, by=BY)
    printed = issuing.export(office, key, "md").content.decode()
    assert "原来的话。" in printed
    assert "后来改了" not in printed


def test_an_edit_after_signing_takes_the_signature_back(office, accepted):
    item = accepted()
    key = signed(office, item)
    done = items.edit(office, item, by=BY, text="改过的正文。")
    assert done.warnings
    assert (shows.show(office, key).state, state_of(office, item)) == ("to_sign", "to_sign")
    assert shows.show(office, key).signer is None
    with pytest.raises(NotAllowed, match="待签发"):
        issuing.issue(office, key, by=BY)
    again = signing.sign(office, key, by=LEADER)
    assert any("审核后文稿有改动" in one for one in again.warnings)
    assert "改过的正文。" in issuing.export(office, key, "md").content.decode()


def test_a_masthead_changed_after_signing_is_to_be_signed_again(office, accepted):
    key = signed(office, accepted())
    name = "社情民意信息"
    head = office.series[name].masthead.model_copy(update={"unit": "另一个单位"})
    other = replace(office, series={**office.series, name: office.series[name].model_copy(update={"masthead": head})})
    with pytest.raises(NotAllowed, match="重新签发"):
        issuing.issue(other, key, by=BY)
    assert shows.show(office, key).state == "to_sign"


def test_the_issued_content_and_masthead_stay_frozen(office, accepted):
    key = issued(office, accepted())
    with office.store.reading() as session:
        row = desk_of(session).bulletins([key])[key]
    assert row.masthead == office.series["社情民意信息"].printed_masthead().version
    with pytest.raises(NotAllowed, match="已印发"):
        drafting.rewrite(office, key, by=BY, title="换个标题")


def test_rule_17_the_year_is_that_of_the_issue_date_in_shanghai(office, accepted, clock):
    clock.now = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
    last = signed(office, accepted("甲"))
    late = signed(office, accepted("乙"))
    assert issuing.issue(office, last, by=BY).bulletin.year == 2026
    clock.forward(seconds=1)
    done = issuing.issue(office, late, by=BY)
    assert (done.bulletin.year, done.bulletin.number, done.bulletin.running) == (2027, 1, 1204)
    assert done.bulletin.issued_on == "2027-01-01"
    assert any("签发日期在2026年" in one for one in done.warnings)


def test_a_supplement_is_numbered_by_itself(office, accepted):
    issued(office, accepted("甲"))
    other = issued(office, accepted("乙"), series="社情民意信息增刊")
    assert shows.show(office, other).number == 1


def test_void_keeps_the_number_and_gives_the_items_back(office, accepted):
    item = accepted()
    key = issued(office, item)
    aftermath.void(office, key, by=BY, opinion="数字有误")
    shown = shows.show(office, key)
    assert (shown.state, shown.number) == ("void", 86)
    assert state_of(office, item) == "accepted"
    again = issued(office, item)
    assert shows.show(office, again).number == 87


def test_void_is_the_way_out_of_issuing(office, accepted, printer):
    key = signed(office, accepted())
    printer.fail = lambda bulletin, form: not bulletin.draft
    with pytest.raises(Transient):
        issuing.issue(office, key, by=BY)
    aftermath.void(office, key, by=BY, opinion="排不出来")
    printer.fail = lambda bulletin, form: False
    with pytest.raises(NotAllowed, match="作废"):
        issuing.finish(office, key)
    with pytest.raises(NotAllowed, match="没有可导出的文件"):
        issuing.export(office, key, "docx")


def test_stop_before_the_number_uses_none(office, accepted):
    item = accepted()
    key = signed(office, item)
    aftermath.stop(office, key, by=BY, opinion="情况有变")
    assert (shows.show(office, key).state, state_of(office, item)) == ("stopped", "stopped")
    items.move(office, "accept", [item], by=BY)
    assert shows.show(office, issued(office, item)).number == 86


def test_a_recall_names_the_recipients_and_takes_the_items_with_it(office, accepted):
    item = accepted()
    key = issued(office, item)
    aftermath.recall(office, key, by=BY, opinion="情况不实", recipients=["县委办公室", "县政府办公室"])
    assert (shows.show(office, key).state, state_of(office, item)) == ("recalled", "recalled")
    assert shows.history(office, "bulletin", key)[-1]["details"]["recipients"] == ["县委办公室", "县政府办公室"]


def test_a_correction_is_edition_two_of_the_same_number(office, accepted):
    item = accepted()
    key = issued(office, item)
    fix = aftermath.correct(office, key, by=BY, opinion="数字更正", text="更正后的正文。").bulletin.id
    assert state_of(office, item) == "issued"
    with pytest.raises(NotAllowed, match="已有更正"):
        aftermath.void(office, key, by=BY, opinion="重复")
    drafting.submit(office, fix, by=BY)
    signing.approve(office, fix, by=HEAD)
    signing.sign(office, fix, by=LEADER)
    shown = issuing.issue(office, fix, by=BY).bulletin
    assert (shown.number, shown.running, shown.year) == (86, 1203, 2026)
    assert "更正" in shown.files[0]["name"]
    assert "更正后的正文。" in issuing.export(office, fix, "md").content.decode()
    assert issuing.export(office, key, "md").content != issuing.export(office, fix, "md").content
    with office.store.reading() as session:
        assert session.items.by_ids([item])[item].bulletin == fix
    assert shows.show(office, issued(office, accepted("乙"))).number == 87


def test_a_voided_correction_leaves_the_first_edition_standing_and_may_be_tried_again(office, accepted):
    item = accepted()
    key = issued(office, item)
    for edition in (2, 3):
        fix = aftermath.correct(office, key, by=BY, opinion="更正", text=f"第{edition}版。").bulletin.id
        drafting.submit(office, fix, by=BY)
        signing.approve(office, fix, by=HEAD)
        signing.sign(office, fix, by=LEADER)
        issuing.issue(office, fix, by=BY)
        aftermath.void(office, fix, by=BY, opinion="又错了")
        with office.store.reading() as session:
            assert session.items.by_ids([item])[item].bulletin == key
        assert state_of(office, item) == "issued"


def test_every_change_of_a_state_raises_the_items_version_and_mark(office, accepted):
    item = accepted()
    seen = []
    for act in (
        lambda: drafting.draft(office, [item], by=BY),
        lambda: drafting.submit(office, shows.bulletins(office)[0].id, by=BY),
        lambda: signing.approve(office, shows.bulletins(office)[0].id, by=HEAD),
        lambda: signing.sign(office, shows.bulletins(office)[0].id, by=LEADER),
        lambda: issuing.issue(office, shows.bulletins(office)[0].id, by=BY),
    ):
        act()
        with office.store.reading() as session:
            row = session.items.by_ids([item])[item]
            assert dict(session.marks.due(10))[item] == row.version
        seen.append(row.version)
    assert seen == sorted(set(seen))


def test_the_history_tells_every_act_with_person_and_states(office, accepted):
    item = accepted()
    key = issued(office, item)
    acts = [(one["act"], one["by"], one["from"], one["to"]) for one in shows.history(office, "bulletin", key)]
    assert acts == [
        ("draft", BY, None, "draft"),
        ("submit", BY, "draft", "to_approve"),
        ("approve", HEAD, "to_approve", "to_sign"),
        ("sign", LEADER, "to_sign", "signed"),
        ("issue", BY, "signed", "issuing"),
        ("finish", BY, "issuing", "issued"),
    ]
    assert [one["to"] for one in shows.history(office, "item", item)] == [
        "accepted",
        "editing",
        "to_approve",
        "to_sign",
        "signed",
        "issued",
    ]
    assert shows.verify_history(office) is None


def test_with_the_real_renderer_the_system_gives_an_issued_docx(system, office, accepted):
    real = replace(office_of(system), series=office.series)
    assert real.render.keywords == {"fonts_dir": system.settings.home / "fonts"}
    key = signed(office, accepted())
    shown = issuing.issue(real, key, by=BY).bulletin
    assert shown.state == "issued"
    assert issuing.export(real, key, "docx").content.startswith(b"PK")
    assert issuing.export(real, key, "pdf").content.startswith(b"%PDF")
    assert "第86期" in issuing.export(real, key, "md").content.decode()
