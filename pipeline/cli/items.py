"""`minyi item`: the desk's moves of items. Each is made by a person and goes into the history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Command, Group, by, ids, json_lines, opinion, text, text_of, title
from pipeline.cli.output import message, print_lines
from pipeline.cli.parts import office

if TYPE_CHECKING:
    from pipeline.office.items import Moved

# act → (its sentence, whether it asks for a word of a dictionary)
PLAIN = {
    "submit": "提交初审",
    "accept": "采用备用",
    "decline": "不采用存查，须写明理由和意见",
    "send-back": "退回补充，须写明意见",
    "redirect": "转其他渠道，须写明渠道和意见",
    "verify": "转入核实",
    "archive": "归档",
    "note": "作参考，须写明意见",
}


@click.group(cls=Group)
def item() -> None:
    """稿件的各步。每一步都记下经办人、时间和意见；minyi states 可看各步的条件。"""


def _plain(act: str, sentence: str) -> click.Command:
    @click.command(act, cls=Command, help=f"{sentence}。")
    @ids
    @by
    @opinion
    @json_lines
    def command(ids: tuple[str, ...], json_: bool, **said: Any) -> None:  # noqa: FBT001 - a flag
        from pipeline.office.items import move

        with office() as parts:
            _print(move(parts, act, ids, **said), json_=json_)

    if act == "decline":
        command = click.option("--reason", metavar="理由", help="理由（字典中的一条）")(command)
    if act == "redirect":
        command = click.option("--channel", metavar="渠道", help="转到哪里（字典中的一条）")(command)
    return command


for _act, _sentence in PLAIN.items():
    item.add_command(_plain(_act, _sentence))


@item.command()
@ids
@by
@opinion
@json_lines
def withdraw(ids: tuple[str, ...], by: str, opinion: str | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """撤稿，编号或回执均可；还没有处理的来稿也能撤。须写明意见。"""
    from pipeline.office.removal import withdraw as withdraw_item

    with office() as parts:
        _print([withdraw_item(parts, key, by=by, opinion=opinion or "") for key in ids], json_=json_)


@item.command()
@click.argument("key", metavar="编号")
@title
@text
@by
@opinion
@json_lines
def edit(
    key: str,
    title: str | None,
    text: str | None,
    file: str | None,
    by: str,
    opinion: str | None,
    json_: bool,  # noqa: FBT001 - a flag
) -> None:
    """改稿：另存一份审签稿，原稿不动。"""
    from pipeline.office.items import edit as edit_item

    body = text_of(text, file)
    with office() as parts:
        _print([edit_item(parts, key, by=by, title=title, text=body, opinion=opinion)], json_=json_)


@item.command()
@ids
@by
@opinion
@json_lines
def merge(ids: tuple[str, ...], by: str, opinion: str | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """并稿：第一篇为主稿，其余并入，各反映人都署名。"""
    from pipeline.office.merging import merge as merge_items

    with office() as parts:
        _print(merge_items(parts, ids, by=by, opinion=opinion), json_=json_)


@item.command()
@ids
@by
@opinion
@json_lines
def unmerge(ids: tuple[str, ...], by: str, opinion: str | None, json_: bool) -> None:  # noqa: FBT001 - a flag
    """取消并入；机器不会再把它们算作同一篇。须写明意见。"""
    from pipeline.office.merging import unmerge as unmerge_items

    with office() as parts:
        _print(unmerge_items(parts, ids, by=by, opinion=opinion), json_=json_)


@item.command()
@ids
@click.option(
    "--into",
    required=True,
    type=click.Choice(["topic", "call", "proposal_lead", "note", "submission"]),
    help="转选题 topic、约稿 call、提案线索 proposal_lead、作参考 note、自采成稿 submission",
)
@by
@opinion
@title
@text
@click.option("--verified-by", metavar="姓名", help="自采成稿：核实人")
@click.option("--verified-on", metavar="日期", help="自采成稿：核实日期，如 2026-11-23")
@click.option("--verified-how", metavar="方式", help="自采成稿：核实方式")
@click.option("--author", metavar="姓名", help="自采成稿：反映人")
@click.option("--unit", metavar="单位", help="自采成稿：反映单位")
@click.option("--named", is_flag=True, help="自采成稿：反映人同意署名")
@json_lines
def convert(ids: tuple[str, ...], into: str, json_: bool, **said: Any) -> None:  # noqa: FBT001 - a flag
    """转办网上线索：转选题、约稿、提案线索、作参考，或经核实自采成稿。"""
    from pipeline.office.leads import convert as convert_leads

    if into == "submission":
        _make_own(ids, json_=json_, **said)
        return
    with office() as parts:
        _print(convert_leads(parts, ids, into=into, by=said["by"], opinion=said["opinion"] or ""), json_=json_)


def _make_own(ids: tuple[str, ...], *, json_: bool, **said: Any) -> None:
    from pipeline.errors import UsageError
    from pipeline.office.leads import Verified, make_own

    if len(ids) != 1:
        raise UsageError("自采成稿一次只能办一条线索")
    body = text_of(said["text"], said["file"])
    verified = Verified(
        by=said["verified_by"] or "",
        on=said["verified_on"] or "",
        how=said["verified_how"] or "",
        author=said["author"],
        unit=said["unit"],
        named=said["named"],
    )
    with office() as parts:
        own = make_own(
            parts,
            ids[0],
            by=said["by"],
            verified=verified,
            title=said["title"] or "",
            text=body or "",
            opinion=said["opinion"],
        )
    if json_:
        print_lines([own])
    else:
        click.echo(f"自采成稿已收：编号 {own.item}，回执 {own.receipt}。运行 minyi run 后可办理")


def _print(moves: Iterable[Moved], *, json_: bool) -> None:
    from pipeline.cli.choices import state_word

    for one in moves:
        if json_:
            print_lines([{name: getattr(one, name) for name in MOVED}])
        else:
            click.echo(f"{one.id}  {state_word(one.before)} → {state_word(one.state)}")
        for warning in one.warnings:
            message(f"{one.id}：{warning}")


MOVED = ("id", "act", "before", "state", "version", "bulletin")
