"""`minyi states`, `rules`, `source`: what is in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Command, Group, json_document, json_lines
from pipeline.cli.output import busy, message, print_json, print_lines, table
from pipeline.cli.parts import opened
from pipeline.errors import RuleError

if TYPE_CHECKING:
    from pipeline.settings import Settings


@click.command(cls=Command)
@json_lines
def states(json_: bool) -> None:  # noqa: FBT001 - a flag
    """各步由谁办、从哪一状态到哪一状态、要写明什么；程序用的就是这张表。"""
    from pipeline.desk.states import ASKS, ROLES, titles
    from pipeline.desk.states import table as moves

    rows = list(moves())
    if json_:
        print_lines(rows)
        return
    words = titles()
    for subject, title in (("item", "稿件"), ("bulletin", "期刊")):
        click.echo(f"{title}：")
        for row in rows:
            if row["subject"] == subject:
                starts = "、".join(words[subject][one] for one in row["from"]) or "新"
                end = row["note"] if row["to"] is None else words[subject][row["to"]]
                who = "、".join(ROLES[one] for one in row["roles"])
                asks = f"；须写明{'、'.join(ASKS[one] for one in row['asks'])}" if row["asks"] else ""
                click.echo(f"  {row['act']} {row['title']}：{starts} → {end}；由{who}{asks}")


@click.group(cls=Group)
def rules() -> None:
    """本单位的规则文件（MINYI_HOME/rules）。"""


@rules.command()
@json_document
def check(json_: bool) -> None:  # noqa: FBT001 - a flag
    """核对规则文件：写错的指出文件、行、字段；没错的说明与随程序的有何不同。"""
    from pipeline.rules import Rules
    from pipeline.rules.check import describe
    from pipeline.settings import load

    settings = load()
    found = Rules(settings.rules_dir)
    sources, wrong = _catalogue(settings)
    if wrong := [*found.faults(), *wrong]:
        raise RuleError.of(wrong)
    lines = [*describe(found), *sources, *_strangers(settings.rules_dir)]
    if json_:
        print_json({"version": found.version, "versions": dict(found.versions), "lines": lines})
        return
    click.echo("\n".join(lines))
    message(f"规则文件没有错误（{settings.rules_dir}）")


@rules.command()
@click.option("--by", required=True, metavar="姓名", help="经办人")
@json_document
def apply(by: str, json_: bool) -> None:  # noqa: FBT001 - a flag
    """按现行规则重新识别已有的内容：类别、地区、参考排序。正文、编辑改定的和办理状态都不动。"""
    from pipeline.process.reread import reread
    from pipeline.workers import projector_of

    with opened() as system, busy("正在重新识别"):
        run, total = reread(system.store, system.rules.for_reading(), system.clock, by)
        projector_of(system).drain()
    if json_:
        print_json({"run": run, "items": total})
        return
    done = f"已按现行规则重新识别 {total} 篇，运行号 {run}；撤回用 minyi undo {run}"
    message(done if total else "已有的内容都是按现行规则识别的，没有改动")


@click.command(cls=Command)
@click.argument("run", metavar="运行号")
@json_document
def undo(run: str, json_: bool) -> None:  # noqa: FBT001 - a flag
    """撤回一次重新识别：恢复此前的类别、地区和参考排序。"""
    from pipeline.process.reread import unread
    from pipeline.workers import projector_of

    with opened() as system, busy("正在撤回"):
        total = unread(system.store, run)
        projector_of(system).drain()
    if json_:
        print_json({"run": run, "items": total})
        return
    message(f"已撤回 {run}：{total} 篇恢复了此前的识别结果")


def _catalogue(settings: Settings) -> tuple[list[str], list[RuleError]]:
    from crawlers.catalogue import catalogue_file, load_catalogue

    file = catalogue_file(settings)
    try:
        return ([f"来源目录：{len(load_catalogue(file).sources)} 个来源"] if file.exists() else []), []
    except RuleError as error:
        return [], [error]


def _strangers(folder: Path) -> list[str]:
    """A line on the files that are none of the rules: most likely a name written wrong."""
    from pipeline.rules import SHIPPED

    known = {*(path.name for path in SHIPPED.glob("*.yaml")), "catalogue.yaml"}
    odd = sorted(path.name for path in folder.glob("*.y*ml") if path.name not in known)
    return [f"没有用到的文件：{'、'.join(odd)}。规则文件只有：{'、'.join(sorted(known))}"] if odd else []


@click.group(cls=Group)
def source() -> None:
    """来源目录（MINYI_HOME/rules/catalogue.yaml）。"""


CATALOGUE = click.option("--catalogue", type=click.Path(path_type=Path), metavar="文件", help="默认用本单位的")


@source.command("list")
@CATALOGUE
@json_lines
def list_(catalogue: Path | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """列出来源和最近一次采集的结果。"""
    from crawlers.catalogue import catalogue_file, load_catalogue

    with opened() as system:
        sources = load_catalogue(catalogue or catalogue_file(system.settings)).sources
        with system.store.reading() as session:
            last = {one.name: _last(session.crawls.reports(one.name, 1), system.settings.zone) for one in sources}
    rows = [{**one.model_dump(mode="json"), "last": last[one.name]} for one in sources]
    if json_:
        print_lines(rows)
        return
    table(
        ("来源", "名称", "地区", "间隔", "最近采集", "发现", "新增", "失败"),
        [(row["name"], row["title"], row["region"], row["every"], *_brief(row["last"])) for row in rows],
    )


def _last(reports: list[dict[str, Any]], zone: Any) -> dict[str, Any] | None:
    from pipeline.clock import shown

    return {**reports[0], "at": shown(reports[0]["at"], zone)} if reports else None


def _brief(last: dict[str, Any] | None) -> tuple[Any, ...]:
    return (last["at"][:16], last["found"], last["new"], last["failed"]) if last else ("还没有", "", "", "")


@source.command("check")
@CATALOGUE
@json_document
def check_sources(catalogue: Path | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """核对来源目录；不访问网站。"""
    from crawlers.catalogue import catalogue_file, load_catalogue
    from pipeline.settings import load

    file = catalogue or catalogue_file(load())
    sources = load_catalogue(file).sources
    if json_:
        print_json({"file": str(file), "sources": [one.name for one in sources]})
    else:
        click.echo(f"来源目录没有错误：{len(sources)} 个来源（{file}）")
