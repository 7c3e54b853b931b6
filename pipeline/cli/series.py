"""`minyi series`: what a series' next number is, which were given, and the confirmation after a restore."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli.options import Group, by, json_document, json_lines, opinion
from pipeline.cli.output import print_json, print_lines, table
from pipeline.cli.parts import office


def number_line(row: Any) -> dict[str, Any]:
    """A number that was given, as JSON."""
    names = ("series", "year", "number", "running", "edition", "bulletin", "reason", "by")
    return {name: getattr(row, name) for name in names}


@click.group(cls=Group)
def series() -> None:
    """刊物：签批次序、期号。"""


@series.command("list")
@json_lines
def list_series(json_: bool) -> None:  # noqa: FBT001 - a flag
    """列出刊物和下一期应有的期号。"""
    from pipeline.office import numbers

    with office() as parts:
        rows = numbers.series(parts)
    if json_:
        print_lines(rows)
        return
    heads = ("刊物", "种类", "下一期", "签批次序", "暂停给号")
    table(
        heads,
        [
            (row.name, KINDS[row.type], f"{row.year}年第{row.next_number}期", " → ".join(row.chain), row.held)
            for row in rows
        ],
    )


KINDS = {"single": "单篇", "digest": "摘编"}


@series.command("numbers")
@click.argument("name", metavar="刊物")
@click.option("--year", type=int, metavar="年份", help="只列这一年")
@json_lines
def numbers_(name: str, year: int | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """列出一种刊物用过的期号，含预留和作废的。"""
    from pipeline.office import numbers

    with office() as parts:
        rows = [number_line(row) for row in numbers.numbers(parts, name, year)]
    if json_:
        print_lines(rows)
        return
    table(
        ("年份", "期号", "总期号", "版", "期刊", "事由"),
        [(row["year"], row["number"], row["running"], row["edition"], row["bulletin"], row["reason"]) for row in rows],
    )


@series.command()
@click.argument("name", metavar="刊物")
@click.option("--number", type=click.IntRange(0), required=True, metavar="期号", help="实际印出的最后一期，没有写 0")
@click.option("--year", type=int, metavar="年份", help="默认今年")
@by
@opinion
@json_document
def confirm(name: str, json_: bool, **said: Any) -> None:  # noqa: FBT001 - a flag
    """恢复数据后核对期号：报上实际印出的最后一期，才能再印发。"""
    from pipeline.office import numbers

    with office() as parts:
        row = numbers.confirm(parts, name, **said)
    if json_:
        print_json(row)
    else:
        click.echo(f"{row.name}：已核对，下一期为{row.year}年第{row.next_number}期")
