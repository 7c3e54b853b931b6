"""Ctrl-C ends the demo: a word, no trace, no process left; two demos at once keep out of each other's way."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.demo.conftest import environment
from tests.demo.test_demo import home_of


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a console's processes otherwise there")
def test_ctrl_c_leaves_no_process(tmp_path):
    begun = started(tmp_path)
    try:
        until(lambda: children(tmp_path), 60)
        begun.send_signal(signal.SIGINT)
        printed, complaints = begun.communicate(timeout=60)
    finally:
        begun.kill()
    assert begun.returncode == 1
    assert "Traceback" not in printed + complaints
    assert "已中止" in complaints
    until(lambda: not children(tmp_path), 10)


def test_two_demos_at_once_have_homes_of_their_own(tmp_path):
    from datetime import UTC, datetime

    from flows.demo.place import new_home

    now = datetime(2026, 11, 23, tzinfo=UTC)
    first, second = (new_home({"MINYI_HOME": str(tmp_path)}, now) for _ in range(2))
    assert first.home != second.home
    assert first.home.parent == second.home.parent == tmp_path / "demo"


def started(above):
    command = [sys.executable, "-m", "pipeline.cli.main", "demo"]
    return subprocess.Popen(
        command, env=environment(above), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=above
    )


def children(above):
    homes = {str(home) for home in (above / "demo").glob("*")}
    return [one.pid for one in psutil.process_iter() if home_of(one) in homes]


def until(true, seconds):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)
