"""The table of moves: every row allowed where it says, refused everywhere else (OFFICE 1, 7; CONTRACT, States)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from pipeline.desk import bulletins, states
from pipeline.desk.moves import WEB_LEAD_REFUSAL, Said, checked, chosen, facts, opinion_of, person
from pipeline.desk.states import BULLETIN_MOVES, ITEM_IN, ITEM_MOVES
from pipeline.errors import NotAllowed, NotFound, UsageError
from pipeline.ports.desk import ArticleRow, BulletinRow
from pipeline.records.items import Item
from pipeline.records.names import BulletinState, Kind, State
from pipeline.rules.reasons import load_reasons

ITEM = Item(
    id="a" * 20,
    kind=Kind.SUBMISSION,
    source="web",
    origin="R",
    state=State.SUBMITTED,
    version=3,
    received_at="2026-11-23T01:00:00.000000Z",
    revision=1,
    revision_received_at="2026-11-23T01:00:00.000000Z",
    revision_place="opinions.submitted/0/0",
    content="c",
    cluster="a" * 20,
    title="标题",
)
BULLETIN = BulletinRow(
    id="b-1",
    series="社情民意信息",
    type="single",
    state=BulletinState.DRAFT,
    version=1,
    articles=(ArticleRow((ITEM.id,)),),
    drafted_by="陈编",
    drafted_at=ITEM.received_at,
)
REASONS = load_reasons(Path("/nowhere"))


@pytest.mark.parametrize("act", ITEM_MOVES)
def test_an_act_on_an_item_is_allowed_exactly_where_its_row_says(act):
    row = ITEM_MOVES[act]
    for state, kind in product(State, Kind):
        item = replace(ITEM, state=state, kind=kind)
        if state in row.starts and kind in row.kinds:
            assert checked(act, item) is row
        else:
            with pytest.raises((NotAllowed, NotFound)):
                checked(act, item)


@pytest.mark.parametrize("act", BULLETIN_MOVES)
def test_an_act_on_a_bulletin_is_allowed_exactly_where_its_row_says(act):
    row = BULLETIN_MOVES[act]
    for state in BulletinState:
        bulletin = replace(BULLETIN, state=state)
        if state in row.starts:
            assert bulletins.checked(act, bulletin) is row
        else:
            with pytest.raises(NotAllowed):
                bulletins.checked(act, bulletin)


@pytest.mark.parametrize("state", [State.RECEIVED, State.ARCHIVED])
def test_a_web_lead_is_refused_acceptance_with_the_offices_own_sentence(state):
    with pytest.raises(NotAllowed) as refusal:
        checked("accept", replace(ITEM, kind=Kind.WEB_LEAD, state=state))
    assert str(refusal.value) == "网上线索须经核实并由委员或单位反映后方可编发。" == WEB_LEAD_REFUSAL


def test_a_web_lead_never_enters_a_bulletin_whatever_its_state():
    for state in State:
        with pytest.raises(NotAllowed, match=WEB_LEAD_REFUSAL):
            bulletins.draftable(replace(ITEM, kind=Kind.WEB_LEAD, state=state))


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACCEPTED])
def test_only_an_accepted_item_enters_a_bulletin(state):
    with pytest.raises(NotAllowed):
        bulletins.draftable(replace(ITEM, state=state))


def test_a_purged_item_is_not_there_for_any_act():
    gone = replace(ITEM, tombstone=True, state=State.REMOVED)
    for act in ITEM_MOVES:
        with pytest.raises(NotFound):
            checked(act, gone)
    with pytest.raises(NotFound):
        bulletins.draftable(gone)


def test_a_refusal_says_what_is_and_what_could_be():
    with pytest.raises(NotAllowed) as refusal:
        checked("accept", replace(ITEM, state=State.ISSUED, bulletin="b-1"))
    assert str(refusal.value).startswith("稿件现为“已印发”，不能采用备用")
    assert "待初审、核实中" in str(refusal.value)


def test_every_state_has_its_word_and_every_bulletin_state_its_items_state():
    assert set(states.STATES) == set(State)
    assert set(states.BULLETIN_STATES) == set(BulletinState) == set(ITEM_IN)
    assert set(states.titles()) == {"item", "bulletin"}


def test_the_printed_table_is_the_table_the_code_uses():
    rows = list(states.table())
    assert {row["act"] for row in rows if row["subject"] == "item"} == set(ITEM_MOVES)
    assert {row["act"] for row in rows if row["subject"] == "bulletin"} == set(BULLETIN_MOVES)
    accept = next(row for row in rows if row["act"] == "accept")
    assert accept["from"] == [str(state) for state in ITEM_MOVES["accept"].starts]
    assert accept["to"] == "accepted"
    assert {role for row in rows for role in row["roles"]} <= set(states.ROLES)
    assert {ask for row in rows for ask in row["asks"]} <= set(states.ASKS)


def test_no_number_is_left_by_stop_and_none_is_taken_back_by_recall_or_void():
    """Stop leads from signed back to before a number, void and recall after it (CONTRACT)."""
    numbered = {BulletinState.ISSUING, BulletinState.ISSUED, BulletinState.RECALLED, BulletinState.VOID}
    assert not numbered & set(BULLETIN_MOVES["stop"].starts)
    assert set(BULLETIN_MOVES["void"].starts) | set(BULLETIN_MOVES["recall"].starts) <= numbered


@pytest.mark.parametrize("name", ["", "  ", "machine", "系统", "Minyi", "某" * 31])
def test_no_act_is_the_machines_or_nobodys(name):
    with pytest.raises(UsageError):
        person(name)


def test_a_decline_takes_its_reason_from_the_dictionary_or_the_opinion():
    assert facts("decline", Said("陈编", "选题过大，且篇幅偏长"), REASONS) == {"reason": "选题过大"}
    assert facts("decline", Said("陈编", "另有说明", reason="失去时效"), REASONS) == {"reason": "失去时效"}
    with pytest.raises(UsageError, match="可选：选题过大"):
        facts("decline", Said("陈编", "不太好"), REASONS)
    with pytest.raises(UsageError, match="“不好看”不在"):
        chosen("不好看", None, REASONS.decline, what="未采用理由")


def test_an_act_that_asks_for_an_opinion_is_refused_without_one():
    with pytest.raises(UsageError, match="须写明意见"):
        opinion_of("  ", needed=True, act="退回补充")
    assert opinion_of(None, needed=False, act="采用") is None
