from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from flows.up import alone
from pipeline.clock import stored
from pipeline.errors import Broken, NotAllowed, Transient, UsageError
from pipeline.operate import copies
from pipeline.operate.backup import MANIFEST, backup, find_backup, last_backup, prune_backups, read_manifest, verify
from pipeline.operate.restore import refuse_unfinished, restore
from pipeline.ports.desk import FileRow
from pipeline.wiring import open_system
from pipeline.workers import runner_of
from tests.arriving import TEXT, put, submitted


def opened_with(clock):
    return lambda settings: open_system(settings, clock=clock)


def work(system) -> None:
    with runner_of(system) as runner:
        assert runner.once(60)


def ids(system) -> list[str]:
    with system.store.reading() as session:
        return session.items.live_ids()


def test_a_backup_is_whole_and_says_what_it_holds(system, tmp_path, clock) -> None:
    put(system, submitted(system, "1", TEXT * 2))
    work(system)
    name = system.files.put("附件".encode())
    done = backup(system, tmp_path / "备份")
    folder = Path(done.folder)
    manifest = read_manifest(folder)
    verify(folder, manifest)
    assert (manifest.items, manifest.files) == (1, 1)
    assert set(manifest.databases) == {"store.db", "bus.db"}
    assert (folder / "files" / name[:2] / name).read_bytes() == "附件".encode()
    with system.store.reading() as session:
        assert last_backup(session).folder == done.folder
    assert [path.name for path in (tmp_path / "备份").iterdir()] == [folder.name]


def test_two_backups_in_one_second_are_two(system, tmp_path) -> None:
    first, second = (backup(system, tmp_path).folder for _ in range(2))
    assert first != second
    assert find_backup(tmp_path) == Path(max(first, second))


def test_a_backup_made_while_others_write_is_consistent(system, settings, tmp_path, clock) -> None:
    over = threading.Event()

    def write() -> None:
        with open_system(settings, clock=clock) as mine:
            number = 0
            while not over.is_set():
                number += 1
                put(mine, submitted(mine, str(number), TEXT.format(number)))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        put(system, submitted(system, "早", TEXT))
        work(system)
        folder = Path(backup(system, tmp_path / "备份").folder)
    finally:
        over.set()
        thread.join()
    system.close()
    done = restore(settings, folder, opened_with(clock))
    with open_system(settings, clock=clock) as again:
        work(again)
        found = ids(again)
        from pipeline.operate.doctor import examine

        assert [one for one in examine(again) if not one.ok and one.part not in {"series", "backup", "restore"}] == []
    assert len(found) >= max(done.items, 1)


def test_a_full_disk_leaves_no_backup_that_looks_whole(system, tmp_path, monkeypatch) -> None:
    put(system, submitted(system, "1", TEXT))
    system.files.put(b"x")

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    # A disk of a few kB needs root: the write that meets it is made to fail instead.
    monkeypatch.setattr(copies, "write_synced", full)
    with pytest.raises(Transient, match="备份没有做成"):
        backup(system, tmp_path / "备份")
    assert list((tmp_path / "备份").iterdir()) == []
    with system.store.reading() as session:
        assert last_backup(session) is None


def test_a_damaged_content_is_named_and_the_rest_is_kept(system, tmp_path) -> None:
    good, bad = system.files.put(b"good"), system.files.put(b"bad")
    path = next(one for one in system.settings.files.path.rglob(bad) if one.is_file())
    path.chmod(0o644)
    path.write_bytes(b"torn")
    found = backup(system, tmp_path).manifest
    assert found.damaged == (bad,)
    assert found.files == 1
    assert good != bad


def test_a_paper_that_is_not_there_is_named(system, tmp_path) -> None:
    row = FileRow("b-1", "docx", "e" * 64, "第一期.docx", 5, "2026-11-20T01:00:00.000Z")
    with system.store.writing() as session:
        session.desk.add_files([row])
    assert backup(system, tmp_path).manifest.damaged == (row.content,)


def test_home_and_backups_are_their_owners_alone(system, tmp_path) -> None:
    whole = Path(backup(system, tmp_path / "备份").folder)
    if os.name != "nt":
        assert [path.stat().st_mode & 0o077 for path in (whole, system.settings.home)] == [0, 0]


def test_a_torn_backup_is_refused_and_nothing_changes(system, settings, tmp_path, clock) -> None:
    put(system, submitted(system, "1", TEXT))
    work(system)
    folder = Path(backup(system, tmp_path).folder)
    with (folder / "store.db").open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"torn")
    system.close()
    with pytest.raises(Broken, match="不完整"):
        restore(settings, folder, opened_with(clock))
    with open_system(settings, clock=clock) as again:
        assert len(ids(again)) == 1
    assert not list(settings.home.glob("replaced-*"))


def test_a_backup_of_a_newer_program_is_refused(system, tmp_path) -> None:
    folder = Path(backup(system, tmp_path).folder)
    text = (folder / MANIFEST).read_text("utf-8").replace('"format": 1', '"format": 2')
    (folder / MANIFEST).write_text(text, "utf-8")
    with pytest.raises(Broken, match="请先升级"):
        read_manifest(folder)


def test_an_unfinished_backup_is_none(system, tmp_path) -> None:
    (tmp_path / ".minyi-20261123-090000.part").mkdir()
    with pytest.raises(UsageError, match="没有完整的备份"):
        find_backup(tmp_path)


def test_rule_17_restore_renews_the_stores_id_holds_the_numbers_and_reindexes_into_a_new_generation(
    system, settings, tmp_path, clock
) -> None:
    put(system, submitted(system, "1", TEXT * 2))
    work(system)
    with system.store.reading() as session:
        before = session.registry.store_id(), session.registry.generations().live
    folder = Path(backup(system, tmp_path).folder)
    put(system, submitted(system, "2", TEXT.format(2) * 2))
    work(system)
    assert len(ids(system)) == 2
    clock.forward(hours=5)
    system.close()
    done = restore(settings, folder, opened_with(clock))
    assert done.items == 1
    assert (done.since, done.until) < (done.until, "9")
    with open_system(settings, clock=clock) as again, again.store.reading() as session:
        assert session.registry.store_id() != before[0]
        generation = session.registry.generations()
        assert generation.live != before[1]
        assert generation.names == (generation.live,)
        assert again.search.count(generation.live) == 1
        assert session.desk.held("社情民意信息")
    assert (Path(done.aside) / "store.db").exists()
    assert not (settings.home / "restore.unfinished").exists()
    assert not (settings.home / "restoring").exists()


def test_messages_that_the_backup_had_not_read_are_read_after_the_restore(system, settings, tmp_path, clock) -> None:
    put(system, submitted(system, "1", TEXT * 2))
    folder = Path(backup(system, tmp_path).folder)
    work(system)
    system.close()
    restore(settings, folder, opened_with(clock))
    with open_system(settings, clock=clock) as again:
        assert ids(again) == []
        work(again)
        assert len(ids(again)) == 1


def test_old_backups_go_and_the_newest_stays(system, tmp_path, clock) -> None:
    names = []
    for _ in range(3):
        names.append(Path(backup(system, tmp_path).folder).name)
        clock.forward(days=20)
    assert prune_backups(tmp_path, stored(clock())) == names[:2]
    assert [path.name for path in tmp_path.glob("minyi-*")] == names[2:]


def test_a_restore_is_refused_while_minyi_up_holds_the_home(system, settings, tmp_path, clock) -> None:
    folder = Path(backup(system, tmp_path).folder)
    system.close()
    with alone(settings.home), pytest.raises(NotAllowed, match="还有程序在使用"):
        restore(settings, folder, opened_with(clock))
    assert restore(settings, folder, opened_with(clock)).items == 0


@pytest.mark.parametrize("moves", range(5))
def test_a_restore_that_was_broken_off_is_done_by_doing_it_again(
    system, settings, tmp_path, clock, monkeypatch, moves
) -> None:
    put(system, submitted(system, "1", TEXT * 2))
    work(system)
    folder = Path(backup(system, tmp_path).folder)
    system.close()
    done = []

    def breaks(source: Path, target: Path) -> None:
        if len(done) == moves:
            raise KeyboardInterrupt
        done.append(source)
        Path(source).rename(target)

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "move", breaks)
        with pytest.raises(KeyboardInterrupt):
            restore(settings, folder, opened_with(clock))
    with pytest.raises(Broken, match="上次恢复没有做完"):
        refuse_unfinished(settings.home)
    assert restore(settings, folder, opened_with(clock)).items == 1
    refuse_unfinished(settings.home)
    with open_system(settings, clock=clock) as again:
        assert len(ids(again)) == 1
