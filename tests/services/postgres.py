"""A PostgreSQL of the tests' own: a throw-away cluster on a free port, ended with its owner.

A database for each test is copied from a template (some 30 ms), so that no test sees another's rows.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

SUPERUSER = "postgres"
TOGETHER = pytest.mark.xdist_group("postgresql")  # one server for all
SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": 200, "shared_buffers": "64MB", "log_statement": "none"}


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def create(self, database: str, template: str | None = None) -> str:
        """A new database; its URL."""
        if template is None:
            self.execute("CREATE DATABASE {}", database)
        else:
            self.execute("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        self.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self, how: str = "fast") -> None:
        _as_server([_program("pg_ctl"), "-D", self.folder / "data", "-m", how, "-w", "stop"])

    def start(self) -> None:
        values = {**SETTINGS, "port": self.port, "unix_socket_directories": self.folder}
        options = " ".join(f"-c {name}={value}" for name, value in values.items())
        log = self.folder / "log"
        _as_server(
            [_program("pg_ctl"), "-D", self.folder / "data", "-l", log, "-o", options, "-w", "-t", "60", "start"]
        )


def available() -> bool:
    """Whether the server's programs are here."""
    return _find("initdb") is not None


@contextmanager
def running() -> Iterator[Server]:
    """A new cluster, ended and removed whatever happens."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:  # a socket's path has 107 bytes at most
        folder = Path(name)
        folder.chmod(0o755)
        if _is_root():
            shutil.chown(folder, SUPERUSER, SUPERUSER)
        server = Server(_free_port(), folder)
        words = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        _as_server([_program("initdb"), "-D", folder / "data", *words])
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


def _as_server(words: list[object]) -> None:
    # The server refuses root.
    prefix = ["runuser", "-u", SUPERUSER, "--"] if _is_root() else []
    subprocess.run([*prefix, *map(str, words)], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _program(name: str) -> str:
    found = _find(name)
    if found is None:
        raise AssertionError(f"{name} is not here")
    return found


def _find(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(one.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0  # noqa: TID251 - tests alone
