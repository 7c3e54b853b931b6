"""One run of the demo as a person starts it; the tests read what it left."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.settings import Settings, load

LONGEST = 120


@dataclass(frozen=True)
class Run:
    """A finished demo: its home, exit status and what it printed."""

    settings: Settings
    status: int
    printed: str
    complaints: str

    @property
    def lines(self) -> list[str]:
        return self.printed.splitlines()

    def row(self, words: str) -> str:
        """The table row or sentence that holds these words."""
        return next(line for line in self.lines if words in line)

    def section(self, name: str) -> list[str]:
        """The lines of one section."""
        start = next(at for at, line in enumerate(self.lines) if line.endswith(f"、{name}"))
        length = next((at for at, line in enumerate(self.lines[start:]) if not line), None)
        return self.lines[start + 1 : None if length is None else start + length]


def environment(above: Path) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("MINYI_", "PREFECT_"))}
    return {**mine, "MINYI_HOME": str(above), "PYTHONWARNINGS": "default", "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Run:
    above = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "demo"],
        env=environment(above),
        cwd=above,
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    (home,) = (above / "demo").iterdir()
    return Run(load({"MINYI_HOME": str(home)}), done.returncode, done.stdout, done.stderr)
