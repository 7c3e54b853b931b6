"""A store on PostgreSQL filled with the rows of another one: one transaction, by COPY, compared row by row before it
commits. Whoever dies in it leaves the tables as they were."""

from __future__ import annotations

from uuid import uuid4

import orjson
import psycopg
from sqlalchemy import Connection, select, text

from pipeline.adapters.store_sql.copying import PAGE, Digest, SqlTables
from pipeline.adapters.store_sql.postgres import MIGRATION, Postgres, copying, driver
from pipeline.adapters.store_sql.tables import metadata, notes
from pipeline.clock import system_clock
from pipeline.errors import Broken, NotAllowed
from pipeline.ports.moving import Tables, Unfinished

NOTE = "unfinished"
SEEDED = ("counters", "generations", "notes")  # which hold rows in a store that is new


def fill(connection: Connection, dialect: Postgres, source: Tables, unfinished: Unfinished) -> dict[str, int]:
    """Replace every row, in the connection's transaction; name → rows. Raises NotAllowed for a store that holds
    something and is not the same work's of before, Broken for a row that PostgreSQL does not take."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION})
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {limit} TO 0"))
    target = SqlTables(connection, dialect, system_clock)
    _refuse_full(connection, target, dialect.place, unfinished)
    connection.execute(text(f"TRUNCATE {', '.join(target.names())}"))
    counts = {name: _copied(connection, dialect, name, source, target) for name in source.names()}
    note(connection, unfinished)
    return counts


def note(connection: Connection, unfinished: Unfinished) -> None:
    """Give the store another id, and close it to all but this process until the work is over."""
    connection.execute(notes.delete().where(notes.c.name.in_(["store_id", NOTE])))
    connection.execute(notes.insert(), [{"name": "store_id", "value": uuid4().hex}, row_of(unfinished)])


def row_of(unfinished: Unfinished) -> dict[str, str]:
    """Its row in `notes`."""
    return {"name": NOTE, "value": orjson.dumps([unfinished.origin, unfinished.fix]).decode()}


def noted(connection: Connection) -> Unfinished | None:
    """What is not over on this store."""
    value = connection.execute(select(notes.c.value).where(notes.c.name == NOTE)).scalar()
    return Unfinished(*orjson.loads(value)) if value else None


def _refuse_full(connection: Connection, target: SqlTables, place: str, unfinished: Unfinished) -> None:
    before = noted(connection)
    if before is not None and before.origin == unfinished.origin:
        return
    held = {name: count for name, count in target.counts().items() if count and name not in SEEDED}
    if held or before is not None:
        listed = "、".join(f"{name} {count} 行" for name, count in held.items()) or "未做完的迁入"
        raise NotAllowed(f"目标库不是空的：{listed}", where=place, fix="请另建一个空的数据库再迁；没有改动任何数据")


def _copied(connection: Connection, dialect: Postgres, name: str, source: Tables, target: SqlTables) -> int:
    given, there = Digest(), Digest()
    columns = [column.name for column in metadata.tables[name].columns]
    try:
        with driver(connection).cursor() as cursor, cursor.copy(copying(name, columns)) as copy:
            for page in source.rows(name):
                given.add(page)
                for row in page:
                    copy.write_row(row)
    except psycopg.DataError as error:
        raise Broken(
            f"库表 {name} 中有 PostgreSQL 不收的内容（{error.sqlstate or type(error).__name__}），没有迁移",
            where=f"第 {max(1, given.rows - PAGE + 1)} 至 {given.rows} 行之间",
            fix="请把 MINYI_HOME/logs 交给维护人员；原数据没有改动",
        ) from error
    except psycopg.Error as error:
        raise dialect.fault(error) or error from error
    for page in target.rows(name):
        there.add(page)
    if given.value != there.value:
        raise Broken(
            f"库表 {name} 两边不一致：原有 {given.rows} 行，迁入 {there.rows} 行，没有迁移",
            where=dialect.place,
            fix="请把 MINYI_HOME/logs 交给维护人员；原数据没有改动",
        )
    return there.rows
