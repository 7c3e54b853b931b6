"""Any order of acts, allowed or refused, leaves the office's promises whole (OFFICE, Never)."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pipeline.desk.signing import text_hash, thawed
from pipeline.desk.states import BULLETIN_MOVES, ITEM_IN
from pipeline.errors import MinyiError
from pipeline.identity import digest
from pipeline.office import aftermath, drafting, issuing, items, merging, numbers, shows, signing
from pipeline.office.context import Office, desk_of
from pipeline.records.names import BulletinState, Kind, State
from pipeline.rules.reasons import load_reasons
from pipeline.rules.series import load_series
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.conftest import StandingClock
from tests.pipeline.office.conftest import Printer, write_item

BY, HEAD, LEADER = "陈编", "林科", "赵秘书长"
SERIES = "社情民意信息"
SHIPPED = load_series(Path("/nowhere"))
ITEMS = [*"甲乙丙丁", "线索"]
LAST = 5
items_of, places = st.sampled_from(ITEMS), st.integers(0, LAST)


class Desk(RuleBasedStateMachine):
    """An editor, a section head and a secretary on a few items."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.system = open_system(load({"MINYI_HOME": self.home.name}))
        self.printer = Printer()
        count = iter(range(10**6))
        self.office = Office(
            store=self.system.store,
            files=self.system.files,
            series={SERIES: SHIPPED[SERIES].model_copy(update={"chain": ("editor", "section_head", "secretary")})},
            reasons=lambda: load_reasons(Path("/nowhere")),
            render=self.printer,
            clock=StandingClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)),
            receipts=lambda: digest(str(next(count))),
        )
        self.ids: dict[str, str] = {}

    @initialize()
    def arrive(self) -> None:
        for title in ITEMS:
            lead = title == "线索"
            kind, state = (Kind.WEB_LEAD, State.RECEIVED) if lead else (Kind.SUBMISSION, State.SUBMITTED)
            self.ids[title] = write_item(self.office, title, kind=kind, state=state, text=f"{title}的正文。")

    def teardown(self) -> None:
        self.system.close()
        self.home.cleanup()

    def attempt(self, act, *args, **facts) -> None:
        try:
            act(self.office, *args, **facts)
        except MinyiError:
            return  # refused; the invariants say whether it left anything behind

    def bulletin(self, place: int, act: str) -> str:
        """Mostly one on which the act is allowed; the last place takes any."""
        found = sorted(shows.bulletins(self.office), key=lambda one: one.id)
        fit = [one for one in found if one.state in BULLETIN_MOVES[act].starts and place < LAST]
        found = fit or found
        return found[place % len(found)].id if found else "b-none"

    @rule(title=items_of, act=st.sampled_from(["accept", "accept", "decline", "withdraw", "archive", "verify"]))
    def move(self, title, act) -> None:
        self.attempt(items.move, act, [self.ids[title]], by=BY, opinion="其他", reason="其他")

    @rule(title=items_of, text=st.sampled_from(["一稿。", "二稿。"]))
    def edit(self, title, text) -> None:
        self.attempt(items.edit, self.ids[title], by=BY, text=text)

    @rule(main=items_of, other=items_of)
    def merge(self, main, other) -> None:
        self.attempt(merging.merge, [self.ids[main], self.ids[other]], by=BY)

    @rule(title=items_of)
    def unmerge(self, title) -> None:
        self.attempt(merging.unmerge, [self.ids[title]], by=BY, opinion="两件事")

    @rule(title=items_of)
    def draft(self, title) -> None:
        self.attempt(drafting.draft, [self.ids[title]], by=BY)

    @rule(place=places, title=items_of, issue=st.booleans())
    def signed_bulletin(self, place, title, issue) -> None:
        """The whole way at once, or short runs would seldom issue anything."""
        self.attempt(items.move, "accept", [self.ids[title]], by=BY)
        self.attempt(drafting.draft, [self.ids[title]], by=BY)
        self.attempt(drafting.submit, self.bulletin(place, "submit"), by=BY)
        self.attempt(signing.approve, self.bulletin(place, "approve"), by=HEAD)
        self.attempt(signing.sign, self.bulletin(place, "sign"), by=LEADER)
        if issue:
            self.attempt(issuing.issue, self.bulletin(place, "issue"), by=BY)

    @rule(place=places)
    def submit(self, place) -> None:
        self.attempt(drafting.submit, self.bulletin(place, "submit"), by=BY)

    @rule(place=places, who=st.sampled_from([BY, HEAD]))
    def approve(self, place, who) -> None:
        self.attempt(signing.approve, self.bulletin(place, "approve"), by=who)

    @rule(place=places, who=st.sampled_from([BY, HEAD, LEADER]))
    def sign(self, place, who) -> None:
        """Refused to whoever wrote or approved it: the invariants know one signer."""
        self.attempt(signing.sign, self.bulletin(place, "sign"), by=who)

    @rule(place=places)
    def send_back(self, place) -> None:
        self.attempt(drafting.send_back, self.bulletin(place, "send-back"), by=LEADER, opinion="再改")

    @rule(place=places, broken=st.sampled_from(["", "", "trial", "files"]))
    def issue(self, place, broken) -> None:
        """A failure in the trial or after the number, or none."""
        self.printer.fail = lambda one, form: broken == ("trial" if one.draft else "files") and form == "html"
        self.attempt(issuing.issue, self.bulletin(place, "issue"), by=BY)
        self.printer.fail = lambda one, form: False

    @rule(place=places, act=st.sampled_from([aftermath.correct, aftermath.stop, aftermath.void]))
    def after(self, place, act) -> None:
        self.attempt(act, self.bulletin(place, act.__name__), by=BY, opinion="有误")

    @rule()
    def recall(self) -> None:
        self.attempt(aftermath.recall, self.bulletin(0, "recall"), by=BY, opinion="有误", recipients=["县委办公室"])

    @rule()
    def reserve(self) -> None:
        self.attempt(numbers.reserve, SERIES, by=BY, reason="停电")

    @invariant()
    def numbers_follow_without_gap_or_double(self) -> None:
        given = [row for row in numbers.numbers(self.office, SERIES) if row.edition == 1]
        assert [row.number for row in given] == list(range(1, len(given) + 1))
        assert [row.running for row in given] == [row.number for row in given]

    @invariant()
    def items_stand_where_their_bulletins_stand(self) -> None:
        with self.office.store.reading() as session:
            rows = session.items.by_ids(list(self.ids.values()))
            bulletins = desk_of(session).bulletins([item.bulletin for item in rows.values() if item.bulletin])
        for item in rows.values():
            if item.kind is Kind.WEB_LEAD:
                assert item.bulletin is None
            elif item.bulletin and item.state is not State.ARCHIVED:
                bulletin = bulletins[item.bulletin]
                assert item.id in bulletin.items
                assert item.state is ITEM_IN[bulletin.state]

    @invariant()
    def what_is_printed_was_signed_by_the_signer_it_names(self) -> None:
        with self.office.store.reading() as session:
            desk = desk_of(session)
            for row in desk.bulletins_in():
                numbered = row.number is not None
                assert numbered == (row.content is not None)
                if not numbered:
                    assert row.state not in {BulletinState.ISSUING, BulletinState.ISSUED, BulletinState.VOID}
                    continue
                content = thawed(row.content)
                (signature,) = [one for one in desk.signatures(row.id) if one.valid and one.kind == "sign"]
                assert signature.hash == text_hash(content)
                assert content.foot.signer == signature.name == LEADER
                assert bool(desk.files([row.id])) or row.state in {BulletinState.ISSUING, BulletinState.VOID}

    @invariant()
    def the_history_is_whole(self) -> None:
        assert shows.verify_history(self.office) is None


TestDesk = Desk.TestCase
TestDesk.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
