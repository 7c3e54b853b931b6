"""Files in a folder alone: what the disk may do to them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipeline.adapters.files_fsspec import PARTIAL, STALE_SECONDS, FsspecFiles
from pipeline.errors import Broken, Transient
from pipeline.settings import Address, load


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def files(root: Path) -> FsspecFiles:
    return FsspecFiles(Address(f"file://{root}", "file", root, {}))


def test_the_default_address_is_the_homes_folder(tmp_path: Path) -> None:
    name = FsspecFiles(load({"MINYI_HOME": str(tmp_path)}).files).put(b"x")
    assert (tmp_path / "files" / name[:2] / name).read_bytes() == b"x"


def test_a_content_that_changed_on_the_disk_is_broken_and_healed_by_putting_it_again(
    files: FsspecFiles, root: Path
) -> None:
    name = files.put(b"right")
    (root / name[:2] / name).write_bytes(b"wrong")
    with pytest.raises(Broken, match=name):
        files.get(name)
    assert files.put(b"right") == name
    assert files.get(name) == b"right"


def test_a_half_written_content_has_no_name(files: FsspecFiles, root: Path) -> None:
    files.put(b"whole")
    (root / PARTIAL / "0123").write_bytes(b"ha")
    assert len(list(files.names())) == 1


def test_what_a_killed_writer_left_is_swept_after_a_day(root: Path) -> None:
    left, fresh = root / PARTIAL / "left", root / PARTIAL / "fresh"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"ha")
    fresh.write_bytes(b"ha")
    old = time.time() - STALE_SECONDS - 60
    os.utime(left, (old, old))
    FsspecFiles(Address(f"file://{root}", "file", root, {})).put(b"x")
    assert not left.exists()
    assert fresh.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="这台机器没有 /dev/full，造不出写满的磁盘")
def test_a_full_disk_is_transient_with_a_sentence(
    files: FsspecFiles, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A real write to a device that is always full, in the place of the half-written file.
    (root / PARTIAL).mkdir(parents=True)
    monkeypatch.setattr("pipeline.adapters.files_fsspec._write_through", lambda _, content: _write_to_full(content))
    with pytest.raises(Transient, match="磁盘已满"):
        files.put(b"x" * 10)
    assert list(files.names()) == []


def _write_to_full(content: bytes) -> None:
    with Path("/dev/full").open("wb") as full:
        full.write(content)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file, no folder")
    files = FsspecFiles(Address("file:///x", "file", tmp_path / "files", {}))
    with pytest.raises((Transient, Broken)):
        files.put(b"x")
    (finding,) = files.check()
    assert not finding.ok


def test_a_package_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="ossfs"):
        FsspecFiles(load({"MINYI_HOME": str(tmp_path), "MINYI_FILES": "oss://bucket/x"}).files)
