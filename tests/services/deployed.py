"""What deploy/compose.yaml runs the servers with, in the servers' own names: the tests' servers start from the same.

Each server module says in OTHERWISE what it sets otherwise, and why; all else is what an office runs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
# Read by the images' own start scripts, not by the server.
SCRIPTS = {"KAFKA_HEAP_OPTS", "ES_JAVA_OPTS"}


@cache
def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]


def version(service: str) -> str:
    """The tag of its image."""
    return services()[service]["image"].rpartition(":")[2]


def kafka() -> dict[str, str]:
    """server.properties; the image writes KAFKA_NODE_ID as node.id."""
    return {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in services()["kafka"]["environment"].items()
        if name not in SCRIPTS
    }


def elasticsearch() -> dict[str, str]:
    """elasticsearch.yml; the image hands on every variable with a dot in its name."""
    return {name: value for name, value in services()["elasticsearch"]["environment"].items() if name not in SCRIPTS}


def elasticsearch_jvm() -> list[str]:
    """jvm.options: the heap; all else as the server chooses it."""
    return services()["elasticsearch"]["environment"]["ES_JAVA_OPTS"].split()


def postgres() -> dict[str, str]:
    """postgresql.conf, from the words of the command: -c name=value."""
    words = services()["postgres"]["command"]
    return dict(value.split("=", 1) for flag, value in zip(words[1::2], words[2::2], strict=True) if flag == "-c")


def initdb() -> list[str]:
    return services()["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
