"""`minyi clean`, `classify`, `dedup`, `locate`, `score`: the steps on a file, without a home. Nothing is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Command, json_lines
from pipeline.cli.output import message, print_json
from pipeline.clock import dated

if TYPE_CHECKING:
    from pipeline.records.items import Region
    from pipeline.rules import Rules

FILE = click.argument("file", metavar="文件")
FORMAT = click.option(
    "--format", "form", default="jsonl", metavar="格式", help="标准输入（文件写 -）的格式，默认 jsonl"
)


def _rules() -> Rules:
    from pipeline.rules import Rules
    from pipeline.settings import load

    return Rules(load().rules_dir)


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="文件…")
@json_lines
def clean(files: tuple[str, ...], json_: bool) -> int:  # noqa: FBT001 - a flag
    """读文件的正文、标题、日期、作者，修复乱码，找出个人信息；txt html docx pdf eml，或一行一篇的 jsonl csv。"""
    from pipeline.cli.reading import read_file

    failed = False
    for file in files:
        for page in read_file(file):
            failed = failed or page["outcome"] == "refused"
            if json_:
                print_json(page)
            else:
                _print_clean(page)
    return 1 if failed else 0


def _print_clean(page: dict[str, Any]) -> None:
    click.echo(f"{page['file']}：{CLEANED[page['outcome']]}{'，' + page['reason'] if page['reason'] else ''}")
    if page["outcome"] == "refused" or not page["text"]:
        return
    moment = page["published_at"] and dated(page["published_at"])
    facts = (page["charset"], moment, page["author"], page["source"])
    click.echo(f"  {page['title'] or '（无标题）'}（{'，'.join(filter(None, facts))}）")
    sure = "" if page["confidence"] is None else f"，把握 {page['confidence']:.2f}"
    click.echo(f"  修复 {len(page['repairs'])} 处，个人信息 {len(page['pii'])} 处{sure}")
    click.echo(page["text"])


CLEANED = {"cleaned": "读出", "rejected": "不收", "quarantined": "隔离", "refused": "读不了"}


@click.command(cls=Command)
@FILE
@click.option("--scheme", type=click.Path(path_type=Path), metavar="YAML", help="分类方案，默认用本单位的")
@FORMAT
@json_lines
def classify(file: str, scheme: Path | None, form: str, json_: bool) -> int:  # noqa: FBT001 - a flag
    """给文件中的每一行（id、title、text）分类，写明依据的词。"""
    from pipeline.cli.rows import read_rows
    from pipeline.rules.taxonomy import Scheme
    from pipeline.rules.yamlfile import load_yaml
    from pipeline.steps.classify import classify as step

    used = load_yaml(scheme, Scheme) if scheme else _rules().taxonomy
    rows = read_rows(file, form)
    for key, one in zip(rows.ids, step(rows.cleaned, used), strict=True):
        if json_:
            print_json(
                {
                    "id": key,
                    "domain": one.domain,
                    "topic": one.topic,
                    "confidence": one.confidence,
                    "undecided": one.undecided,
                    "reasons": one.reasons,
                }
            )
        else:
            doubt = "，把握不大" if one.undecided else ""
            click.echo(f"{key}  {one.domain} {one.topic or ''}（{one.confidence}{doubt}）{'、'.join(one.reasons)}")
    return 1 if rows.refused else 0


@click.command(cls=Command)
@FILE
@FORMAT
@json_lines
def dedup(file: str, form: str, json_: bool) -> int:  # noqa: FBT001 - a flag
    """查文件中的重复：相同、改写、删节、加头尾的归作一组，在前的一行为首。"""
    from pipeline.cli.rows import compare, read_rows

    rows = read_rows(file, form)
    found = compare(rows.cleaned)
    named = {one.item: key for key, one in zip(rows.ids, rows.cleaned, strict=True)}
    for key, one in zip(rows.ids, rows.cleaned, strict=True):
        other, pair = found.closest.get(one.item, (None, None))
        lead = named[found.leads[one.item]]
        line = {
            "id": key,
            "cluster": lead,
            "matter": lead,
            "leads": found.leads[one.item] == one.item,
            "closest": named[other] if other else None,
            "similarity": pair.similarity if pair else None,
            "kind": pair.kind if pair else "none",
        }
        if json_:
            print_json(line)
        elif pair:
            click.echo(f"{key}  与 {line['closest']} 相似 {pair.similarity:.0%}（{KINDS[pair.kind]}），组 {lead}")
    if not json_:
        message(f"共 {len(rows.ids)} 行，与前面的行重复的 {len(found.closest)} 行")
    return 1 if rows.refused else 0


KINDS = {"exact": "相同", "near": "改动过"}


@click.command(cls=Command)
@FILE
@FORMAT
@json_lines
def locate(file: str, form: str, json_: bool) -> int:  # noqa: FBT001 - a flag
    """找文件中每一行说到的地方（行政区划到县）。"""
    from pipeline.cli.rows import read_rows
    from pipeline.steps.locate import locate as step

    rows = read_rows(file, form)
    for key, regions in zip(rows.ids, step(rows.cleaned, _rules().regions), strict=True):
        if json_:
            print_json({"id": key, "regions": [_region(one) for one in regions]})
        else:
            listed = "、".join(f"{one.name}（{one.code or '待定：' + '、'.join(one.candidates)}）" for one in regions)
            click.echo(f"{key}  {listed or '没有地名'}")
    return 1 if rows.refused else 0


def _region(one: Region) -> dict[str, Any]:
    facts = {"code": one.code, "name": one.name, "level": one.level, "role": one.role, "at": one.at}
    return {**facts, "candidates": one.candidates} if one.candidates else facts


@click.command(cls=Command)
@FILE
@FORMAT
@json_lines
def score(file: str, form: str, json_: bool) -> int:  # noqa: FBT001 - a flag
    """给文件中的每一行算参考排序（0 到 100），写明各项和理由；只供编辑参考。"""
    from pipeline.cli.rows import compare, read_rows
    from pipeline.clock import system_clock
    from pipeline.steps.classify import classify as to_class
    from pipeline.steps.locate import locate as to_place
    from pipeline.steps.score import ToScore
    from pipeline.steps.score import score as step

    rows, rules = read_rows(file, form), _rules()
    others = compare(rows.cleaned).others
    read = zip(rows.cleaned, to_class(rows.cleaned, rules.taxonomy), to_place(rows.cleaned, rules.regions), strict=True)
    inputs = [ToScore(one, domain, regions, others[one.item]) for one, domain, regions in read]
    for key, one in zip(rows.ids, step(inputs, rules.scoring, system_clock()), strict=True):
        if json_:
            print_json({"id": key, "score": one.score, "parts": one.parts, "urgent": one.urgent})
        else:
            click.echo(f"{key}  {one.score:g}{'，紧急' if one.urgent else ''}")
            for part in one.parts:
                click.echo(f"    {part.name} {part.value * part.weight:g}/{part.weight:g}：{part.why}")
    return 1 if rows.refused else 0
