"""A newer program: one that knows a revision more than this one, and upgrades the store to it."""

from __future__ import annotations

import shutil
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.adapters.store_sql import schema
from pipeline.errors import MinyiError
from pipeline.wiring import open_system
from tests.faults.shapes import settings_of
from tests.faults.trap import Edge

HEAD = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    {statement}
"""
STATEMENTS = {
    "expand": 'op.add_column("items", sa.Column("weight", sa.Integer(), nullable=False, server_default="7"))',
    "contract": 'op.alter_column("items", "weight", new_column_name="heft")',
}


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """Upgrade the store of a home by one revision (`expand`), or by two (`contract`)."""
    with TemporaryDirectory() as folder:
        _learn(Path(folder) / "migrations", ["expand", "contract"][: 1 + (do == "contract")])
        try:
            with open_system(settings_of(Path(home))) as system:
                pipe.send(("done", system.store.migrate()))
        except MinyiError as error:
            pipe.send(("error", str(error)))


def _learn(folder: Path, kinds: list[str]) -> None:
    shutil.copytree(schema.MIGRATIONS, folder)
    known = schema.known()
    for kind in kinds:
        revision = f"{int(known[-1]) + 1:04}"
        text = HEAD.format(revision=revision, before=known[-1], statement=STATEMENTS[kind])
        (folder / "versions" / f"{revision}_{kind}.py").write_text(text, encoding="utf-8")
        known = [*known, revision]
        if kind == "expand":
            schema.EXPANDS = schema.EXPANDS | {revision}
    schema.MIGRATIONS = folder
    schema.known.cache_clear()
