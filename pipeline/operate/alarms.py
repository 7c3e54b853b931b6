"""alarms: what is observed against the thresholds → what a person is to see to. `findings` is pure; `watch` looks,
and writes down in the store what was raised and what is over."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.clock import worded
from pipeline.errors import MinyiError
from pipeline.operate import proof
from pipeline.operate.observed import Books, Observed, Observer, Watched, age, thresholds
from pipeline.operate.parts import Parts
from pipeline.records.items import Finding
from pipeline.records.names import CRAWLED, SUBMITTED
from pipeline.records.watching import Alarm, AlarmRow
from pipeline.rules.watch import Watch

log = logging.getLogger(__name__)
RUN = "请运行 minyi run，或启动 minyi up；仍不减少时运行 minyi doctor"
TOPIC_WORDS = {SUBMITTED: "来稿", CRAWLED: "网页"}
PROVEN = ("offsets", "ledger")  # by the proof, which reads all of the ledger
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One look: the alarms found, the parts looked at, and what that changed in the store."""

    found: list[Alarm]
    looked: set[str]
    raised: list[AlarmRow]
    cleared: list[AlarmRow]
    kept: bool = True  # False: the store was away


def watch(parts: Parts, observer: Observer, *, proven: bool = True) -> Look:
    """Look once, `proven` with the proof of the ledger, and settle. Raises nothing for a part that is away."""
    seen = observer.look()
    found, looked = findings(seen, thresholds(parts), observer.sources, parts.settings.zone)
    if proven and seen.books is not None and seen.waiting is not None:
        try:
            found, looked = [*found, *proofs(parts)], {*looked, *PROVEN}
        except MinyiError as error:
            log.warning("books not proven", extra={"why": error.what})
    return _settled(parts, seen, found, looked)


def _settled(parts: Parts, seen: Observed, found: list[Alarm], looked: set[str]) -> Look:
    if seen.books is None:
        return Look(found, looked, [], [], kept=False)
    if not found and not seen.books.alarms:
        return Look(found, looked, [], [])
    try:
        with parts.store.writing() as session:
            raised, cleared = session.alarms.settle(found, looked)
    except MinyiError as error:
        log.warning("alarms not kept", extra={"why": error.what})
        return Look(found, looked, [], [], kept=False)
    for what, rows in (("alarm raised", raised), ("alarm cleared", cleared)):
        for row in rows:
            log.warning(what, extra={"part": row.alarm.part, "source": row.alarm.subject or None})
    return Look(found, looked, raised, cleared)


def findings(
    seen: Observed, rules: Watch, sources: Sequence[Watched] | None, zone: ZoneInfo
) -> tuple[list[Alarm], set[str]]:
    """The alarms of what is observed, and which parts could be looked at."""
    found = [Alarm(part, "", error.what, error.fix) for part, error in seen.faults.items()]
    looked = {"store", "home"}
    found += disk(seen.free, rules)
    if seen.books is not None:
        looked |= {"marks", "backup", "bus", "search"}
        found += [*arrivals(seen, rules), *backup(seen.books, seen, rules, zone)]
        found += marks(seen.books.marks, age(seen.books.oldest_mark, seen.at), rules)
    if seen.books is not None and sources is not None:
        looked.add("sources")
        found += silent(seen.books, seen.at, sources, rules, zone)
    if seen.waiting is not None:
        looked |= {"lag", "arrivals"}  # a receipt's message may be there
        found += lag(seen, rules)
    return found, looked


def lag(seen: Observed, rules: Watch) -> Iterable[Alarm]:
    """Messages that wait too long on the bus, a topic each."""
    waiting = seen.waiting
    for topic, since in waiting.oldest.items() if waiting else ():
        if (waited := age(since, seen.at)) > timedelta(minutes=rules.lag_minutes):
            count = sum(number for (name, _), number in waiting.lag.items() if name == topic) if waiting else 0
            what = f"{TOPIC_WORDS.get(topic, topic)}积压 {count} 条，最早的已等 {lasted(waited)}"
            yield Alarm("lag", topic, what, RUN)


def arrivals(seen: Observed, rules: Watch) -> Iterable[Alarm]:
    """Receipts that wait too long, in the outbox or on the bus."""
    waited = age(seen.oldest_receipt, seen.at)
    if waited > timedelta(minutes=rules.receipt_minutes):
        yield Alarm("arrivals", "", f"已给回执的来稿还没有处理，最早的已等 {lasted(waited)}", RUN)


def marks(count: int, waited: timedelta, rules: Watch) -> Iterable[Alarm]:
    """Search that is behind by so many items, the oldest having waited so long."""
    if count > rules.backlog_items or waited > timedelta(minutes=rules.backlog_minutes):
        fix = "请运行 minyi run；检索服务没有应答时先修复它"
        yield Alarm("marks", "", f"待入检索 {count} 篇，最早的已等 {lasted(waited)}", fix)


def silent(books: Books, now: datetime, sources: Sequence[Watched], rules: Watch, zone: ZoneInfo) -> Iterable[Alarm]:
    """Sources that were not crawled, or that gave nothing new, for long."""
    window = timedelta(days=rules.nothing_new_days)
    for source in sources:
        first, last = books.crawls.get(source.name, (None, None))
        if last is None:
            continue
        if age(last, now) > source.quiet:
            what = f"来源 {source.name} 自 {worded(last, zone)} 起没有采集"
            yield Alarm("sources", source.name, what, "请运行 minyi crawl，或启动 minyi up")
        elif source.name not in books.fresh and age(first, now) > window:
            what = f"来源 {source.name} 已有 {rules.nothing_new_days} 天没有一篇新的或有改动的"
            yield Alarm("sources", source.name, what, "请核对网站是否改版、来源目录的网址和选择器")


def disk(free: int, rules: Watch) -> Iterable[Alarm]:
    """Room on the home's disk."""
    if free < rules.free_megabytes * 1_000_000:
        yield Alarm("home", "", f"磁盘只剩 {free // 1_000_000} MB", "请清理数据文件夹所在的磁盘")


def backup(books: Books, seen: Observed, rules: Watch, zone: ZoneInfo) -> Iterable[Alarm]:
    """A backup that is too old, or none of a store that holds something."""
    fix = "请运行 minyi backup 文件夹，备份到另一块磁盘"
    if books.backup is None:
        if not books.empty:
            yield Alarm("backup", "", "还没有备份过", fix)
    elif age(books.backup, seen.at) > rules.backup_days * DAY:
        yield Alarm("backup", "", f"最近一次备份是 {worded(books.backup, zone)}", fix)


def proofs(parts: Parts) -> list[Alarm]:
    """Lost ranges and a ledger that does not balance, the first of each said and the rest counted."""
    return [*_first("offsets", proof.offsets(parts)), *_first("ledger", proof.ledger(parts))]


def _first(part: str, lines: Iterable[Finding]) -> Iterable[Alarm]:
    wrong = [line for line in lines if not line.ok]
    if wrong:
        more = f"（另有 {len(wrong) - 1} 处）" if len(wrong) > 1 else ""
        yield Alarm(part, "", wrong[0].what + more, wrong[0].fix)


def lasted(waited: timedelta) -> str:
    """A length of time in words: 「45 分钟」, 「3 小时 20 分」, 「2 天 4 小时」."""
    minutes = int(waited.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} 天 {hours % 24} 小时"
    return f"{hours} 小时 {minutes % 60} 分" if hours else f"{minutes} 分钟"
