"""`minyi up`: everything for one machine."""

from __future__ import annotations

import click

from pipeline.cli.options import Command
from pipeline.cli.output import message


@click.command(cls=Command)
@click.option("--host", metavar="地址", default="127.0.0.1", help="网页听哪个地址；写 0.0.0.0 则局域网可用")
@click.option("--port", metavar="端口", type=click.IntRange(1, 65535), help="网页的端口，平常是 8000")
@click.option("--prefect-port", metavar="端口", type=click.IntRange(1, 65535), help="后台任务界面的端口，平常是 4200")
@click.option("--no-prefect", is_flag=True, help="只开网页，不开后台任务服务和定时任务")
def up(host: str, port: int | None, prefect_port: int | None, no_prefect: bool) -> None:  # noqa: FBT001 - a flag
    """启动本机的全部服务：网页、后台任务服务和界面、定时任务。

    各服务的日志在数据文件夹的 logs 下。按 Ctrl-C 全部停止。
    """
    from flows.up import Ports
    from flows.up import up as bring_up
    from pipeline.settings import load

    bring_up(load(), Ports(host, port, prefect_port), with_flows=not no_prefect, say=message)
