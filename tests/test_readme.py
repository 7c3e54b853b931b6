"""README, Makefile and deploy say what is there: commands, targets, files, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.cli.commands import COMMANDS
from pipeline.settings import KNOWN, load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SETTINGS = {*KNOWN, "MINYI_HOME", "MINYI_TZ", "MINYI_LOG", "MINYI_METRICS"}


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`minyi ([a-z]+)", README))))
def test_every_command_of_the_readme_is_there(command: str):
    assert command in COMMANDS


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z]+)", README))))
def test_every_target_of_the_readme_is_there(target: str):
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("file", sorted(set(re.findall(r"\]\(([^)]+)\)", README))))
def test_every_file_the_readme_names_is_there(file: str):
    assert (ROOT / file).exists()


def test_the_two_commands_do_all_of_their_own_set_up():
    for target in ("demo", "lint", "bench"):
        assert re.search(rf"^{target}: \.venv/ready", MAKEFILE, re.MULTILINE)
    assert re.search(r"^test: lint", MAKEFILE, re.MULTILINE)


def test_the_example_environment_names_every_setting_and_can_be_read():
    lines = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
    named: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(?:# )?(MINYI_[A-Z]+)=(.+)$", "\n".join(lines), re.MULTILINE):
        named.setdefault(name, []).append(value)
    assert set(named) == SETTINGS
    assert load({name: values[0] for name, values in named.items()}).embedded
    servers = {name: values[1].partition("?")[0] for name, values in named.items() if len(values) > 1}
    assert not load(servers).embedded


def test_ci_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in script
    assert "MINYI_TEST_REQUIRE=all" in script


def test_the_repository_speaks_of_the_project_alone():
    """No address of an index in what is committed for installing."""
    for lock in (ROOT / "locks").iterdir():
        assert "://" not in lock.read_text(encoding="utf-8"), lock.name
