"""The files of deploy/ as the tests read them, and every command that stands in one of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
MANIFESTS = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "secret.yaml")
UNITS = sorted((DEPLOY / "systemd").glob("*.service")) + sorted((DEPLOY / "systemd").glob("*.target"))
PROGRAMS = ("minyi", "prefect")


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def filled(text: str, **given: str) -> str:
    """With its variables as compose fills them in, a password where one must be given."""
    values = {"POSTGRES_PASSWORD": "x", **given}
    return re.sub(r"\$\{(\w+)(?::-(.*?)|:\?)?\}", lambda found: values.get(found[1], found[2] or ""), text)


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def resources() -> list[dict[str, Any]]:
    """What `kubectl apply -k` would send, the example in the place of the office's own secrets."""
    return [one for path in MANIFESTS if path.name != "kustomization.yaml" for one in documents(path)]


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [one for one in resources() if one["kind"] in kinds]


def pods() -> list[tuple[str, dict[str, Any]]]:
    """(name, pod template) of whatever runs one."""
    return [(one["metadata"]["name"], one["spec"]["template"]) for one in of_kind("Deployment", "Job")]


@cache
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, comments out and continued lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def unit(path: Path) -> list[tuple[str, str, str]]:
    """(section, directive, value), in order."""
    found: list[tuple[str, str, str]] = []
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, sign, value = line.partition("=")
            assert sign, f"{path.name}: {line}"
            found.append((section, name, value))
    return found


def commands() -> Iterator[tuple[str, list[str]]]:
    """(where it stands, words) of every command of ours and of Prefect's."""
    for name, service in compose()["services"].items():
        yield f"compose.yaml {name}", list(service.get("command", []))
    for name, pod in pods():
        for one in pod["spec"]["containers"]:
            yield f"kubernetes {name}", list(one["args"])
    for path in UNITS:
        for _, directive, value in unit(path):
            if directive.startswith("Exec"):
                words = shlex.split(value)
                yield path.name, [Path(words[0]).name, *words[1:]]
    for word, rest in instructions():
        if word == "CMD":
            yield "Dockerfile", yaml.safe_load(rest)
    yield from written()


def written() -> Iterator[tuple[str, list[str]]]:
    """Those that people are told to type."""
    for name, command in (
        ("README.md", r"`minyi ([^`]+)`|exec \S+ (?:-- )?minyi (.+)"),
        ("env.example", r"minyi ([a-z]+)"),
    ):
        for found in re.findall(command, (DEPLOY / name).read_text(encoding="utf-8")):
            yield name, ["minyi", *"".join(found).split()]


def ours() -> list[tuple[str, list[str]]]:
    return [(where, words) for where, words in commands() if words and words[0] in PROGRAMS]
