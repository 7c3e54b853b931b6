"""`minyi kibana`: what editors see in Kibana, made for this site and pushed there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Command, Group, json_document
from pipeline.cli.output import busy, message, print_json
from pipeline.cli.parts import opened
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.ports.kibana import Imported
    from pipeline.settings import Address, Settings
    from pipeline.wiring import System

KINDS = {"index-pattern": "数据视图", "search": "检索", "visualization": "图表", "dashboard": "看板"}
WEB = click.option("--web", metavar="网址", help="编辑打开工作台的网址，如 http://10.1.2.3:8000；稿件由此打开")


@click.group(cls=Group)
def kibana() -> None:
    """编辑在 Kibana 里用的数据视图、检索和看板。"""


@kibana.command("build", cls=Command)
@WEB
@click.option("--out", type=click.Path(path_type=Path), metavar="文件", help="写到这个文件，不写则输出到屏幕")
def build_(web: str | None, out: Path | None) -> None:
    """照本单位的设置做成一个文件，可在 Kibana 的“已保存对象”页导入。"""
    with opened() as system:
        made = _made(system, web)
    if out is None:
        click.echo(made.decode(), nl=False)
        return
    try:
        out.write_bytes(made)
    except OSError as error:
        raise UsageError("写不进去", where=str(out), fix="请核对路径和权限") from error
    message(f"已写到 {out}，请在 Kibana 的“堆栈管理－已保存对象”页导入，选“覆盖”")


@kibana.command("push", cls=Command)
@click.option("--url", metavar="网址", help="Kibana 的网址，不写则用 MINYI_KIBANA；口令请写在属性文件里")
@WEB
@json_document
def push(url: str | None, web: str | None, json_: bool) -> int:  # noqa: FBT001 - a flag
    """送到 Kibana，原来送过的照新的覆盖；编辑自己做的不动。"""
    with opened() as system:
        address = _address(system.settings, url)
        made = _made(system, web)
        with busy("正在送往 Kibana"):
            _tell(system)
            done = _taken(address, made)
    if json_:
        failed = [{"type": one.kind, "id": one.id, "title": one.title, "why": one.why} for one in done.failures]
        print_json({"url": address.masked, "imported": done.count, "failed": failed})
    else:
        click.echo(f"已送到 {address.masked}：{done.count} 个")
        for one in done.failures:
            click.echo(f"  没有送成：{KINDS.get(one.kind, one.kind)}“{one.title or one.id}”，{one.why}")
    return 1 if done.failures else 0


def _address(settings: Settings, url: str | None) -> Address:
    from pipeline.settings import kibana_at

    if url:
        return kibana_at(url, "--url")
    if settings.kibana:
        return kibana_at(settings.kibana)
    raise UsageError("没有写 Kibana 在哪里", where="--url", fix="请写 --url https://主机:5601，或设置 MINYI_KIBANA")


def _made(system: System, web: str | None) -> bytes:
    from pipeline.operate.kibana import Site, build, region_names
    from pipeline.wiring import index_prefix

    prefix = index_prefix(system.settings)
    if prefix is None:
        fix = "用 Elasticsearch 的才有 Kibana；本机的请用工作台"
        raise UsageError("检索用的是本机存储，Kibana 看不到", where="MINYI_SEARCH", fix=fix)
    if web is not None and not web.startswith(("http://", "https://")):
        raise UsageError(f"“{web}”不是网址", where="--web", fix="请写成 http://10.1.2.3:8000 的样子")
    given: dict[str, Any] = {"desk": web} if web else {}
    site = Site(prefix=prefix, zone=system.settings.zone.key, regions=region_names(system.rules.regions), **given)
    if web is None:
        message(f"没有写 --web，稿件的链接指向 {site.desk}，只在本机打得开")
    return build(site)


def _tell(system: System) -> None:
    """Put the books' figures there, too, so that no dashboard is empty until the night."""
    from pipeline.errors import MinyiError
    from pipeline.workers import teller_of

    try:
        teller_of(system).everything()
    except MinyiError as error:
        message(f"账目暂时没有送到检索服务器（{error.what}），夜里会再送")


def _taken(address: Address, made: bytes) -> Imported:
    from contextlib import closing

    from pipeline.wiring import open_kibana

    with closing(open_kibana(address)) as found:
        return found.take(made)
