"""`minyi ledger`, `quarantine`, `reindex`, `purge`: the books and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Command, Group, corrected, json_document, json_lines, text_of
from pipeline.cli.output import busy, message, print_json, print_lines, table
from pipeline.cli.parts import office_in, opened
from pipeline.errors import NotFound, UsageError

if TYPE_CHECKING:
    from pipeline.process.replay import Replayed, Word
    from pipeline.wiring import System

OUTCOMES = ("received", "indexed", "pending", "duplicate", "rejected", "quarantined", "purged")
EVERY = 1_000_000
WORDS = {
    "number": "编号",
    "title": "标题",
    "url": "网址",
    "item": "稿件",
    "source": "来源",
    "received_at": "收到",
    "step": "步骤",
    "error": "错误",
    "reason": "原因",
    "program": "程序版本",
    "made_at": "时间",
    "state": "状态",
    "history": "经过",
    "bytes": "原文字节数",
}
HEADS = ("日期", "来源", "收到", "已入库", "待入库", "重复", "不收", "隔离", "已清除")


@click.command(cls=Command)
@click.option("--day", metavar="日期", help="只看这一天，如 2026-11-23")
@click.option("--source", metavar="来源", help="只看这一来源")
@json_lines
def ledger(day: str | None, source: str | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """采集账目：每天每个来源收到多少，各到了哪里。收到 = 其余各列之和。"""
    from pipeline.cli.choices import day as written_day
    from pipeline.desk.words import source_key

    day = written_day(day, "--day")
    with opened() as system, system.store.reading() as session:
        rows = session.ledger.balance(day, source_key(source))
    if json_:
        print_lines(rows)
        return
    print_ledger(rows)


def print_ledger(rows: list[Any]) -> None:
    """The ledger as a table with its sums."""
    from pipeline.desk.words import source_word

    sums = ["合计", "", *(sum(getattr(row, name) for row in rows) for name in OUTCOMES)]
    table(
        HEADS, [*([row.day, source_word(row.source), *(getattr(row, name) for name in OUTCOMES)] for row in rows), sums]
    )


@click.group(cls=Group)
def quarantine() -> None:
    """隔离区：没能处理的内容都在这里，原文不丢，可以重新处理。"""


@quarantine.command("list")
@json_lines
@click.option("--group", metavar="步骤,错误,版本", help="只看这一类")
def list_(group: str | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """列出仍待处理的记录。"""
    with opened() as system, system.store.reading() as session:
        rows = [row for row in session.quarantine.list(limit=EVERY) if in_group(row, group)]
        lines = [_shown(row, system.settings.zone) for row in rows]
    if json_:
        print_lines(lines)
        return
    if not lines:
        message("隔离区没有待处理的")
        return
    names = ("number", "made_at", "source", "step", "error", "reason")
    table([WORDS[name] for name in names], [[_worded(name, line[name]) for name in names] for line in lines])


@quarantine.command("show")
@click.argument("number", type=int, metavar="编号")
@json_document
def show(number: int, json_: bool) -> None:  # noqa: FBT001 - a flag
    """看一条记录：原因、经过和原文大小。"""
    from pipeline.clock import shown
    from pipeline.process.replay import about
    from pipeline.text.masks import masked

    with opened() as system, system.store.reading() as session:
        row = session.quarantine.get(number)
        zone = system.settings.zone
        history = [{**one, "at": shown(one["at"], zone)} for one in row.history]
    page = {**_shown(row, zone), "history": history, "bytes": len(row.payload or b"")}
    if json_:
        print_json(page)
        return
    subject = about(row)
    page = {"title": masked(subject.title) if subject.title else None, "url": subject.url, **page}
    for name, value in page.items():
        click.echo(f"{WORDS.get(name, name)}：{_worded(name, value)}")


def _worded(name: str, value: Any) -> Any:
    """A field as the screen shows it."""
    from pipeline.desk import words

    if name == "history":
        return "；".join(f"{_worded('made_at', one['at'])} {one['why']}" for one in value) or "无"
    if name in {"made_at", "received_at"} and value:
        return value[:16].replace("T", " ")
    if name == "error":
        return words.FAULTS.get(value) or f"{words.OTHER_FAULT}（{value}）"
    said = {"source": words.INLETS, "step": words.STEPS, "state": words.STATES}.get(name, {})
    return "无" if value is None else said.get(value, value)


@quarantine.command("replay")
@click.argument("numbers", type=int, nargs=-1, metavar="[编号]…")
@click.option("--group", metavar="步骤,错误,版本", help="重新处理这一类")
@click.option("--all", "every", is_flag=True, help="重新处理全部")
@click.option("--accept", is_flag=True, help="低置信的，经人看过，照读出的收下")
@click.option("--by", metavar="姓名", help="看过或改正的人，记入经过")
@corrected
@click.option("--dry-run", is_flag=True, help="只列出，不处理")
@json_lines
def replay(
    numbers: tuple[int, ...],
    group: str | None,
    every: bool,  # noqa: FBT001 - a flag
    dry_run: bool,  # noqa: FBT001 - a flag
    json_: bool,  # noqa: FBT001 - a flag
    **said: Any,
) -> int:
    """重新处理隔离区的记录：写编号、--group 或 --all。原文还在，账目随结果改。"""
    word = _word(numbers, **said)
    with opened() as system:
        chosen = _chosen(system, numbers, group, every=every)
        if dry_run:
            print_lines({"number": number} for number in chosen)
            return 0
        with busy("正在重新处理"):
            done = _replayed(system, chosen, word)
    for one in done:
        if json_:
            print_json(one)
        else:
            click.echo(f"第 {one.number} 号：{one.reason or '已处理'}")
    failed = sum(one.reason is not None for one in done)
    message(f"重新处理 {len(done)} 条" + (f"，其中仍未成功 {failed} 条" if failed else ""))
    return 0


def _chosen(system: System, numbers: tuple[int, ...], group: str | None, *, every: bool) -> list[int]:
    if not numbers and not group and not every:
        raise UsageError("没有写明处理哪些", fix="请写编号，或 --group 步骤,错误,版本，或 --all")
    with system.store.reading() as session:
        rows = session.quarantine.list(limit=EVERY)
    waiting = [row.number for row in rows if in_group(row, group)]
    if missing := [number for number in numbers if number not in waiting]:
        raise NotFound(f"隔离区没有待处理的第 {missing[0]} 号", fix="请用 minyi quarantine list 查看编号")
    return [number for number in waiting if number in numbers] if numbers else waiting


def _word(
    numbers: Sequence[int], *, accept: bool, text: str | None, file: str | None, title: str | None, by: str | None
) -> Word | None:
    """A person's word on what is processed again."""
    from pipeline.process.replay import Word
    from pipeline.steps.clean import Corrected
    from pipeline.text.repair import repair, scrub

    said = text_of(text, file)
    if said is None and title:
        raise UsageError("只写标题不够", where="--title", fix="请用 --text 或 --file 写明正文")
    if said is None:
        return Word(by=by or "") if accept else None
    if len(numbers) != 1:
        raise UsageError("一次只能改正一条", fix="请写明那一条的编号")
    if not (whole := repair(said)[0].strip()):
        raise UsageError("改正的正文是空的", fix="请用 --text 或 --file 写明网页上的正文")
    return Word(Corrected(whole, scrub(title)), by or "")


def _replayed(system: System, numbers: list[int], word: Word | None) -> list[Replayed]:
    from pipeline.process.replay import replay as again
    from pipeline.workers import bench_of, projector_of

    bench = bench_of(system)
    with bench.bands:
        done = [again(bench, number, word) for number in numbers]
    projector_of(system).drain()
    return done


@click.command(cls=Command)
def reindex() -> None:
    """从库里重建检索；期间检索和写入照常。"""
    from pipeline.workers import projector_of

    with opened() as system, busy("正在重建检索"):
        total = projector_of(system).reindex()
    message(f"已重建检索：{total} 篇")


@click.command(cls=Command)
@click.argument("key", metavar="编号")
@click.option("--by", required=True, metavar="姓名", help="经办人")
@click.option("--second", required=True, metavar="姓名", help="复核人，须是另一人")
@click.option("--opinion", metavar="意见", help="办理意见")
@json_document
def purge(key: str, json_: bool, **said: Any) -> None:  # noqa: FBT001 - a flag
    """由两人清除一篇（编号或回执）的内容：库、检索、文件、总线。已印发的期刊不动。"""
    from pipeline.office.removal import purge as purge_item
    from pipeline.workers import projector_of

    with opened() as system:
        done = purge_item(office_in(system), system.bus, key, **said)
        projector_of(system).drain()
        system.store.tidy()
    if json_:
        print_json(done)
    else:
        click.echo(f"已清除 {done.id}：消息 {done.messages} 条，文件 {done.files} 个；此后的备份不再含有它")
        click.echo("从前的备份里仍有：从中恢复时会再次清除；备份本身请按保存期限销毁，或另做备份再销毁旧的")
    for warning in done.warnings:
        message(warning)


def in_group(row: Any, group: str | None) -> bool:
    """Whether a row is of the group `step,error,version`, in the screen's words or the books'; parts left out match
    all."""
    wanted = (group or "").replace("，", ",").split(",")
    have = ("step", row.step), ("error", row.error), ("", row.program)
    return all(
        not want or want in (value, _worded(name, value)) for want, (name, value) in zip(wanted, have, strict=False)
    )


def _shown(row: Any, zone: Any) -> dict[str, Any]:
    from pipeline.clock import shown

    names = ("number", "item", "source", "received_at", "step", "error", "reason", "program", "made_at", "state")
    times = {name: shown(at, zone) if (at := getattr(row, name)) else None for name in ("received_at", "made_at")}
    return {**{name: getattr(row, name) for name in names}, **times}
