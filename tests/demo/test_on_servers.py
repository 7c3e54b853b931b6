"""The demo on Kafka, PostgreSQL, Elasticsearch ends as it does embedded: the same books, hits, clusters and files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.server import free_port
from pipeline.records.items import Query
from pipeline.settings import Settings, load
from pipeline.wiring import open_system

pytestmark = pytest.mark.servers

MOMENT, SEED = "2026-11-23T01:00:00+00:00", "7"
QUERIES = ("烘干", "堤脚渗水", "最后一公里", "加装电梯", "县", "助餐点", "A3区", "二次收费", "养护 提质")
LONGEST = 240


@dataclass(frozen=True)
class Ended:
    """What a demo left."""

    settings: Settings
    printed: str


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, port):
    return ended(tmp_path_factory.mktemp("embedded"), {}, port)


@pytest.fixture(scope="module")
def province(tmp_path_factory, port, cluster):
    with cluster.namespace() as lines:
        more = {"PREFECT_API_URL": cluster.flows.api_url}
        yield ended(tmp_path_factory.mktemp("province"), {**lines, **more}, port)


WHERE = {
    "embedded": "本次演示的全部数据（库、检索、规则、日志），看完可整个删除",
    "province": "本次演示的附件、规则和日志，看完可整个删除",
}
REST = "其余在设置所写的服务器上"


@pytest.fixture(scope="module")
def port():
    return free_port()


def ended(above: Path, lines: dict[str, str], port: int) -> Ended:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("MINYI_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo.given", MOMENT, SEED, str(port)],
        env={**others, **lines, "MINYI_HOME": str(above)},
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (home,) = (above / "demo").iterdir()
    return Ended(load({**lines, "MINYI_HOME": str(home)}), done.stdout.replace(str(home), "HOME"))


def test_the_same_is_said(embedded, province):
    assert told(province) == told(embedded)


def test_it_says_what_may_be_deleted(embedded, province):
    assert WHERE["embedded"] in embedded.printed
    assert WHERE["province"] in province.printed
    assert (REST in embedded.printed, REST in province.printed) == (False, True)


def told(run: Ended) -> list[str]:
    # Left out: how long something took, and how many tasks that were; where the data lie. Hits stand by relevance,
    # which two engines weigh each in its own way.
    left_out = ("还在进行", *WHERE.values(), REST)
    lines = [line for line in run.printed.splitlines() if not any(one in line for one in left_out)]
    return sorted(re.sub(r"分 \d+ 个任务", "", line) for line in lines)


def test_the_same_ledger(embedded, province):
    assert ledger(province) == ledger(embedded)


def ledger(run: Ended):
    with open_system(run.settings) as system, system.store.reading() as session:
        assert session.marks.pending() == 0
        return session.ledger.balance()


def test_the_same_hits(embedded, province):
    ours, theirs = hits(province), hits(embedded)
    assert ours == theirs
    assert sum(len(found) for found in ours.values()) > len(QUERIES)


def hits(run: Ended):
    with open_system(run.settings) as system:
        with system.store.reading() as session:
            live = session.registry.generations().live
        pages = {text: system.search.query(live, Query(text=text, limit=100)) for text in QUERIES}
        return {text: [hit.document.id for hit in page.hits] for text, page in pages.items()}


def test_the_same_clusters(embedded, province):
    assert clusters(province) == clusters(embedded)


def clusters(run: Ended):
    with open_system(run.settings) as system, system.store.reading() as session:
        rows = session.items.by_ids(session.items.live_ids())
        return {item: (row.cluster, row.state, row.version) for item, row in rows.items()}


def test_the_same_files_byte_by_byte(embedded, province):
    assert files(province) == files(embedded)
    assert len(files(province)) == 8


def files(run: Ended):
    return {path.name: path.read_bytes() for path in run.settings.exports_dir.iterdir()}


def test_nothing_is_kept_beside_the_servers(province):
    assert list(province.settings.home.rglob("*.db")) == []
