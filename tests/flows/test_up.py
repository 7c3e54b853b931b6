"""`minyi up`: started, refused twice, stopped, killed. No process is left over in any of these."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flows.server import answers
from flows.up import RESTARTS
from tests.flows.conftest import READY, Running, begin, finish, gone

WEB_ONLY = ("--no-prefect",)


@pytest.mark.xdist_group("prefect")
def test_up_brings_up_web_server_and_flows_and_tells_where(services: Running):
    assert answers(f"{services.address('网页')}/api/openapi.json")
    assert answers(f"{services.api}/health")
    served = services.asked("/deployments/filter", {})
    assert {one["entrypoint"] for one in served} == {
        f"flows.{name}.{name}" for name in ("process", "crawl", "brief", "maintain")
    }
    assert {path.name for path in (services.settings.home / "logs").glob("*.log")} >= {"web.log", "prefect.log"}


@pytest.mark.xdist_group("prefect")
def test_a_second_up_on_the_same_home_is_refused_by_name(services: Running):
    second = begin(services.settings.home, *WEB_ONLY)
    finish(second)
    assert second.process.returncode == 1
    said = "\n".join(second.said)
    assert f"进程 {services.process.pid}" in said
    assert services.address("网页") in said


def test_up_stops_cleanly_and_leaves_no_process(tmp_path: Path):
    running = begin(tmp_path / "home", *WEB_ONLY)
    family = running.family()
    assert len(family) == 1
    assert "已停止" in finish(running)
    assert running.process.returncode == 0
    assert gone(family, 0)


def test_when_up_is_killed_its_children_end_and_the_home_is_free_again(tmp_path: Path):
    running = begin(tmp_path / "home", *WEB_ONLY)
    family = running.family()
    running.process.kill()
    finish(running)
    assert gone(family)
    again = begin(tmp_path / "home", *WEB_ONLY)
    finish(again)
    assert READY in again.said[-1]


def test_a_child_that_dies_is_started_again_and_one_that_keeps_dying_stops_everything(tmp_path: Path):
    running = begin(tmp_path / "home", *WEB_ONLY)
    for _ in range(RESTARTS + 1):
        ends = time.monotonic() + 20
        while not (family := running.family()):
            assert time.monotonic() < ends
            time.sleep(0.05)
        family[0].kill()
        assert gone(family[:1])
    running.process.wait(20)
    rest = finish(running)
    assert rest.count("已重新启动") == RESTARTS
    assert "网页反复退出" in rest
    assert running.process.returncode == 1


def test_an_address_that_is_not_this_machines_is_named(tmp_path: Path):
    running = begin(tmp_path / "home", *WEB_ONLY, "--host", "192.0.2.1")
    finish(running)
    assert running.process.returncode == 2
    assert "“192.0.2.1”不是本机的地址（--host）" in "".join(running.said)


def test_a_port_in_use_is_named(tmp_path: Path, port_in_use: int):
    running = begin(tmp_path / "home", *WEB_ONLY, "--port", str(port_in_use))
    finish(running)
    assert running.process.returncode == 2
    assert str(port_in_use) in "".join(running.said)
