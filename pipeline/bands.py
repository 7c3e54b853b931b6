"""bands: the near-duplicate index of one worker, in a folder of its own under MINYI_HOME/cache.

A cache and nothing more: the store's signatures are the truth, `catch_up` tails them by seq, and whatever
is missing, damaged or of another store is made anew from them. Candidates it gives are verified on texts.

    lock           held open by the living worker (an SQLite lock: the system frees it when a process dies)
    manifest.json  format, signature version, store id, newest seq, the runs in order; replaced atomically
    run-<n>.bin    header, radix table, keys; never changed once the manifest names it

The newest signatures are in memory and are written when there are SPILL of them; a worker that dies tails
at most those again. Nothing is fsynced: each run carries checksums, and a torn one means making it anew.
Runs are merged by eights, a slice of bounded work in each `merge_step`, which the loop calls between two
batches: a thread would need a lock around every look-up and compete for the same core anyway.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import numpy as np

from pipeline.errors import Transient
from pipeline.records.items import Signature
from pipeline.run_files import RunFile, write_run
from pipeline.runs import Run, due, keys_of, look_up, merged, run_of, unpacked
from pipeline.steps.dedup import BANDS, SIGNATURE_VERSION

FORMAT = 1
SPILL = 8192  # signatures kept in memory: 2.3 MB
SLICE = 1 << 18  # keys merged in one step: 2 MB
PAGE = 10_000  # signatures read from the store at once
WORKERS = 256  # folders tried before giving up

Fetch = Callable[[int, int], Sequence[Signature]]  # (after, limit) -> signatures by seq

_log = logging.getLogger(__name__)


class Taken(Transient):
    """Another living worker holds this folder."""


def claim(cache: Path, store_id: str) -> BandIndex:
    """The index of the first folder `bands-<n>` that no living worker holds; a dead one's is taken over."""
    for number in range(WORKERS):
        with suppress(Taken):
            return BandIndex(cache / f"bands-{number}", store_id)
    raise Transient("查重索引的工作目录都被占用", where=str(cache), fix="请减少同时运行的处理进程")


def among(signatures: Sequence[Signature], others: Sequence[Signature]) -> list[list[str]]:
    """For each signature the items of `others` that may be its twins: those of its own batch, or those
    newer than the index. Its own item is never among them."""
    bands, usable = unpacked(others)
    wanted, good = unpacked(signatures)
    run = run_of(keys_of(bands[usable], np.flatnonzero(usable)))
    answers: list[list[str]] = [[] for _ in signatures]
    for place, found in zip(np.flatnonzero(good).tolist(), look_up([run], wanted[good]), strict=True):
        items = dict.fromkeys(others[at].item for at in found)
        answers[place] = [item for item in items if item != signatures[place].item]
    return answers


class BandIndex:
    """Bands to seqs. Used by one thread; closing is harmless twice. Raises Taken where another worker
    holds the folder, Transient where it cannot be written."""

    def __init__(self, folder: Path, store_id: str) -> None:
        self._folder = folder
        self._identity = [FORMAT, SIGNATURE_VERSION, BANDS, store_id]
        self._lock: sqlite3.Connection | None = _locked(folder)
        self._files: list[RunFile] = []
        self._tail: list[Run] = []
        self._merging: Generator[None] | None = None
        self._written = 0  # newest seq in files
        try:
            self._load()
        except OSError as error:
            self._lock.close()
            raise _unwritable(folder) from error
        self.last = self._written

    def __len__(self) -> int:
        """Signatures held, those included that the store has replaced since."""
        return sum(len(run.keys) for run in self._runs()) // BANDS

    def add(self, signatures: Sequence[Signature]) -> None:
        """Take signatures in; those up to `last` are known and passed over."""
        new = [one for one in signatures if one.seq > self.last]
        if new:
            bands, usable = unpacked(new)
            if usable.any():
                self._tail.append(run_of(keys_of(bands[usable], np.array([one.seq for one in new])[usable])))
                self._settle()
            self.last = max(one.seq for one in new)
        if sum(len(run.keys) for run in self._tail) >= SPILL * BANDS:
            self._spill()

    def follow(self, signatures: Sequence[Signature]) -> None:
        """Take in what its worker has just signed, where nobody signed between; else `catch_up` will find it."""
        if signatures and signatures[0].seq == self.last + 1:
            self.add(signatures)

    def catch_up(self, fetch: Fetch) -> None:
        """Take in what the store has beyond `last`. A long way (a rebuild) is merged as it goes."""
        while page := fetch(self.last, PAGE):
            self.add(page)
            if len(page) < PAGE:
                return
            while self.merge_step():
                pass

    def look_up(self, signatures: Sequence[Signature]) -> list[list[int]]:
        """Candidate seqs for each: most shared bands first, bounded (see `runs.look_up`). A seq may be the
        signature's own, or one that the store has replaced since."""
        bands, usable = unpacked(signatures)
        found = iter(look_up(self._runs(), bands[usable]))
        return [next(found) if good else [] for good in usable.tolist()]

    def merge_step(self) -> bool:
        """Do at most about SLICE keys of merging, 4 ms; whether there may be more to do."""
        if self._merging is None:
            start = due([len(one.run.keys) for one in self._files])
            if start is None:
                return False
            self._merging = self._merge(start)
        try:
            next(self._merging)
        except StopIteration:
            self._merging = None
        except OSError as error:
            self._merging = None
            raise _unwritable(self._folder) from error
        return True

    def close(self) -> None:
        """Write the tail, release files and lock. What cannot be written is tailed again next time."""
        if self._lock is None:
            return
        if self._merging is not None:
            self._merging.close()
        try:
            if self._tail:
                self._spill()
        except Transient:
            _log.warning("band index: the newest signatures could not be written")
        finally:
            self._forget()
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---------------------------------------------------------------- runs, from old to new

    def _runs(self) -> list[Run]:
        return [*(one.run for one in self._files), *self._tail]

    def _settle(self) -> None:
        while (start := due([len(run.keys) for run in self._tail])) is not None:
            self._tail[start:] = [run_of(merged([run.keys for run in self._tail[start:]]))]

    def _spill(self) -> None:
        """The tail becomes a file."""
        keys = merged([run.keys for run in self._tail])
        path = self._new_path()
        try:
            for _ in write_run(path, [keys], len(keys)):
                pass
            self._name([*self._files, RunFile(path, fresh=True)], self.last)
        except OSError as error:
            raise _unwritable(self._folder) from error
        self._tail = []

    def _merge(self, start: int) -> Generator[None]:
        """Files from `start` on become one, a slice of the hashes between two yields."""
        group = self._files[start:]
        path = self._new_path()
        yield from write_run(path, [one.run.keys for one in group], SLICE)
        stop = start + len(group)  # what was spilled meanwhile stands behind the group
        self._name([*self._files[:start], RunFile(path, fresh=True), *self._files[stop:]], self._written)
        for one in group:
            one.remove()

    # ---------------------------------------------------------------- the folder

    def _new_path(self) -> Path:
        taken = [int(path.stem.partition("-")[2]) for path in self._folder.glob("run-*.bin")]
        return self._folder / f"run-{max(taken, default=0) + 1:06}.bin"

    def _name(self, files: list[RunFile], last: int) -> None:
        """Put these files into force: in the manifest first, then here."""
        manifest = {"of": self._identity, "last": last, "runs": [one.path.name for one in files]}
        fresh = self._folder / "manifest.new"
        fresh.write_text(json.dumps(manifest), encoding="utf-8")
        fresh.replace(self._folder / "manifest.json")
        self._files, self._written = files, last

    def _load(self) -> None:
        """Take over what the folder holds, or begin from empty; remove what no manifest names."""
        manifest = self._folder / "manifest.json"
        try:
            if manifest.exists():
                self._open(json.loads(manifest.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("band index made anew: %s", error)
            self._forget()
            manifest.unlink()
        named = {one.path for one in self._files}
        for path in set(self._folder.glob("run-*.bin")) - named:
            with suppress(OSError):  # Windows, a scanner holds it: the next worker removes it
                path.unlink()

    def _open(self, manifest: dict[str, list[str]]) -> None:
        if manifest["of"] != self._identity:
            raise ValueError("it is of another store or version")
        for name in manifest["runs"]:
            self._files.append(RunFile(self._folder / name))
        self._written = int(str(manifest["last"]))

    def _forget(self) -> None:
        for one in self._files:
            one.close()
        self._files, self._tail, self._written = [], [], 0


def _locked(folder: Path) -> sqlite3.Connection:
    """The folder's lock, taken. SQLite's is the lock of all platforms that needs no cleaning up; the file
    stays empty."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(folder / "lock", timeout=0, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as error:
        raise _unwritable(folder) from error
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        lock.close()
        if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOTADB):
            raise _unwritable(folder) from error
        raise Taken("查重索引正由另一个处理进程使用", where=str(folder)) from error
    return lock


def _unwritable(folder: Path) -> Transient:
    return Transient("查重索引无法写入", where=str(folder), fix="请检查磁盘空间和写入权限；清理后再试")
