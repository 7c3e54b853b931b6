"""A backlog of 200,000 raw messages on Kafka, drained by one worker on servers: its private memory on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from pipeline.identity import item_id
from pipeline.records.messages import Crawled, Outgoing, Place, compress, encode
from pipeline.records.names import CRAWLED
from pipeline.settings import child_environment, load
from pipeline.wiring import System, open_system
from tests.benchmarks.bench_memory import private_bytes
from tests.benchmarks.bench_process import NOW
from tests.benchmarks.figures import Figure
from tests.made_up import Writer
from tests.services import cluster

MESSAGES, QUICK = 200_000, 10_000
ROOM = 0.10
SHARE = 2_000
PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><div class='con'>{1}</div></body></html>"


def page(writer: Writer, number: int) -> Outgoing:
    """A fetched page as the crawler publishes it."""
    url = f"http://a.test/{number}.html"
    body = PAGE.format(f"第{number}件", "".join(f"<p>{writer.text(200)}。</p>" for _ in range(3))).encode()
    message = Crawled(
        message_id=f"f-{number}",
        source="bench",
        origin=url,
        received_at=NOW,
        url=url,
        status=200,
        headers={"Content-Type": "text/html; charset=utf-8"},
        body=compress(body),
    )
    return Outgoing(item_id("bench", url), encode(message))


def put(system: System, count: int) -> None:
    """The backlog, on the bus."""
    writer = Writer(3)
    for at in range(0, count, SHARE):
        told = system.bus.publish(CRAWLED, [page(writer, number) for number in range(at, min(at + SHARE, count))])
        assert all(isinstance(one, Place) for one in told), next(one for one in told if not isinstance(one, Place))


def work() -> None:
    """Drain; a line with messages done and private bytes after each couple of seconds."""
    from pipeline.workers import runner_of

    done, idle = 0, 0
    with open_system() as system, runner_of(system) as runner:
        while idle < 3:
            idle = 0 if runner.drain(2.0) else idle + 1
            done += runner.report.taken().messages
            print(json.dumps([done, private_bytes()]), flush=True)


def figures(quick: bool) -> Iterator[Figure]:
    """One line."""
    if missing := cluster.missing():
        yield Figure("backlog", f"left out: {', '.join(missing)} cannot be had here")
        return
    count = QUICK if quick else MESSAGES
    with cluster.running(office=True) as servers, servers.namespace() as lines, tempfile.TemporaryDirectory() as home:
        settings = load({**lines, "MINYI_HOME": home})
        with open_system(settings) as system:
            put(system, count)
        since = time.monotonic()
        command = [sys.executable, "-c", "from tests.benchmarks.bench_backlog import work; work()"]
        told = subprocess.run(command, env=child_environment(settings), stdout=subprocess.PIPE, check=True, text=True)
        seconds = time.monotonic() - since
    marks = [json.loads(line) for line in told.stdout.splitlines()]
    assert marks[-1][0] == count, f"the worker found nothing any more after {marks[-1][0]} of {count}"
    yield flat(marks, count, f"{count / seconds:.0f} messages/s")


def flat(marks: list[tuple[int, int]], count: int, rate: str) -> Figure:
    """What is taken after the first tenth, in which threads and buffers come to be; and how it goes on."""
    at = [max((size for done, size in marks if done <= count * tenth / 10), default=1) for tenth in (1, 2, 5, 10)]
    more = at[-1] / at[0] - 1
    sizes = " ".join(f"{size / 1e6:.0f}" for size in at)
    shown = f"{more:+.1%} (most until 1, 2, 5, 10 tenths: {sizes} MB; {rate})"
    return Figure(f"backlog of {count:,} pages: private memory after a tenth", shown, "within 10%", more <= ROOM)
