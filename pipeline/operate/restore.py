"""restore: a backup takes the place of what is there, which is kept aside.

    1  verify hashes            4  old parts aside to HOME/replaced-<time>, new ones in their place
    2  refuse while in use      5  search built anew from the store, into a new generation
    3  stage the copies: store's id renewed, series held until confirmed (rule 17)

Until the end a file `restore.unfinished` lies in the home; the same command does it again from the start.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.clock import shown, stored
from pipeline.errors import Broken, NotAllowed, Transient
from pipeline.operate import copies
from pipeline.operate.backup import MANIFEST, Last, Manifest, find_backup, note_backup, read_manifest, verify
from pipeline.operate.parts import Parts
from pipeline.ports.desk import Desk
from pipeline.project import Projector
from pipeline.settings import Address, Settings

UNFINISHED = "restore.unfinished"
UP_LOCK = "up.lock"  # an SQLite file whose lock `minyi up` holds, its children being idle or not
Open = Callable[[Settings], AbstractContextManager[Parts]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `since` (stored time) to `until` is the span that may be missing; `aside` is where the
    replaced parts lie."""

    folder: str
    since: str
    until: str
    items: int
    aside: str
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Move:
    """One part: `new` takes the place of `old`, whose neighbours go with it."""

    new: Path
    old: Path


def restore(settings: Settings, given: Path, opened: Open) -> Restored:
    """Restore the backup at `given` (or the newest in it). Raises NotAllowed while something runs on the home,
    Broken for a torn backup, Transient for a full disk; until step 4 nothing is changed."""
    folder = find_backup(given)
    manifest = read_manifest(folder)
    verify(folder, manifest)
    store, bus, files = _paths(settings)
    held_open = [store, bus, settings.home / UP_LOCK]
    _refuse_running(held_open)
    settings.home.mkdir(parents=True, exist_ok=True)
    staging = settings.home / "restoring"
    moves = _staged(folder, manifest, staging, (store, bus, files, settings.rules_dir))
    now, held = _prepare_store(settings, staging, opened, Last(manifest.at, str(folder.absolute())))
    marker = settings.home / UNFINISHED
    again = marker.exists()
    copies.write_synced(marker, str(folder).encode())
    try:
        _refuse_running(held_open)  # who opens the home from here on meets the marker
    except NotAllowed:
        if not again:
            marker.unlink()
        raise
    aside = _aside(settings.home, shown(now, settings.zone))
    for move in moves:
        _swap(move, aside)
    shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(settings.cache_dir, ignore_errors=True)
    items = _reindex(settings, opened)
    marker.unlink()
    return Restored(str(folder), manifest.at, now, items, str(aside), held)


def refuse_unfinished(home: Path) -> None:
    """Raises Broken when a restore of this home was broken off."""
    marker = home / UNFINISHED
    if marker.exists():
        folder = marker.read_text(encoding="utf-8")
        raise Broken("上次恢复没有做完", where=str(home), fix=f"请再执行一次：minyi restore {folder}")


def _paths(settings: Settings) -> tuple[Path, Path, Path]:
    paths = [address.path for address in (settings.store, settings.bus, settings.files)]
    if None in paths:
        raise NotAllowed(
            "库、总线或文件在服务器上，不能由本命令恢复", fix="请用服务器自己的办法恢复，再运行 minyi reindex"
        )
    store, bus, files = (path for path in paths if path is not None)
    return store, bus, files


def _refuse_running(databases: Sequence[Path]) -> None:
    for path in databases:
        if copies.in_use(path):
            raise NotAllowed(
                "还有程序在使用这份数据，不能恢复",
                where=str(path),
                fix="请先停止 minyi up、minyi run 和其他正在运行的 minyi 命令；没有改动任何数据",
            )


def _staged(folder: Path, manifest: Manifest, staging: Path, places: tuple[Path, Path, Path, Path]) -> list[_Move]:
    """Copies of the backup beside the home's parts; the bus first and the store last: it names the others."""
    store, bus, files, rules = places
    shutil.rmtree(staging, ignore_errors=True)
    try:
        shutil.copytree(folder, staging, ignore=shutil.ignore_patterns(MANIFEST))
    except (OSError, shutil.Error) as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise Transient(
            "恢复没有做成：备份抄不过来", where=str(staging), fix="请核对磁盘空间；原数据没有改动"
        ) from error
    (staging / "files").mkdir(exist_ok=True)
    moves = [_Move(staging / "files", files), _Move(staging / "bus.db", bus), _Move(staging / "store.db", store)]
    if manifest.rules:
        moves.insert(0, _Move(staging / "rules", rules))
    return moves


def _prepare_store(settings: Settings, staging: Path, opened: Open, last: Last) -> tuple[str, tuple[str, ...]]:
    """On the staged copy: another id, so that no cache made for the old one is believed; no series issues."""
    staged = replace(
        settings, store=_at(settings.store, staging / "store.db"), bus=_at(settings.bus, staging / "bus.db")
    )
    with opened(staged) as parts:
        now = stored(parts.clock())
        why = f"{shown(now, settings.zone)} 恢复了 {shown(last.at, settings.zone)} 的备份，其间印发的期号库中没有"
        with parts.store.writing() as session:
            session.registry.renew_id()
            desk: Desk = session.desk
            desk.hold(why, now)
        note_backup(parts.store, last)
        series = tuple(parts.rules.series)
        parts.store.tidy()
    return now, series


def _at(address: Address, path: Path) -> Address:
    return replace(address, url=f"sqlite:///{path.as_posix()}", path=path)


def _aside(home: Path, now: str) -> Path:
    name = "replaced-" + "".join(char for char in now[:19] if char.isdigit())
    aside = next(path for number in range(1, 1000) if not (path := home / f"{name}-{number}").exists())
    aside.mkdir()
    return aside


def _swap(move: _Move, aside: Path) -> None:
    """The old part and its neighbours aside, the new one in its place."""
    for path in copies.with_neighbours(move.old):
        shutil.move(path, aside / path.name)
    move.old.parent.mkdir(parents=True, exist_ok=True)
    for path in copies.with_neighbours(move.new):
        shutil.move(path, move.old.with_name(move.old.name + path.name.removeprefix(move.new.name)))
    copies.sync_folder(move.old.parent)


def _reindex(settings: Settings, opened: Open) -> int:
    with opened(settings) as parts:
        return Projector(parts.store, parts.search, settings.zone, parts.clock).begin().reindex()
