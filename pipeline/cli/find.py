"""`minyi search` and `minyi show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import Command, json_document, json_lines
from pipeline.cli.output import busy, message, print_json, print_lines
from pipeline.cli.parts import office_in, opened

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pipeline.records.items import Hit, Hits


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[词语]…")
@click.option("--domain", metavar="类别", help="只查这一类")
@click.option("--region", metavar="地名或代码", help="只查这一地，含其下各地；地名或六位代码")
@click.option("--state", metavar="状态", help="只查这一状态，如 待初审 或 submitted")
@click.option("--kind", metavar="种类", help="来稿 submission 或 网上线索 web_lead")
@click.option("--source", metavar="来源", help="只查这一来源")
@click.option("--since", metavar="日期", help="只查这一天以来发布的，如 2026-11-01")
@click.option("--sort", type=click.Choice(["date", "relevance"]), default="date", help="按日期（默认）或按相关")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, metavar="条数", help="至多几条，默认 20")
@json_lines
def search(words: tuple[str, ...], limit: int, json_: bool, **filters: Any) -> None:  # noqa: FBT001 - a flag
    """检索稿件和网上线索；多个词用空格隔开，须同时出现。不写词语则列出全部。"""
    from pipeline.cli.choices import query_of
    from pipeline.workers import projector_of

    with opened() as system, busy("正在检索"):
        hits = projector_of(system).find(query_of(system.rules, " ".join(words), limit=limit, **filters))
        zone = system.settings.zone
    if json_:
        print_lines(hit_line(hit, zone) for hit in hits.hits)
    else:
        _print_hits(hits, zone)


def hit_line(hit: Hit, zone: ZoneInfo) -> dict[str, Any]:
    """One hit as CONTRACT gives it."""
    one = hit.document
    names = ("id", "origin", "kind", "title", "source", "published_at", "state", "domain", "score", "cluster")
    line = {name: getattr(one, name) or None for name in names}
    return {**line, "published_at": when(one.published_at, zone), "score": one.score, "highlights": hit.highlights}


def when(stored: str | None, zone: ZoneInfo) -> str | None:
    """A stored time as it is emitted."""
    from pipeline.clock import shown

    return shown(stored, zone) if stored else None


def _print_hits(hits: Hits, zone: ZoneInfo) -> None:
    from pipeline.cli.choices import state_word
    from pipeline.desk.words import source_word

    for hit in hits.hits:
        one = hit.document
        day = (when(one.published_at or one.received_at, zone) or "")[:10]
        facts = (day, source_word(one.source), state_word(one.state), one.domain or "", f"参考排序 {one.score:g}")
        click.echo(f"{one.id}  {one.title}")
        click.echo("    " + "｜".join(filter(None, facts)))
        for highlight in hit.highlights[:1]:
            click.echo(f"    {' '.join(highlight.split())}")
    more = "，只列出前面的；可加 --limit" if hits.total > len(hits.hits) else ""
    message(f"共 {hits.total}{' 篇以上' if hits.capped else ' 篇'}{more}")


@click.command(cls=Command)
@click.argument("key", metavar="编号")
@json_document
def show(key: str, json_: bool) -> None:  # noqa: FBT001 - a flag
    """看一篇（编号或回执）：原文、审签稿、自动识别和依据、办理经过、重复、账目。"""
    from pipeline.cli.item_page import item_page

    with opened() as system:
        page = item_page(office_in(system), key)
    if json_:
        print_json(page)
    else:
        _print_page(page)


def _print_page(page: dict[str, Any]) -> None:
    from pipeline.cli.choices import state_word
    from pipeline.desk.words import source_word
    from pipeline.records.names import Kind

    submitted = page["kind"] == Kind.SUBMISSION
    click.echo(f"{page['title'] or '（无标题）'}\n")
    facts = (
        ("编号", page["id"]),
        ("回执", page["receipt"]),
        ("来源", f"{source_word(page['source'])}（{page['origin']}）"),
        ("网址", page["url"]),
        ("状态", state_word(page["state"])),
        ("收到", _minute(page["received_at"])),
        ("日期" if submitted else "发布", _minute(page["published_at"])),
        ("反映人" if submitted else "作者", page["author"]),
        ("单位", page["unit"]),
        ("期刊", page["bulletin"]),
    )
    for name, value in facts:
        if value:
            click.echo(f"{name}：{value}")
    _print_reading(page["reading"] or {})
    click.echo(f"\n{page['text'] or '（正文待处理或已清除）'}\n")
    if page["reply"]:
        click.echo(f"网站上的答复：\n{page['reply']}\n")
    if (page["edit"] or {}).get("text"):
        click.echo(f"审签稿：\n{page['edit']['text']}\n")
    _print_books(page)


def _minute(at: str | None) -> str:
    # A day without an hour is kept as its midnight.
    return (at or "")[:16].replace("T", " ").removesuffix(" 00:00")


def _print_reading(reading: dict[str, Any]) -> None:
    if not reading:
        return
    doubt = "，把握不大" if reading.get("undecided") else ""
    click.echo(f"类别：{reading.get('domain')} {reading.get('topic') or ''}（{reading.get('confidence')}{doubt}）")
    regions = "、".join(dict.fromkeys(region["name"] for region in reading.get("regions") or ()))
    click.echo(f"地名：{regions or '无'}")
    click.echo(f"参考排序：{reading.get('score')}{'，紧急' if reading.get('urgent') else ''}")


def act_lines(subject: str, history: Sequence[dict[str, Any]]) -> list[str]:
    """The history as lines for the screen."""
    from pipeline.desk.states import BULLETIN_MOVES, ITEM_MOVES

    titles = {act: move.title for act, move in {**BULLETIN_MOVES, **ITEM_MOVES}.items()}
    if subject == "bulletin":
        titles |= {act: move.title for act, move in BULLETIN_MOVES.items()}
    lines: list[str] = []
    for one in history:
        said = (one["at"][:16].replace("T", " "), one["by"], titles.get(one["act"], one["act"]), one["opinion"])
        lines.append(" ".join(filter(None, said)) + _remarks(one["by"], one["details"]))
    return lines


def _remarks(by: str, details: dict[str, Any]) -> str:
    """Who signed and whose place he took, where that is not said yet, and what the history marks."""
    name, proxy = details.get("name"), details.get("proxy_for")
    signed = name if name != by and details.get("registered") else None
    said = (signed, details.get("registered"), f"代{proxy}" if proxy else None, *details.get("notes", ()))
    found = "；".join(filter(None, said))
    return f"（{found}）" if found else ""


def _print_books(page: dict[str, Any]) -> None:
    from pipeline.desk.words import OUTCOMES, source_word

    for one in page["cluster"]["members"]:
        if one["id"] != page["id"]:
            click.echo(f"{_alike(one)}：{one['id']} {one['title']}（{source_word(one['source'])}）")
    for line in act_lines("item", page["history"]):
        click.echo(line)
    for row in page["ledger"]:
        outcome = OUTCOMES.get(row["outcome"], row["outcome"])
        click.echo(f"账目：{row['day']} {outcome} {row['reason'] or ''}".rstrip())


def _alike(one: dict[str, Any]) -> str:
    if one["similarity"] is None:
        return "经他篇相连"
    if one["similarity_kind"] == "negative":
        return "已判定不是同一篇"
    # A person's word has no share.
    return f"疑似重复 {one['similarity']:.0%}" if one["by"] == "machine" else f"{one['by']}认定为同一事项"
