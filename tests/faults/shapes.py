"""The two shapes a fault test runs on: embedded, and on servers, whose settings lie in a file of the home."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.clock import system_clock
from pipeline.settings import Settings, child_environment, load
from pipeline.wiring import open_store

SHAPES = ("embedded", "servers")
EITHER = pytest.mark.parametrize("shape", SHAPES, indirect=True)  # a test that uses `home`, on both
FILE = "servers.json"


def on_servers(home: Path, lines: dict[str, str]) -> Path:
    """A home whose parts are these, with less patience."""
    home.mkdir(parents=True)
    patience = home / "bus.properties"
    patience.write_text("request.timeout.ms=3000\n", encoding="utf-8")
    lines = {**lines, "MINYI_BUS": f"{lines['MINYI_BUS']}?properties={patience}"}
    (home / FILE).write_text(json.dumps(lines), encoding="utf-8")
    return home


def settings_of(home: Path) -> Settings:
    """The settings of a home, wherever its parts are."""
    file = home / FILE
    lines = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return load({**lines, "MINYI_HOME": str(home)})


def environment_of(home: Path) -> dict[str, str]:
    """What a command that works on this home is given."""
    return child_environment(settings_of(home))


@contextmanager
def books(home: Path) -> Iterator[Any]:
    """A connection to the store's database past the product, for one transaction."""
    store: Any = open_store(settings_of(home), system_clock)
    try:
        with store._writer.connect() as connection, connection.begin():
            yield connection
    finally:
        store.close()


def asked(home: Path, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the store's database."""
    with books(home) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def altered(home: Path, statements: list[str]) -> None:
    """Statements of the engine's own, such as triggers."""
    with books(home) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def refuse_row(home: Path, title: str) -> None:
    """From now on the database refuses items of this title."""
    if settings_of(home).store.scheme == "sqlite":
        raised = f"WHEN new.title = '{title}' BEGIN SELECT RAISE(ABORT, 'no'); END"
        altered(home, [f"CREATE TRIGGER refuse BEFORE INSERT ON items {raised}"])
    else:
        altered(home, [f"ALTER TABLE items ADD CONSTRAINT refuse CHECK (title <> '{title}')"])


def take_row(home: Path) -> None:
    """It refuses none again."""
    embedded = settings_of(home).store.scheme == "sqlite"
    altered(home, ["DROP TRIGGER refuse" if embedded else "ALTER TABLE items DROP CONSTRAINT refuse"])
