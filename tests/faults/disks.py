"""Small file systems that can be filled, where this machine lets us mount them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest


@contextmanager
def small(folder: Path, size: str = "48m") -> Iterator[Path]:
    """A file system of that size; skips the test where none can be had."""
    if sys.platform != "linux" or psutil.Process().uids().effective != 0:
        pytest.skip("a small file system (tmpfs) needs root on Linux")
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this machine mounts no tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """A ballast that leaves so many bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.write(b"\0" * max(0, shutil.disk_usage(disk).free - left))
    return ballast
