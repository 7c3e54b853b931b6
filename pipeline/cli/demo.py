"""`minyi demo`: the whole chain on a made-up county."""

from __future__ import annotations

import sys
from functools import partial

import click

from pipeline.cli.options import Command

WIDTH = 60  # cells to wipe before what passes is written over


@click.command(cls=Command)
def demo() -> int:
    """演示：用虚构的县走一遍采集、来稿、去重、编审、印发、导出，约一分钟。

    每次在数据目录的 demo 下另建一个文件夹，不碰已有的数据。
    """
    from flows.demo.play import play

    return play(partial(click.echo), _flash if sys.stdout.isatty() else None)


def _flash(text: str) -> None:
    click.echo(f"\r{' ' * WIDTH}\r{text}", nl=False)
