"""Folders in which a database cannot live, and doctor's other lines."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.adapters.store_sql import SqlStore, health
from pipeline.adapters.store_sql.folder import Mount, check_folder, mounts
from tests.contract.store.rows import NOW

LOCAL = Mount("/", "ext4", "rw")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "CIFS"])
def test_a_network_share_is_refused(tmp_path: Path, kind: str) -> None:
    found = check_folder(tmp_path / "home", [LOCAL, Mount(str(tmp_path), kind)])
    assert not found.ok
    assert "网络共享盘" in found.what
    assert "MINYI_HOME" in (found.fix or "")


def test_a_network_drive_of_windows_is_refused(tmp_path: Path) -> None:
    assert not check_folder(tmp_path, [Mount(str(tmp_path), "NTFS", "rw,remote")]).ok


def test_the_deepest_mount_decides_and_the_last_of_one_point(tmp_path: Path) -> None:
    share, disk = Mount(str(tmp_path), "nfs"), Mount(str(tmp_path / "disk"), "xfs")
    assert check_folder(tmp_path / "disk" / "home", [disk, share, LOCAL]).ok
    assert not check_folder(tmp_path / "other", [disk, share, LOCAL]).ok
    assert check_folder(tmp_path / "other", [share, Mount(str(tmp_path), "ext4")]).ok


@pytest.mark.parametrize(
    ("folder", "program"),
    [
        ("OneDrive", "OneDrive"),
        ("OneDrive - 岚禾县政协", "OneDrive"),
        ("Dropbox", "Dropbox"),
        ("我的坚果云", "坚果云"),
        ("Nutstore", "坚果云"),
        ("WPS云盘", "WPS 云盘"),
        ("BaiduSyncdisk", "百度网盘"),
    ],
)
def test_a_sync_folder_is_refused_by_name(tmp_path: Path, folder: str, program: str) -> None:
    found = check_folder(tmp_path / folder / "民意", [LOCAL])
    assert not found.ok
    assert program in found.what


def test_a_common_folder_is_well(tmp_path: Path) -> None:
    assert check_folder(tmp_path / "岚禾县政协" / "onedrives", [LOCAL]).ok
    assert check_folder(tmp_path, []).ok


def test_what_is_mounted_here_is_listed() -> None:
    assert all(mount.point for mount in mounts())


def test_doctor_finds_a_new_store_well(tmp_path: Path) -> None:
    with closing(SqlStore.sqlite(tmp_path / "store.db", clock=NOW)) as store:
        lines = store.check()
    assert {line.part for line in lines} == {"store"}
    assert [line.what for line in lines if not line.ok and "磁盘只剩" not in line.what] == []


def test_doctor_names_what_is_not_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "OneDrive" / "store.db"
    with closing(SqlStore.sqlite(path, clock=NOW)) as store:
        monkeypatch.setattr(health, "WAL_LIMIT", -1)
        monkeypatch.setattr(health, "FREE_LIMIT", 1 << 62)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        bad = [line for line in store.check() if not line.ok]
    assert [line.what[:5] for line in bad] == ["数据文件夹", "数据库版本", "写前日志已", "磁盘只剩 "]
    assert all(line.fix for line in bad)
