"""Roles, proxies, and writing apart from approving (OFFICE 11)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.desk.people import (
    SAME_PERSON,
    UNLISTED,
    Standing,
    apart,
    due_role,
    expected,
    hands_on,
    next_approver,
    standing,
)
from pipeline.errors import NotAllowed, UsageError
from pipeline.ports.desk import Act, BulletinRow, SignatureRow
from pipeline.records.names import BulletinState
from pipeline.rules.series import Proxy, load_series

DAY = date(2026, 11, 23)
OPEN = load_series(Path("/nowhere"))["社情民意信息"]
LISTED = OPEN.model_copy(
    update={
        "people": {"secretary": ("赵秘书长",), "section_head": ("林科",)},
        "proxies": (
            Proxy.model_validate(
                {"role": "secretary", "name": "钱副", "for": "赵秘书长", "since": "2026-11-20", "until": "2026-11-23"}
            ),
        ),
    }
)


def approval(role: str, *, valid: bool = True) -> SignatureRow:
    return SignatureRow("b-1", "approve", role, "某", "h", "t", "2026-11-23", valid=valid)


def test_the_shipped_chain_is_editor_section_head_deputy_and_secretary():
    assert OPEN.chain == ("editor", "section_head", "deputy_secretary", "secretary")
    assert (OPEN.approvers, OPEN.signer) == (("section_head", "deputy_secretary"), "secretary")


def test_approvals_follow_the_chain_and_those_taken_back_do_not_count():
    assert next_approver(OPEN, []) == "section_head"
    assert next_approver(OPEN, [approval("section_head")]) == "deputy_secretary"
    assert next_approver(OPEN, [approval("section_head", valid=False)]) == "section_head"
    assert next_approver(OPEN, [approval("section_head"), approval("deputy_secretary")]) is None


@pytest.mark.parametrize(
    ("state", "given", "due"),
    [
        (BulletinState.DRAFT, (), None),
        (BulletinState.TO_APPROVE, (), "section_head"),
        (BulletinState.TO_APPROVE, ("section_head", "deputy_secretary"), "secretary"),  # the chain got shorter
        (BulletinState.TO_SIGN, ("section_head", "deputy_secretary"), "secretary"),
        (BulletinState.SIGNED, (), None),
    ],
)
def test_whose_turn_it_is(state, given, due):
    row = BulletinRow("b-1", OPEN.name, "single", state, 1, (), "陈编", "t")
    assert due_role(OPEN, row, [approval(role) for role in given]) == due


def test_a_role_that_lists_nobody_takes_the_name_and_notes_it():
    assert standing(OPEN, "secretary", "谁", DAY) == Standing("secretary", "谁", notes=(UNLISTED,))


def test_a_role_that_lists_people_refuses_everybody_else():
    assert standing(LISTED, "secretary", "赵秘书长", DAY).notes == ()
    with pytest.raises(NotAllowed, match="孙某不是“社情民意信息”的秘书长"):
        standing(LISTED, "secretary", "孙某", DAY)


def test_a_proxy_signs_on_his_dates_alone():
    assert standing(LISTED, "secretary", "钱副", DAY).proxy_for == "赵秘书长"
    with pytest.raises(NotAllowed):
        standing(LISTED, "secretary", "钱副", date(2026, 11, 24))
    with pytest.raises(NotAllowed):
        standing(LISTED, "section_head", "钱副", DAY)


def test_a_wrong_role_is_refused_by_name_or_by_title():
    assert expected(OPEN, "秘书长", "secretary") == "secretary"
    with pytest.raises(NotAllowed, match="现在轮到信息科科长"):
        expected(OPEN, "secretary", "section_head")
    with pytest.raises(UsageError, match="可写：责任编辑（editor）"):
        expected(OPEN, "boss", "secretary")


COUNTY = OPEN.model_copy(update={"separate": False})


def hands(*wrote: str, approved: tuple[SignatureRow, ...] = ()):
    row = BulletinRow("b-1", OPEN.name, "single", BulletinState.TO_SIGN, 1, (), "陈编", "t")
    acts = [Act("bulletin", "b-1", "rewrite", name, "editor", "t") for name in wrote]
    return hands_on(row, [], acts, approved)


@pytest.mark.parametrize("name", ["陈编", "陈 编", "吴按语"])
def test_writing_and_approving_are_kept_apart_unless_the_series_says_otherwise(name):
    who = Standing("secretary", name)
    with pytest.raises(NotAllowed, match="编审分离"):
        apart(OPEN, who, hands("吴按语"))
    assert apart(COUNTY, who, hands("吴按语")).notes == (SAME_PERSON,)
    assert apart(OPEN, Standing("secretary", "他人"), hands("吴按语")).notes == ()


def test_who_approved_in_one_role_does_not_act_in_the_next_unless_the_series_says_so():
    who, gave = Standing("secretary", "某"), hands(approved=(approval("section_head"),))
    with pytest.raises(
        NotAllowed, match="某已以信息科科长的身份审核过本期，按编审分离不能再以秘书长的身份办理"
    ) as refused:
        apart(OPEN, who, gave)
    assert "换人办理" in refused.value.fix
    assert "separate: false" in refused.value.fix
    assert apart(COUNTY, who, gave).notes == (SAME_PERSON,)


def test_an_approval_taken_back_or_given_in_the_same_role_keeps_nobody_from_acting():
    who = Standing("secretary", "某")
    assert apart(OPEN, who, hands(approved=(approval("section_head", valid=False),))) is who
    assert apart(OPEN, who, hands(approved=(approval("secretary"),))) is who
