"""A full disk: a sentence that says so, nothing acknowledged is lost, and work goes on when there is room."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.bus_sqlite import SqliteBus
from pipeline.adapters.search_sqlite import SqliteSearch
from pipeline.adapters.store_sql import SqlStore
from pipeline.errors import Transient
from pipeline.intake import imports
from pipeline.office import items
from pipeline.records.messages import decode
from pipeline.wiring import System
from pipeline.workers import runner_of
from tests.faults import driver
from tests.faults.county import County
from tests.faults.disks import fill, small
from tests.faults.hands import done, hand
from tests.faults.proof import finish, prove
from tests.faults.rounds import given
from tests.faults.test_office import office_at
from tests.pipeline.office.flow import BY, signed

pytestmark = pytest.mark.faults
FULL = "磁盘已满"
ANSWERED = "没有收存"  # what a member of the public reads

# ---------------------------------------------------------------- a part that may not grow, on every platform


def narrow(system: System, part: str) -> None:
    """The part's file may not grow from now on."""
    path = getattr(system.settings, part).path
    narrowed: dict[str, Callable[[], Any]] = {
        "bus": lambda: SqliteBus(path, max_pages=1, lease_seconds=driver.LEASE),
        "store": lambda: SqlStore.sqlite(path, max_pages=1),
        "search": lambda: SqliteSearch(path, max_pages=1),
    }
    getattr(system, part).close()
    system.__dict__[part] = system._kept(narrowed[part]())


@pytest.mark.parametrize("part", ["bus", "store", "search"])
def test_a_part_that_cannot_grow_stops_the_run_and_nothing_else(home: Path, county: County, part: str):
    county.grow(pages=0, posts=0)
    finish(home, county)
    county.grow(pages=0, posts=0, rows=40)
    done("import", home, files=county.paths)
    with driver.opened(str(home)) as system:
        narrow(system, part)
        with runner_of(system) as runner:
            if part == "search":
                assert not runner.once(limit=2.0)  # arrival and processing go on, marks wait
            else:
                with pytest.raises(Transient, match=FULL):
                    runner.once(limit=20.0)
    finish(home, county)
    prove(home, county)


def test_an_import_into_a_full_store_says_how_far_it_came(home: Path, county: County, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imports, "PAUSE", 0.01)
    county.grow(pages=0, posts=0)
    done("import", home, files=county.paths)
    county.grow(pages=0, posts=0, rows=200)
    with driver.opened(str(home)) as system:
        narrow(system, "store")
        with pytest.raises(Transient, match=r"导入中断.*磁盘已满.*已收 \d+ 行.*重新导入"):
            driver.imported(system, None, None, county.paths)  # type: ignore[arg-type]
    finish(home, county)
    prove(home, county)


# ---------------------------------------------------------------- a small file system, where this machine lets us


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MB."""
    with small(tmp_path / "disk") as folder:
        yield folder


@pytest.mark.parametrize(
    ("job", "left"),
    [("import", 0), ("import", 300_000), ("api", 300_000), ("crawl", 300_000), ("run", 40_000), ("run", 300_000)],
)
def test_a_full_disk_is_said_and_work_goes_on_when_there_is_room(disk: Path, county: County, job: str, left: int):
    home = disk / "home"
    county.grow(pages=2)
    finish(home, county)
    county.grow(pages=4, rows=60, posts=20)
    if job == "run":
        done("crawl", home, catalogue=county.catalogue)
        done("import", home, files=county.paths)
    ballast = fill(disk, left)
    said = attempted(job, home, county)
    ballast.unlink()
    assert (ANSWERED if job == "api" else FULL) in said
    finish(home, county)
    prove(home, county)


def attempted(job: str, home: Path, county: County) -> str:
    """What was said; empty where the room was enough."""
    with hand(job, home, **given(job, county)) as one:
        if job == "api":
            try:
                county.post(one.hear("port"))
            except EOFError:
                return one.error
            one.tell()
        ended = one.wait()
        assert ended in {"done", "error"}
        if ended == "error":
            return one.error
        reasons = [reason["why"] for report in one.answer for reason in report["reasons"]] if job == "crawl" else []
        return "；".join(county.sentences + reasons)


def test_a_backup_onto_a_full_disk_leaves_nothing_that_looks_whole(disk: Path, county: County, tmp_path: Path):
    home = tmp_path / "home"
    county.grow(pages=2, posts=0)
    finish(home, county)
    ballast = fill(disk, 200_000)
    with hand("backup", home, into=str(disk / "copies")) as one:
        assert one.wait() == "error"
        assert "备份没有做成" in one.error
        assert FULL in one.error
    assert list((disk / "copies").glob("*")) == []
    ballast.unlink()
    done("backup", home, into=str(disk / "copies"))


def test_an_issue_on_a_full_disk_keeps_its_number_or_uses_none(disk: Path, county: County):
    home = disk / "home"
    county.plant_rows("matters", ["indexed"])
    finish(home, county)
    with office_at(home) as office:
        with office.store.reading() as session:
            (one,) = session.items.live_ids()
        items.move(office, "accept", [one], by=BY)
        key = signed(office, one)
    ballast = fill(disk, 0)
    with hand("issue", home, key=key) as issuer:
        assert issuer.wait() == "error"
        assert FULL in issuer.error
    ballast.unlink()
    assert done("issue", home, key=key) == 1


# ---------------------------------------------------------------- the command that a clerk gives


def minyi(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command as it is given, in a process of its own."""
    command = [sys.executable, "-m", "pipeline.cli.main", *map(str, arguments)]
    environment = {**os.environ, "MINYI_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


def texts(path: Path, count: int) -> Path:
    """So many submissions, each of 3 kB and unlike the others."""
    rows = (
        {
            "id": n,
            "title": f"第{n}号建议",
            "text": "".join(chr(0x4E00 + (n * 7919 + k * k * 31) % 20_000) for k in range(1000)),
        }
        for n in range(count)
    )
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def arrived(home: Path) -> tuple[set[str], int]:
    """Origins of the submissions that are whole in the store, and outbox rows, of which each has its submission."""
    with closing(sqlite3.connect(home / "store.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = [decode(row[0]) for row in connection.execute("SELECT message FROM submissions")]
        (waiting,) = connection.execute(
            "SELECT count(*) FROM outbox JOIN submissions USING (receipt) WHERE outbox.value = submissions.message"
        ).fetchone()
    return {one.origin for one in kept}, waiting


@pytest.mark.parametrize("left", [0, 12_000_000])
def test_the_import_command_on_a_full_disk_says_so_and_ends_with_the_rest_when_there_is_room(
    disk: Path, tmp_path: Path, left: int
):
    home, file = disk / "home", texts(tmp_path / "来稿.jsonl", 3000)
    first = texts(tmp_path / "早.jsonl", 1)
    assert minyi(home, "import", first, "--source", "早").returncode == 0
    ballast = fill(disk, left)
    ran = minyi(home, "import", file)
    assert ran.returncode == 1, ran
    assert "程序内部出错" not in ran.stderr
    assert "没有见到稿件" not in ran.stdout
    (said,) = re.findall(r"导入中断：磁盘已满.*已收 (\d+) 行；.*重新导入", ran.stderr)
    assert f"收下 {said} 条" in ran.stdout
    assert (int(said) > 0) == (left > 0)
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
    origins, waiting = arrived(home)
    assert origins == {*(str(n) for n in range(int(said))), "0"}
    assert waiting == int(said) + 1
    again = minyi(home, "import", file, "--json")
    assert (again.returncode, json.loads(again.stdout)) == (0, {"file": file.name, "accepted": 3000, "refused": []})
    ran = minyi(home, "run", "--json")
    assert ran.returncode == 0, ran.stderr
    books = {row["source"]: row for row in map(json.loads, ran.stdout.splitlines())}
    assert (books["来稿"]["received"], books["来稿"]["duplicate"]) == (3000 + int(said), int(said))


def test_a_home_that_cannot_be_made_on_a_full_disk_is_said(disk: Path, tmp_path: Path):
    file = texts(tmp_path / "来稿.jsonl", 1)
    ballast = fill(disk, 0)
    assert ballast.stat().st_size
    ran = minyi(disk / "home", "import", file)
    assert ran.returncode == 1
    assert FULL in ran.stderr
    assert str(disk) in ran.stderr
