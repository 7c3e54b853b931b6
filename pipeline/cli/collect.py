"""`minyi crawl`, `import`, `run`: what comes in, and its processing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.books import print_ledger
from pipeline.cli.options import Command, content_of, json_lines
from pipeline.cli.output import busy, message, print_json, print_lines, table
from pipeline.cli.parts import opened, stopping
from pipeline.errors import Transient, UsageError

if TYPE_CHECKING:
    from pipeline.intake.imports import Content, ImportReport, Options
    from pipeline.process.worker import Report
    from pipeline.wiring import System

CRAWLED = ("found", "new", "changed", "unchanged", "failed", "forbidden")


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[来源]…")
@click.option("--catalogue", type=click.Path(path_type=Path), metavar="文件", help="来源目录，默认用本单位的")
@json_lines
def crawl(sources: tuple[str, ...], catalogue: Path | None, json_: bool) -> int:  # noqa: FBT001 - a flag
    """立即采集来源目录中的网站；不写来源则全部采集。每个来源一条报告。"""
    from crawlers.run import crawl as run_crawl

    with opened() as system, busy("正在采集"):
        reports = run_crawl(system, sources, catalogue)
    lines = [report.line() for report in reports]
    if json_:
        print_lines(lines)
    else:
        heads = ("来源", "发现", "新增", "有改动", "无变化", "失败", "不许采集")
        table(heads, [(line["source"], *(line[name] for name in CRAWLED)) for line in lines])
        _print_reasons(lines)
    return 0 if all(report.ok for report in reports) else 1


def _print_reasons(lines: Sequence[Mapping[str, Any]]) -> None:
    for line in lines:
        for reason in line["reasons"]:
            click.echo(f"  {line['source']}：{reason['why']}（{reason['count']} 处）")


@click.command("import", cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="文件…")
@click.option("--source", metavar="来源", help="来源名称，默认用文件名")
@click.option("--columns", metavar="列=字段,…", help="列名对照，如 时间=published_at,网民=author")
@click.option("--dry-run", is_flag=True, help="只核对，不导入")
@click.option("--revise", is_flag=True, help="编号相同而内容不同的行，按修订导入")
@click.option("--kind", type=click.Choice(["submission", "web_lead"]), default="submission", help="来稿或网上线索")
@click.option("--format", "form", default="jsonl", metavar="格式", help="标准输入（文件写 -）的格式，默认 jsonl")
@json_lines
def import_(
    files: tuple[str, ...],
    source: str | None,
    columns: str | None,
    dry_run: bool,  # noqa: FBT001 - a flag
    revise: bool,  # noqa: FBT001 - a flag
    kind: Any,
    form: str,
    json_: bool,  # noqa: FBT001 - a flag
) -> int:
    """导入稿件文件：jsonl csv xlsx docx pdf txt html eml。逐个文件报告收下几条、哪一行没有收下和原因。"""
    from pipeline.intake.imports import Options

    options = Options(source, _columns(columns), kind=kind, revise=revise, dry_run=dry_run)
    failed = False
    with opened() as system:
        contents = (_content(file, form) for file in files)
        for report in _imported(system, contents, options):
            _print_import(report, json_=json_, dry_run=dry_run)
            failed = failed or not report.ok
    return 1 if failed else 0


def _imported(system: System, contents: Iterator[Content], options: Options) -> Iterator[ImportReport]:
    from pipeline.intake.imports import ImportReport, broken_off, import_files

    try:
        store = system.store
    except Transient as error:
        # On a disk without a byte left the store does not even open.
        yield from (ImportReport(one.name, stopped=broken_off(error, 0)) for one in contents)
        return
    yield from import_files(store, system.files, contents, options, clock=system.clock, receipts=system.receipts)


def _columns(written: str | None) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in (written or "").split(",") if pair.strip()]
    if any(not sign or not left.strip() or not right.strip() for left, sign, right in pairs):
        raise UsageError("列名对照写得不对", where="--columns", fix="请写成 文件中的列名=字段，如 时间=published_at")
    return {left.strip(): right.strip() for left, _, right in pairs}


def _content(file: str, form: str) -> Content:
    from pipeline.intake.imports import Content

    if file == "-":
        return Content(f"stdin.{form}", content_of(file))
    path = Path(file)
    return Content(path.name, path)


def _print_import(report: ImportReport, *, json_: bool, dry_run: bool) -> None:
    if json_:
        print_json(report.as_json())
    else:
        done = "可收" if dry_run else "收下"
        refused = f"，未收 {len(report.refused)} 条" if report.refused else ""
        click.echo(f"{report.file}：{done} {report.accepted} 条{refused}")
        if not report.accepted and not report.refused and not report.stopped:
            click.echo("  没有见到稿件。请核对是不是只有表头、没有内容")
        for one in report.refused:
            click.echo(f"  {'' if one.row is None else f'第 {one.row} 行：'}{one.why}")
    for warning in report.warnings:
        message(f"{report.file}：{warning}")
    if report.stopped:
        message(f"{report.file}：{report.stopped}")


@click.command(cls=Command)
@click.option("--once", "mode", flag_value="once", default=True, help="处理完已到的就结束（默认）")
@click.option("--follow", "mode", flag_value="follow", help="一直处理，按 Ctrl+C 结束")
@json_lines
def run(mode: str, json_: bool) -> None:  # noqa: FBT001 - a flag
    """处理已到的全部内容：读正文、查重、分类、找地名、排序、入库、入检索；最后打印账目。"""
    from pipeline.figures import telling
    from pipeline.workers import follow, runner_of, teller_of

    with opened() as system:
        with telling(lambda: teller_of(system)):
            if mode == "follow":
                with stopping() as stopped:
                    _print_run(follow(system, stopped, message))
            else:
                with runner_of(system) as runner, busy("正在处理", lambda: f"{runner.report.messages} 条"):
                    runner.once()
                _print_run(runner.report)
        with system.store.reading() as session:
            rows = session.ledger.balance()
    if json_:
        print_lines(rows)
    else:
        print_ledger(rows)


def _print_run(report: Report) -> None:
    outcomes = "，".join(f"{WORDS.get(name, name)} {count}" for name, count in sorted(report.outcomes.items()))
    message(f"处理了 {report.messages} 条{f'（{outcomes}）' if outcomes else ''}")


WORDS = {
    "pending": "新收或修订",
    "indexed": "已入库",
    "duplicate": "重复",
    "rejected": "不收",
    "quarantined": "隔离",
    "purged": "已清除",
}
