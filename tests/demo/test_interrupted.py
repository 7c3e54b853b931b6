"""Ctrl-C ends the demo: a word, no trace, no process left; two demos at once keep out of each other's way."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import psutil
import pytest

from flows.demo.place import new_home
from tests.demo.conftest import environment
from tests.demo.test_demo import home_of


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a console's processes otherwise there")
@pytest.mark.parametrize("said", ["等后台任务服务就绪", "后台处理一遍"])
def test_ctrl_c_leaves_no_process(tmp_path, said):
    log = tmp_path / "printed"
    with log.open("w") as screen, started(tmp_path, screen) as begun:
        try:
            until(lambda: said in log.read_text(encoding="utf-8"), 60)
            begun.send_signal(signal.SIGINT)
            _, complaints = begun.communicate(timeout=40)
        finally:
            begun.kill()
    assert (begun.returncode, complaints.strip()) == (1, "已中止")
    assert "Traceback" not in log.read_text(encoding="utf-8")
    until(lambda: not children(tmp_path), 20)


def test_two_demos_at_once_have_homes_of_their_own(tmp_path):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    first, second = (new_home({"MINYI_HOME": str(tmp_path)}, now) for _ in range(2))
    assert first.home != second.home
    assert first.home.parent == second.home.parent == tmp_path / "demo"


def started(above, screen):
    command = [sys.executable, "-m", "pipeline.cli.main", "demo"]
    return subprocess.Popen(
        command, env=environment(above), stdout=screen, stderr=subprocess.PIPE, encoding="utf-8", cwd=above
    )


def children(above):
    homes = {str(home) for home in (above / "demo").glob("*")}
    return [one.pid for one in psutil.process_iter() if home_of(one) in homes]


def until(true, seconds):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)
