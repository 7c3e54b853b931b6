"""Writing files for a person: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import Transient


def write_whole(path: Path, content: bytes) -> Path:
    """Write under a temporary name, then rename. Raises Transient when the disk is full or the folder shut."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        return part.replace(path).absolute()
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Transient("文件写不进去", where=str(path), fix="请核对磁盘空间和文件夹权限后再试") from error
