"""backup: store first, then bus, then files, each by its own means, while everything runs.

    DIR/minyi-20261123-091500/  manifest.json  store.db  bus.db  files/ab/ab12…  rules/…

The bus is copied after the store and the files after both, so that whatever the store names is there: messages
that the copied store has not read are read again after a restore. The folder bears a temporary name until it is
whole; the manifest, written last, tells sizes and hashes.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import orjson

from pipeline.clock import parsed, stored
from pipeline.errors import Broken, MinyiError, NotFound, Transient, UsageError, trouble
from pipeline.office.context import desk_of
from pipeline.operate import copies
from pipeline.operate.parts import Parts
from pipeline.ports.files import Files
from pipeline.ports.store import Session, Store
from pipeline.settings import PRIVATE

FORMAT = 1
MANIFEST = "manifest.json"
NOTE = "backup.last"
EVERY = 1_000_000_000
LEFT_OVER = timedelta(days=1)  # an unfinished folder this old has no writer any more


@dataclass(frozen=True, slots=True)
class Last:
    """The last whole backup: stored time and folder."""

    at: str
    folder: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `databases` is file name → {size, sha256}; `files` counts contents; `damaged` names
    contents that no longer match their names, and those of issued papers that are not there; `left_out` parts that
    are backed up by their servers' own means."""

    format: int
    program: str
    at: str
    store_id: str
    items: int
    databases: dict[str, dict[str, Any]]
    files: int
    size: int
    rules: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A whole backup: its folder and manifest."""

    folder: str
    manifest: Manifest


def backup(parts: Parts, target: Path) -> BackupReport:
    """Back up into a new folder under `target`. Raises Transient (full disk) and leaves nothing behind that looks
    whole; Broken for a damaged database."""
    at = parts.clock()
    name = f"minyi-{at.astimezone(parts.settings.zone):%Y%m%d-%H%M%S}"
    whole, part = _names(target, name)
    try:
        target.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=PRIVATE)
        manifest = _filled(parts, part, stored(at))
        copies.sync_folder(part)
        part.rename(whole)
        copies.sync_folder(target)
    except (OSError, MinyiError) as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, Broken):
            raise
        why = error.what if isinstance(error, MinyiError) else trouble(error)
        raise Transient(
            f"备份没有做成：{why}", where=str(target), fix="请核对磁盘空间和文件夹权限后再试；原数据没有改动"
        ) from error
    note_backup(parts.store, Last(manifest.at, str(whole.absolute())))
    return BackupReport(str(whole.absolute()), manifest)


def _names(target: Path, name: str) -> tuple[Path, Path]:
    if target.exists() and not target.is_dir():
        raise UsageError("备份的去处不是文件夹", where=str(target), fix="请另写一个文件夹")
    taken = (target / name).exists() or (target / f".{name}.part").exists()
    number = next(n for n in range(2, 1000) if not (target / f"{name}-{n}").exists()) if taken else None
    name = f"{name}-{number}" if number else name
    return target / name, target / f".{name}.part"


def _filled(parts: Parts, folder: Path, at: str) -> Manifest:
    left_out: list[str] = []
    with parts.store.reading() as session:
        store_id, items = session.registry.store_id(), session.items.count_live()
    databases = {name: _described(folder / name) for name in _databases(parts, folder, left_out)}
    with parts.store.reading() as session:
        papers = {row.content for row in desk_of(session).newest_files(EVERY)}
    count, size, damaged = _copy_files(parts.files, folder / "files")
    damaged += sorted(name for name in papers - {*damaged} if not parts.files.has(name))
    manifest = Manifest(
        format=FORMAT,
        program=program_version(),
        at=at,
        store_id=store_id,
        items=items,
        databases=databases,
        files=count,
        size=size + sum(one["size"] for one in databases.values()),
        rules=_copy_rules(parts.settings.rules_dir, folder / "rules"),
        damaged=tuple(damaged),
        left_out=tuple(left_out),
    )
    copies.write_synced(folder / MANIFEST, orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
    return manifest


def _databases(parts: Parts, folder: Path, left_out: list[str]) -> Iterable[str]:
    """Store first, then bus."""
    yield from parts.store.backup(str(folder))
    address = parts.settings.bus
    if address.path is None:
        left_out.append(f"bus：{address.masked}")
        return
    parts.bus.partitions("opinions.submitted")  # makes the file where nobody has used it yet
    copies.copy_database(address.path, folder / "bus.db")
    yield "bus.db"


def _described(path: Path) -> dict[str, Any]:
    copies.sync_file(path)
    return {"size": path.stat().st_size, "sha256": copies.hash_of(path)}


def _copy_files(files: Files, folder: Path) -> tuple[int, int, list[str]]:
    """Contents, count and bytes; those that no longer match their names are listed, not copied."""
    count = size = 0
    damaged: list[str] = []
    for name in files.names():
        try:
            content = files.get(name)
        except NotFound:
            continue  # purged meanwhile
        except Broken:
            damaged.append(name)
            continue
        path = folder / name[:2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        copies.write_synced(path, content)
        count, size = count + 1, size + len(content)
    return count, size, damaged


def _copy_rules(source: Path, target: Path) -> tuple[str, ...]:
    if not source.is_dir():
        return ()
    shutil.copytree(source, target)
    return tuple(sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()))


def program_version() -> str:
    """This program's version."""
    try:
        return metadata.version("minyi")
    except metadata.PackageNotFoundError:
        return "0"


def note_backup(store: Store, last: Last) -> None:
    """Write down the last whole backup."""
    with store.writing() as session:
        session.registry.set_note(NOTE, orjson.dumps(asdict(last)).decode())


def last_backup(session: Session) -> Last | None:
    """The last backup that this store knows of."""
    written = session.registry.note(NOTE)
    return Last(**orjson.loads(written)) if written else None


# ---------------------------------------------------------------- reading one


def find_backup(given: Path) -> Path:
    """The backup that `given` is, or the newest one in it. Raises UsageError."""
    if (given / MANIFEST).is_file():
        return given
    found = sorted(path.parent for path in given.glob(f"minyi-*/{MANIFEST}")) if given.is_dir() else []
    if not found:
        raise UsageError("这里没有完整的备份", where=str(given), fix="请写 minyi backup 所写的文件夹")
    return found[-1]


def read_manifest(folder: Path) -> Manifest:
    """The manifest. Raises Broken for a newer format or a torn file."""
    try:
        found: dict[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
        version = found["format"]
        if version > FORMAT:
            raise Broken(
                f"这份备份由新版本程序（格式 {version}）所做，本程序只认到格式 {FORMAT}",
                where=str(folder),
                fix="请先升级本机的民意程序",
            )
        found |= {name: tuple(found[name]) for name in ("rules", "damaged", "left_out")}
        return Manifest(**found)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Broken("备份清单读不懂", where=str(folder / MANIFEST), fix="请换一份备份") from error


def verify(folder: Path, manifest: Manifest) -> None:
    """Every database against its hash, every content against its name. Raises Broken naming what is wrong."""
    for name, facts in manifest.databases.items():
        path = folder / name
        if not path.is_file() or copies.hash_of(path) != facts["sha256"]:
            raise Broken("备份中的数据文件不完整", where=str(path), fix="请换一份备份")
    contents = [path for path in (folder / "files").rglob("*") if path.is_file()]
    wrong = [path for path in contents if hashlib.sha256(path.read_bytes()).hexdigest() != path.name]
    if wrong or len(contents) != manifest.files:
        raise Broken("备份中的附件不完整", where=str(wrong[0] if wrong else folder / "files"), fix="请换一份备份")


def prune_backups(folder: Path, before: str) -> list[str]:
    """Remove backups made before a stored time, the newest one always kept, and old unfinished ones."""
    whole = sorted(path.parent for path in folder.glob(f"minyi-*/{MANIFEST}")) if folder.is_dir() else []
    old = [path for path in whole[:-1] if read_manifest(path).at < before]
    # What a crash left has no manifest's time; its own says how long nobody wrote to it.
    newest = parsed(before).timestamp() - LEFT_OVER.total_seconds()
    old += [path for path in folder.glob(".minyi-*.part") if path.stat().st_mtime < newest]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return [path.name for path in old]
