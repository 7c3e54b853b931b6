"""Marks beside what was moved elsewhere, so that nobody goes on with it by mistake: `store.db.moved` beside `store.db`.

Whoever opens a marked part is refused; taking the mark away makes it usable again. While a move goes on, its lock
file in the home is held, and whoever opens the home is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from pipeline.clock import worded
from pipeline.errors import Broken, NotAllowed
from pipeline.operate import copies
from pipeline.settings import Address

ENDING = ".moved"
LOCK = "move.lock"  # an SQLite file, whose lock ends with the process that holds it


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a part went (no password in it), and when; `origin` is the id that the store had, `parts` are the
    settings that moved together, each of which has its mark once the move is over."""

    to: str
    at: str
    origin: str
    parts: Sequence[str]


def mark_of(address: Address) -> Mark | None:
    """The mark beside a part; None for one that was not moved, or is on a server."""
    file = _file(address)
    return Mark(**orjson.loads(file.read_bytes())) if file is not None and file.exists() else None


def write_mark(address: Address, mark: Mark) -> None:
    """Mark a part, durably. One on a server stays as it is."""
    if (file := _file(address)) is not None:
        part = file.with_name(file.name + ".part")
        copies.write_synced(part, orjson.dumps(asdict(mark)))
        part.replace(file)
        copies.sync_folder(file.parent)


def remove_mark(address: Address) -> bool:
    """Take the mark away; whether there was one."""
    file = _file(address)
    if file is None or not file.exists():
        return False
    file.unlink()
    copies.sync_folder(file.parent)
    return True


def refuse_moved(address: Address) -> None:
    """Raises Broken for a part that was moved elsewhere."""
    if found := mark_of(address):
        raise Broken(
            f"这里的数据已于{worded(found.at)}迁出到 {found.to}",
            where=str(address.path),
            fix="请改用新的设置；确要重新启用这份旧数据，请运行 minyi move --undo",
        )


def refuse_moving(home: Path) -> None:
    """Raises NotAllowed while a move of this home goes on."""
    if copies.in_use(home / LOCK):
        raise NotAllowed("这份数据正在迁移", where=str(home), fix="请等 minyi move 结束，再按它说的设置启动")


def _file(address: Address) -> Path | None:
    return address.path.with_name(address.path.name + ENDING) if address.path is not None else None
