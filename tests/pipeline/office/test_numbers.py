"""Numbers under many at once, reserved ones, and after a restore (DESIGN 17)."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from threading import Barrier

import pytest

from pipeline.errors import MinyiError, NotAllowed, NotFound, Transient, UsageError
from pipeline.office import aftermath, issuing, numbers, shows
from pipeline.office.context import desk_of
from pipeline.ports.desk import NumberRow
from pipeline.records.names import BulletinState
from pipeline.rules import SHIPPED
from pipeline.rules.series import load_series
from pipeline.settings import child_environment
from pipeline.wiring import open_system
from tests.pipeline.office.flow import BY, issued, signed

SERIES = "社情民意信息"
ISSUERS = 64
ROOT = Path(__file__).parents[3]


def register(office):
    with office.store.reading() as session:
        return desk_of(session).numbers(SERIES)


def test_rule_17_sixty_four_issuers_at_once_get_sixty_four_following_numbers(office, system, accepted, printer):
    """Every fifth fails in its trial (no number), every seventh after its number (finished later)."""
    keys = [signed(office, accepted(f"第{place}件")) for place in range(ISSUERS + 16)]
    early, late = set(keys[::5]), set(keys[1::7])
    printer.fail = lambda one, form: one.id in (early if one.draft else late) and form == "pdf"
    issuers = [key for key in keys if key not in early][:ISSUERS] + sorted(early)
    start = Barrier(len(issuers))

    def work(mine, key: str) -> str:
        start.wait()
        try:
            return issuing.issue(mine, key, by=BY).bulletin.state
        except MinyiError as error:
            return type(error).__name__

    with ExitStack() as stack:
        # Eight sets of connections, as eight processes have them, with eight issuers each.
        systems = [stack.enter_context(open_system(system.settings, clock=system.clock)) for _ in range(8)]
        offices = [replace(office, store=one.store, files=one.files) for one in systems]
        pool = stack.enter_context(ThreadPoolExecutor(len(issuers)))
        found = list(pool.map(work, cycle(offices), issuers))

    failed_late = len(late - early)
    assert sorted(found) == sorted(
        ["NotAllowed"] * len(early) + ["Transient"] * failed_late + ["issued"] * (ISSUERS - failed_late)
    )
    assert [row.number for row in register(office)] == list(range(86, 86 + ISSUERS))
    assert [row.running for row in register(office)] == list(range(1203, 1203 + ISSUERS))
    printer.fail = lambda one, form: False
    assert len(issuing.finish_all(office)) == failed_late
    shown = shows.bulletins(office, states=[BulletinState.ISSUED], limit=100)
    assert sorted(one.number for one in shown) == list(range(86, 86 + ISSUERS))


def test_rule_17_one_bulletin_issued_by_many_at_once_gets_one_number(office, accepted):
    key = signed(office, accepted())
    start = Barrier(8)

    def work(_: int) -> str:
        start.wait()
        try:
            return str(issuing.issue(office, key, by=BY).bulletin.number)
        except (Transient, NotAllowed) as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert "86" in found
    assert [row.number for row in register(office)] == [86]


def test_rule_17_the_tables_unique_stands_beside_the_counter(office, accepted):
    issued(office, accepted())
    with pytest.raises(MinyiError), office.store.writing() as session:
        desk_of(session).register([NumberRow(SERIES, 2026, 86, 9999, 1, office.now())])


def test_reserved_numbers_come_from_the_same_counters_with_a_reason(office, accepted):
    rows = numbers.reserve(office, SERIES, by=BY, reason="停电期间纸质印发", count=2)
    assert [(row.number, row.running) for row in rows] == [(86, 1203), (87, 1204)]
    assert shows.show(office, issued(office, accepted())).number == 88
    assert register(office)[0].reason == "停电期间纸质印发"


def test_a_reservation_asks_for_a_reason_and_a_known_series(office):
    with pytest.raises(UsageError):
        numbers.reserve(office, SERIES, by=BY, reason=" ")
    with pytest.raises(NotFound, match="没有“不存在”这种刊物"):
        numbers.reserve(office, "不存在", by=BY, reason="试")


def test_rule_17_after_a_restore_no_series_issues_until_its_last_number_is_confirmed(office, accepted):
    issued(office, accepted("甲"))
    numbers.hold(office, "数据已从备份恢复")
    key = signed(office, accepted("乙"))
    with pytest.raises(NotAllowed, match="暂停给号"):
        issuing.issue(office, key, by=BY)
    with pytest.raises(NotAllowed, match="暂停给号"):
        numbers.reserve(office, SERIES, by=BY, reason="试")
    with pytest.raises(NotAllowed, match="还晚"):
        numbers.confirm(office, SERIES, by=BY, number=85)

    shown = numbers.confirm(office, SERIES, by=BY, number=88)

    assert (shown.next_number, shown.next_running, shown.held) == (89, 1206, None)
    assert issuing.issue(office, key, by=BY).bulletin.number == 89
    lost = [row.number for row in register(office) if row.reason == numbers.LOST]
    assert lost == [87, 88]
    assert {one.name: one.held for one in numbers.series(office)}["社情民意信息增刊"] is not None


def test_a_second_restore_asks_again(office):
    numbers.hold(office, "第一次恢复")
    numbers.confirm(office, SERIES, by=BY, number=85)
    numbers.hold(office, "第二次恢复")
    with pytest.raises(NotAllowed, match="第二次恢复"):
        numbers.reserve(office, SERIES, by=BY, reason="试")


def test_last_years_missing_numbers_are_filled_before_this_years_is_confirmed(office, clock):
    clock.forward(days=60)  # January 2027
    numbers.hold(office, "恢复")
    numbers.confirm(office, SERIES, by=BY, number=87, year=2026)
    shown = numbers.confirm(office, SERIES, by=BY, number=1)
    assert (shown.year, shown.next_number, shown.next_running, shown.held) == (2027, 2, 1206, None)


def test_a_voided_number_is_never_given_again(office, accepted):
    key = issued(office, accepted("甲"))
    aftermath.void(office, key, by=BY, opinion="作废")
    assert shows.show(office, issued(office, accepted("乙"))).number == 87
    with office.store.reading() as session:
        assert [row.id for row in desk_of(session).editions(SERIES, 2026, 86)] == [key]


def test_rule_18_a_process_killed_between_number_and_files_leaves_both_repairable(office, system, accepted):
    rules = system.settings.rules_dir
    rules.mkdir(parents=True)
    shipped = (SHIPPED / "series.yaml").read_text(encoding="utf-8")
    chain = "chain: [editor, section_head, secretary]"
    own = shipped.replace("chain: [editor, section_head, deputy_secretary, secretary]", chain)
    (rules / "series.yaml").write_text(own.replace("number: 1\n", "number: 86\n", 1), encoding="utf-8")
    mine = replace(office, series=load_series(rules))
    killed, other = signed(mine, accepted("甲")), signed(mine, accepted("乙"))

    command = [sys.executable, str(Path(__file__).with_name("dying.py")), killed]
    environment = child_environment(system.settings, {"PYTHONPATH": str(ROOT)})
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == 9

    assert shows.show(mine, killed).state == "issuing"
    assert issuing.issue(mine, other, by=BY).bulletin.number == 87
    (done,) = issuing.finish_all(mine)
    assert (done.bulletin.id, done.bulletin.number, done.bulletin.state) == (killed, 86, "issued")
