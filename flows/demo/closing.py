"""closing: what became of everything: fates, the ledger that balances, files, and what to try next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.demo.acting import Acting
from flows.demo.content import Told
from flows.demo.editing import Issued
from flows.demo.place import environment_of
from flows.demo.story import Story, cut
from pipeline.desk.words import source_word
from pipeline.wiring import System

OUTCOMES = ("received", "indexed", "pending", "duplicate", "rejected", "quarantined", "purged")
REFUSED = {"marked": "没有收存，已提示改走机要渠道"}
HEADS = ("来源", "收到", "已入库", "待入库", "重复", "不收", "隔离", "已清除")


def close(
    story: Story, system: System, told: Sequence[Told], acting: Acting, refused: Mapping[int, str], issued: list[Issued]
) -> None:
    """The last three sections."""
    _fates(story, told, acting, refused)
    _ledger(story, system)
    _files(story, system, issued)
    _next(story, system, issued)


def _fates(story: Story, told: Sequence[Told], acting: Acting, refused: Mapping[int, str]) -> None:
    story.section("来稿去向")
    refusals = {one.number: REFUSED.get(one.way, "没有收存，已告知应走的渠道") for one in told if one.number in refused}
    fates = {**{one.number: "待初审" for one in told}, **acting.fates, **refusals}
    story.table(
        ("件", "来稿", "去向"),
        [(one.number, _name(one), fates[one.number]) for one in told if one.number],
    )


def _name(told: Told) -> str:
    return "（有密级标志的空文件）" if told.way == "marked" else cut(told.title, 54)


def _ledger(story: Story, system: System) -> None:
    story.section("采集账目")
    with system.store.reading() as session:
        rows = session.ledger.balance()
        waiting = session.quarantine.list()
    lines = [(source_word(row.source), *(getattr(row, name) for name in OUTCOMES)) for row in rows]
    sums = tuple(sum(getattr(row, name) for row in rows) for name in OUTCOMES)
    story.table(HEADS, [*lines, ("合计", *sums)])
    balanced = all(row.received == sum(getattr(row, name) for name in OUTCOMES[1:]) for row in rows)
    said = "平：每个来源收到的，都在其余各列里，一条不多，一条不少。" if balanced else "不平，请看日志。"
    story.say(f"· 收到 {sums[0]} = {' + '.join(str(one) for one in sums[1:])}，{said}")
    for row in waiting:
        story.say(f"· 隔离：{row.source}，{row.reason}。由人看过再定，原文不丢。")


def _files(story: Story, system: System, issued: Sequence[Issued]) -> None:
    story.section("文件在哪里")
    story.say("· 印发稿，每期 DOCX、PDF 各一份：")
    story.write(f"    {system.settings.exports_dir}")
    for one in issued:
        for path in one.files:
            story.write(f"      {path.name}")
    kept = "全部数据（库、检索、规则、日志）" if system.settings.embedded else "附件、规则和日志"
    story.say(f"· 本次演示的{kept}，看完可整个删除：")
    story.write(f"    {system.settings.home}")
    if not system.settings.embedded and system.settings.files.path is not None:
        story.say("· 其余在设置所写的服务器上。附件只在上面这个文件夹里：用同一套服务器时，先执行下面的第一行。")


def _next(story: Story, system: System, issued: Sequence[Issued]) -> None:
    story.section("接着试试")
    minyi = _command()
    story.write(f"  {environment_of(system.settings)}")
    story.write(f"  {minyi} search 烘干")
    story.write(f"  {minyi} show {issued[1].bulletin.items[0]}")
    story.write(f"  {minyi} up")
    story.say("· minyi up 打开的工作台，用演示中的姓名进入，如责任编辑苗闻溪。")


def _command() -> str:
    """How `minyi` is called here."""
    own = Path(sys.executable).with_name("minyi.exe" if sys.platform == "win32" else "minyi")
    return "minyi" if shutil.which("minyi") else str(own)
