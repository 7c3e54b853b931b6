"""editing: the office's day at the desk, in order, told as it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.demo.acting import EDITOR, HEAD, LEADER, SUPPLEMENT_SERIES, Acting, printed
from flows.demo.reading import REPORT, Found
from flows.demo.story import Story
from pipeline.office.shows import Shown


@dataclass(frozen=True, slots=True)
class Issued:
    """One bulletin that was issued, and its files outside the store."""

    bulletin: Shown
    number: str
    files: tuple[Path, ...]


def edit_the_day(
    story: Story, acting: Acting, found: Found, supplement: Callable[[], None], exports: Path
) -> list[Issued]:
    """First reading, leads, bulletins. `supplement` brings the text that was asked for."""
    story.section("初审")
    _first_reading(story, acting, found, supplement)
    _web_leads(story, acting, found)
    story.section("编审、签发、印发")
    return _bulletins(story, acting, exports)


def _first_reading(story: Story, acting: Acting, found: Found, supplement: Callable[[], None]) -> None:
    acting.accept(1, 2, 3, 4, 5, 6, 7, 9)
    story.say(f"· {EDITOR}采用备用 8 篇（第 1 至 7、9 件）。采用是人的决定，机器不采用、不退稿。")
    acting.merge(1, 2)
    story.say("· 并稿：第 2 件与第 1 件说的是一件事，并入第 1 件，两方同署。")
    said = acting.send_back(8)
    story.say(f"· 退回补充：第 8 件《{_title(acting, found, 8)}》。{said}")
    with story.working("作者补来数据，按修订导入并处理"):
        supplement()
    acting.take_supplement(8)
    story.say("· 第 8 件补充后再审，采用备用；原稿、补充稿各存一版。")
    said = acting.decline(11, "decline_wide", "选题过大")
    story.say(f"· 未采用（存查）：第 11 件《{_title(acting, found, 11)}》。{said}")
    said = acting.decline(12, "decline_copy", "摘抄公开内容")
    story.say(f"· 未采用（存查）：第 12 件《{_title(acting, found, 12)}》。{said}")
    said = acting.verify(10)
    story.say(f"· 核实：第 10 件《{_title(acting, found, 10)}》。{said}")


def _web_leads(story: Story, acting: Acting, found: Found) -> None:
    lead = found.lead(REPORT)
    story.say(f"· 网上线索《{lead.title}》若要直接采用：")
    story.quote(acting.refuse_lead(lead.id))
    said = acting.make_topic(lead.id)
    story.say(f"· 该线索转选题。{said}")


def _bulletins(story: Story, acting: Acting, exports: Path) -> list[Issued]:
    changes = acting.edit(1)
    story.say(f"· 改稿：{EDITOR}改第 1 件 {changes} 处，作者原稿不动，另存审签稿。")
    story.say(f"· 每期：{EDITOR}编，{HEAD}审，{LEADER}签发。签的是文字，签后有改动须重新签发；印发时才给期号。")
    plans: tuple[tuple[str, list[int], str | None, bool], ...] = (
        ("紧急，发增刊，签发一道不少", [5], SUPPLEMENT_SERIES, False),
        ("由第 1、2 件并成", [1], None, False),
        ("由第 3、4 件综合成一篇，两方同署；综合由编辑来做，机器不代为合并", [3, 4], None, True),
        ("由第 9 件编成", [9], None, False),
    )
    issued: list[Issued] = []
    for how, numbers, series, combined in plans:
        shown = acting.issue(numbers, series=series, combined=combined)
        number = printed(shown, acting.office.series)
        issued.append(Issued(shown, number, tuple(acting.export(shown.id, exports))))
        story.say(f"· {number}《{shown.title}》已印发：{how}。")
    return issued


def _title(acting: Acting, found: Found, number: int) -> str:
    return found.views[acting.items[number]].item.title
