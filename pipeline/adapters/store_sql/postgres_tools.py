"""PostgreSQL's own programs: pg_dump for a backup, pg_restore and psql for bringing it back in one transaction."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from psycopg import sql

from pipeline.adapters.store_sql import schema
from pipeline.adapters.store_sql.postgres import MIGRATION, TLS, Postgres
from pipeline.adapters.store_sql.postgres_fill import row_of
from pipeline.adapters.store_sql.tables import metadata
from pipeline.errors import Broken, MinyiError, Transient
from pipeline.ports.moving import Unfinished
from pipeline.settings import Address, environment

TABLES = (*sorted(metadata.tables), "alembic_version")
NEWER = "MY001"  # an SQLSTATE of our own
STATE = re.compile(r"\b([0-9A-Z]{5})\s*$")


def dump(address: Address, spaces: str, target: Path) -> None:
    """The store's tables, whatever is written meanwhile; complete or not there."""
    part = target.with_name(f"{target.name}.part")
    words = [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={part}"]
    done = subprocess.run(  # noqa: S603 - our own words
        [*words, *(f'--table="{spaces}".{name}' for name in TABLES)],
        env=_environment(address),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise _failed(words[0], done.returncode, address)
    part.replace(target)


def load(
    address: Address, dialect: Postgres, dumped: Path, aside: tuple[str, Sequence[str]], spaces: str, note: Unfinished
) -> None:
    """Put the dump's tables in the place of those that are there, which go to the schema `aside` (name, tables), in
    one transaction. Raises what the server's answer means; nothing has changed then."""
    restore, psql = program("pg_restore"), program("psql")
    words = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-f", "-"]
    given = _environment(address)
    with subprocess.Popen(  # noqa: S603 - our own words
        words, env=given, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as client:
        if client.stdin is None or client.stderr is None:
            raise AssertionError("opened as pipes")
        try:
            client.stdin.write(_before(aside, spaces).encode())
            client.stdin.flush()
            script = [restore, "--no-owner", "--no-privileges", "--file=-", str(dumped)]
            made = subprocess.run(script, env=given, stdout=client.stdin, stderr=subprocess.DEVNULL, check=False)  # noqa: S603
            # Without the COMMIT in it whatever came before is rolled back.
            client.stdin.write(b"" if made.returncode else _after(spaces, note).encode())
            client.stdin.close()
        except BrokenPipeError:
            made = None  # it ended at an error, which it tells
        said = client.stderr.read().decode("utf-8", "replace")
    if client.returncode:
        raise _meaning(said, dialect, client.returncode, address)
    if made is None or made.returncode:
        raise Broken("备份中的数据库读不出来", where=str(dumped), fix="请换一份备份；原数据没有改动")


def _before(aside: tuple[str, Sequence[str]], spaces: str) -> str:
    name, tables = aside
    lines = ["BEGIN", "SET LOCAL lock_timeout = '10s'", f"SELECT pg_advisory_xact_lock({MIGRATION})"]
    if tables:
        lines.append(f'CREATE SCHEMA "{name}"')
        lines += [f'ALTER TABLE "{spaces}".{table} SET SCHEMA "{name}"' for table in tables]
    return "".join(f"{line};\n" for line in lines)


def _after(spaces: str, note: Unfinished) -> str:
    row = row_of(note)
    values = sql.SQL("({}, {}), ({}, {})").format("store_id", uuid4().hex, row["name"], row["value"]).as_string(None)
    newer = f"'{schema.head()}' < (SELECT version_num FROM \"{spaces}\".alembic_version)"  # noqa: S608 - our own words
    return (
        f"DO $$ BEGIN IF {newer} THEN RAISE EXCEPTION SQLSTATE '{NEWER}'; END IF; END $$;\n"
        f"DELETE FROM \"{spaces}\".notes WHERE name IN ('store_id', '{row['name']}');\n"
        f'INSERT INTO "{spaces}".notes (name, value) VALUES {values};\n'
        "COMMIT;\n"
    )


def _meaning(said: str, dialect: Postgres, status: int, address: Address) -> MinyiError:
    states = [found[1] for line in said.splitlines() if (found := STATE.search(line))]
    if NEWER in states:
        return Broken("这份备份由新版本程序所做", where=address.masked, fix="请先升级本机的民意程序；原数据没有改动")
    return dialect.stated(states[0]) if states else _failed("psql", status, address)


def _failed(name: str, status: int, address: Address) -> Transient:
    return Transient(
        f"{Path(name).name} 没有做成（退出码 {status}）",
        where=address.masked,
        fix="请核对数据库是否可连、客户端版本不低于服务器、磁盘有无空间",
    )


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is. Raises Broken when it is not here."""
    # Debian keeps the server's programs off the PATH.
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(one.parts[-3]))
    here = shutil.which(name) or (str(found[-1]) if found else None)
    if here is None:
        raise Broken(
            f"本机没有 {name}，备份和恢复不了数据库", fix="请安装 postgresql-client，或由数据库管理员备份、恢复"
        )
    return here


def _environment(address: Address) -> dict[str, str]:
    # By the environment: a password among the words is everybody's to read.
    parts = urlsplit(address.url)
    return {
        **environment(),
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGPASSWORD": address.properties.get("password") or unquote(parts.password or ""),
        "PGAPPNAME": "minyi-tools",
        **{f"PG{name.upper()}": address.properties[name] for name in TLS if name in address.properties},
    }
