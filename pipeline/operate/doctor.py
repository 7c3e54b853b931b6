"""doctor: tries every part and proves the books; each line says what is, and what to do where it is not well."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pipeline.clock import parsed, stored, worded
from pipeline.errors import MinyiError, RuleError, trouble
from pipeline.operate import alarms, proof
from pipeline.operate.backup import last_backup
from pipeline.operate.observed import Observed, Watched, age, books_of, outbox_of, thresholds, waiting_of
from pipeline.operate.parts import Parts
from pipeline.operate.spans import last_span
from pipeline.ports.desk import Desk
from pipeline.ports.files import LOST
from pipeline.records.items import Finding
from pipeline.records.names import GROUP, PARTITIONS, TOPICS, State
from pipeline.records.watching import Alarm
from pipeline.settings import kibana_at

MEND = "请改正这一处，再运行 minyi rules check"
# A clock corrected over the network moves by seconds.
SET_BACK = timedelta(minutes=2)


Check = Callable[[Parts], Iterable[Finding]]
ISSUED_LOOKED_AT = 40  # files
SERVERS = ("store", "bus", "search")  # parts that other checks ask, each by a check of its own before them


def examine(parts: Parts, sources: Sequence[Watched] = ()) -> list[Finding]:
    """Every line. Never raises: a part that cannot be opened is a line of its own, and what needs it is not tried,
    for each question would wait for its time-out again."""
    checks: list[tuple[str, Check, str]] = [
        ("settings", settings, ""),
        ("settings", kibana, ""),
        ("home", home, ""),
        ("rules", rules, ""),
        ("store", lambda found: found.store.check(), ""),
        ("bus", bus, ""),
        ("search", lambda found: found.search.check(), ""),
        ("files", lambda found: found.files.check(), ""),
        ("files", issued, "store"),
        ("offsets", proof.offsets, "store bus"),
        ("ledger", proof.ledger, "store"),
        ("ledger", proof.projected, "store search"),
        ("arrivals", arrivals, "store"),
        ("lag", lag, "store bus"),
        ("marks", marks, "store"),
        ("quarantine", quarantine, "store"),
        ("clock", clock, "store"),
        ("sources", lambda found: watched(found, sources), "store"),
        ("restore", restored, "store"),
        ("series", held, "store"),
        ("fonts", fonts, ""),
        ("backup", backups, "store"),
        ("alarms", standing, "store"),
    ]
    # One fault, such as a store that does not open, meets many checks: it is said once.
    said: dict[tuple[str, bool], Finding] = {}
    away: set[str] = set()
    for part, check, needs in checks:
        if away.isdisjoint(needs.split()):
            lines = _tried(part, check, parts)
            if part in SERVERS and not any(one.ok for one in lines):
                away.add(part)
            for one in lines:
                said.setdefault((one.what, one.ok), one)
    return list(said.values())


def _tried(part: str, check: Check, parts: Parts) -> list[Finding]:
    try:
        return list(check(parts))
    except MinyiError as error:
        return [fault_line(part, error)]
    except OSError as error:
        return [Finding(part, ok=False, what=f"读写失败：{trouble(error)}", fix="请核对磁盘和权限")]


def fault_line(part: str, error: MinyiError) -> Finding:
    """An error as a line."""
    return Finding(part, ok=False, what=error.found, fix=error.fix or "请处理后再体检")


def rule_lines(part: str, error: RuleError) -> list[Finding]:
    """A wrong file as lines, one a fault."""
    lines = [fault_line(part, one) for one in (error, *error.others)]
    return [replace(line, fix=one.fix or MEND) for line, one in zip(lines, (error, *error.others), strict=True)]


def settings(parts: Parts) -> Iterable[Finding]:
    """The whole configuration, secrets masked."""
    found = parts.settings
    addresses = {
        "MINYI_BUS": found.bus,
        "MINYI_STORE": found.store,
        "MINYI_SEARCH": found.search,
        "MINYI_FILES": found.files,
    }
    yield Finding("settings", ok=True, what=f"MINYI_HOME={found.home}；MINYI_TZ={found.zone.key}")
    for name, address in addresses.items():
        hidden = "，另有属性文件" if address.properties else ""
        yield Finding("settings", ok=True, what=f"{name}={address.masked}{hidden}")
    token = "已设口令" if found.metrics else "只有本机能读"
    yield Finding("settings", ok=True, what=f"MINYI_LOG={found.log}；MINYI_METRICS：{token}")


def kibana(parts: Parts) -> Iterable[Finding]:
    """Where Kibana is, if it is set."""
    if parts.settings.kibana:
        address = kibana_at(parts.settings.kibana)
        hidden = "，另有属性文件" if address.properties else ""
        yield Finding("settings", ok=True, what=f"MINYI_KIBANA={address.masked}{hidden}")


def home(parts: Parts) -> Iterable[Finding]:
    """Writable, with room."""
    folder = parts.settings.home
    try:
        with tempfile.TemporaryFile(dir=folder):
            yield Finding("home", ok=True, what=f"数据文件夹 {folder} 可写")
    except OSError as error:
        what = f"数据文件夹 {folder} 写不进去（{trouble(error)}）"
        yield Finding("home", ok=False, what=what, fix="请核对文件夹的权限和磁盘空间")
    yield from map(_line, alarms.disk(shutil.disk_usage(folder).free, thresholds(parts)))


def _line(alarm: Alarm) -> Finding:
    return Finding(alarm.part, ok=False, what=alarm.what, fix=alarm.fix)


def rules(parts: Parts) -> Iterable[Finding]:
    """The rules can be read; where not, a line a fault."""
    if wrong := parts.rules.faults():
        for error in wrong:
            yield from rule_lines("rules", error)
        return
    yield Finding("rules", ok=True, what=f"规则文件没有错误（版本 {parts.rules.version[:8]}）")


def bus(parts: Parts) -> Iterable[Finding]:
    """The bus's own lines and, when it is there, its partition counts."""
    lines = parts.bus.check()
    yield from lines
    for topic in TOPICS if any(line.ok for line in lines) else ():
        if (count := parts.bus.partitions(topic)) != PARTITIONS:
            what = f"主题 {topic} 有 {count} 个分区，应为 {PARTITIONS}"
            yield Finding("bus", ok=False, what=what, fix="分区数定后不能更改，请从备份恢复")


def arrivals(parts: Parts) -> Iterable[Finding]:
    """What waits for the relay, and since when."""
    with parts.store.reading() as session:
        count, since = outbox_of(session)
    if since is None:
        yield Finding("arrivals", ok=True, what="没有待转送的来稿")
        return
    what = f"待转送的来稿约 {count} 条，最早的收于 {worded(since, parts.settings.zone)}"
    late = age(since, parts.clock()) > timedelta(minutes=thresholds(parts).receipt_minutes)
    yield Finding("arrivals", ok=not late, what=what, fix="请运行 minyi run，或启动 minyi up" if late else None)


def lag(parts: Parts) -> Iterable[Finding]:
    """What waits on the bus, and how long the oldest of it has."""
    with parts.store.reading() as session:
        offsets = session.offsets.rows(GROUP)
    seen = Observed(parts.clock(), 0, waiting=(waiting := waiting_of(parts, offsets)))
    late = [_line(alarm) for alarm in alarms.lag(seen, thresholds(parts))]
    yield from late or [Finding("lag", ok=True, what=f"总线上等候处理的 {sum(waiting.lag.values())} 条，没有久等的")]


def marks(parts: Parts) -> Iterable[Finding]:
    """What search has not seen yet."""
    with parts.store.reading() as session:
        count, oldest = session.marks.pending(), session.marks.oldest()
    late = list(alarms.marks(count, age(oldest, parts.clock()), thresholds(parts)))
    yield _line(late[0]) if late else Finding("marks", ok=True, what=f"待入检索 {count} 篇")


def issued(parts: Parts) -> Iterable[Finding]:
    """Whether what was issued last is where this installation looks for it."""
    with parts.store.reading() as session:
        desk: Desk = session.desk
        rows = desk.newest_files(ISSUED_LOOKED_AT)
    if gone := [row for row in rows if not parts.files.has(row.content)]:
        what = f"最近印发的 {len(rows)} 个文件，有 {len(gone)} 个不在文件库里，如《{gone[0].name}》"
        yield Finding("files", ok=False, what=what, fix=LOST)


def quarantine(parts: Parts) -> Iterable[Finding]:
    """How much is set aside. An outcome, no fault: a person decides."""
    with parts.store.reading() as session:
        rows = session.quarantine.list(limit=100_000)
    steps: dict[str, int] = {}
    for row in rows:
        steps[row.step] = steps.get(row.step, 0) + 1
    listed = "、".join(f"{step} {count}" for step, count in sorted(steps.items()))
    what = f"隔离区待处理 {len(rows)} 条" + (f"（{listed}）" if listed else "")
    yield Finding("quarantine", ok=True, what=what, fix="用 minyi quarantine list 查看" if rows else None)


def clock(parts: Parts) -> Iterable[Finding]:
    """The machine's clock against the newest times in the store."""
    now, zone = parts.clock(), parts.settings.zone
    newest = _newest(parts)
    if newest and parsed(newest) - now > SET_BACK:
        what = f"本机时间 {worded(stored(now), zone)} 早于库中最新的记录 {worded(newest, zone)}，时钟可能被拨回"
        yield Finding("clock", ok=False, what=what, fix="请校准本机时间后再办理，收到时间和期号年份都以它为准")
    else:
        yield Finding("clock", ok=True, what=f"本机时间 {worded(stored(now), zone)}")


def _newest(parts: Parts) -> str | None:
    with parts.store.reading() as session:
        desk: Desk = session.desk
        ids = desk.ids_in(list(State), limit=1)
        times = [item.received_at for item in session.items.by_ids(ids).values()]
        times += [report["at"] for report in session.crawls.reports(limit=1)]
    return max(times, default=None)


def watched(parts: Parts, sources: Sequence[Watched]) -> Iterable[Finding]:
    """Sources that gave nothing for long, and hosts that asked to be left alone."""
    now, zone = parts.clock(), parts.settings.zone
    silent = alarms.silent(books_of(parts, sources), now, sources, thresholds(parts), zone)
    quiet = {alarm.subject: alarm for alarm in silent}
    fine = 0
    with parts.store.reading() as session:
        for source in sources:
            reports = session.crawls.reports(source.name, 1)
            if source.name in quiet:
                yield _line(quiet[source.name])
            elif reports and not reports[0]["found"]:
                what = f"来源 {source.name} 最近一次没有发现任何网页"
                yield Finding("sources", ok=False, what=what, fix="请核对来源目录的网址和选择器")
            else:
                fine += 1
            for host in source.hosts:
                if (until := session.crawls.rest_until(host)) and parsed(until) > now:
                    yield Finding(
                        "sources", ok=True, what=f"{host} 要求暂停访问，到 {worded(until, zone)} 为止不再采集"
                    )
    yield Finding("sources", ok=True, what=f"来源 {len(sources)} 个，正常 {fine} 个")


def restored(parts: Parts) -> Iterable[Finding]:
    """The span that the last restore may have lost; open until every series is confirmed, as a person does who has
    looked through it."""
    with parts.store.reading() as session:
        span = last_span(session)
        desk: Desk = session.desk
        waiting = any(desk.held(name) for name in parts.rules.series)
    if span is None:
        return
    zone = parts.settings.zone
    what = f"恢复过备份：{worded(span.since, zone)} 至 {worded(span.until, zone)} 之间收到和办理的可能缺失"
    lost = f"，其中 {span.lost} 条消息总线已不再保存" if span.lost else ""
    fix = "请对照纸质和邮件记录逐项核对；总线上还有的已重新处理" if waiting else None
    yield Finding("restore", ok=not waiting, what=what + lost, fix=fix)


def held(parts: Parts) -> Iterable[Finding]:
    """Series that wait for their last printed number since a restore (rule 17)."""
    with parts.store.reading() as session:
        desk: Desk = session.desk
        waiting = [name for name in parts.rules.series if desk.held(name)]
    for name in waiting:
        what = f"“{name}”恢复数据后还没有核对期号，暂停给号"
        fix = f"请查最后印出的一期，运行 minyi series confirm {name} --number 期号 --by 姓名；还没有印过的写 0"
        yield Finding("series", ok=False, what=what, fix=fix)


def fonts(parts: Parts) -> Iterable[Finding]:
    """Chinese fonts for the PDF."""
    from pipeline.documents.fonts import find_fonts

    folder = parts.settings.home / "fonts"
    found = find_fonts((str(folder),) if folder.is_dir() else ())
    yield Finding("fonts", ok=True, what="；".join(found.warnings) or "中文字体齐全")


def backups(parts: Parts) -> Iterable[Finding]:
    """The last backup: when, and whether it is still there."""
    fix = "请运行 minyi backup 文件夹，备份到另一块磁盘"
    with parts.store.reading() as session:
        last, empty = last_backup(session), not session.items.live_ids(limit=1)
    if last is None:
        what = "还没有备份过" + ("（库是空的）" if empty else "")
        yield Finding("backup", ok=empty, what=what, fix=None if empty else fix)
        return
    what = f"最近一次备份：{worded(last.at, parts.settings.zone)}，{last.folder}"
    old = age(last.at, parts.clock()) > timedelta(days=thresholds(parts).backup_days)
    gone = not Path(last.folder).is_dir()
    yield Finding(
        "backup", ok=not old, what=what + ("（现在找不到，或不在本机）" if gone else ""), fix=fix if old else None
    )


def standing(parts: Parts) -> Iterable[Finding]:
    """Alarms that stand: since when. What they are about has lines of its own above."""
    with parts.store.reading() as session:
        rows = session.alarms.standing()
    for row in rows:
        since = worded(row.raised_at, parts.settings.zone)
        yield Finding("alarms", ok=True, what=f"{row.alarm.what}（自 {since} 起）", fix=row.alarm.fix)
    if not rows:
        yield Finding("alarms", ok=True, what="没有未解除的告警")
