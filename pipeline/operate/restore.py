"""restore: a backup takes the place of what is there, which is kept aside.

    1  verify hashes            4  old files aside to HOME/replaced-<time>, new ones in their place
    2  refuse while in use      5  a store on a server: its tables aside to a schema, the dump's in their place
    3  stage the copies         6  search built anew from the store, into a new generation

The store gets another id, holds its series until confirmed (rule 17) and makes the purges made since again: a file's
on the staged copy, a server's before anybody else may open it. A bus on a server is not restored: what it holds from
the backup's offsets on is read again, and files that its messages name stay.

Until the end a file `restore.unfinished` lies in the home; the same command does it again from the start. It tells
the purges, too: broken off between old store and new, there is no other place that does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.clock import shown, stored, system_clock, worded
from pipeline.errors import Broken, MinyiError, NotAllowed, RuleError, Transient
from pipeline.operate import copies, purges
from pipeline.operate.backup import Last, Manifest, find_backup, note_backup, read_manifest, verify
from pipeline.operate.moved import refuse_moved
from pipeline.operate.parts import Parts
from pipeline.operate.purges import PastPurge
from pipeline.operate.spans import Span, note_span
from pipeline.ports.desk import Desk
from pipeline.ports.moving import Unfinished
from pipeline.ports.store import OffsetRow, Session
from pipeline.project import Projector
from pipeline.records.names import GROUP, TOPICS
from pipeline.rules.series import load_series
from pipeline.settings import Address, Settings

UNFINISHED = "restore.unfinished"
UP_LOCK = "up.lock"  # an SQLite file whose lock `minyi up` holds, its children being idle or not
Open = Callable[[Settings], AbstractContextManager[Parts]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `since` (stored time) to `until` is the span that may be missing; `aside` is where the
    replaced files lie, `schema` where a server's replaced tables do. `purged` are items that were purged again;
    `purges_unknown` when no store could tell them; `lost` counts messages that the bus no longer holds."""

    folder: str
    since: str
    until: str
    items: int
    aside: str
    held: tuple[str, ...]
    purged: tuple[str, ...] = ()
    purges_unknown: bool = False
    warnings: tuple[str, ...] = ()
    schema: str = ""
    lost: int = 0


@dataclass(frozen=True, slots=True)
class _Move:
    """One part: `new` takes the place of `old`, whose neighbours go with it."""

    new: Path
    old: Path


def restore(settings: Settings, given: Path, opened: Open) -> Restored:
    """Restore the backup at `given` (or the newest in it). Raises NotAllowed while something runs on the home or its
    store, Broken for a torn backup, Transient for a full disk; until step 4 nothing is changed."""
    for address in (settings.store, settings.bus, settings.files):
        refuse_moved(address)
    folder = find_backup(given)
    manifest = read_manifest(folder)
    verify(folder, manifest)
    _refuse_other_shape(settings, manifest)
    _refuse_running(settings, opened)
    settings.make_home()
    marker = settings.home / UNFINISHED
    again = marker.exists()
    past = _purges(settings, marker, opened)
    _merge_files(settings, folder, opened)
    staging = settings.home / "restoring"
    moves = _staged(settings, folder, manifest, staging)
    last = Last(manifest.at, str(folder.absolute()))
    done = _prepared_copy(settings, staging, opened, last, past)
    _mark(marker, folder, past)
    try:
        _refuse_running(settings, opened)  # who opens the home from here on meets the marker
    except NotAllowed:
        if not again:
            marker.unlink()
        raise
    aside = _swapped(settings, moves)
    shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(settings.cache_dir, ignore_errors=True)
    done = done or _loaded(settings, folder, opened, last, past)
    items = _reindex(settings, opened) if settings.store.path else done.items
    marker.unlink()
    return replace(done, items=items, aside=aside)


def refuse_unfinished(home: Path) -> None:
    """Raises Broken when a restore of this home was broken off."""
    marker = home / UNFINISHED
    if marker.exists():
        folder = marker.read_text(encoding="utf-8").partition("\n")[0]
        raise Broken("上次恢复没有做完", where=str(home), fix=f"请再执行一次：minyi restore {folder}")


def _purges(settings: Settings, marker: Path, opened: Open) -> list[PastPurge] | None:
    """What the home knows as purged, and a restore of it that was broken off; None when nothing can tell."""
    kept = marker.read_text(encoding="utf-8").partition("\n")[2] if marker.exists() else ""
    found = purges.read(kept) if kept else None
    if settings.store.path is not None and not settings.store.path.exists():
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


def _refuse_other_shape(settings: Settings, manifest: Manifest) -> None:
    """A backup goes back to the kinds of store and bus that it was made of."""
    store = "store.dump" if settings.store.path is None else "store.db"
    if store not in manifest.databases or (settings.bus.path is None and "bus.db" in manifest.databases):
        raise NotAllowed(
            "备份时的库或总线与现在的设置不是一种，不能直接恢复",
            where="、".join(sorted(manifest.databases)),
            fix="请用备份时的设置恢复（本机的库是 store.db，PostgreSQL 的是 store.dump），再用 minyi move 迁移",
        )


def _refuse_running(settings: Settings, opened: Open) -> None:
    files = [path for path in (settings.store.path, settings.bus.path) if path is not None]
    for path in (*files, settings.home / UP_LOCK):
        if copies.in_use(path):
            raise _running(str(path))
    if settings.store.path is None:
        with opened(settings) as parts:
            if others := parts.store.others():
                raise _running("、".join(others))


def _running(where: str) -> NotAllowed:
    fix = "请先停止 minyi up、minyi flows work 和其他正在运行的 minyi 命令；没有改动任何数据"
    return NotAllowed("还有程序在使用这份数据，不能恢复", where=where, fix=fix)


def _swaps_files(settings: Settings) -> bool:
    """Whether the files' folder is replaced as a whole. Beside a bus that stays, what its messages name stays."""
    return settings.bus.path is not None and settings.files.path is not None


def _merge_files(settings: Settings, folder: Path, opened: Open) -> None:
    """Put the backup's contents beside those that are there."""
    if not _swaps_files(settings):
        with opened(settings) as parts:
            for path in sorted((folder / "files").rglob("*")):
                if path.is_file():
                    parts.files.put(path.read_bytes())


def _staged(settings: Settings, folder: Path, manifest: Manifest, staging: Path) -> list[_Move]:
    """Copies of the backup beside the home's parts; the bus first and the store last: it names the others."""
    places = {"files": settings.files.path if _swaps_files(settings) else None}
    places |= {"bus.db": settings.bus.path, "store.db": settings.store.path}
    places = ({"rules": settings.rules_dir} if manifest.rules else {}) | places
    kept = [
        name for name, place in places.items() if place is not None and (name == "files" or (folder / name).exists())
    ]
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir()
        for name in kept:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, staging / name)
            elif name != "files":
                shutil.copy2(folder / name, staging / name)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise Transient(
            "恢复没有做成：备份抄不过来", where=str(staging), fix="请核对磁盘空间；原数据没有改动"
        ) from error
    if "files" in kept:
        (staging / "files").mkdir(exist_ok=True)
    return [_Move(staging / name, place) for name in kept if (place := places[name]) is not None]


def _prepared_copy(
    settings: Settings, staging: Path, opened: Open, last: Last, past: list[PastPurge] | None
) -> Restored | None:
    """A store that is a file is made ready on its staged copy; None for one on a server."""
    if settings.store.path is None:
        return None
    staged = replace(
        settings,
        store=_at(settings.store, staging / "store.db"),
        bus=_at(settings.bus, staging / "bus.db") if settings.bus.path else settings.bus,
        files=_at(settings.files, staging / "files") if _swaps_files(settings) else settings.files,
    )
    rules = staging / "rules" if (staging / "rules").is_dir() else settings.rules_dir
    with opened(staged) as parts:
        with parts.store.writing() as session:
            session.registry.renew_id()
        done = _prepare(parts, last, past, rules)
        parts.store.tidy()
    return done


def _loaded(settings: Settings, folder: Path, opened: Open, last: Last, past: list[PastPurge] | None) -> Restored:
    """A store on a server, its tables replaced in one transaction, is nobody else's until search is there too."""
    with opened(settings) as parts:
        name = f"replaced_{_digits(shown(stored(parts.clock()), settings.zone))}"
        fix = f"请在做恢复的机器上再执行一次：minyi restore {folder}"
        schema = parts.store.load(str(folder), name, Unfinished(f"restore {last.at}", fix))
        done = _prepare(parts, last, past, settings.rules_dir)
        items = Projector(parts.store, parts.search, settings.zone, parts.clock).begin().reindex()
        parts.store.finish()
    return replace(done, items=items, schema=schema)


def _prepare(parts: Parts, last: Last, past: list[PastPurge] | None, rules: Path) -> Restored:
    """No series issues, what was purged since is purged again, what the bus no longer holds is booked."""
    now, zone = stored(parts.clock()), parts.settings.zone
    why = f"{worded(now, zone)} 恢复了 {worded(last.at, zone)} 的备份，其间印发的期号库中没有"
    ids = {topic: parts.bus.bus_id(topic) for topic in TOPICS}
    extents = {topic: parts.bus.extent(topic) for topic in TOPICS}
    with parts.store.writing() as session:
        desk: Desk = session.desk
        desk.hold(why, now)
        lost = sum(
            _skipped(session, row, extents[row.topic][row.partition].first)
            for row in session.offsets.rows(GROUP)
            if ids.get(row.topic) == row.bus
        )
    note_backup(parts.store, last)
    note_span(parts.store, Span(last.at, now, lost))
    purged, warnings = purges.again(parts, past or ())
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
        lost=lost,
    )


def _skipped(session: Session, row: OffsetRow, first: int) -> int:
    """Go on where the bus begins, if its retention has passed where the backup stood; how many messages are gone."""
    if first <= row.next:
        return 0
    session.offsets.gap(row.bus, row.topic, row.partition, row.next, first)
    session.offsets.advance(row.group, row.bus, row.topic, row.partition, row.next, first)
    return first - row.next


def _series(folder: Path) -> tuple[str, ...]:
    """The names to confirm; none when the file has a fault, which holds up no restore."""
    try:
        return tuple(load_series(folder))
    except RuleError:
        return ()


def _at(address: Address, path: Path) -> Address:
    return replace(address, url=f"{address.scheme}:///{path.as_posix()}", path=path)


def _swapped(settings: Settings, moves: Sequence[_Move]) -> str:
    """Where the old files went; '' when there were none to replace."""
    if not moves:
        return ""
    name = f"replaced-{_digits(shown(stored(system_clock()), settings.zone))}"
    home = settings.home
    aside = next(path for number in range(1, 1000) if not (path := home / f"{name}-{number}").exists())
    aside.mkdir()
    for move in moves:
        _swap(move, aside)
    return str(aside)


def _digits(at: str) -> str:
    return "".join(char for char in at[:19] if char.isdigit())


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
