"""Files under their own sha256: a folder, a bucket (files_s3.py), or another object store that fsspec knows.

A content lies at `ab/abcd…` below the root. In a folder it is written beside, fsynced and renamed into place,
so that its name never stands for half of it; two writers of the same content are harmless.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import Broken, MinyiError, NotFound, Transient, trouble
from pipeline.identity import file_name
from pipeline.ports.files import LOST
from pipeline.records.items import Finding
from pipeline.settings import Address

if TYPE_CHECKING:
    import fsspec

_NAME = re.compile(r"[0-9a-f]{64}")
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
# What a killed writer left half written is removed after this time.
STALE_SECONDS = 86_400.0
PARTIAL = ".partial"
# The module that is missing → what to install.
MODULES = {name: "minyi[s3]" for name in ("s3fs", "botocore", "aiobotocore")}  # noqa: C420 - its type is dict[str, str]


class Place(Protocol):
    """Where contents lie; paths are relative, with slashes. Errors are OSError's."""

    def read(self, path: str) -> bytes: ...

    def write(self, path: str, content: bytes) -> None:
        """Durably, and whole or not at all."""
        ...

    def has(self, path: str) -> bool: ...

    def remove(self, path: str) -> None: ...

    def walk(self) -> Iterator[str]:
        """The last part of every path."""
        ...

    def close(self) -> None: ...


class Folder:
    """A local folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    def read(self, path: str) -> bytes:
        return (self._root / path).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        target = self._root / path
        if not _same(target, content):
            partial = self._partial()
            try:
                _write_through(partial, content)
                target.parent.mkdir(parents=True, exist_ok=True)
                _move(partial, target)
            finally:
                partial.unlink(missing_ok=True)
        # Also when another writer renamed it a moment ago: the name must outlive a power cut before it is given.
        for folder in (target.parent, self._root):
            _sync_folder(folder)

    def has(self, path: str) -> bool:
        return (self._root / path).is_file()

    def remove(self, path: str) -> None:
        (self._root / path).unlink(missing_ok=True)

    def walk(self) -> Iterator[str]:
        for folder in sorted(self._root.glob("??")):
            yield from sorted(each.name for each in folder.iterdir())

    def close(self) -> None:
        """Nothing is held open."""

    def _partial(self) -> Path:
        folder = self._root / PARTIAL
        folder.mkdir(parents=True, exist_ok=True)
        if not self._swept:
            self._swept = True
            _sweep(folder)
        return folder / secrets.token_hex(8)


class Remote:
    """Any other object store, by the package that fsspec names for it, its properties handed on as they are: the far
    side writes an object whole or not at all. What such a package raises of its own counts as passing."""

    def __init__(self, system: fsspec.AbstractFileSystem, root: str) -> None:
        self._system: Any = system
        self._root = root.rstrip("/")

    def read(self, path: str) -> bytes:
        with _theirs():
            return self._system.cat_file(f"{self._root}/{path}")

    def write(self, path: str, content: bytes) -> None:
        with _theirs():
            self._system.makedirs(f"{self._root}/{path}".rpartition("/")[0], exist_ok=True)
            self._system.pipe_file(f"{self._root}/{path}", content)

    def has(self, path: str) -> bool:
        with _theirs():
            # What other processes wrote is not in this one's listing.
            self._system.invalidate_cache()
            return self._system.exists(f"{self._root}/{path}")

    def remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError), _theirs():
            self._system.rm_file(f"{self._root}/{path}")

    def walk(self) -> Iterator[str]:
        with _theirs():
            self._system.invalidate_cache()
            found: list[str] = self._system.find(self._root)
        return (path.rpartition("/")[2] for path in found)

    def close(self) -> None:
        """fsspec keeps and closes its connections."""


class FsspecFiles:
    """Files at an address. Safe for threads and processes."""

    def __init__(self, address: Address) -> None:
        self._where = address.masked
        with _translated(self._where):
            self._place: Place = _place(address)

    def put(self, content: bytes) -> str:
        """See the port."""
        name = file_name(content)
        with _translated(self._where):
            self._place.write(_path(name), content)
        return name

    def get(self, name: str) -> bytes:
        """See the port."""
        with _translated(self._where, name):
            content = self._place.read(_path(name))
        if file_name(content) != name:
            raise Broken("文件内容与它的名字不符，已经损坏", where=self._of(name), fix="请从备份恢复这个文件")
        return content

    def has(self, name: str) -> bool:
        """See the port."""
        with _translated(self._where):
            return _NAME.fullmatch(name) is not None and self._place.has(_path(name))

    def remove(self, name: str) -> None:
        """See the port."""
        with _translated(self._where):
            self._place.remove(_path(name))

    def names(self) -> Iterator[str]:
        """See the port."""
        with _translated(self._where):
            yield from (name for name in self._place.walk() if _NAME.fullmatch(name))

    def check(self) -> list[Finding]:
        """See the port. Writes one small content of its own, reads it back and removes it, as a purge would."""
        try:
            name = self.put(f"minyi doctor {secrets.token_hex(8)}".encode())
            self.get(name)
            self.remove(name)
        except MinyiError as error:
            return [Finding("files", ok=False, what=error.found, fix=error.fix)]
        return [Finding("files", ok=True, what=f"文件库可读、可写、可删（{self._where}）")]

    def close(self) -> None:
        """See the port."""
        self._place.close()

    def _of(self, name: str) -> str:
        return f"{self._where} {name}"


def _path(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise FileNotFoundError(name)
    return f"{name[:2]}/{name}"


@contextlib.contextmanager
def _translated(where: str, name: str = "") -> Generator[None]:
    place = f"{where} {name}".strip()
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("文件库里没有这个文件", where=place, fix=LOST) from error
    except PermissionError as error:
        raise Broken("没有读写文件库的权限", where=place, fix="请给运行本程序的账户加上读写权限") from error
    except ImportError as error:
        raise Broken(
            "缺少连接文件库所需的组件", where=place, fix=f"请安装：{MODULES.get(error.name or '', str(error))}"
        ) from error
    except OSError as error:
        if error.errno in _FULL:
            raise Transient("磁盘已满，文件存不进去", where=place, fix="请腾出磁盘空间后再试") from error
        raise Transient(f"文件库暂时用不了：{trouble(error)}", where=place, fix="请稍候再试") from error


@contextlib.contextmanager
def _theirs() -> Generator[None]:
    try:
        yield
    except (OSError, ImportError):
        raise
    except Exception as error:
        # A package's own kinds of errors, which are not known here.
        raise OSError(type(error).__name__) from error


def _place(address: Address) -> Place:
    if address.path is not None:
        return Folder(address.path)
    if address.scheme == "s3":
        from pipeline.adapters.files_s3 import Bucket

        return Bucket(address)
    from fsspec.core import url_to_fs

    system, root = url_to_fs(address.url.partition("?")[0], **address.properties)
    return Remote(system, root)


def _same(path: Path, content: bytes) -> bool:
    # Compared whole: a content that rotted on the disk is healed by putting it again.
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _move(partial: Path, target: Path) -> None:
    try:
        partial.replace(target)
    except PermissionError:
        # Windows refuses while somebody reads the very same content there.
        if _same(target, partial.read_bytes()):
            return
        raise


def _sync_folder(folder: Path) -> None:
    # Windows has no directory to sync; NTFS keeps the name in its own journal.
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path) -> None:
    for left in folder.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                left.unlink()
