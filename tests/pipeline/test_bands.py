"""BandIndex against a plain model of itself: restarts, damage, takeover, many workers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import bands, runs
from pipeline.bands import BandIndex, Taken, among, claim
from pipeline.errors import Transient
from pipeline.records.items import Signature
from pipeline.runs import HOT, MOST, MOST_HOT
from pipeline.steps.dedup import BANDS, SIGNATURE_VERSION

STORE = "store-1"


def signature(seq: int, hashes: list[int], version: int = SIGNATURE_VERSION) -> Signature:
    return Signature(f"item{seq}", np.array(hashes, "<u4").tobytes(), "x", version, seq)


def chance(seed: int, count: int, first: int = 1, values: int = 2**32) -> list[Signature]:
    """Signatures of random bands; few `values` a band make many twins."""
    random = np.random.default_rng(seed)
    hashes = random.integers(1, values, (count, BANDS), dtype=np.uint64)
    if values < 2**20:  # as in truth, no two bands share a value
        hashes = hashes * 40_503_000 + np.arange(BANDS) * 131
    return [signature(first + at, row.tolist()) for at, row in enumerate(hashes.astype(np.uint32))]


def hashes_of(one: Signature) -> list[int]:
    return np.frombuffer(one.bands, "<u4").tolist()


def by_definition(held: list[Signature], wanted: Signature) -> list[int]:
    """What look_up promises, from a dict."""
    index: dict[int, list[int]] = {}
    for one in held:
        for value in hashes_of(one):
            index.setdefault(value, []).append(one.seq)
    shared: Counter[int] = Counter()
    cool: set[int] = set()
    for value in hashes_of(wanted):
        found = sorted(index.get(value, []))
        shared.update(found[:HOT])
        cool |= set(found) if len(found) <= HOT else set()
    order = sorted(shared, key=lambda seq: (seq not in cool, -shared[seq], seq))
    return [seq for at, seq in enumerate(order) if at < MOST and (seq in cool or at < len(cool) + MOST_HOT)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spills and merges after a few signatures."""
    monkeypatch.setattr(bands, "SPILL", 4)
    monkeypatch.setattr(bands, "SLICE", 64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bands-0"


def rested(index: BandIndex) -> BandIndex:
    while index.merge_step():
        pass
    return index


# ---------------------------------------------------------------- the same answers as a dict


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    values=st.sampled_from([3, 12, 60, 2**32]),
    steps=st.lists(st.sampled_from(["add", "add", "add", "one", "merge", "restart", "again"]), max_size=25),
)
def test_answers_are_those_of_a_dict_over_restarts_and_merges(seed, values, steps):
    stock = iter(chance(seed, 400, values=values))
    held: list[Signature] = []
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "SPILL", 4)
        patch.setattr(bands, "SLICE", 64)
        index = BandIndex(Path(home) / "bands-0", STORE)
        try:
            for step in steps:
                match step:
                    case "add" | "one":
                        new = [next(stock) for _ in range(7 if step == "add" else 1)]
                        index.add(new)
                        held += new
                    case "again":
                        index.add(held[-5:])
                    case "merge":
                        index.merge_step()
                    case _:
                        index.close()
                        index = BandIndex(Path(home) / "bands-0", STORE)
            assert index.last == max((one.seq for one in held), default=0)
            assert len(index) == len(held)
            wanted = [*held[:20], *chance(seed + 1, 5, first=5000, values=values)]
            assert index.look_up(wanted) == [by_definition(held, one) for one in wanted]
        finally:
            index.close()


def test_a_hot_band_is_bounded_and_hides_no_twin(folder):
    crowd = chance(1, 500)
    letterhead = hashes_of(crowd[0])[0]
    crowd = [signature(one.seq, [letterhead, *hashes_of(one)[1:]]) for one in crowd]
    twin = signature(501, [letterhead, *hashes_of(crowd[0])[1:20], *hashes_of(crowd[450])[20:]])
    with BandIndex(folder, STORE) as index:
        index.add(crowd)
        [found] = index.look_up([twin])
    assert found[:2] == [1, 451]
    assert len(found) == 2 + MOST_HOT


def test_of_a_flood_of_one_text_the_oldest_are_given(folder):
    one = chance(1, 1)[0]
    with BandIndex(folder, STORE) as index:
        index.add([signature(seq, hashes_of(one)) for seq in range(1, 2001)])
        assert index.look_up([one] * 3) == [[1, 2, 3, 4]] * 3


def test_a_text_without_letters_and_another_version_are_neither_held_nor_looked_up(folder):
    blank = signature(1, [0] * BANDS)
    foreign = signature(2, hashes_of(chance(1, 1)[0]), version=SIGNATURE_VERSION + 1)
    with BandIndex(folder, STORE) as index:
        index.add([blank, foreign])
        assert (index.last, len(index)) == (2, 0)
        assert index.look_up([blank, foreign]) == [[], []]
        assert index.look_up([]) == []


def test_rule_10_twins_within_a_batch_and_newer_than_the_index_are_found():
    stock = chance(1, 6)
    twin = signature(0, hashes_of(stock[2])[:16] + hashes_of(stock[5])[16:])
    batch = [*stock, twin, signature(0, [0] * BANDS)]
    assert among([twin], stock) == [["item3", "item6"]]
    assert among(batch, batch)[2] == ["item0"]
    assert among(batch, batch)[6:] == [["item3", "item6"], []]
    assert among(batch, []) == [[]] * 8
    assert among([], batch) == []


# ---------------------------------------------------------------- a cache that can be made anew


class Store:
    """The store's side: signatures by seq, in pages."""

    def __init__(self, count: int, values: int = 40) -> None:
        self.held = chance(9, count, values=values)
        self.asked: list[int] = []

    def __call__(self, after: int, limit: int) -> list[Signature]:
        self.asked.append(after)
        return [one for one in self.held if one.seq > after][:limit]


def test_it_catches_up_with_the_store_page_by_page_and_asks_only_for_what_is_new(folder, small, monkeypatch):
    monkeypatch.setattr(bands, "PAGE", 10)
    store = Store(35)
    with BandIndex(folder, STORE) as index:
        index.catch_up(store)
        assert store.asked == [0, 10, 20, 30]
        index.catch_up(store)
    with BandIndex(folder, STORE) as index:
        index.catch_up(store)
        assert store.asked == [0, 10, 20, 30, 35, 35]
        assert index.look_up(store.held) == [by_definition(store.held, one) for one in store.held]


def test_it_follows_its_own_worker_where_nobody_signed_between(folder):
    stock = chance(1, 30)
    with BandIndex(folder, STORE) as index:
        index.follow(stock[:10])
        index.follow(stock[15:])  # another worker has 11 to 15
        assert index.last == 10
        index.catch_up(lambda after, limit: [one for one in stock if one.seq > after][:limit])
        assert index.look_up(stock) == [by_definition(stock, one) for one in stock]


def test_another_store_means_beginning_from_empty(folder):
    with BandIndex(folder, STORE) as index:
        index.add(chance(1, 10))
    with BandIndex(folder, "store-2") as index:
        assert (index.last, len(index)) == (0, 0)
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_another_signature_version_means_beginning_from_empty(folder, monkeypatch):
    with BandIndex(folder, STORE) as index:
        index.add(chance(1, 10))
    monkeypatch.setattr(bands, "SIGNATURE_VERSION", SIGNATURE_VERSION + 1)
    with BandIndex(folder, STORE) as index:
        assert index.last == 0


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "a key": lambda run, manifest: flip(run, -3),
    "the table": lambda run, manifest: flip(run, 40),
    "the header": lambda run, manifest: flip(run, 9),
    "a run cut short": lambda run, manifest: run.write_bytes(run.read_bytes()[:-8]),
    "a run of one byte": lambda run, manifest: run.write_bytes(b"M"),
    "an empty run": lambda run, manifest: run.write_bytes(b""),
    "a run gone": lambda run, manifest: run.unlink(),
    "the manifest": lambda run, manifest: manifest.write_bytes(b"\xff{"),
    "a manifest of another kind": lambda run, manifest: manifest.write_text("[]"),
    "an empty manifest": lambda run, manifest: manifest.write_text("{}"),
    "no manifest": lambda run, manifest: manifest.unlink(),
}


@pytest.mark.parametrize("part", DAMAGE)
def test_a_damaged_index_is_made_anew_from_the_store(folder, small, part):
    store = Store(30)
    with BandIndex(folder, STORE) as index:
        index.catch_up(store)
    DAMAGE[part](min(folder.glob("run-*.bin")), folder / "manifest.json")
    with BandIndex(folder, STORE) as index:
        assert index.last == 0
        assert not list(folder.glob("run-*.bin"))
        index.catch_up(store)
        assert index.look_up(store.held) == [by_definition(store.held, one) for one in store.held]
    with BandIndex(folder, STORE) as index:
        assert index.last == 30


def test_what_cannot_be_written_is_kept_and_written_later(folder, small):
    stock = chance(1, 12)
    obstacle = folder / "manifest.new"
    with BandIndex(folder, STORE) as index:
        obstacle.mkdir()
        with pytest.raises(Transient, match="查重索引无法写入"):
            index.add(stock)
        assert index.last == 12
        assert [found[0] for found in index.look_up(stock)] == list(range(1, 13))
        obstacle.rmdir()
        index.add([])
    with BandIndex(folder, STORE) as index:
        assert index.last == 12


def test_a_merge_that_cannot_be_finished_is_done_again(folder, small):
    store = Store(40, values=2**32)
    with BandIndex(folder, STORE) as index:
        for at in range(0, 40, 4):
            index.add(store.held[at : at + 4])
        obstacle = folder / "manifest.new"
        obstacle.mkdir()
        with pytest.raises(Transient):
            rested(index)
        assert [found[0] for found in index.look_up(store.held)] == list(range(1, 41))
        obstacle.rmdir()
        rested(index)
        assert [found[0] for found in index.look_up(store.held)] == list(range(1, 41))
    assert len(list(folder.glob("run-*.bin"))) < runs.FANOUT


def test_closing_in_the_middle_of_a_merge_loses_nothing(folder, small):
    store = Store(64)
    with BandIndex(folder, STORE) as index:
        for at in range(0, 64, 4):
            index.add(store.held[at : at + 4])
        assert index.merge_step()
    index.close()
    with BandIndex(folder, STORE) as index:
        assert index.last == 64
        assert rested(index).look_up(store.held) == [by_definition(store.held, one) for one in store.held]


def test_an_item_costs_at_most_350_bytes_and_a_merge_step_bounded_work(folder):
    with BandIndex(folder, STORE) as index:
        for seed in range(8):
            index.add(chance(seed, bands.SPILL, first=1 + seed * bands.SPILL))
        assert index.merge_step()
        steps = 1
        while index.merge_step():
            steps += 1
        assert steps >= 8 * bands.SPILL * BANDS // bands.SLICE
        size = sum(path.stat().st_size for path in folder.glob("run-*.bin"))
        assert size / len(index) <= 350


# ---------------------------------------------------------------- many workers on one home

WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from pipeline import bands
bands.SPILL, bands.SLICE = 4, 64
from tests.pipeline.test_bands import Store
index = bands.claim(Path(sys.argv[1]), "store-1")
store = Store(40)
for at in range(0, 40, 4):
    index.add(store.held[at : at + 4])
if sys.argv[2] == "merging":
    index.merge_step()
print(index._folder.name, flush=True)
sys.stdin.read()
"""


class Worker:
    """A worker process that holds its index until it is killed."""

    def __init__(self, cache: Path, act: str = "holding") -> None:
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(cache), act, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def folder(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        psutil.Process(self.process.pid).kill()
        self.process.communicate()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[list[Worker]]:
    made: list[Worker] = []
    yield made
    for worker in made:
        if worker.process.poll() is None:
            worker.kill()


def test_concurrent_workers_have_a_folder_each_and_the_same_answers(tmp_path, workers):
    workers += [Worker(tmp_path) for _ in range(3)]
    assert sorted(worker.folder() for worker in workers) == ["bands-0", "bands-1", "bands-2"]
    with claim(tmp_path, STORE) as index:
        assert (tmp_path / "bands-3").is_dir()
        assert index.last == 0
    with pytest.raises(Taken, match="查重索引正由另一个处理进程使用"):
        BandIndex(tmp_path / "bands-1", STORE)


@pytest.mark.parametrize("act", ["holding", "merging"])
def test_a_killed_workers_folder_is_taken_over_and_usable(tmp_path, workers, act):
    workers.append(Worker(tmp_path, act))
    assert workers[0].folder() == "bands-0"
    workers[0].kill()
    store = Store(40)
    with claim(tmp_path, STORE) as index:
        assert (tmp_path / "bands-1").exists() is False
        assert index.last == 40
        index.catch_up(store)
        assert rested(index).look_up(store.held) == [by_definition(store.held, one) for one in store.held]


def test_two_indexes_of_one_process_have_a_folder_each(tmp_path):
    with claim(tmp_path, STORE), claim(tmp_path, STORE):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bands-0", "bands-1"]
    with claim(tmp_path, STORE) as index:
        index.add(chance(1, 3))
    with BandIndex(tmp_path / "bands-0", STORE) as index:
        assert index.last == 3


def test_a_folder_whose_lock_is_spoilt_is_passed_over(tmp_path):
    (tmp_path / "bands-0").mkdir()
    (tmp_path / "bands-0" / "lock").write_bytes(b"not a lock" * 100)
    with claim(tmp_path, STORE):
        assert (tmp_path / "bands-1" / "lock").exists()


def test_a_cache_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(Transient, match="查重索引无法写入"):
        claim(tmp_path / "cache", STORE)
    (tmp_path / "bands-0" / "lock").mkdir(parents=True)
    with pytest.raises(Transient, match="查重索引无法写入"):
        claim(tmp_path, STORE)
