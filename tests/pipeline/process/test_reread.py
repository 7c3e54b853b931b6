"""Rule 16: rules that changed read anew beside the old reading, and a run can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import NotFound
from pipeline.identity import item_id
from pipeline.ports.store import View
from pipeline.process.reread import reread, unread
from pipeline.rules import Rules
from pipeline.wiring import System
from pipeline.workers import projector_of, runner_of
from tests.arriving import TEXT, put, submitted


@pytest.fixture
def read(system: System) -> System:
    """Two items, read and in search."""
    put(system, submitted(system, "1", TEXT.format(1)), submitted(system, "2", "岚禾县粮食烘干设备不足。" * 30))
    with runner_of(system) as runner:
        assert runner.once(limit=30)
    return system


def change_rules(system: System) -> None:
    """A city more, which neither text names."""
    folder: Path = system.settings.rules_dir
    folder.mkdir(parents=True, exist_ok=True)
    overlay = 'version: 1\nregions:\n  - {code: "990100", name: 云漳市}\n'
    (folder / "regions.yaml").write_text(overlay, encoding="utf-8")


def views(system: System) -> dict[str, View]:
    with system.store.reading() as session:
        return session.items.views([item_id("tests", "1"), item_id("tests", "2")])


def readings(found: dict[str, View]) -> list[tuple[object, ...]]:
    return [(view.reading["run"], view.reading["domain"], view.reading["score"]) for view in found.values()]


def test_rule_16_rules_that_did_not_change_read_nothing_anew(read: System):
    assert reread(read.store, read.rules, read.clock, "陈编")[1] == 0


def test_rule_16_a_rerun_is_a_reading_with_the_runs_id_and_can_be_taken_back(read: System):
    before = views(read)
    change_rules(read)
    run, total = reread(read.store, Rules(read.settings.rules_dir), read.clock, "陈编")
    after = views(read)
    assert total == 2
    assert all(view.reading["run"] == run for view in after.values())
    # What did not change makes the same of the same text, long after it came.
    assert [row[1:] for row in readings(after)] == [row[1:] for row in readings(before)]
    assert [view.text for view in after.values()] == [view.text for view in before.values()]
    assert [view.item.revision for view in after.values()] == [1, 1]
    assert projector_of(read).drain() == 2
    assert unread(read.store, run) == 2
    assert readings(views(read)) == readings(before)
    assert unread(read.store, run) == 0


def test_two_runs_of_one_second_are_taken_back_apart(read: System):
    runs = {reread(read.store, read.rules, read.clock, "陈编")[0] for _ in range(3)}
    assert len(runs) == 3


def test_an_unknown_run_is_said(read: System):
    with pytest.raises(NotFound, match="r2026"):
        unread(read.store, "r2026")
