"""restore: a backup takes the place of what is there, which is kept aside.

    1  verify hashes            4  old parts aside to HOME/replaced-<time>, new ones in their place
    2  refuse while in use      5  search built anew from the store, into a new generation
    3  stage the copies: store's id renewed, series held until confirmed (rule 17), purges made since made again

Until the end a file `restore.unfinished` lies in the home; the same command does it again from the start. It tells
the purges, too: broken off between old store and new, there is no other place that does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.clock import shown, stored
from pipeline.errors import Broken, MinyiError, NotAllowed, RuleError, Transient
from pipeline.operate import copies, purges
from pipeline.operate.backup import MANIFEST, Last, Manifest, find_backup, note_backup, read_manifest, verify
from pipeline.operate.moved import refuse_moved
from pipeline.operate.parts import Parts
from pipeline.operate.purges import PastPurge
from pipeline.ports.desk import Desk
from pipeline.project import Projector
from pipeline.rules.series import load_series
from pipeline.settings import Address, Settings

UNFINISHED = "restore.unfinished"
UP_LOCK = "up.lock"  # an SQLite file whose lock `minyi up` holds, its children being idle or not
Open = Callable[[Settings], AbstractContextManager[Parts]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `since` (stored time) to `until` is the span that may be missing; `aside` is where the
    replaced parts lie. `purged` are items that were purged again; `purges_unknown` when no store could tell them."""

    folder: str
    since: str
    until: str
    items: int
    aside: str
    held: tuple[str, ...]
    purged: tuple[str, ...] = ()
    purges_unknown: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Move:
    """One part: `new` takes the place of `old`, whose neighbours go with it."""

    new: Path
    old: Path


def restore(settings: Settings, given: Path, opened: Open) -> Restored:
    """Restore the backup at `given` (or the newest in it). Raises NotAllowed while something runs on the home,
    Broken for a torn backup, Transient for a full disk; until step 4 nothing is changed."""
    for address in (settings.store, settings.bus, settings.files):
        refuse_moved(address)
    folder = find_backup(given)
    manifest = read_manifest(folder)
    verify(folder, manifest)
    store, bus, files = _paths(settings)
    held_open = [store, bus, settings.home / UP_LOCK]
    _refuse_running(held_open)
    settings.home.mkdir(parents=True, exist_ok=True)
    staging = settings.home / "restoring"
    marker = settings.home / UNFINISHED
    again = marker.exists()
    past = _purges(settings, store, marker, opened)
    moves = _staged(folder, manifest, staging, (store, bus, files, settings.rules_dir))
    last = Last(manifest.at, str(folder.absolute()))
    done = _prepare_store(settings, staging, opened, last, past)
    _mark(marker, folder, past)
    try:
        _refuse_running(held_open)  # who opens the home from here on meets the marker
    except NotAllowed:
        if not again:
            marker.unlink()
        raise
    aside = _aside(settings.home, shown(done.until, settings.zone))
    for move in moves:
        _swap(move, aside)
    shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(settings.cache_dir, ignore_errors=True)
    items = _reindex(settings, opened)
    marker.unlink()
    return replace(done, items=items, aside=str(aside))


def refuse_unfinished(home: Path) -> None:
    """Raises Broken when a restore of this home was broken off."""
    marker = home / UNFINISHED
    if marker.exists():
        folder = marker.read_text(encoding="utf-8").partition("\n")[0]
        raise Broken("上次恢复没有做完", where=str(home), fix=f"请再执行一次：minyi restore {folder}")


def _purges(settings: Settings, store: Path, marker: Path, opened: Open) -> list[PastPurge] | None:
    """What the home knows as purged, and a restore of it that was broken off; None when nothing can tell."""
    kept = marker.read_text(encoding="utf-8").partition("\n")[2] if marker.exists() else ""
    found = purges.read(kept) if kept else None
    if not store.exists():
        return found
    try:
        with opened(settings) as parts:
            return [*(found or ()), *purges.made(parts.store)]
    except MinyiError:
        return found


def _mark(marker: Path, folder: Path, past: list[PastPurge] | None) -> None:
    part = marker.with_name(marker.name + ".part")
    copies.write_synced(part, f"{folder}\n{'' if past is None else purges.written(past)}".encode())
    part.replace(marker)
    copies.sync_folder(marker.parent)


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


def _prepare_store(
    settings: Settings, staging: Path, opened: Open, last: Last, past: list[PastPurge] | None
) -> Restored:
    """On the staged copy: another id, so that no cache made for the old one is believed; no series issues; what was
    purged since is purged again."""
    staged = replace(
        settings,
        store=_at(settings.store, staging / "store.db"),
        bus=_at(settings.bus, staging / "bus.db"),
        files=_at(settings.files, staging / "files"),
    )
    with opened(staged) as parts:
        now = stored(parts.clock())
        why = f"{shown(now, settings.zone)} 恢复了 {shown(last.at, settings.zone)} 的备份，其间印发的期号库中没有"
        with parts.store.writing() as session:
            session.registry.renew_id()
            desk: Desk = session.desk
            desk.hold(why, now)
        note_backup(parts.store, last)
        purged, warnings = purges.again(parts, past or ())
        parts.store.tidy()
    rules = staging / "rules" if (staging / "rules").is_dir() else settings.rules_dir
    return Restored(
        last.folder,
        last.at,
        now,
        items=0,
        aside="",
        held=_series(rules),
        purged=tuple(purged),
        purges_unknown=past is None,
        warnings=tuple(warnings),
    )


def _series(folder: Path) -> tuple[str, ...]:
    """The names to confirm; none when the file has a fault, which holds up no restore."""
    try:
        return tuple(load_series(folder))
    except RuleError:
        return ()


def _at(address: Address, path: Path) -> Address:
    return replace(address, url=f"{address.scheme}:///{path.as_posix()}", path=path)


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
