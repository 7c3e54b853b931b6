"""The proof of rules 6 and 11: offsets lie within the bus, every message has its one row, and search holds what
the store holds. Computed from the books alone, never as a remainder.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.operate.parts import Parts
from pipeline.ports.bus import Extent
from pipeline.ports.store import OffsetRow, Session
from pipeline.records.items import Finding
from pipeline.records.names import GROUP, TOPICS, Outcome


def offsets(parts: Parts) -> Iterable[Finding]:
    """Each stored offset against what the bus holds; the lost range is named (rule 6)."""
    with parts.store.reading() as session:
        rows = session.offsets.rows()
        gaps = session.offsets.gaps()
    ids = {topic: parts.bus.bus_id(topic) for topic in TOPICS}
    extents = {topic: parts.bus.extent(topic) for topic in TOPICS}
    mine = [row for row in rows if ids.get(row.topic) == row.bus]
    lost = [one for row in mine if (one := _outside(row, extents[row.topic].get(row.partition)))]
    yield from lost
    for _, topic, partition, start, end in gaps:
        what = f"{topic} 分区 {partition} 缺消息 {start} 至 {end - 1}，已记为缺口"
        yield Finding("offsets", ok=False, what=what, fix="请查总线文件是否被动过；账目已注明缺口，可继续处理")
    if not lost:
        lag = _lag(mine, extents)
        other = len({row.bus for row in rows} - set(ids.values()))
        before = f"，另有从前的总线 {other} 条，账目保留" if other else ""
        yield Finding("offsets", ok=True, what=f"处理位置都在总线范围内，未处理的消息 {lag} 条{before}")


def _outside(row: OffsetRow, extent: Extent | None) -> Finding | None:
    if extent is None or extent.first <= row.next <= extent.end:
        return None
    where = f"{row.topic} 分区 {row.partition}"
    if row.next < extent.first:
        what = f"{where} 丢失消息 {row.next} 至 {extent.first - 1}（共 {extent.first - row.next} 条）"
        return Finding("offsets", ok=False, what=what, fix="请从备份恢复（minyi restore），处理已停在此处")
    what = f"{where} 的处理位置 {row.next} 超出总线末尾 {extent.end}：总线比库旧，差 {row.next - extent.end} 条"
    return Finding("offsets", ok=False, what=what, fix="请用同一次备份恢复库和总线（minyi restore）")


def _lag(rows: list[OffsetRow], extents: dict[str, dict[int, Extent]]) -> int:
    at = {(row.topic, row.partition): row.next for row in rows if row.group == GROUP}
    return sum(
        extent.end - at.get((topic, partition), extent.first)
        for topic, found in extents.items()
        for partition, extent in found.items()
    )


def ledger(parts: Parts) -> Iterable[Finding]:
    """For each partition next - first = rows + gaps (rule 11)."""
    with parts.store.reading() as session:
        wrong = list(_uneven(session))
        sums = [(row.day, row.source, _difference(row)) for row in session.ledger.balance()]
    yield from wrong
    for day, source, difference in sums:
        if difference:
            what = f"{day} {source} 的账目不平，差 {difference} 条"
            yield Finding("ledger", ok=False, what=what, fix="请保留现场，把 MINYI_HOME/logs 发给维护人员")
    if not wrong and not any(difference for _, _, difference in sums):
        yield Finding("ledger", ok=True, what="账目相符：各分区处理过的消息都恰有一行")


def _uneven(session: Session) -> Iterable[Finding]:
    counted = {(bus, topic, partition): rows for bus, topic, partition, rows in session.ledger.counted()}
    missing: dict[tuple[str, str, int], int] = {}
    for bus, topic, partition, start, end in session.offsets.gaps():
        missing[bus, topic, partition] = missing.get((bus, topic, partition), 0) + end - start
    for row in session.offsets.rows(GROUP):
        key = (row.bus, row.topic, row.partition)
        passed, rows, gaps = row.next - row.first, counted.get(key, 0), missing.get(key, 0)
        if passed != rows + gaps:
            what = f"{row.topic} 分区 {row.partition}：处理过 {passed} 条，账目 {rows} 行，缺口 {gaps} 条，不相符"
            yield Finding("ledger", ok=False, what=what, fix="请保留现场，把 MINYI_HOME/logs 发给维护人员")


def _difference(row: object) -> int:
    return getattr(row, "received", 0) - sum(getattr(row, outcome.value) for outcome in Outcome)


def projected(parts: Parts) -> Iterable[Finding]:
    """With no marks left: documents in search = live items - those set aside at search, never projected."""
    with parts.store.reading() as session:
        waiting = session.marks.pending()
        live = session.items.count_live()
        refused = _never_projected(session)
        generation = session.registry.generations().live
        begun = session.registry.note("search.begun")
    if waiting or not begun:
        yield Finding("search", ok=True, what=f"待入检索 {waiting} 篇，入完再与库核对" if waiting else "检索尚未建立")
        return
    found = parts.search.count(generation)
    with parts.store.reading() as session:
        moved = session.marks.pending() > 0 or session.items.count_live() != live
    if found == live - refused or moved:
        yield Finding("search", ok=True, what=f"检索 {found} 篇，与库相符")
    else:
        what = f"检索 {found} 篇，库中 {live} 篇（另 {refused} 篇检索拒收），不相符"
        yield Finding("search", ok=False, what=what, fix="请运行 minyi reindex 重建检索")


def _never_projected(session: Session) -> int:
    items = {row.item for row in session.quarantine.list(step="search", limit=100_000) if row.item}
    known = session.items.by_ids(sorted(items))
    return sum(
        not known[item].tombstone and not any(row.outcome is Outcome.INDEXED for row in session.ledger.of_item(item))
        for item in items
        if item in known
    )
