"""`minyi ledger`, `quarantine`, `reindex`, `purge`: the books and what was set aside."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli.output import message, print_json, print_lines, table

OUTCOMES = ("received", "indexed", "pending", "duplicate", "rejected", "quarantined", "purged")
HEADS = ("日期", "来源", "收到", "已入库", "待入库", "重复", "不收", "隔离", "已清除")


@click.command()
@click.option("--day", metavar="日期", help="只看这一天，如 2026-11-23")
@click.option("--source", metavar="来源", help="只看这一来源")
@click.option("--json", "json_", is_flag=True, help="输出 JSON，一行一条")
def ledger(day: str | None, source: str | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """采集账目：每天每个来源收到多少，各到了哪里。收到 = 其余各列之和。"""
    from pipeline.wiring import open_system

    with open_system() as system, system.store.reading() as session:
        rows = session.ledger.balance(day, source)
    if json_:
        print_lines(rows)
        return
    print_ledger(rows)


def print_ledger(rows: list[Any]) -> None:
    """The ledger as a table with its sums."""
    sums = ["合计", "", *(sum(getattr(row, name) for row in rows) for name in OUTCOMES)]
    table(HEADS, [*([row.day, row.source, *(getattr(row, name) for name in OUTCOMES)] for row in rows), sums])


@click.group()
def quarantine() -> None:
    """隔离区：没能处理的内容都在这里，原文不丢，可以重新处理。"""


@quarantine.command("list")
@click.option("--json", "json_", is_flag=True, help="输出 JSON，一行一条")
@click.option("--group", metavar="步骤,错误,版本", help="只看这一类")
def list_(group: str | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """列出仍待处理的记录。"""
    from pipeline.wiring import open_system

    with open_system() as system, system.store.reading() as session:
        rows = [row for row in session.quarantine.list(limit=100_000) if in_group(row, group)]
    if json_:
        print_lines(_shown(row) for row in rows)
        return
    table(
        ("编号", "时间", "来源", "步骤", "错误", "原因"),
        [(r.number, r.made_at[:10], r.source, r.step, r.error, r.reason) for r in rows],
    )


@quarantine.command("show")
@click.argument("number", type=int, metavar="编号")
def show(number: int) -> None:
    """看一条记录：原因、经过和原文所在。"""
    from pipeline.wiring import open_system

    with open_system() as system, system.store.reading() as session:
        row = session.quarantine.get(number)
    print_json({**_shown(row), "history": row.history, "bytes": len(row.payload or b"")})


@quarantine.command("replay")
@click.argument("numbers", type=int, nargs=-1, metavar="编号…")
@click.option("--group", metavar="步骤,错误,版本", help="重新处理这一类")
@click.option("--dry-run", is_flag=True, help="只列出，不处理")
def replay(numbers: tuple[int, ...], group: str | None, dry_run: bool) -> int:  # noqa: FBT001 - a flag
    """重新处理隔离区的记录；不写编号也不写类别时，处理全部。"""
    from pipeline.process.replay import replay as again
    from pipeline.wiring import open_system
    from pipeline.workers import bench_of, projector_of

    failed = 0
    with open_system() as system:
        with system.store.reading() as session:
            rows = [row for row in session.quarantine.list(limit=100_000) if in_group(row, group)]
        chosen = [row.number for row in rows if not numbers or row.number in numbers]
        if dry_run:
            print_lines({"number": number} for number in chosen)
            return 0
        bench = bench_of(system)
        with bench.bands:
            for number in chosen:
                done = again(bench, number)
                failed += done.reason is not None
                print_json(done)
        projector_of(system).drain()
    message(f"重新处理 {len(chosen)} 条，其中仍未成功 {failed} 条")
    return 1 if failed else 0


@click.command()
def reindex() -> None:
    """从库里重建检索；期间检索和写入照常。"""
    from pipeline.wiring import open_system
    from pipeline.workers import projector_of

    with open_system() as system:
        total = projector_of(system).reindex()
    message(f"已重建检索：{total} 篇")


def in_group(row: Any, group: str | None) -> bool:
    """Whether a row is of the group `step,error,version`; parts left out match all."""
    wanted = (group or "").split(",")
    return all(not want or want == have for want, have in zip(wanted, (row.step, row.error, row.program), strict=False))


def _shown(row: Any) -> dict[str, Any]:
    names = ("number", "item", "source", "received_at", "step", "error", "reason", "program", "made_at", "state")
    return {name: getattr(row, name) for name in names}
