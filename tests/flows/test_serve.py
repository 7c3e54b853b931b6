from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flows.maintain import SLOT
from flows.offline import QUIET
from flows.serve import FLOWS, deployment, last_slot, missed
from flows.slots import Slot, finish
from pipeline.wiring import System
from tests.conftest import StandingClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAINTAIN = next(one for one in FLOWS if one.name == "maintain")


def test_every_flow_is_served_one_run_at_a_time_in_the_offices_time():
    for one in FLOWS:
        made = asyncio.run(deployment(one, "Asia/Shanghai"))
        (schedule,) = made.schedules or []
        assert schedule.schedule.timezone == "Asia/Shanghai"
        assert made.concurrency_limit == 1
        assert made.concurrency_options is not None
        assert made.concurrency_options.collision_strategy.value == "CANCEL_NEW"
        assert made.entrypoint == f"flows.{one.name}.{one.name}"


def test_a_daily_slot_missed_while_the_machine_was_off_is_caught_up_once(system: System, clock: StandingClock):
    clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
    slot = datetime(2026, 11, 23, 3, 0, tzinfo=SHANGHAI)
    assert missed(system, MAINTAIN, clock()) is None  # a new home has missed nothing
    finish(Slot("maintain", slot - timedelta(days=4), SLOT), system.store)
    assert missed(system, MAINTAIN, clock()) == slot
    finish(Slot("maintain", slot, SLOT), system.store)
    assert missed(system, MAINTAIN, clock()) is None


def test_before_its_hour_a_days_slot_is_yesterdays(system: System):
    now = datetime(2026, 11, 23, 2, 59, tzinfo=SHANGHAI)
    assert last_slot((3, 0), now, system) == datetime(2026, 11, 22, 3, 0, tzinfo=SHANGHAI)


def test_prefect_is_told_to_send_nothing_out_before_it_is_imported():
    code = "import flows.process\nfrom prefect._internal.analytics import is_telemetry_enabled as on\nprint(on())"
    quiet = {name: value for name, value in os.environ.items() if name not in {*QUIET, "CI"}}
    done = subprocess.run([sys.executable, "-c", code], env=quiet, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "False"
