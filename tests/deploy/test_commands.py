"""Every command that stands in a file of deploy/ is one that this program, or Prefect's, has, with those options."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import click
import pytest

from pipeline.cli.chinese import speak
from pipeline.cli.main import cli
from tests.deploy import places

OURS = [(where, words) for where, words in places.ours() if words[0] == "minyi"]
PREFECTS = sorted({tuple(words) for where, words in places.ours() if words[0] == "prefect"})


def parsed(words: list[str], *, told: bool = False) -> click.Context:
    """The context of the command that the words name, its options and arguments read, nothing run."""
    speak()  # as main does, before a command makes its --help: it is made once a process
    context = click.Context(cli, info_name="minyi")
    command: click.Command = cli
    rest = words[1:]
    while isinstance(command, click.Group) and (rest or not told):
        found = command.get_command(context, rest[0]) if rest else None
        assert found is not None, f"no such command: {' '.join(words)}"
        context = click.Context(found, info_name=rest[0], parent=context, resilient_parsing=told)
        command, rest = found, rest[1:]
    command.parse_args(context, list(rest))
    return context


@pytest.mark.parametrize(("where", "words"), OURS, ids=[f"{where}: {' '.join(words)}" for where, words in OURS])
def test_every_command_of_ours_is_there(where: str, words: list[str]) -> None:
    # What a text names may go without the arguments that a person adds.
    parsed(words, told=where.endswith((".md", "env.example")))


def test_a_command_that_is_not_there_is_found_out() -> None:
    with pytest.raises(AssertionError, match="no such command"):
        parsed(["minyi", "fly"])
    with pytest.raises(click.UsageError):
        parsed(["minyi", "up", "--hosts", "0.0.0.0"])


@cache
def help_of(words: tuple[str, ...]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"], capture_output=True, encoding="utf-8", check=True, timeout=120
    )
    return done.stdout


@pytest.mark.parametrize("words", PREFECTS, ids=" ".join)
def test_every_command_of_prefects_is_there(words: tuple[str, ...]) -> None:
    first = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    said = help_of(words[:first])
    assert all(word in said for word in words if word.startswith("--"))


def test_each_way_of_running_it_has_the_same_processes() -> None:
    """web, migrate, flows, worker and watch in all; Prefect's own server beside them."""
    kinds = {
        "compose": {tuple(words[:3]) for where, words in places.ours() if where.startswith("compose")},
        "kubernetes": {tuple(words[:3]) for where, words in places.ours() if where.startswith("kubernetes")},
        "systemd": {
            tuple(words[:3])
            for where, words in places.ours()
            if where.endswith(".service") and where != "minyi.service"
        },
    }
    kinds["compose"].discard(("minyi", "kibana", "push"))  # elsewhere a person does it once
    for kind, found in kinds.items():
        assert found == {
            ("minyi", "migrate"),
            ("minyi", "up", "--host"),
            ("minyi", "flows", "deploy"),
            ("minyi", "flows", "work"),
            ("minyi", "doctor", "--watch"),
            ("prefect", "server", "start"),
        }, kind
