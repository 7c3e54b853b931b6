"""OFFICE 22: a restore of an older backup brings no purged words back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.adapters.files_fsspec import FsspecFiles
from pipeline.identity import item_id
from pipeline.office import drafting, removal, shows
from pipeline.office.context import office_of
from pipeline.office.items import move
from pipeline.operate.backup import backup
from pipeline.operate.doctor import examine
from pipeline.operate.restore import refuse_unfinished, restore
from pipeline.wiring import System, open_system
from tests.arriving import TEXT, crawled, page, put, submitted
from tests.pipeline.operate.test_backup import ids, opened_with, work

WORDS = "护栏".encode()
KEY = item_id("tests", "1")


def purge(system: System, key: str) -> None:
    removal.purge(office_of(system), system.bus, key, by="周禾", second="林川", opinion="误报他人隐私")


def kept_words(home: Path) -> list[str]:
    """Files of the home, but for what the restore set aside, that have the words."""
    files = [path for path in home.rglob("*") if path.is_file() and "replaced-" not in str(path)]
    return [path.name for path in files if WORDS in path.read_bytes()]


def test_what_was_purged_since_the_backup_is_purged_again(system, settings, tmp_path, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1)))
    put(system, submitted(system, "2", "城区公交末班车提前到晚上七点，医院夜班护士下班后无车可乘，建议恢复九点末班。"))
    work(system)
    folder = Path(backup(system, tmp_path / "备份").folder)
    purge(system, KEY)
    system.close()
    done = restore(settings, folder, opened_with(clock))
    assert (done.purged, done.purges_unknown, done.items) == ((KEY,), False, 1)
    assert kept_words(settings.home) == []
    with open_system(settings, clock=clock) as again:
        work(again)
        assert ids(again) == [item_id("tests", "2")]
        line = shows.history(office_of(again), "item", KEY)[-1]
        assert (line["act"], line["by"], line["details"]["second"]) == ("purge", "周禾", "林川")
        assert line["details"]["repeats"]
    assert kept_words(settings.home) == []


def test_a_purge_made_again_is_known_to_the_next_restore(system, settings, tmp_path, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1)))
    work(system)
    folder = Path(backup(system, tmp_path / "备份").folder)
    purge(system, KEY)
    system.close()
    for _ in range(2):
        assert restore(settings, folder, opened_with(clock)).purged == (KEY,)
        clock.forward(minutes=1)
    with open_system(settings, clock=clock) as again:
        later = Path(backup(again, tmp_path / "后").folder)
    assert restore(settings, later, opened_with(clock)).purged == ()
    assert kept_words(settings.home) == []


@pytest.mark.parametrize("kind", ["submission", "page"])
def test_a_message_that_the_backup_had_not_read_ends_as_purged(system, settings, tmp_path, clock, kind) -> None:
    url = "https://a.example/1.html"
    message = submitted(system, "1", TEXT.format(1)) if kind == "submission" else crawled(system, url, page("题", TEXT))
    key = item_id(message.source, message.origin)
    put(system, message)
    folder = Path(backup(system, tmp_path / "备份").folder)
    work(system)
    purge(system, key)
    system.close()
    assert restore(settings, folder, opened_with(clock)).purged == (key,)
    with open_system(settings, clock=clock) as again:
        work(again)
        assert ids(again) == []
        with again.store.reading() as session:
            assert [row.outcome.value for row in session.ledger.of_item(key)] == ["purged"]
        again.store.tidy()
        assert [one for one in examine(again) if not one.ok and one.part not in {"series", "backup", "restore"}] == []
    assert kept_words(settings.home) == []


def test_a_large_page_purged_since_the_backup_is_not_in_the_restored_files(system, settings, tmp_path, clock) -> None:
    message = crawled(system, "https://a.example/1.html", page("题", TEXT))
    name = system.files.put(message.body or b"")
    put(system, message.model_copy(update={"body": None, "body_file": name}))
    work(system)
    folder = Path(backup(system, tmp_path / "备份").folder)
    purge(system, item_id("site", message.origin))
    system.close()
    assert (folder / "files" / name[:2] / name).exists()
    restore(settings, folder, opened_with(clock))
    assert not FsspecFiles(settings.files).has(name)


def test_a_store_that_cannot_be_read_tells_no_purges_and_the_restore_says_so(system, settings, tmp_path, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1)))
    work(system)
    folder = Path(backup(system, tmp_path / "备份").folder)
    system.close()
    for path in settings.home.glob("store.db*"):
        path.unlink()
    (settings.home / "store.db").write_bytes("这不是数据库。".encode() * 500)
    done = restore(settings, folder, opened_with(clock))
    assert (done.items, done.purged, done.purges_unknown) == (1, (), True)


def test_a_draft_that_the_backup_had_loses_the_purged_item_and_is_named(system, settings, tmp_path, clock) -> None:
    put(system, submitted(system, "1", TEXT.format(1)))
    work(system)
    office = office_of(system)
    move(office, "accept", [KEY], by="陈编")
    draft = drafting.draft(office, [KEY], by="陈编").bulletin.id
    folder = Path(backup(system, tmp_path / "备份").folder)
    drafting_over(system, draft)
    purge(system, KEY)
    system.close()
    done = restore(settings, folder, opened_with(clock))
    assert done.purged == (KEY,)
    assert any(f"minyi bulletin stop {draft}" in one for one in done.warnings)
    assert kept_words(settings.home) == []
    with open_system(settings, clock=clock) as again:
        drafting_over(again, draft)


def drafting_over(system: System, draft: str) -> None:
    from pipeline.office.aftermath import stop

    assert stop(office_of(system), draft, by="陈编", opinion="不再编发").bulletin.state == "stopped"


@pytest.mark.parametrize("moves", range(5))
def test_a_restore_that_was_broken_off_still_knows_the_purges(
    system, settings, tmp_path, clock, monkeypatch, moves
) -> None:
    put(system, submitted(system, "1", TEXT.format(1)))
    work(system)
    folder = Path(backup(system, tmp_path / "备份").folder)
    purge(system, KEY)
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
    found = restore(settings, folder, opened_with(clock))
    assert (found.purged, found.purges_unknown) == ((KEY,), False)
    refuse_unfinished(settings.home)
    assert kept_words(settings.home) == []
