"""`minyi bulletin`: from a draft to the printed number, and what comes after a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Group, by, content_of, ids, json_document, json_lines, opinion, text, text_of, title
from pipeline.cli.output import message, print_json, print_lines, table
from pipeline.cli.parts import office, office_in, opened
from pipeline.cli.series import number_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.office.shows import Done, Shown
    from pipeline.office.signing import OnPaper

KEY = click.argument("key", metavar="期刊编号")


@click.group(cls=Group)
def bulletin() -> None:
    """期刊的各步：起草、送审、审核、签发、印发、导出。期号在印发时才给。"""


def carry_out(use_case: Callable[..., Done], *, json_: bool, **said: Any) -> None:
    """One act of the office with what the person said, and what it led to."""
    with office() as parts:
        print_done(use_case(parts, **said), json_=json_)


def acting(*own: Callable[[Any], Any], name: str | None = None) -> Callable[[Callable[..., None]], click.Command]:
    """A command that acts on one bulletin: its key, who, an opinion, options of its own, `--json`."""

    def made(command: Any) -> click.Command:
        for option in reversed((KEY, by, opinion, *own, json_document)):
            command = option(command)
        return bulletin.command(name)(command)

    return made


def on_paper(command: Any) -> Any:
    """The options for what a leader gave on paper."""
    command = click.option("--scan", metavar="文件", help="纸质审签单的扫描件")(command)
    command = click.option("--on", metavar="日期", help="纸质审签的日期，如 2026-11-23")(command)
    command = click.option("--registered-by", metavar="姓名", help="纸质审签：由谁代为登记")(command)
    return click.option("--role", metavar="职务", help="以什么职务，默认按签批次序")(command)


def article(does: str) -> Callable[[Any], Any]:
    """`--article`: which one of the bulletin's."""
    said = f"{does}第几篇，默认第 1 篇"
    return click.option("--article", type=click.IntRange(1), default=1, metavar="第几篇", help=said)


@bulletin.command()
@ids
@click.option("--series", metavar="刊物", help="刊物名称，默认第一种")
@title
@text
@by
@opinion
@json_document
def draft(text: str | None, file: str | None, **said: Any) -> None:
    """起草一期：一篇，或摘编数篇；写了正文的，是各篇合写的综合稿。"""
    from pipeline.office import drafting

    carry_out(drafting.draft, text=text_of(text, file), **said)


@acting(ids)
def add(**said: Any) -> None:
    """摘编：在末尾加入稿件。"""
    from pipeline.office import drafting

    carry_out(drafting.add, **said)


@acting(ids)
def remove(**said: Any) -> None:
    """移出稿件，稿件回到备用。"""
    from pipeline.office import drafting

    carry_out(drafting.remove, **said)


@bulletin.command()
@KEY
@ids
@by
@json_document
def order(**said: Any) -> None:
    """按所写次序排列各篇。"""
    from pipeline.office import drafting

    carry_out(drafting.order, **said)


@acting(article(""), title, text, click.option("--note", "note_text", metavar="按语", help="按语"))
def rewrite(text: str | None, file: str | None, **said: Any) -> None:
    """改本期的标题、按语，或综合稿的正文；单篇的正文用 minyi item edit。"""
    from pipeline.office import drafting

    carry_out(drafting.rewrite, text=text_of(text, file), **said)


@acting()
def submit(**said: Any) -> None:
    """送审。"""
    from pipeline.office import drafting

    carry_out(drafting.submit, **said)


@acting(click.option("--role", metavar="职务", help="以什么职务"), name="send-back")
def send_back(opinion: str | None, **said: Any) -> None:
    """退回起草人修改，须写明意见。"""
    from pipeline.office import drafting

    carry_out(drafting.send_back, opinion=opinion or "", **said)


@acting(on_paper)
def approve(registered_by: str | None, on: str | None, scan: str | None, **said: Any) -> None:
    """审核通过，到签批次序的下一级。"""
    from pipeline.office import signing

    carry_out(signing.approve, paper=_paper(registered_by, on, scan), **said)


@acting(on_paper)
def countersign(
    opinion: str | None, role: str | None, registered_by: str | None, on: str | None, scan: str | None, **said: Any
) -> None:
    """会签，须写明意见。"""
    from pipeline.office import signing

    paper, role = _paper(registered_by, on, scan), role or signing.COUNTERSIGNER
    carry_out(signing.countersign, opinion=opinion or "", role=role, paper=paper, **said)


@acting(on_paper)
def sign(registered_by: str | None, on: str | None, scan: str | None, **said: Any) -> None:
    """签发。签发的是此刻的文字，之后一改就要重新签发。"""
    from pipeline.office import signing

    carry_out(signing.sign, paper=_paper(registered_by, on, scan), **said)


def _paper(registered_by: str | None, on: str | None, scan: str | None) -> OnPaper | None:
    from pipeline.errors import UsageError
    from pipeline.office.signing import OnPaper

    if registered_by is None and on is None and scan is None:
        return None
    if registered_by is None or on is None:
        raise UsageError("纸质审签须写明登记人和日期", fix="请同时写 --registered-by 和 --on")
    return OnPaper(registered_by, on, content_of(scan) if scan else None)


@acting()
def issue(**said: Any) -> None:
    """印发：给期号、定稿、做出文件。中途出错时再执行一次即可接着做，不会另占期号。"""
    from pipeline.office import issuing

    carry_out(issuing.issue, **said)


@acting()
def stop(opinion: str | None, **said: Any) -> None:
    """停发（印发之前），须写明意见。"""
    from pipeline.office import aftermath

    carry_out(aftermath.stop, opinion=opinion or "", **said)


@acting(click.option("--recipients", required=True, metavar="单位,…", help="收回名单，用逗号或顿号隔开"))
def recall(opinion: str | None, recipients: str, **said: Any) -> None:
    """收回已印发的一期，须写明意见和收回名单。"""
    from pipeline.office import aftermath

    names = [name.strip() for name in recipients.replace("，", ",").replace("、", ",").split(",")]
    carry_out(aftermath.recall, opinion=opinion or "", recipients=names, **said)


@acting(article("更正"), title, text)
def correct(opinion: str | None, text: str | None, file: str | None, **said: Any) -> None:
    """更正重发：另起第二版，期号不变；仍须送审、签发、印发。"""
    from pipeline.office import aftermath

    carry_out(aftermath.correct, opinion=opinion or "", text=text_of(text, file), **said)


@acting()
def void(opinion: str | None, **said: Any) -> None:
    """作废：期号保留为作废，稿件回到备用。"""
    from pipeline.office import aftermath

    carry_out(aftermath.void, opinion=opinion or "", **said)


@bulletin.command()
@click.argument("series", metavar="刊物")
@click.option("--reason", required=True, metavar="事由", help="为什么预留，如停电期间纸质印发")
@click.option("--count", type=int, default=1, metavar="几个", help="几个期号，默认 1")
@by
@json_lines
def reserve(series: str, json_: bool, **said: Any) -> None:  # noqa: FBT001 - a flag
    """预留期号：停电等情况下已在纸上印发的。"""
    from pipeline.office import numbers

    with office() as parts:
        rows = numbers.reserve(parts, series, **said)
    if json_:
        print_lines(number_line(row) for row in rows)
    else:
        click.echo(f"已预留：{'、'.join(f'{row.year}年第{row.number}期' for row in rows)}")


@bulletin.command("list")
@click.option("--series", metavar="刊物", help="只列这一种")
@click.option("--state", metavar="状态", help="只列这一状态，如 待签发 或 to_sign")
@click.option("--limit", type=click.IntRange(1), default=100, metavar="条数", help="至多几条，默认 100")
@json_lines
def list_(series: str | None, state: str | None, limit: int, json_: bool) -> None:  # noqa: FBT001 - a flag
    """列出期刊，新的在前。"""
    from pipeline.cli.choices import bulletin_state, bulletin_state_word
    from pipeline.desk.bulletins import named
    from pipeline.office import shows

    states = [bulletin_state(state)] if state else []
    with office() as parts:
        rows = shows.bulletins(parts, series=series, states=states, limit=limit)
        if series and not rows:
            named(series, parts.series)  # one that is in no rule any more may still have issues
    if json_:
        print_lines(rows)
        return
    table(
        ("编号", "刊物", "期号", "状态", "标题"),
        [(row.id, row.series, number_words(row), bulletin_state_word(row.state), row.title) for row in rows],
    )


@bulletin.command()
@KEY
@json_document
def show(key: str, json_: bool) -> None:  # noqa: FBT001 - a flag
    """看一期：期号、状态、稿件、签发人、文件。"""
    from pipeline.cli.find import act_lines
    from pipeline.office import shows

    with office() as parts:
        row, history = shows.show(parts, key), shows.history(parts, "bulletin", key)
    if json_:
        print_json(row)
        return
    _print_shown(row)
    for line in act_lines("bulletin", history):
        click.echo(f"  {line}")


@bulletin.command()
@KEY
@click.option("--format", "form", required=True, type=click.Choice(["docx", "pdf", "html", "md"]), help="格式")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="文件夹", help="默认 MINYI_HOME/exports"
)
@json_document
def export(key: str, form: str, out: Path | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """导出。已印发的每次都是同样的字节；印发前导出的标明送审稿。"""
    from pipeline.cli.writing import write_whole
    from pipeline.office.issuing import export as export_file

    with opened() as system:
        found = export_file(office_in(system), key, form)
        path = write_whole((out or system.settings.exports_dir) / found.name, found.content)
    if json_:
        print_json({"id": key, "format": form, "file": str(path), "size": len(found.content)})
    else:
        click.echo(path)
    for warning in found.warnings:
        message(warning)


def print_done(done: Done, *, json_: bool) -> None:
    """What an act on a bulletin led to."""
    if json_:
        print_json(done.bulletin)
    else:
        _print_shown(done.bulletin)
    for warning in done.warnings:
        message(warning)


def _print_shown(row: Shown) -> None:
    from pipeline.cli.choices import bulletin_state_word

    click.echo(f"{row.id}  {row.series}{number_words(row)}  {bulletin_state_word(row.state)}")
    click.echo(f"  {row.title}（稿件：{'、'.join(row.items)}）")
    if row.signer:
        click.echo(f"  签发：{row.signer}")
    for file in row.files:
        click.echo(f"  {file['format']}：{file['name']}")


def number_words(row: Shown) -> str:
    """2026年第86期（总第1203期）; 第　期 before it has one."""
    return f"{row.year}年第{row.number}期（总第{row.running}期）" if row.number is not None else "第　期"
