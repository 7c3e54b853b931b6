"""`minyi doctor`, `backup`, `restore`, `migrate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from pipeline.cli.options import Command, json_document, json_lines
from pipeline.cli.output import busy, message, print_json, print_lines
from pipeline.cli.parts import opened
from pipeline.desk.words import PARTS

if TYPE_CHECKING:
    from pipeline.operate.observed import Watched
    from pipeline.operate.restore import Restored
    from pipeline.records.items import Finding
    from pipeline.settings import Settings
    from pipeline.wiring import System

LEFT = {"bus": "总线由 Kafka 自己保存；没有处理的来稿库里也有，不必另做"}
FOLDER = click.argument("folder", type=click.Path(path_type=Path), metavar="文件夹")


@click.command(cls=Command)
@click.option("--watch", "watching", is_flag=True, help="一直看着：有新的告警、告警解除时才说，按 Ctrl+C 结束")
@click.option("--interval", type=click.FloatRange(0.1), default=60.0, metavar="秒", help="隔多少秒看一次，默认 60")
@click.option("--times", type=click.IntRange(1), metavar="次数", help="看这么多次就结束")
@json_lines
def doctor(watching: bool, interval: float, times: int | None, json_: bool) -> int:  # noqa: FBT001 - flags
    """体检：配置（口令不显示）、各部分、磁盘、账目核对、备份；有问题的写明怎么办。"""
    if watching:
        from pipeline.cli.watching import watch

        with opened() as system:
            return watch(system, interval, times, json_=json_)
    return _examined(json_=json_)


def _examined(*, json_: bool) -> int:
    from crawlers.watched import watched
    from pipeline.operate.doctor import examine

    with opened() as system, busy("正在体检"):
        sources, faults = watched(system)
        _settle(system, sources)
        findings = [*examine(cast("Any", system), sources or ()), *faults]
    if json_:
        print_lines(findings)
    else:
        for one in findings:
            click.echo(f"{_word(one)}  {PARTS.get(one.part, one.part)}：{one.what}")
            if one.fix:
                click.echo(f"        → {one.fix}")
    wrong = sum(not one.ok for one in findings)
    message(f"有 {wrong} 项要处理" if wrong else "一切正常")
    return 1 if wrong else 0


def _word(one: Finding) -> str:
    # Well, and yet something to do: an alarm that has a line of its own, or what waits for a person.
    return ("注意" if one.fix else "正常") if one.ok else "有问题"


def _settle(system: System, sources: Sequence[Watched] | None) -> None:
    """Alarms as they are now, so that none is shown that is over."""
    from pipeline.operate.alarms import watch
    from pipeline.operate.observed import Observer

    observer = Observer(cast("Any", system), sources)
    try:
        watch(cast("Any", system), observer)
    finally:
        observer.close()


@click.command(cls=Command)
@FOLDER
@json_document
def backup(folder: Path, json_: bool) -> int:  # noqa: FBT001 - a flag
    """备份到文件夹下的一个新文件夹；期间一切照常。请备份到另一块磁盘。"""
    from pipeline.operate.backup import backup as make_backup

    with opened() as system, busy("正在备份"):
        done = make_backup(cast("Any", system), folder)
    found = done.manifest
    if json_:
        print_json({"folder": done.folder, "at": _shown(found.at), "items": found.items, "files": found.files,
                    "size": found.size, "damaged": found.damaged, "left_out": found.left_out})  # fmt: skip
    else:
        click.echo(f"已备份到 {done.folder}：{found.items} 篇，附件 {found.files} 个，共 {found.size / 1e6:.1f} MB")
    for name in found.damaged:
        message(f"文件 {name} 已损坏或不在文件库里，没有备份；请核对 MINYI_FILES，或从更早的备份找回")
    for name in found.left_out:
        message(f"不在备份里：{LEFT.get(name.partition('：')[0], name)}")
    return 1 if found.damaged else 0


@click.command(cls=Command)
@FOLDER
@json_document
def restore(folder: Path, json_: bool) -> None:  # noqa: FBT001 - a flag
    """从备份恢复。先停下正在运行的 minyi；现有的数据另存不删；恢复后须核对期号才能印发。"""
    from pipeline.clock import worded
    from pipeline.operate.restore import restore as put_back
    from pipeline.settings import load

    settings = load()
    with busy("正在恢复"):
        done = put_back(settings, folder, _open)
    if json_:
        print_json({"folder": done.folder, "since": _shown(done.since), "until": _shown(done.until),
                    "items": done.items, "aside": done.aside or None, "held": done.held, "purged": done.purged,
                    "schema": done.schema or None, "lost": done.lost})  # fmt: skip
    else:
        click.echo(f"已恢复 {done.folder}：{done.items} 篇，检索已重建")
        if done.aside:
            click.echo(f"原来的数据另存在 {done.aside}，核对无误后可以删去")
        if done.schema:
            click.echo(
                f"原来的库表另存在数据库的 {done.schema} 模式下，核对无误后由管理员删去（DROP SCHEMA … CASCADE）"
            )
    message(f"{worded(done.since)} 至 {worded(done.until)} 之间收到的来稿、办理的各步、印发的期刊可能缺失，请逐项核对")
    if done.lost:
        message(f"总线已不再保存其中 {done.lost} 条消息，账目记为缺口")
    _tell_purges(done)
    message("请运行 minyi run 处理备份时尚未处理的来稿；印发前先核对期号：")
    for name in done.held:
        message(f"  minyi series confirm {name} --number 最后印出的期号 --by 姓名")
    if not done.held:
        message("  刊物文件 series.yaml 有误，请先改正（minyi rules check），再逐个刊物核对")
    message("还没有印过的刊物，期号写 0")


def _tell_purges(done: Restored) -> None:
    if done.purged:
        message(f"备份之后清除过的 {len(done.purged)} 篇已再次清除：{'、'.join(done.purged)}")
    if done.purges_unknown:
        message("原来的库不在或读不出，备份之后清除过哪些稿件无从得知；请对照清除登记，用 minyi purge 再清除一遍")
    for warning in done.warnings:
        message(warning)


def _open(settings: Settings) -> Any:
    from pipeline.wiring import open_system

    return open_system(settings)


def _shown(stored: str) -> str:
    from pipeline.clock import shown

    return shown(stored)


@click.command(cls=Command)
@json_document
def migrate(json_: bool) -> None:  # noqa: FBT001 - a flag
    """升级数据库：先自动备份，再升级；已是最新的什么也不做。"""
    with opened() as system:
        steps = system.store.migrate()
    if json_:
        print_json({"steps": steps})
    else:
        click.echo(f"数据库已升级：{'、'.join(steps)}" if steps else "数据库已是最新版本")
