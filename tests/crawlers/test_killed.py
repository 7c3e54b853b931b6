"""A crawl that is killed or interrupted: nothing seen that is not on the bus, nothing lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.clock import system_clock
from pipeline.settings import child_environment
from tests.crawlers.conftest import Crawl
from tests.crawlers.site import Site, article, listing

PAGES = [f"/{n}.html" for n in range(60)]
SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
from crawlers.limits import DEFAULT
from crawlers.run import crawl
from pipeline.wiring import open_system

with open_system() as system:
    crawl(system, catalogue=Path(sys.argv[1]), limits=replace(DEFAULT, linger=0.002, hold=0.3))
"""
HOLD = 0.3
LIST = {"kind": "list", "url": "/", "links": "li"}


def started(run: Crawl) -> subprocess.Popen[bytes]:
    run.write([{"starts": [LIST]}])
    environment = child_environment(run.system.settings, {"PYTHONPATH": str(Path(__file__).parents[2])})
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(run.file)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def until(site: Site, asked: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while len(site.asked) < asked and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def planted(site: Site) -> None:
    site.pages |= {"/": listing(PAGES, etag=True), **{path: article(f"独一无二的{path}") for path in PAGES}}


@pytest.mark.faults
def test_rule_2_a_killed_crawl_has_seen_nothing_that_is_not_on_the_bus(run: Crawl, site: Site, clock):
    planted(site)
    chance = random.Random()
    for _ in range(4):
        site.forget()
        process = started(run)
        until(site, chance.randrange(2, 50), process)
        time.sleep(chance.random() * 0.05)
        process.kill()
        process.communicate()
        time.sleep(HOLD)  # the dead run's hold of the host lapses
        with run.system.store.reading() as session:
            seen = session.crawls.pages("site", [site.url + path for path in PAGES])
        assert set(seen) <= {message.url for message in run.published()}
    clock.now = system_clock()
    report = run(LIST)
    assert report.failed == 0
    assert set(run.paths()) == set(PAGES)


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process on Windows")
def test_an_interrupted_crawl_writes_what_it_has_and_reports(run: Crawl, site: Site):
    planted(site)
    process = started(run)
    until(site, 20, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert errors.rstrip().endswith(b"KeyboardInterrupt")
    with run.system.store.reading() as session:
        (report,) = session.crawls.reports("site")
    assert report["found"] == len(PAGES)
    assert 0 < report["new"] == len(run.published())
    assert "采集中途停止" in report["reasons"][0]["why"]
    assert run(LIST).failed == 0
    assert set(run.paths()) == set(PAGES)
