"""The desk's part of every store: history, second track, bulletins, numbers (pipeline.ports.desk)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Barrier

import pytest

from pipeline.desk.audit import broken_at
from pipeline.errors import MinyiError
from pipeline.ports.desk import Act, ArticleRow, BulletinRow, Edit, FileRow, Merge, NumberRow, SignatureRow
from pipeline.records.names import BulletinState, State

AT = "2026-11-23T01:00:00.000000Z"
ROW = BulletinRow(
    id="b-1",
    series="社情民意信息",
    type="single",
    state=BulletinState.DRAFT,
    version=1,
    articles=(ArticleRow(("a", "b"), title="题", text="文", by="陈编"), ArticleRow(("c",))),
    drafted_by="陈编",
    drafted_at=AT,
)
SIGNATURE = SignatureRow("b-1", "sign", "secretary", "赵", "h" * 64, AT, "2026-11-23", opinion="同意")


def act(opinion: str = "同意", key: str = "a") -> Act:
    return Act("item", key, "accept", "陈编", "editor", AT, opinion, "submitted", "accepted", {"理由": [1, None]})


def rolled_back(store, work):
    """What happens in a transaction that fails at its end."""
    failing = ExitStack()
    failing.callback(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError), store.writing() as session, failing:
        work(session.desk)


def test_acts_are_chained_and_come_back_as_written(store):
    with store.writing() as session:
        session.desk.record([act("一"), act("二", "b")])
        session.desk.record([])
        session.desk.record([act("三")])
    with store.reading() as session:
        chain = session.desk.chain()
        assert [row.seq for row in chain] == [1, 2, 3]
        assert [row.act for row in session.desk.acts("item", "a")] == [act("一"), act("三")]
        assert session.desk.chain(after=1, limit=1) == [chain[1]]
    assert broken_at(chain) is None


def test_a_rolled_back_act_leaves_no_gap(store):
    rolled_back(store, lambda desk: desk.record([act()]))
    with store.writing() as session:
        assert session.desk.record([act()])[0].seq == 1


def test_many_writers_make_one_chain(store, another):
    stores, start = [store, another(), another()], Barrier(3)

    def work(mine):
        start.wait()
        for _ in range(10):
            with mine.writing() as session:
                session.desk.record([act(), act()])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, stores))
    with store.reading() as session:
        chain = session.desk.chain()
    assert len(chain) == 60
    assert broken_at(chain) is None


def test_edits_are_numbered_and_lose_their_words_when_erased(store):
    edits = [Edit("a", number, f"题{number}", "文", "陈编", AT) for number in (1, 2)]
    with store.writing() as session:
        session.desk.edit(edits)
        session.desk.override("a", {"domain": "农业农村"}, "陈编")
        session.desk.override("a", {"domain": "城乡建设"}, "陈编")
    with store.writing() as session:
        assert session.desk.edits(["a", "x"]) == {"a": edits}
        assert session.desk.overrides(["a"]) == {"a": {"domain": "城乡建设"}}
        session.desk.erase("a")
        assert [(one.title, one.text) for one in session.desk.edits(["a"])["a"]] == [("", ""), ("", "")]
        assert session.desk.overrides(["a"]) == {}


def test_one_number_of_an_edit_is_written_once(store):
    edit = Edit("a", 1, "题", "文", "陈编", AT)
    with pytest.raises(MinyiError), store.writing() as session:
        session.desk.edit([edit, edit])


def test_merges_are_found_from_both_ends(store):
    merges = [Merge("b", "a", State.SUBMITTED, "陈编", AT), Merge("c", "a", State.ACCEPTED, "陈编", AT)]
    with store.writing() as session:
        session.desk.merge(merges)
        assert session.desk.merged(["a"]) == {"a": merges}
        assert session.desk.merges(["c", "a"]) == {"c": merges[1]}
        session.desk.unmerge(["b"])
        assert session.desk.merged(["a"]) == {"a": merges[1:]}


def test_a_bulletin_comes_back_as_written(store):
    whole = replace(
        ROW, number=86, running=1203, year=2026, issued_on="2026-11-23", masthead="v", content="{}", title="题"
    )
    with store.writing() as session:
        session.desk.insert(ROW)
        assert session.desk.bulletins(["b-1"])["b-1"] == ROW
        assert session.desk.change(replace(whole, version=2))
        assert session.desk.bulletins(["b-1"])["b-1"] == replace(whole, version=2)
        assert session.desk.editions(ROW.series, 2026, 86) == [replace(whole, version=2)]


def test_a_bulletin_changes_only_from_the_version_that_was_read(store):
    with store.writing() as session:
        session.desk.insert(ROW)
        assert session.desk.change(replace(ROW, version=2))
        assert not session.desk.change(replace(ROW, version=2, title="另一人"))
        assert not session.desk.change(replace(ROW, id="b-9", version=2))


def test_bulletins_are_listed_newest_first_by_series_and_state(store):
    with store.writing() as session:
        for place, state in enumerate((BulletinState.DRAFT, BulletinState.ISSUED, BulletinState.DRAFT)):
            later = AT.replace("01:00", f"0{place}:00")
            session.desk.insert(replace(ROW, id=f"b-{place}", state=state, drafted_at=later, corrects="b-0"))
        ids = [row.id for row in session.desk.bulletins_in(states=[BulletinState.DRAFT])]
        assert ids == ["b-2", "b-0"]
        assert [row.id for row in session.desk.bulletins_in(series=ROW.series, limit=1)] == ["b-2"]
        assert session.desk.bulletins_in(series="别的") == []
        assert len(session.desk.corrections("b-0")) == 3


def test_two_bulletins_never_bear_one_number_but_editions_do(store):
    one = replace(ROW, number=86, running=1203, year=2026)
    with store.writing() as session:
        session.desk.insert(one)
        session.desk.insert(replace(one, id="b-2", edition=2))
        session.desk.insert(replace(one, id="b-3", number=None, year=None))
        session.desk.insert(replace(one, id="b-4", number=None, year=None))
    with pytest.raises(MinyiError), store.writing() as session:
        session.desk.insert(replace(one, id="b-5"))


def test_signatures_stay_in_order_and_can_only_become_invalid(store):
    approval = replace(SIGNATURE, kind="approve", role="section_head", registered_by="陈编", scan="f" * 64)
    with store.writing() as session:
        session.desk.sign(approval)
        session.desk.sign(SIGNATURE)
        session.desk.invalidate("b-1", ["sign"])
        assert session.desk.signatures("b-1") == [approval, replace(SIGNATURE, valid=False)]
        assert session.desk.signatures("b-2") == []


def test_files_once_noted_are_not_replaced(store):
    first = FileRow("b-1", "docx", "f" * 64, "名.docx", 10, AT)
    with store.writing() as session:
        session.desk.add_files([first])
        session.desk.add_files([replace(first, content="e" * 64), replace(first, format="pdf")])
        assert session.desk.files(["b-1"]) == {"b-1": [first, replace(first, format="pdf")]}


def test_the_files_noted_last_come_first(store):
    rows = [FileRow(f"b-{n}", "docx", f"{n}" * 64, "名.docx", 10, f"2026-11-2{n}T00:00:00Z") for n in (1, 3, 2)]
    with store.writing() as session:
        assert session.desk.newest_files(2) == []
        session.desk.add_files(rows)
        assert session.desk.newest_files(2) == [rows[1], rows[2]]


def test_rule_17_the_counter_gives_following_numbers_from_where_the_series_begins(store):
    with store.writing() as session:
        session.desk.ensure_counters("甲", 2026, 85, 1202)
        session.desk.ensure_counters("甲", 2026, 0, 0)
        assert [session.desk.take("甲", 2026) for _ in range(2)] == [(86, 1203), (87, 1204)]
        session.desk.ensure_counters("甲", 2027, 0, 9999)
        assert session.desk.take("甲", 2027) == (1, 1205)
        assert session.desk.counters("甲") == {0: 1205, 2026: 87, 2027: 1}
        session.desk.raise_counters("甲", 2026, 90, 1000)
        assert session.desk.counters("甲") == {0: 1205, 2026: 90, 2027: 1}


def test_rule_17_a_rolled_back_number_is_given_again(store):
    with store.writing() as session:
        session.desk.ensure_counters("甲", 2026, 0, 0)
    rolled_back(store, lambda desk: desk.take("甲", 2026))
    with store.writing() as session:
        assert session.desk.take("甲", 2026) == (1, 1)


def test_the_register_takes_each_number_once(store):
    row = NumberRow("甲", 2026, 1, 1, 1, AT, reason="停电", by="陈编")
    with store.writing() as session:
        session.desk.register([row, replace(row, number=2, running=2, bulletin="b-1", reason=None, by=None)])
        session.desk.register([replace(row, edition=2)])
        assert [(one.number, one.edition) for one in session.desk.numbers("甲", 2026)] == [(1, 1), (1, 2), (2, 1)]
        assert session.desk.numbers("甲")[0] == row
        assert session.desk.numbers("甲", 2027) == []
    for twice in (row, replace(row, number=3)):
        with pytest.raises(MinyiError), store.writing() as session:
            session.desk.register([twice])


def test_a_hold_stays_until_each_series_confirms_it(store):
    with store.writing() as session:
        assert session.desk.held("甲") is None
        session.desk.hold("恢复", AT)
        hold = session.desk.held("甲")
        session.desk.confirm("甲", hold, "陈编", AT)
        assert (session.desk.held("甲"), session.desk.held("乙").why) == (None, "恢复")
        session.desk.hold("再恢复", AT)
        assert session.desk.held("甲").why == "再恢复"
