"""`minyi move`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from pipeline.cli.options import Command, json_document
from pipeline.cli.output import busy, message, print_json
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.operate.move import Moved
    from pipeline.operate.parts import Parts
    from pipeline.settings import Settings


@click.command(cls=Command)
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[新设置文件]")
@click.option("--undo", is_flag=True, help="撤销：旧数据重新可用（其后在新处收到和办理的，旧数据里没有）")
@json_document
def move(file: Path | None, undo: bool, json_: bool) -> int:  # noqa: FBT001 - flags
    """从本机文件迁到服务器：库到 PostgreSQL，总线到 Kafka，可同时换检索和附件。

    新的地址写在一个设置文件里（格式同 deploy/env.example，只写要换的几行）。
    先停下 minyi up 和其他 minyi 命令。先把已收到的全部处理完，再迁，两边逐行核对；
    中途断了，再运行一次即可。旧数据不改动，迁完后标上“已迁出”，不会误用。
    """
    from pipeline.logs import logging_to
    from pipeline.operate import move as moving
    from pipeline.settings import load, with_file

    settings = load()
    if undo == (file is not None):
        raise UsageError("请写新设置文件，或写 --undo，二者写一个", fix="例如：minyi move 新设置.env")
    if file is None:
        return _undone(moving.undo(settings), json_=json_)
    settings.make_home()
    with logging_to(settings.home, settings.zone), busy("正在迁移"):
        done = moving.move(settings, with_file(file), _open, _drain)
    if json_:
        print_json({"parts": done.parts, "tables": done.tables, "files": done.files, "items": done.items,
                    "damaged": done.damaged})  # fmt: skip
    else:
        _tell(done)
    _tell_next(done, file)
    return 1 if done.damaged else 0


def _open(settings: Settings) -> Any:
    from pipeline.wiring import System

    return System(settings)  # the home is ours while it moves: `open_system` refuses everybody


def _drain(parts: Parts) -> None:
    from pipeline.workers import runner_of

    with runner_of(cast("Any", parts)) as runner:
        runner.once()


def _undone(names: list[str], *, json_: bool) -> int:
    if json_:
        print_json({"undone": names})
    elif names:
        click.echo(f"旧数据重新可用：{'、'.join(names)}")
    if not names:
        message("这里没有“已迁出”的标记；请在原来的设置下运行")
        return 1
    message("迁出以后在新处收到和办理的，旧数据里没有；使用前请运行 minyi reindex")
    return 0


def _tell(done: Moved) -> None:
    for name, target in done.parts.items():
        click.echo(f"{name} 已迁到 {target}")
    if done.tables:
        rows = sum(done.tables.values())
        click.echo(f"库：{len(done.tables)} 张表 {rows} 行，两边逐行一致；其中稿件和线索 {done.tables['items']} 篇")
    if done.files:
        click.echo(f"附件：{done.files} 个")
    if done.items is not None:
        click.echo(f"检索：重建 {done.items} 篇")


def _tell_next(done: Moved, file: Path) -> None:
    for name in done.damaged:
        message(f"附件 {name} 已损坏，没有迁；请从备份找回")
    message(f"请把 {file} 中的设置启用（每台机器、每个服务），再启动；先运行 minyi doctor，再做一次备份")
    message("旧数据已标为“已迁出”，原样留着；核对无误后请删去，以后清除稿件清不到它。要重新启用：minyi move --undo")
