"""Does the lock resolve to wheels alone on every platform an office may have? Asks the package index.

Linux x86-64 and ARM64 from glibc 2.28 on (Kylin, UOS), Windows; each with the oldest and newest Python.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path(__file__).parents[1] / "locks" / "requirements.txt"
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "x86_64-pc-windows-msvc")
PYTHONS = ("3.11", "3.13")


def resolves(platform: str, python: str, folder: str) -> bool:
    """Whether every locked package has a wheel there."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "-q", "--dry-run", "--target", folder, "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--python-platform", platform, "--python-version", python, "-r", str(LOCK)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    print(f"lock: {platform} {python}: {'wheels alone' if found.returncode == 0 else found.stderr.strip()}")
    return found.returncode == 0


def main() -> int:
    """Check all; exit status."""
    if "://" in LOCK.read_text(encoding="utf-8"):
        print("lock: names an index address; make it again with `make lock`")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        found = [resolves(platform, python, folder) for platform in PLATFORMS for python in PYTHONS]
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
