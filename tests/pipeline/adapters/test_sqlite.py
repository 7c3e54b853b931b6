"""SQLite files as the embedded adapters keep them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psutil

from pipeline.adapters.sqlite import Database, Layout, insert

LAYOUT = Layout("试验", 1, 1, schema=("CREATE TABLE texts (text TEXT NOT NULL) STRICT",))


def test_inserts_of_every_number_of_rows_keep_little_in_memory(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "texts.db", LAYOUT)) as file:
        process = psutil.Process()
        before = process.memory_info().rss
        for count in range(1, 121):
            with file.writing() as connection:
                connection.execute("DELETE FROM texts")
                insert(connection, "INSERT INTO texts", [("文" * (1_000_000 // 3 // count),)] * count)
        assert process.memory_info().rss - before < 60_000_000
