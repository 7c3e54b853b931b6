"""The Dockerfile: what it copies is there, what it installs is locked and enough, nobody runs as root."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from tests.deploy import places

LOCKS = places.ROOT / "locks"
STAGES = [rest.split() for word, rest in places.instructions() if word == "FROM"]
KNOWN = {"FROM", "ARG", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
# Debian's packages of the release that the image is made from, and its PostgreSQL.
POSTGRESQL = {"bookworm": "15", "trixie": "17"}


def locked(name: str) -> dict[str, str]:
    text = (LOCKS / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def test_every_instruction_is_known_and_every_stage_is_made() -> None:
    assert {word for word, _ in places.instructions()} <= KNOWN
    assert len({stage[0] for stage in STAGES}) == 1
    named = {stage[2] for stage in STAGES if len(stage) > 1}
    used = {
        found for word, rest in places.instructions() if word == "COPY" for found in re.findall(r"--from=(\S+)", rest)
    }
    assert used == named


def test_what_is_copied_is_there_and_sent_to_the_builder() -> None:
    sent = {
        line[1:] for line in (places.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"
    }
    for word, rest in places.instructions():
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (places.ROOT / source).exists(), source
                assert source.partition("/")[0] in sent, source
    for name in sent:
        assert (places.ROOT / name).exists()


def test_python_and_postgresql_are_of_releases_that_go_together() -> None:
    version, _, release = re.fullmatch(r"python:([\d.]+)-slim(-)(\w+)", STAGES[0][0]).groups()
    wanted = tomllib.loads((places.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    low, high = re.findall(r"3\.(\d+)", wanted)
    assert int(low) <= int(version.partition(".")[2]) < int(high)
    # pg_dump must be as new as the server that it reads.
    assert places.compose()["services"]["postgres"]["image"] == f"postgres:{POSTGRESQL[release]}-{release}"


def test_it_runs_as_a_user_without_rights_and_passes_signals_on() -> None:
    found = dict(places.instructions())
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", found["USER"])
    assert found["ENTRYPOINT"].startswith('["tini"')
    assert "8000" in found["HEALTHCHECK"]
    assert found["EXPOSE"] == "8000"


def test_everything_is_installed_from_locks_with_hashes() -> None:
    runs = [
        rest for word, rest in places.instructions() if word == "RUN" and "install" in rest and "apt-get" not in rest
    ]
    for one in (part for rest in runs for part in rest.split("&&") if re.search(r"\b(uv )?pip install\b", part)):
        assert "--require-hashes" in one or "/wheels/" in one, one
    assert "requirements.txt" not in places.DOCKERFILE.read_text(encoding="utf-8")
    for lock in re.findall(r"-r (\S+)", " ".join(runs)):
        assert (places.ROOT / lock).is_file()


def test_the_lock_of_the_image_is_the_tested_one_without_what_develops_it() -> None:
    tested, ours = locked("requirements.txt"), locked("runtime.txt")
    assert ours.items() <= tested.items()
    assert not {"pytest", "moto", "ruff", "playwright", "basedpyright"} & ours.keys()
    assert {"s3fs", "kafka-python", "elasticsearch", "psycopg-binary", "prefect", "asyncpg"} <= ours.keys()


def test_the_lock_of_the_image_has_every_module_that_the_program_imports() -> None:
    ours = {name.replace("_", "-") for name in locked("runtime.txt")}
    owners = metadata.packages_distributions()
    for package in ("crawlers", "pipeline", "flows"):
        for path in (places.ROOT / package).rglob("*.py"):
            for module in _imports(path) - sys.stdlib_module_names - {"crawlers", "pipeline", "flows"}:
                names = {re.sub(r"[-_.]+", "-", name).lower() for name in owners[module]}
                assert names & ours, f"{path}: {module}"


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
