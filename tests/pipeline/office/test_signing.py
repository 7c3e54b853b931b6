"""Who signs, for whom, and what the history says of it (OFFICE 11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.desk.people import SAME_PERSON, UNLISTED
from pipeline.errors import NotAllowed, UsageError
from pipeline.office import drafting, items, shows, signing
from pipeline.office.context import desk_of
from pipeline.rules.series import Proxy
from tests.pipeline.office.flow import BY, HEAD, LEADER, to_sign

NAME = "社情民意信息"


def changed(office, **rule):
    return replace(office, series={**office.series, NAME: office.series[NAME].model_copy(update=rule)})


def waiting(office, item):
    key = drafting.draft(office, [item], by=BY).bulletin.id
    drafting.submit(office, key, by=BY)
    return key


def test_a_writer_neither_approves_nor_signs(office, accepted):
    key = waiting(office, accepted())
    with pytest.raises(NotAllowed, match="编审分离"):
        signing.approve(office, key, by=BY)
    item = shows.show(office, key).items[0]
    items.edit(office, item, by=HEAD, text="科长改的正文。")
    with pytest.raises(NotAllowed, match="编审分离"):
        signing.approve(office, key, by=HEAD)


def test_a_county_of_two_may_switch_the_separation_off_and_the_history_says_so(office, accepted):
    county = changed(office, separate=False, chain=("editor", "secretary"))
    key = waiting(county, accepted())
    done = signing.sign(county, key, by=BY)
    assert done.warnings == (UNLISTED, SAME_PERSON)
    assert shows.history(county, "bulletin", key)[-1]["details"]["notes"] == [UNLISTED, SAME_PERSON]


@pytest.mark.parametrize(
    "act",
    [
        lambda office, key: drafting.rewrite(office, key, by=HEAD, note_text="科长写的按语。"),
        lambda office, key: (
            drafting.send_back(office, key, by=HEAD, opinion="再改") and drafting.submit(office, key, by=HEAD)
        ),
    ],
    ids=["note", "submit"],
)
def test_who_wrote_the_note_or_handed_the_draft_on_is_a_writer_too(office, accepted, act):
    key = waiting(office, accepted())
    act(office, key)
    with pytest.raises(NotAllowed, match="编审分离"):
        signing.approve(office, key, by=HEAD)


def test_nobody_acts_for_two_roles_of_a_chain_that_lists_no_people(office, accepted):
    four = changed(office, chain=("editor", "section_head", "deputy_secretary", "secretary"))
    key = waiting(four, accepted())
    signing.approve(four, key, by=HEAD)
    before = shows.history(four, "bulletin", key)
    with pytest.raises(NotAllowed, match=r"已以信息科科长的身份审核过本期.*副秘书长"):
        signing.approve(four, key, by=HEAD)
    assert shows.history(four, "bulletin", key) == before
    signing.approve(four, key, by="钱副")
    for paper in (None, signing.OnPaper(BY, "2026-11-20")):
        with pytest.raises(NotAllowed, match=r"已以副秘书长的身份审核过本期.*秘书长"):
            signing.sign(four, key, by="钱副", paper=paper)
    assert signing.sign(four, key, by=LEADER).bulletin.state == "signed"


def test_after_a_return_for_changes_the_chain_begins_anew(office, accepted):
    key = to_sign(office, accepted())
    drafting.send_back(office, key, by=LEADER, opinion="再改")
    drafting.submit(office, key, by=BY)
    signing.approve(office, key, by="孙科")
    assert signing.sign(office, key, by=HEAD).bulletin.state == "signed"


def test_one_hand_for_two_roles_is_marked_where_the_series_allows_it(office, accepted):
    county = changed(office, separate=False)
    key = to_sign(county, accepted())
    assert SAME_PERSON in signing.sign(county, key, by=HEAD).warnings
    assert SAME_PERSON in shows.history(county, "bulletin", key)[-1]["details"]["notes"]


def test_the_listed_signer_alone_signs_or_his_proxy_marked_as_such(office, accepted):
    proxy = Proxy.model_validate(
        {"role": "secretary", "name": "钱副", "for": LEADER, "since": "2026-11-20", "until": "2026-11-30"}
    )
    strict = changed(office, people={"secretary": (LEADER,)}, proxies=(proxy,))
    key = to_sign(strict, accepted())
    with pytest.raises(NotAllowed, match="不是“社情民意信息”的秘书长"):
        signing.sign(strict, key, by="孙某")
    with pytest.raises(NotAllowed, match="现在轮到秘书长"):
        signing.sign(strict, key, by=LEADER, role="section_head")
    done = signing.sign(strict, key, by="钱副")
    assert done.bulletin.signer == "钱副（代签）"
    assert shows.history(strict, "bulletin", key)[-1]["details"]["proxy_for"] == LEADER


def test_a_signature_on_paper_is_registered_with_its_day_and_scan(office, accepted):
    key = to_sign(office, accepted())
    paper = signing.OnPaper(registered_by=BY, on="2026-11-20", scan=b"scan")
    done = signing.sign(office, key, by=LEADER, opinion="同意印发", paper=paper)
    assert done.bulletin.signer == LEADER
    line = shows.history(office, "bulletin", key)[-1]
    assert (line["by"], line["details"]["registered"]) == (BY, f"由{BY}代为登记")
    with office.store.reading() as session:
        row = desk_of(session).signatures(key)[-1]
    assert (row.signed_on, office.files.get(row.scan)) == ("2026-11-20", b"scan")


@pytest.mark.parametrize("day", ["2026-11-24", "昨天"])
def test_a_day_that_is_not_yet_or_none_is_refused(office, accepted, day):
    key = to_sign(office, accepted())
    with pytest.raises(UsageError):
        signing.sign(office, key, by=LEADER, paper=signing.OnPaper(BY, day))


def test_a_chain_of_four_needs_every_approval(office, accepted):
    four = changed(office, chain=("editor", "section_head", "deputy_secretary", "secretary"))
    key = waiting(four, accepted())
    assert signing.approve(four, key, by=HEAD).bulletin.state == "to_approve"
    with pytest.raises(NotAllowed, match="待审核"):
        signing.sign(four, key, by=LEADER)
    assert signing.approve(four, key, by="钱副").bulletin.state == "to_sign"


def test_a_countersignature_is_kept_and_moves_nothing(office, accepted):
    key = to_sign(office, accepted())
    done = signing.countersign(office, key, by="吴主任", opinion="同意")
    assert done.bulletin.state == "to_sign"
    with office.store.reading() as session:
        assert desk_of(session).signatures(key)[-1].kind == "countersign"


def test_a_signature_keeps_the_hash_of_what_was_signed(office, accepted):
    key = to_sign(office, accepted())
    signing.sign(office, key, by=LEADER)
    with office.store.reading() as session:
        approve, sign = desk_of(session).signatures(key)
    assert approve.hash == sign.hash
    assert shows.history(office, "bulletin", key)[-1]["details"]["hash"] == sign.hash
