"""Operations with files in a bucket: backup, restore, purge, and a chain whose bucket is away for a while.

Large pages and texts lie in files; their messages name them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters import files_s3
from pipeline.errors import Transient
from pipeline.identity import item_id
from pipeline.intake.imports import Content, Options, import_files
from pipeline.office import removal
from pipeline.office.context import office_of
from pipeline.operate.backup import backup, read_manifest
from pipeline.operate.restore import refuse_unfinished, restore
from pipeline.process.erasing import erase
from pipeline.settings import Settings, load
from pipeline.wiring import System, open_system
from pipeline.workers import runner_of
from tests.arriving import TEXT, crawled, page, put
from tests.pipeline.operate.test_backup import ids, opened_with, work
from tests.services import s3

pytestmark = s3.TOGETHER
URL = "https://a.example/1.html"
KEY = item_id("site", URL)


@pytest.fixture
def settings(tmp_path: Path, s3_server: s3.Server) -> Settings:
    """The embedded parts, with their files in a bucket of the test's own."""
    bucket = f"t{uuid.uuid4().hex}"
    s3_server.create(bucket)
    return load({"MINYI_HOME": str(tmp_path / "home"), "MINYI_FILES": s3_server.setting(tmp_path, bucket)})


@pytest.fixture
def away(s3_server: s3.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[s3.Server]:
    """The server frozen, and bounds that are not waited for long."""
    monkeypatch.setattr(files_s3, "READ_SECONDS", 0.5)
    monkeypatch.setattr(files_s3, "SECONDS", 4.0)
    s3.freeze(s3_server)
    yield s3_server
    s3.thaw(s3_server)


def put_large(system: System, url: str, text: str) -> str:
    """A page whose bytes lie in files, as the crawler publishes it; their name."""
    message = crawled(system, url, page("柳湾村护栏", text))
    name = system.files.put(message.body or b"")
    put(system, message.model_copy(update={"body": None, "body_file": name}))
    return name


def test_a_restore_puts_back_what_the_bucket_lost_and_leaves_what_it_has(settings, tmp_path, clock) -> None:
    with open_system(settings, clock=clock) as system:
        name = put_large(system, URL, TEXT.format(1))
        work(system)
        folder = Path(backup(system, tmp_path / "备份").folder)
        later = system.files.put(b"later")
        system.files.remove(name)
    assert read_manifest(folder).files == 1
    assert (folder / "files" / name[:2] / name).is_file()
    assert restore(settings, folder, opened_with(clock)).items == 1
    with open_system(settings, clock=clock) as again:
        assert set(again.files.names()) == {name, later}
        assert again.files.get(name)
        assert ids(again) == [KEY]
    assert not (settings.home / "files").exists()


def test_a_restore_puts_back_nothing_that_was_purged_since(settings, tmp_path, clock) -> None:
    with open_system(settings, clock=clock) as system:
        name = put_large(system, URL, TEXT.format(1))
        work(system)
        folder = Path(backup(system, tmp_path / "备份").folder)
        removal.purge(office_of(system), system.bus, KEY, by="周禾", second="林川")
        assert not system.files.has(name)
    assert restore(settings, folder, opened_with(clock)).purged == (KEY,)
    with open_system(settings, clock=clock) as again:
        assert list(again.files.names()) == []


def test_a_restore_whose_bucket_is_away_changes_nothing(settings, tmp_path, clock, away) -> None:
    s3.thaw(away)
    with open_system(settings, clock=clock) as system:
        put_large(system, URL, TEXT.format(1))
        work(system)
        folder = Path(backup(system, tmp_path / "备份").folder)
    s3.freeze(away)
    with pytest.raises(Transient):
        restore(settings, folder, opened_with(clock))
    refuse_unfinished(settings.home)
    assert not list(settings.home.glob("replaced-*"))
    s3.thaw(away)
    assert restore(settings, folder, opened_with(clock)).items == 1


def test_a_backup_whose_bucket_is_away_leaves_none_that_looks_whole(settings, tmp_path, clock, away) -> None:
    with open_system(settings, clock=clock) as system, pytest.raises(Transient, match="备份没有做成"):
        backup(system, tmp_path / "备份")
    assert list((tmp_path / "备份").iterdir()) == []


def test_a_purge_whose_bucket_is_away_holds_no_lock_and_is_finished_by_doing_it_again(settings, clock, away) -> None:
    s3.thaw(away)
    with open_system(settings, clock=clock) as system:
        name = put_large(system, URL, TEXT.format(1))
        work(system)
        s3.freeze(away)
        with pytest.raises(Transient):
            removal.purge(office_of(system), system.bus, KEY, by="周禾", second="林川")
        s3.thaw(away)
        assert system.files.has(name)
        removal.purge(office_of(system), system.bus, KEY, by="周禾", second="林川")
        assert not system.files.has(name)


def test_a_worker_whose_bucket_is_away_repeats_the_batch_and_accuses_no_page(settings, clock, away) -> None:
    s3.thaw(away)
    with open_system(settings, clock=clock) as system:
        put_large(system, URL, TEXT.format(1))
        s3.freeze(away)
        with runner_of(system) as runner, pytest.raises(Transient):
            runner.once(60)
        s3.thaw(away)
        work(system)
        assert ids(system) == [KEY]
        assert erase(system.store, system.bus, system.files) == 0
        with system.store.reading() as session:
            assert session.quarantine.list(limit=10) == []


def test_nobody_has_a_receipt_for_a_text_that_the_bucket_does_not_have(settings, clock, away) -> None:
    row = json.dumps({"id": "1", "title": "加装电梯", "text": "加装电梯的意见。" * 40_000})
    given = [Content("来稿.jsonl", row.encode())]
    with open_system(settings, clock=clock) as system:

        def run():
            (report,) = import_files(
                system.store, system.files, given, Options(), clock=clock, receipts=system.receipts
            )
            return report

        stopped = run()
        assert (stopped.accepted, stopped.ok) == (0, False)
        assert "文件库" in (stopped.stopped or "")
        with system.store.reading() as session:
            assert session.arrivals.outbox()[0] == 0
        s3.thaw(away)
        assert run().accepted == 1
        work(system)
        assert len(ids(system)) == 1
