"""play: the demo from beginning to end, in the order of an office's day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

from crawlers.limits import DEFAULT
from crawlers.run import crawl
from crawlers.tally import SourceReport
from flows.demo import closing, content, inlet, reading
from flows.demo.acting import Acting
from flows.demo.editing import edit_the_day
from flows.demo.fonts import ensure_fonts
from flows.demo.inlet import Answered
from flows.demo.place import new_home, quiet_logs
from flows.demo.site import SAMPLE, Site, served
from flows.demo.story import Story
from flows.server import NamedServer, Server, run_once, server_of
from pipeline.clock import SHANGHAI, Clock, system_clock
from pipeline.identity import Receipts, new_receipt
from pipeline.intake.imports import ImportReport
from pipeline.office.context import office_of
from pipeline.settings import Settings, environment
from pipeline.wiring import System, open_system
from pipeline.workers import runner_of

CATALOGUE = "catalogue.yaml"
# Pages are asked for again in the same minute, not after a day.
AT_ONCE = replace(DEFAULT, recheck_first=timedelta())


@dataclass(frozen=True, slots=True)
class Given:
    """What a run takes from outside; two runs that are given the same end the same, whatever the parts are: the
    days in the texts count from `clock`, the site's pages bear its `port` (0: a free one)."""

    clock: Clock = system_clock
    receipts: Receipts = new_receipt
    port: int = 0

    def system(self, settings: Settings) -> System:
        """The system of these settings."""
        return open_system(settings, clock=self.clock, receipts=self.receipts)


NOTHING = Given()


@dataclass
class Day:
    """What the demo works with, and what it has so far."""

    story: Story
    system: System
    today: date
    told: tuple[content.Told, ...]
    given: Given = NOTHING
    refused: dict[int, str] = field(default_factory=dict[int, str])

    @property
    def catalogue(self) -> Path:
        """The catalogue of the demo's site."""
        return self.system.settings.home / CATALOGUE


def play(write: Callable[[str], None], flash: Callable[[str], None] | None = None, given: Given = NOTHING) -> int:
    """Run the demo; `write` takes each line as it is said, `flash` on a terminal what passes. The exit status."""
    story = Story(write, flash)
    now = given.clock().astimezone(SHANGHAI)
    settings = new_home(environment(), now)
    quiet_logs(settings)
    story.title(f"民意：社情民意信息采集与编发　{SAMPLE}")
    story.say("虚构的云漳市岚禾县，县政协办公室的一天：采集公开网页，接收来稿，去重、分类、编审、签发、印发。")
    story.say("这一次的数据都放在一个新文件夹里，不碰已有的数据：")
    story.write(f"    {settings.home}")
    ensure_fonts(story, settings.home / "fonts")
    with given.system(settings) as system, server_of(settings) as server:
        _tell(Day(story, system, now.date(), content.submissions(now.date()), given), server)
    return 0


def _tell(day: Day, server: Server | NamedServer) -> None:
    """The parts of the day."""
    day.story.say("· 后台任务服务正在启动，其间先采集网页、接收来稿。")
    with served(Site(content.channels(day.today), day.today, port=day.given.port)) as site:
        day.catalogue.write_text(site.catalogue(), encoding="utf-8")
        _crawl(day, site)
        _take_in(day)
        _crawl_again(day, site)
    _process(day, server)
    found = reading.look(day.system, day.told)
    reading.tell(day.story, day.system, found)
    office = office_of(cast("Any", day.system))  # its cached properties are properties
    acting = Acting(office, content.desk(day.today), found.items)
    issued = edit_the_day(day.story, acting, found, lambda: _supplement(day), day.system.settings.exports_dir)
    with runner_of(day.system) as runner:
        runner.once()
    closing.close(day.story, day.system, day.told, acting, day.refused, issued)


def _crawl(day: Day, site: Site) -> None:
    day.story.section("采集公开网页")
    with day.story.working(f"按来源目录采集本机上的演示网站（{site.page_count()} 篇），守 robots.txt，逐页取"):
        reports = crawl(day.system, catalogue=day.catalogue, limits=AT_ONCE)
    _show(day.story, reports)


def _crawl_again(day: Day, site: Site) -> None:
    """The second round: everything is asked again, and answers that it is as it was, but for what changed."""
    day.story.section("再采集一次")
    site.round_ = 2
    with day.story.working("网站上改了一页、加了一页，再走一遍来源目录"):
        reports = crawl(day.system, catalogue=day.catalogue, limits=AT_ONCE)
    _show(day.story, reports)


def _show(story: Story, reports: Sequence[SourceReport]) -> None:
    heads = ("来源", "链接", "新到", "有改动", "未变", "没取到", "不许取")
    story.table(
        heads,
        [(one.source, one.found, one.new, one.changed, one.unchanged, one.failed, one.forbidden) for one in reports],
    )
    sources: dict[str, list[str]] = {}
    for report in reports:
        for reason in report.reasons:
            sources.setdefault(reason.why, []).append(report.source)
    for why, names in sources.items():
        story.say(f"· {why}：{'、'.join(names)}")


def _take_in(day: Day) -> None:
    day.story.section("接收来稿")
    with (
        day.story.working("经来稿接口提交，边收边回执"),
        inlet.api(lambda: day.given.system(day.system.settings)) as url,
    ):
        answers = [inlet.hand_in(url, one) for one in day.told if one.way in {"api", "upload", "marked"}]
    _show_answers(day, answers)
    with day.story.working("导入各单位送来的表格和文档"):
        reports = inlet.bring_files(day.system, day.told)
    _show_imports(day.story, reports)
    again = inlet.bring_sheet(day.system, day.told)
    day.story.say(f"· 汇总表被重复送来一次：{again[0].accepted} 行照收，处理时按重复记账，不会成为两篇。")


def _show_answers(day: Day, answers: Sequence[Answered]) -> None:
    taken = [one for one in answers if one.receipt]
    day.story.table(("件", "回执号", "标题"), [(one.told.number, one.receipt, one.told.title) for one in taken])
    for one in answers:
        if one.refused:
            day.refused[one.told.number] = one.refused
            what = "有密级标志的文件" if one.told.way == "marked" else f"《{one.told.title}》"
            day.story.say(f"· 没有收存：第 {one.told.number} 件，{what}。{one.refused}")


def _show_imports(story: Story, reports: Sequence[ImportReport]) -> None:
    for report in reports:
        story.say(f"· {report.file}：收下 {report.accepted} 篇{_left_out(report)}")
        for row in report.refused:
            story.say(f"· 第 {row.row} 行：{row.why}，其余各行照收", indent="    ")


def _left_out(report: ImportReport) -> str:
    return f"，{len(report.refused)} 行没有收下" if report.refused else ""


def _process(day: Day, server: Server | NamedServer) -> None:
    day.story.section("处理：清洗、去重、分类、定位、排序")
    with day.story.working("等后台任务服务就绪"):
        server.wait()
    with day.story.working("后台处理一遍，收到的内容全部入库，即可检索"):
        done = run_once(server, "process", until_empty=True)
    day.story.say(f"· 后台分 {done['tasks']} 个任务处理了 {done['messages']} 条；运行记录可用 minyi up 打开看。")


def _supplement(day: Day) -> None:
    """The author of what was sent back sends the figures; the flow's work by `minyi run`."""
    for one in day.told:
        if one.later:
            inlet.bring_supplement(day.system, one)
    with runner_of(day.system) as runner:
        runner.once()
