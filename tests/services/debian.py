"""Debian packages that tests use: a browser, Chinese fonts, PostgreSQL. Installed when root on Debian and missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.services import postgres

FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")


def missing() -> list[str]:
    """The packages that are not there."""
    found = []
    if not shutil.which("chromium"):
        found.append("chromium")
    if not FONT.exists():
        found.append("fonts-noto-cjk")
    if not postgres.available():
        found.append("postgresql")
    return found


def provide() -> list[str]:
    """Install what is missing where that can be done; a line for what was done or left out."""
    packages = missing()
    if not packages:
        return []
    if not shutil.which("apt-get") or os.geteuid() != 0:  # noqa: TID251 - Debian alone
        return [f"left out: tests that need {', '.join(packages)} (not root on Debian: install them by hand)"]
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", *command], env=environment, capture_output=True, check=False)
    left = missing()
    return [f"installed: {', '.join(sorted(set(packages) - set(left)))}"] + [f"left out: {name}" for name in left]
