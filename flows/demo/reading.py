"""reading: what the machine made of what had come: classes, copies with their source, masks, search hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.demo.content import Told
from flows.demo.story import Story, cut
from pipeline.ports.store import Session, View
from pipeline.records.items import Item, Query
from pipeline.records.names import Kind
from pipeline.text.masks import masked
from pipeline.text.personal import find
from pipeline.wiring import System
from pipeline.workers import projector_of

PAGE = 1000
SEARCHES = ("粮食烘干", "电梯 维保", "白鹭河")
HITS = 3
REPORT = "热线月度通报"


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the store after the flow: items, which of them are the numbered submissions, pairs, views."""

    rows: tuple[Item, ...]
    items: dict[int, str]
    copies: tuple[Copy, ...]
    views: dict[str, View]

    def lead(self, words: str) -> Item:
        """The newest web lead with these words in its title."""
        leads = [item for item in self.rows if item.kind is Kind.WEB_LEAD and words in item.title]
        return max(leads, key=lambda item: self.views[item.id].published_at or "")


@dataclass(frozen=True, slots=True)
class Copy:
    """Two items that resemble each other: the later, the other, the share in percent."""

    item: Item
    other: Item
    share: int


def everything(session: Session) -> list[Item]:
    """All live items."""
    return list(session.items.by_ids(session.items.live_ids(limit=PAGE)).values())


def numbered(found: Sequence[Item], told: Sequence[Told]) -> dict[int, str]:
    """number → item, of the submissions that are in the store."""
    titles = {item.title: item.id for item in found if item.kind is Kind.SUBMISSION}
    return {one.number: titles[one.title] for one in told if one.title in titles}


def copies(session: Session, found: Sequence[Item]) -> list[Copy]:
    """Every verified pair, the submission (or the later) first."""
    rows = {item.id: item for item in found}
    pairs = []
    for edge in session.items.edges([item.id for item in found]):
        one, other = sorted((rows[edge.a], rows[edge.b]), key=lambda item: (item.kind, item.received_at))
        pairs.append(Copy(one, other, round(100 * edge.similarity)))
    return pairs


def personal_places(text: str) -> tuple[int, str]:
    """How many personal data a text holds, and the masked line of the last."""
    spans = find(text)
    if not spans:
        return 0, ""
    start = text.rfind("\n", 0, spans[-1].start) + 1
    return len(spans), masked(text)[start:].splitlines()[0]


def look(system: System, told: Sequence[Told]) -> Found:
    """Everything that is in the store."""
    with system.store.reading() as session:
        rows = everything(session)
        views = session.items.views([item.id for item in rows])
        return Found(tuple(rows), numbered(rows, told), tuple(copies(session, rows)), views)


def tell(story: Story, system: System, found: Found) -> None:
    """Classes, copies, masks, hits."""
    _tell_classes(story, found)
    _tell_copies(story, found)
    _tell_repairs(story, found)
    _tell_masks(story, found)
    _tell_hits(story, system)


def _tell_classes(story: Story, found: Found) -> None:
    rows = []
    for number, item in sorted(found.items.items()):
        read = found.views[item].reading or {}
        places = "、".join(dict.fromkeys(one["name"] for one in read.get("regions", [])))
        topic = "·".join(filter(None, (read.get("domain"), read.get("topic"))))
        rows.append((number, cut(found.views[item].item.title, 52), topic, places or "—", round(read.get("score", 0))))
    story.table(("件", "来稿", "分类", "地方", "参考排序"), rows)
    urgent = [found.views[item].item.title for item in found.items.values() if _urgent(found.views[item])]
    story.say(f"· 标为紧急：{'、'.join(f'《{title}》' for title in urgent)}。参考排序只供编辑看，不作采用与否的依据。")


def _urgent(view: View) -> bool:
    return bool((view.reading or {}).get("urgent"))


def _tell_copies(story: Story, found: Found) -> None:
    for one in found.copies:
        if one.item.kind is Kind.SUBMISSION and one.other.kind is Kind.WEB_LEAD:
            story.say(f"· 疑似摘抄公开内容 {one.share}%：来稿《{one.item.title}》")
            story.say(f"对照：《{one.other.title}》（{one.other.source}）", indent="    ")
            story.say(one.other.url or "", indent="    ")
        else:
            kind = "网上线索" if one.item.kind is Kind.WEB_LEAD else "来稿"
            story.say(f"· 疑似重复 {one.share}%：{kind}《{one.item.title}》（{one.item.source}）")
            story.say(f"对照：《{one.other.title}》（{one.other.source}）", indent="    ")


def _tell_repairs(story: Story, found: Found) -> None:
    for item in found.items.values():
        for repair in (found.views[item].reading or {}).get("repairs", []):
            title = found.views[item].item.title
            where = f"第 {repair['at'] + 1} 字，{repair['why']}"
            story.say(f"· GBK 编码的 Word 文件读出，损坏处已修复：《{title}》{where}。")


def _tell_masks(story: Story, found: Found) -> None:
    for item in found.items.values():
        count, line = personal_places(found.views[item].text)
        if count:
            title = found.views[item].item.title
            story.say(f"· 个人信息已遮盖：《{title}》正文中 {count} 处，检索、编审、印发都只见：")
            story.quote(line)


def _tell_hits(story: Story, system: System) -> None:
    story.section("检索")
    projector = projector_of(system)
    for words in SEARCHES:
        hits = projector.find(Query(text=words, sort="relevance", limit=HITS))
        story.say(f"· 查“{words}”：{hits.total} 篇" + (f"，前 {HITS} 篇：" if hits.total > HITS else "："))
        for hit in hits.hits:
            kind = "网上线索" if hit.document.kind == Kind.WEB_LEAD else "来稿"
            story.say(f"{kind}《{cut(hit.document.title, 64)}》", indent="    ")
            if hit.highlights:
                story.quote(cut(hit.highlights[-1].replace("\n", " "), 84))
