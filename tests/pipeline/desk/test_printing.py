"""What is printed, and what a signature covers (OFFICE 5, 9, 11, 25)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk.audit import broken_at
from pipeline.desk.bulletins import added, articles_for, ordered, removed, rewritten, submitted, touched
from pipeline.desk.compiling import compiled, matter, reporter
from pipeline.desk.numbering import before_first, printed_number, year_warning
from pipeline.desk.signing import frozen, numbered, text_hash, thawed
from pipeline.errors import NotAllowed, NotFound, UsageError
from pipeline.ports.desk import Act, ActRow, ArticleRow, Edit, SignatureRow, seal
from pipeline.ports.store import View
from pipeline.records.names import BulletinState
from pipeline.rules.series import load_series
from tests.pipeline.desk.test_moves import BULLETIN, ITEM

SERIES = load_series(Path("/nowhere"))
SINGLE, DIGEST = SERIES["社情民意信息"], SERIES["社情民意信息摘编"]


def view(**facts) -> View:
    plain = {"author": "周禾", "unit": "岚禾县农技站", "sector": "农业界", "party": None, "named": True}
    return View(ITEM, "正文", None, reading=None, **{**plain, **facts})


def same(text: str) -> str:
    return text


def printed(bulletin=BULLETIN, views=None, merged=None, signatures=(), edit=None):
    views = views or {ITEM.id: view()}
    matters = {key: matter(one, edit, SINGLE, same) for key, one in views.items()}
    return compiled(bulletin, SINGLE, matters, merged or {}, signatures, same)


def test_a_member_is_named_with_consent_alone():
    assert reporter(view(), SINGLE) == "政协委员、岚禾县农技站周禾"
    assert reporter(view(sector=None), SINGLE) == "岚禾县农技站周禾"
    assert reporter(view(named=False), SINGLE) is None


def test_a_party_branch_or_a_unit_answers_for_itself():
    assert reporter(view(author="写稿人", unit="民建岚禾县支部", party="民建", named=False), SINGLE) == "民建岚禾县支部"
    assert reporter(view(author=None, unit="岚禾县农技站", named=False), SINGLE) == "岚禾县农技站"
    assert reporter(view(author=None, unit=None), SINGLE) is None


def test_merged_items_are_all_credited_each_once():
    other = replace(ITEM, id="b" * 20)
    views = {ITEM.id: view(), other.id: replace(view(author=None, unit="民建岚禾县支部"), item=other)}
    found = printed(views=views, merged={ITEM.id: [other.id]})
    assert found.articles[0].reported_by == "政协委员、岚禾县农技站周禾，民建岚禾县支部"


def test_the_edit_in_force_is_printed_not_the_original():
    edit = Edit(ITEM.id, 2, "改后的标题", "改后的正文", "陈编", "t")
    assert (printed(edit=edit).title, printed(edit=edit).articles[0].text) == ("改后的标题", "改后的正文")


def test_every_printed_text_passes_the_mask():
    row = replace(BULLETIN, note="按语13812345678", articles=(ArticleRow((ITEM.id,), text="电话13812345678"),))
    matters = {ITEM.id: matter(view(), None, SINGLE, same)}
    found = compiled(row, SINGLE, matters, {}, [], lambda text: text.replace("13812345678", "138****5678"))
    assert (found.note, found.articles[0].text) == ("按语138****5678", "电话138****5678")


def test_the_signer_is_printed_from_the_valid_signature_alone():
    sign = SignatureRow("b-1", "sign", "secretary", "赵秘书长", "h", "t", "2026-11-23")
    assert printed(signatures=[sign]).foot.signer == "赵秘书长"
    assert printed(signatures=[replace(sign, valid=False)]).foot.signer == ""
    assert printed(signatures=[replace(sign, name="钱副", proxy_for="赵秘书长")]).foot.signer == "钱副（代签）"


def test_the_hash_covers_all_that_is_printed_but_number_date_and_people():
    plain = printed()
    signed = replace(plain, foot=replace(plain.foot, signer="赵秘书长", checker="林科"))
    assert text_hash(plain) == text_hash(signed)
    issued = numbered(signed, number=86, running=1203, year=2026, issued_on=date(2026, 11, 23))
    assert text_hash(issued) == text_hash(plain)
    for change in (
        {"note": "按语"},
        {"title": "别的标题"},
        {"author_at": "foot"},
        {"masthead": replace(plain.masthead, unit="别的单位")},
        {"foot": replace(plain.foot, report_to="县委")},
        {"articles": (replace(plain.articles[0], text="正文。"),)},
        {"articles": (replace(plain.articles[0], reported_by=None),)},
    ):
        assert text_hash(replace(plain, **change)) != text_hash(plain), change


@given(st.text(), st.text(), st.integers(1, 999))
def test_what_is_frozen_thaws_to_the_same(title, text, number):
    plain = printed()
    made = replace(plain, articles=(replace(plain.articles[0], title=title, text=text),))
    try:
        kept = frozen(numbered(made, number=number, running=number, year=2026, issued_on=date(2026, 1, 1)))
    except TypeError:
        return  # a lone surrogate, which the desk never takes in
    assert thawed(kept) == numbered(made, number=number, running=number, year=2026, issued_on=date(2026, 1, 1))


def test_a_bulletin_record_has_no_field_that_freezing_forgets():
    plain = printed()
    assert {field.name for field in fields(thawed(frozen(plain)))} == {field.name for field in fields(plain)}


def test_a_single_takes_one_matter_a_digest_two_to_twenty():
    with pytest.raises(NotAllowed, match="一期只报一事"):
        articles_for(SINGLE, ["a", "b"], None, None, "陈编")
    assert articles_for(SINGLE, ["a", "b"], "综合稿", "合起来的正文", "陈编")[0].items == ("a", "b")
    with pytest.raises(NotAllowed, match="一期只报一事"):
        added(BULLETIN, SINGLE, ["b"])
    digest = replace(BULLETIN, type="digest", series=DIGEST.name)
    with pytest.raises(NotAllowed, match="至少 2 篇"):
        submitted(digest, DIGEST)
    full = added(digest, DIGEST, [str(place) for place in range(19)])
    assert submitted(full, DIGEST).state is BulletinState.TO_APPROVE
    with pytest.raises(NotAllowed, match="最多 20 篇"):
        added(full, DIGEST, ["x"])
    with pytest.raises(NotAllowed, match="最多 20 篇"):
        articles_for(DIGEST, [str(place) for place in range(21)], None, None, "陈编")


def test_a_series_without_approvers_goes_to_the_signer_at_once():
    county = SINGLE.model_copy(update={"chain": ("editor", "secretary")})
    assert submitted(BULLETIN, county).state is BulletinState.TO_SIGN


@pytest.mark.parametrize(
    "change",
    [
        touched,
        lambda row: rewritten(row, title="新标题", text=None, note=None, by="陈编"),
        lambda row: rewritten(row, title=None, text=None, note="按语", by="陈编"),
        lambda row: ordered(row, ["b" * 20, ITEM.id]),
        lambda row: removed(row, ["b" * 20]),
    ],
)
def test_any_change_takes_a_signed_bulletin_back_to_be_signed(change):
    row = replace(BULLETIN, type="digest", articles=(ArticleRow((ITEM.id,)), ArticleRow(("b" * 20,))))
    assert change(replace(row, state=BulletinState.SIGNED)).state is BulletinState.TO_SIGN
    assert change(replace(row, state=BulletinState.TO_APPROVE)).state is BulletinState.TO_APPROVE
    assert change(row).version == row.version + 1
    for state in (BulletinState.ISSUING, BulletinState.ISSUED, BulletinState.VOID):
        with pytest.raises(NotAllowed):
            change(replace(row, state=state))


def test_what_is_not_in_a_bulletin_can_neither_leave_nor_be_ordered():
    with pytest.raises(NotFound):
        removed(BULLETIN, ["x"])
    with pytest.raises(NotAllowed, match="没有稿件了"):
        removed(BULLETIN, [ITEM.id])
    with pytest.raises(UsageError):
        ordered(BULLETIN, [ITEM.id, ITEM.id])
    with pytest.raises(UsageError):
        rewritten(BULLETIN, article=2, title="x", text=None, note=None, by="陈编")


def test_a_correction_keeps_its_items():
    second = replace(BULLETIN, edition=2, type="digest")
    with pytest.raises(NotAllowed, match="不增减"):
        removed(second, [ITEM.id])
    with pytest.raises(NotAllowed, match="不增减"):
        added(second, DIGEST, ["b"])


def test_numbers_begin_where_the_series_says_in_its_first_year_and_at_one_later():
    county = SINGLE.model_copy(
        update={"start": SINGLE.start.model_copy(update={"year": 2026, "number": 86, "running": 1203})}
    )
    assert before_first(county, 2026) == (85, 1202)
    assert before_first(county, 2027) == (0, 1202)
    assert printed_number(86, 1203, print_running=True) == "第86期（总第1203期）"
    assert printed_number(86, 1203, print_running=False) == "第86期"


def test_a_signature_of_another_year_warns():
    assert year_warning("2026-12-31", date(2026, 12, 31)) is None
    assert "2027年" in (year_warning("2026-12-31", date(2027, 1, 1)) or "")


def test_the_chain_of_acts_shows_the_first_act_that_was_touched():
    rows: list[ActRow] = []
    for seq in range(1, 6):
        act = Act("item", "a", "note", "陈编", "editor", "t", opinion=f"第{seq}条")
        rows.append(ActRow(seq, act, seal(rows[-1].seal if rows else "", seq, act)))
    assert broken_at(rows) is None
    forged = [*rows[:2], replace(rows[2], act=replace(rows[2].act, opinion="改过")), *rows[3:]]
    assert broken_at(forged) == 3
    assert broken_at([*rows[:2], *rows[3:]]) == 3
    assert broken_at(rows[2:], previous=rows[1].seal, seq=2) is None
