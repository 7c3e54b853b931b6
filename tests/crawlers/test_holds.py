"""One request at a time to a host, and its pauses, when several runs are at work, of which some are killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from pipeline.clock import stored, system_clock
from pipeline.settings import child_environment
from tests.crawlers.conftest import QUICK, Crawl
from tests.crawlers.site import Answer, Asked, Site, article, listing

PATHS = [f"/{n}.html" for n in range(6)]
LIST = {"kind": "list", "url": "/", "links": "li"}
HOST = "127.0.0.1"
HOLD = 1.5
SCRIPT = f"""
import sys
from dataclasses import replace
from pathlib import Path
from crawlers.limits import DEFAULT
from crawlers.run import crawl
from flows.crawl import line_of
from pipeline.cli.output import print_json
from pipeline.wiring import open_system

with open_system() as system:
    limits = replace(DEFAULT, linger=0.0, retries=0, timeout=0.5, hold={HOLD})
    print_json([line_of(report) for report in crawl(system, catalogue=Path(sys.argv[1]), limits=limits)])
"""


def started(run: Crawl) -> subprocess.Popen[bytes]:
    """A crawl in a process of its own, with the machine's clock."""
    environment = child_environment(run.system.settings, {"PYTHONPATH": str(Path(__file__).parents[2])})
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(run.file)], env=environment, stdout=subprocess.PIPE)


def told(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Its report."""
    answer, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    (line,) = orjson.loads(answer)
    return line


def until(site: Site, asked: int) -> None:
    deadline = time.monotonic() + 30
    while len(site.asked) < asked:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def planted(run: Crawl, site: Site, **source: Any) -> None:
    site.pages |= {"/": listing(PATHS), **{path: article(path, pause=0.02) for path in PATHS}}
    run.write([{"starts": [LIST], **source}])


def taken(run: Crawl, host: str = HOST, **ahead: float) -> bool:
    """Another run takes the host, by the test's clock or one `ahead` of it; whether it could."""
    now = run.system.clock() + timedelta(**ahead)
    with run.system.store.writing() as session:
        found = session.crawls.take("other", [host], stored(now), stored(now + timedelta(seconds=QUICK.hold)))
    return found is not None


def gaps(site: Site) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(site.asked)]


def why(report: Mapping[str, Any]) -> str:
    return " ".join(reason["why"] for reason in report["reasons"])


@pytest.mark.faults
def test_of_two_processes_one_asks_and_the_other_says_that_the_source_is_being_crawled(run: Crawl, site: Site):
    planted(run, site, delay="0.4s")
    reports = [told(process) for process in [started(run), started(run)]]
    other, one = sorted(reports, key=lambda report: report["new"])
    assert (one["new"], one["elsewhere"], other["found"], other["elsewhere"]) == (6, False, 0, True)
    assert "网站正由另一次采集访问" in why(other)
    assert one["ok"]
    assert other["ok"]
    assert site.busiest == 1
    assert min(gaps(site)) > 0.35
    assert len(site.paths()) == 7
    with run.system.store.reading() as session:
        assert [report["found"] for report in session.crawls.reports("site")] == [6]


@pytest.mark.faults
def test_a_killed_process_holds_its_hosts_for_a_while_and_then_they_are_crawled_to_the_end(
    run: Crawl, site: Site, clock
):
    planted(run, site, delay="0.2s")
    one = started(run)
    until(site, 4)
    one.kill()
    one.communicate()
    killed, clock.now = time.monotonic(), system_clock()
    assert not taken(run)
    time.sleep(0.1)  # what it asked last has come by now
    asked = len(site.asked)
    while not (last := told(started(run)))["found"]:
        assert time.monotonic() - killed < 30
    assert last["failed"] == 0
    assert site.asked[asked].at - killed > HOLD / 2  # it was renewed a moment before
    assert set(run.paths()) == set(PATHS)
    assert site.busiest == 1


@pytest.mark.faults
def test_a_process_that_stood_still_while_another_took_its_host_asks_no_more(run: Crawl, site: Site, clock):
    planted(run, site, delay="0.2s")
    one = started(run)
    until(site, 4)
    psutil.Process(one.pid).suspend()
    time.sleep(HOLD)
    clock.now = system_clock()
    assert taken(run)
    asked = len(site.asked)
    psutil.Process(one.pid).resume()
    report = told(one)
    assert len(site.asked) == asked
    assert report["found"] == 6
    assert report["failed"] >= 3
    assert "正由另一次采集访问" in why(report)


def test_a_source_on_a_host_that_is_held_is_left_and_the_others_come(run: Crawl, site: Site, clock):
    site.pages |= {"/": listing(["/a.html"]), "/a.html": article("甲")}
    there = {"kind": "list", "url": site.url.replace(HOST, "localhost") + "/", "links": "li"}
    both = {"name": "both", "starts": [LIST, there]}
    sources = [{"name": "here", "starts": [LIST]}, {"name": "there", "starts": [there]}]
    assert taken(run)
    here, other = run.sources(sources)
    assert (here.found, here.ok, here.elsewhere, other.new, other.elsewhere) == (0, True, True, 1, False)
    site.forget()
    (neither,) = run.sources([both])
    assert (neither.found, neither.elsewhere, site.asked) == (0, True, [])  # all of its hosts, or none
    clock.forward(seconds=QUICK.hold)
    assert [report.elsewhere for report in run.sources(sources)] == [False, False]


def test_a_run_that_begins_as_another_ends_waits_the_delay(run: Crawl, site: Site):
    site.pages["/a.html"] = article("甲")
    for _ in range(3):
        run({"kind": "page", "url": "/a.html"}, delay="0.3s")
    assert len(site.asked) > 3
    assert min(gaps(site)) > 0.25


def test_a_crawl_delay_is_waited_by_the_next_run_too(run: Crawl, site: Site):
    site.pages |= {"/robots.txt": Answer(b"User-agent: *\nCrawl-delay: 0.4\n", type="text/plain")}
    site.pages["/a.html"] = article("甲")
    run({"kind": "page", "url": "/a.html"})
    run({"kind": "page", "url": "/a.html"})
    assert min(gaps(site)) > 0.35


def test_a_clock_that_was_set_back_locks_no_host(run: Crawl, site: Site, clock):
    site.pages["/a.html"] = article("甲")
    page = {"kind": "page", "url": "/a.html"}
    run(page, delay="0.2s")
    clock.forward(days=-1)
    begun = time.monotonic()
    assert run(page, delay="0.2s").found == 1
    assert time.monotonic() - begun < 60
    assert taken(run, days=1)
    assert run(page).elsewhere
    clock.forward(seconds=QUICK.hold)
    assert not run(page).elsewhere


def test_a_source_that_is_done_gives_its_hosts_back_while_others_go_on(run: Crawl, site: Site):
    free: list[bool] = []

    def slow(_: Asked) -> Answer:
        deadline = time.monotonic() + 8
        while not taken(run) and time.monotonic() < deadline:
            time.sleep(0.01)
        free.append(time.monotonic() < deadline)
        return article("慢")

    site.pages |= {"/": listing(["/a.html"]), "/a.html": article("甲"), "/slow.html": slow}
    there = {"kind": "page", "url": site.url.replace(HOST, "localhost") + "/slow.html"}
    here, other = run.sources([{"name": "here", "starts": [LIST]}, {"name": "there", "starts": [there]}])
    assert (here.new, other.new, free) == (1, 1, [True])


def test_a_host_that_was_not_asked_keeps_its_last_request_s_time(run: Crawl, site: Site, clock):
    site.pages["/a.html"] = article("甲")
    run({"kind": "page", "url": "/a.html"}, delay="0.3s")
    with run.system.store.writing() as session:
        session.crawls.rest(HOST, stored(clock() + timedelta(seconds=1)))
    assert run({"kind": "page", "url": "/a.html"}).forbidden == 1
    with run.system.store.writing() as session:
        (before,) = session.crawls.take("other", [HOST], stored(clock()), stored(clock())) or ()
    assert (before.until, before.pause) == (stored(clock()), 0.3)
