"""Java programs from Maven Central: the jars fetched once into a cache, a JDK that is new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "minyi-tests"
HOMES = ("/usr/lib/jvm/*", "/opt/java/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")


def jdk(least: int) -> Path | None:
    """The home of the oldest JDK here that is `least` or newer."""
    found = {version: home for home in _homes() if (version := _version(home)) and version >= least}
    return found[min(found)] if found else None


def jars(pom: Path) -> Path:
    """The folder with what a pom names, complete or not there."""
    folder = CACHE / pom.stem
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.{os.getpid()}")
        words = ["mvn", "-B", "-q", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime"]
        subprocess.run([*words, f"-DoutputDirectory={part}"], check=True, stdout=subprocess.DEVNULL)
        try:
            part.rename(folder)
        except OSError:  # another session was quicker
            shutil.rmtree(part)
    return folder


def _homes() -> list[Path]:
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    return named + [home for pattern in HOMES for home in Path("/").glob(pattern.lstrip("/"))]


def _version(home: Path) -> int | None:
    release = home / "release"
    if not (home / "bin" / "java").exists() or not release.exists():
        return None
    match = re.search(r'JAVA_VERSION="(\d+)', release.read_text(encoding="utf-8"))
    return int(match[1]) if match else None
