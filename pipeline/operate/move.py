"""move: from the embedded files to servers, all that is held, drained first and counted on both sides.

    1  refuse while in use; hold the home      4  fill the new store in one transaction, every row compared
    2  make the new parts ready                5  files, offsets of the new bus, search built anew; the books proven
    3  relay and process to the end            6  mark the old parts as moved, open the new store to all

Until 6 nothing of the old parts has changed and they are what is used; a move that dies is done again by the same
command: what it left in the new store bears the old one's id. The new store is closed to everybody until the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from pipeline.clock import stored
from pipeline.errors import Broken, NotAllowed, UsageError
from pipeline.operate import copies, moved, proof
from pipeline.operate.backup import NOTE as BACKUP
from pipeline.operate.moved import Mark
from pipeline.operate.observed import unread_of
from pipeline.operate.parts import Parts
from pipeline.operate.restore import UP_LOCK, refuse_unfinished
from pipeline.ports.bus import Bus, Extent
from pipeline.ports.files import Files
from pipeline.ports.moving import Unfinished
from pipeline.ports.store import Session
from pipeline.project import Projector
from pipeline.records.names import GROUP, PARTITIONS, TOPICS
from pipeline.settings import Address, Settings

STORE, BUS, SEARCH, FILES = "MINYI_STORE", "MINYI_BUS", "MINYI_SEARCH", "MINYI_FILES"
FIX = "请在原来的机器上再运行一次 minyi move，做完后才能使用"
Open = Callable[[Settings], AbstractContextManager[Parts]]
Drain = Callable[[Parts], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did. `tables` counts rows (empty when the store stayed), `files` contents that were copied,
    `items` documents in the new search (None when it stayed); `parts` is setting → the new address without its
    password; `damaged` names files that no longer matched their names and were left behind."""

    parts: dict[str, str]
    tables: dict[str, int]
    files: int = 0
    items: int | None = None
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """From where to where."""

    old: Settings
    new: Settings
    parts: tuple[str, ...]  # the settings that differ

    def addresses(self, name: str) -> tuple[Address, Address]:
        return _addresses(self.old)[name], _addresses(self.new)[name]

    @property
    def targets(self) -> dict[str, str]:
        return {name: self.addresses(name)[1].masked for name in self.parts}


def move(old: Settings, new: Settings, opened: Open, drain: Drain) -> Moved:
    """Move what the two settings have different. Raises UsageError for what cannot be moved, NotAllowed while
    something works on either side or the new side holds something, Broken when both sides differ afterwards."""
    way = _way(old, new)
    refuse_unfinished(old.home)
    with _alone(old):
        if _over(way):
            return _finished(way, opened)
        _refuse_running(old)
        with opened(old) as source, opened(new) as target:
            _ready(way, source, target)
            drain(source)
            done = _moved(way, source, target)
            if STORE in way.parts:
                target.store.finish()
    return done


def undo(settings: Settings) -> list[str]:
    """Make the old parts usable again, as they were when they were left; the settings that were marked."""
    with _alone(settings):
        return [name for name, address in _addresses(settings).items() if moved.remove_mark(address)]


# ---------------------------------------------------------------- before


def _addresses(settings: Settings) -> dict[str, Address]:
    return {STORE: settings.store, BUS: settings.bus, SEARCH: settings.search, FILES: settings.files}


def _way(old: Settings, new: Settings) -> _Way:
    if old.home != new.home:
        raise UsageError("MINYI_HOME 不能随迁移改变", where=str(new.home), fix=f"请写成 {old.home}，或不写")
    before, after = _addresses(old), _addresses(new)
    parts = tuple(name for name in before if before[name].url != after[name].url)
    if not parts:
        raise UsageError("新设置与现在的一样，没有要迁移的", fix="请在设置文件中写上 MINYI_STORE、MINYI_BUS 等新地址")
    for name, (left, reached) in {STORE: ("sqlite", "postgresql"), BUS: ("sqlite", "kafka")}.items():
        if name in parts and (before[name].scheme, after[name].scheme) != (left, reached):
            what = f"{name} 只能从 {left} 迁到 {reached}，写的是从 {before[name].masked} 到 {after[name].masked}"
            raise UsageError(what, where=name, fix="请核对设置文件")
    if SEARCH in parts and STORE not in parts:
        raise UsageError("只换检索不用迁移", where=SEARCH, fix="请改好 MINYI_SEARCH 后运行 minyi reindex")
    return _Way(old, new, parts)


@contextmanager
def _alone(settings: Settings) -> Generator[None]:
    """Hold the home: no second move, no `minyi up`."""
    settings.make_home()
    with _held(settings, moved.LOCK, "另一个 minyi move 正在进行"), _held(settings, UP_LOCK, "minyi up 正在运行"):
        yield


@contextmanager
def _held(settings: Settings, name: str, who: str) -> Generator[None]:
    with copies.held(settings.home / name) as ours:
        if not ours:
            raise NotAllowed(f"{who}，不能迁移", where=str(settings.home), fix="请先停止它；没有改动任何数据")
        yield


def _marked(way: _Way) -> list[str]:
    """What bears a mark: the parts that are files; the search can be built again. The store last."""
    these = [name for name in way.parts if name != SEARCH and way.addresses(name)[0].path is not None]
    return sorted(these, key=lambda name: name == STORE)


def _over(way: _Way) -> bool:
    """Whether this very move was made before; marks of one that died between them go. Raises Broken for parts that
    moved elsewhere."""
    marks = {name: mark for name, address in _addresses(way.old).items() if (mark := moved.mark_of(address))}
    found = {name: mark for name, mark in marks.items() if name in way.parts}
    for name in [name for name, mark in found.items() if not set(mark.parts) <= marks.keys()]:
        moved.remove_mark(way.addresses(name)[0])
        del found[name]
    if {name: mark.to for name, mark in found.items()} == {name: way.targets[name] for name in _marked(way)}:
        return True
    for name in found:
        moved.refuse_moved(way.addresses(name)[0])
    return False


def _finished(way: _Way, opened: Open) -> Moved:
    """A move that died after its last mark; or one that was over long ago."""
    if STORE not in way.parts:
        return Moved(way.targets, {})
    with opened(way.new) as target:
        if target.store.unfinished():
            target.store.finish()
        with target.store.reading() as session:
            return Moved(way.targets, session.tables.counts())


def _refuse_running(settings: Settings) -> None:
    for address in (settings.store, settings.bus):
        if address.path is not None and copies.in_use(address.path):
            raise NotAllowed(
                "还有程序在使用这份数据，不能迁移",
                where=str(address.path),
                fix="请先停止网页、minyi run 和其他正在运行的 minyi 命令；没有改动任何数据",
            )


def _ready(way: _Way, source: Parts, target: Parts) -> None:
    """The new parts answer and are empty; nobody is connected to a store on a server."""
    origin = _origin(source)
    for parts in (source, target) if STORE in way.parts else (source,):
        parts.store.migrate()
        if others := parts.store.others():
            raise NotAllowed(f"还有程序连着数据库（{'、'.join(others)}），不能迁移", fix="请先停止它们")
    for topic in TOPICS if BUS in way.parts else ():
        if (count := target.bus.partitions(topic)) != PARTITIONS:
            raise NotAllowed(
                f"目标总线上主题 {topic} 有 {count} 个分区，应为 {PARTITIONS}", fix="请删去该主题，由 minyi move 重建"
            )
    if BUS in way.parts and (held := sum(one.end - one.first for one in _extents(target.bus))):
        raise NotAllowed(
            f"目标总线上已有 {held} 条消息", where=way.targets[BUS], fix="请换一个空的 Kafka 集群，或删去其中的主题"
        )
    again = STORE in way.parts and (before := target.store.unfinished()) and before.origin == origin
    if SEARCH in way.parts and not again and target.search.generations():
        raise NotAllowed("目标检索里已有民意的索引", where=way.targets[SEARCH], fix="请换一个前缀，或删去旧的索引")
    if wrong := [one.what for one in proof.ledger(source) if not one.ok]:
        raise NotAllowed(f"原来的账目不平：{wrong[0]}", fix="请先运行 minyi doctor，处理好再迁移")


def _origin(source: Parts) -> str:
    with source.store.reading() as session:
        return session.registry.store_id()


def _extents(bus: Bus) -> list[Extent]:
    return [one for topic in TOPICS for one in bus.extent(topic).values()]


# ---------------------------------------------------------------- moving


def _moved(way: _Way, source: Parts, target: Parts) -> Moved:
    """Under the old store's write lock from the last look at what arrived to the marks."""
    with source.store.writing() as held:
        _refuse_undrained(held, source.bus)
        done = Moved(way.targets, {})
        origin = held.registry.store_id()
        if STORE in way.parts:
            done = replace(done, tables=_filled(held, target, origin))
        if FILES in way.parts:
            count, damaged = _copy_files(source.files, target.files)
            done = replace(done, files=count, damaged=damaged)
        if STORE in way.parts:
            with target.store.writing() as session:
                session.registry.set_note(BACKUP, None)  # no backup of the old engine can be restored on the new one
                if BUS in way.parts:
                    _begin(session, target.bus)
            done = replace(done, items=_reindexed(way, target))
            _prove(way, target)
        elif BUS in way.parts:
            _begin(held, target.bus)
        _mark(way, origin, stored(source.clock()))
    return done


def _refuse_undrained(session: Session, bus: Bus) -> None:
    newest, least = session.arrivals.outbox()
    offsets = session.offsets.rows(GROUP)
    behind = sum(one.end - one.first for topic in TOPICS for one in unread_of(bus, topic, offsets).values())
    if waiting := newest + 1 - least + behind:
        raise NotAllowed(
            f"迁移前又收到 {waiting} 条，还没有处理",
            fix="请停止仍在收稿或采集的程序，再运行一次；没有改动任何数据",
        )


def _filled(held: Session, target: Parts, origin: str) -> dict[str, int]:
    before = held.tables.counts()
    counts = target.store.fill(held.tables, Unfinished(origin, FIX))
    if counts != before:
        raise Broken("两边的行数不一致，没有迁移", fix="请把 MINYI_HOME/logs 交给维护人员；原数据没有改动")
    return counts


def _copy_files(source: Files, target: Files) -> tuple[int, tuple[str, ...]]:
    """Every content under its own name; (how many, those that no longer match their names)."""
    damaged: list[str] = []
    names = list(source.names())
    for name in names:
        try:
            target.put(source.get(name))
        except Broken:
            damaged.append(name)
    missing = set(names) - set(target.names()) - set(damaged)
    if missing:
        raise Broken(f"有 {len(missing)} 个附件没有抄到新处", where=min(missing), fix="请再运行一次；原数据没有改动")
    return len(names) - len(damaged), tuple(damaged)


def _begin(session: Session, bus: Bus) -> None:
    """The group begins at the start of each partition; the rows of the bus that was left stay (rule 6)."""
    for topic in TOPICS:
        for partition, one in bus.extent(topic).items():
            session.offsets.ensure(GROUP, bus.bus_id(topic), topic, partition, one.first)


def _reindexed(way: _Way, target: Parts) -> int | None:
    if SEARCH not in way.parts:
        return None  # it holds these items at these versions
    return Projector(target.store, target.search, way.new.zone, target.clock).begin().reindex()


def _prove(way: _Way, target: Parts) -> None:
    lines = [*proof.ledger(target), *(proof.projected(target) if SEARCH in way.parts else ())]
    if wrong := [one.what for one in lines if not one.ok]:
        raise Broken(f"迁移后核对不符：{wrong[0]}", fix="请把 MINYI_HOME/logs 交给维护人员；原数据没有改动，仍可使用")


def _mark(way: _Way, origin: str, at: str) -> None:
    these = _marked(way)
    for name in these:
        moved.write_mark(way.addresses(name)[0], Mark(way.targets[name], at, origin, these))
