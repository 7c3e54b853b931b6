from __future__ import annotations

import asyncio

import pytest

from flows.maintain import CHORES, backups_dir, chore
from pipeline.records.watching import Alarm
from pipeline.settings import Settings, child_environment
from pipeline.wiring import System
from tests.arriving import TEXT, put, submitted


@pytest.fixture(autouse=True)
def _environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in child_environment(settings).items():
        monkeypatch.setenv(name, value)


def test_every_chore_says_what_it_did(system: System):
    put(system, submitted(system, "甲", TEXT.format(1)))
    rows = [asyncio.run(chore.fn(name)) for name in CHORES]
    assert all(row["完成"] for row in rows), rows
    assert list(backups_dir(system).glob("minyi-*/store.db"))


def test_a_chore_that_fails_is_a_row_and_keeps_no_other(system: System):
    backups_dir(system).parent.mkdir(parents=True, exist_ok=True)
    backups_dir(system).write_text("不是文件夹", encoding="utf-8")
    row = asyncio.run(chore.fn("备份"))
    assert not row["完成"]
    assert "不是文件夹" in row["结果"]


def test_alarms_that_are_over_are_cleared(system: System):
    with system.store.writing() as session:
        session.alarms.settle([Alarm("marks", "", "待入检索 9000 篇")], [])
    row = asyncio.run(chore.fn("告警"))
    assert row["完成"]
    with system.store.reading() as session:
        standing = {one.alarm.key for one in session.alarms.standing()}
    assert ("marks", "") not in standing
    assert "解除 1" in row["结果"]
