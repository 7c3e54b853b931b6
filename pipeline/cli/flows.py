"""`minyi flows deploy` and `work`: the flows on an operator's Prefect server. On one machine `minyi up` does it all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import Command, Group, json_document
from pipeline.cli.output import message, print_json

if TYPE_CHECKING:
    from pipeline.settings import Settings

POOL = click.option("--pool", metavar="工作池", default="minyi", show_default=True, help="工作池的名称，类型为 process")


@click.group(cls=Group)
def flows() -> None:
    """多机部署：把定时任务交给 Prefect 服务器（PREFECT_API_URL），在各台机器上启动工作进程。

    只有一台机器的，用 minyi up 即可。
    """


@flows.command(cls=Command)
@POOL
@click.option("--together", metavar="份数", type=click.IntRange(1, 10), help="同时处理的份数，平常是 3")
@json_document
def deploy(pool: str, together: int | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """在 Prefect 服务器上登记：工作池、四项定时任务、对中断任务的看护。重复运行无妨，升级后再运行一次。"""
    settings = _ready()
    from flows.deploy import deploy as put_up

    done = asyncio.run(put_up(settings.zone.key, pool, together))
    if json_:
        print_json({"pool": pool, "deployments": done})
    else:
        click.echo(f"已登记到工作池 {pool}：{'、'.join(done)}")
        message(f"请在每台处理用的机器上运行 minyi flows work --pool {pool}")


@flows.command(cls=Command)
@POOL
@click.option("--name", metavar="名称", help="这个工作进程在 Prefect 界面上的名称，平常自动取")
@click.option("--limit", metavar="个数", type=click.IntRange(1), help="这台机器同时最多运行几个任务，平常不限")
def work(pool: str, name: str | None, limit: int | None) -> None:
    """启动工作进程，运行工作池里的定时任务，直到按 Ctrl-C。可在多台机器上各启动一个。"""
    _ready()
    from flows.worker import work as take_part

    asyncio.run(take_part(message, pool, name, limit))


def _ready() -> Settings:
    from flows.offline import RUNS, prefect_home
    from pipeline.settings import adopt, load

    settings = load()
    prefects = prefect_home(settings.home)
    prefects.mkdir(parents=True, exist_ok=True)
    adopt(settings, {**RUNS, "PREFECT_HOME": str(prefects)})  # before Prefect is imported: it reads them then
    return settings
