"""Rules 10 and 12 in orders of events that a batch alone does not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest

from pipeline.adapters.store_sql.items import SqlItems
from pipeline.identity import item_id
from pipeline.office.merging import reclustered
from pipeline.operate.retention import prove_clusters
from pipeline.process.batch import assemble
from pipeline.process.commit import Span, commit
from pipeline.process.worker import Bench, Worker
from pipeline.records.items import Pair
from pipeline.records.names import GROUP, Similarity
from pipeline.wiring import System
from tests.arriving import TEXT, put, submitted
from tests.pipeline.process.test_worker import items, outcomes

Drain = Callable[[], int]
OTHER = (
    "城区公交末班车提前到晚上七点，医院夜班护士和商场员工下班后无车可乘，只能合乘私家车。"
    "建议公交公司恢复九点末班，并在医院门口增设夜间站点。"
)
THIRD = (
    "老旧小区加装电梯的补助标准三年没有调整，材料价格上涨后居民分摊过高，多数楼栋停在签字阶段。建议财政部门重新核定。"
)


def text_of(system: System, origin: str) -> str:
    key = item_id("tests", origin)
    with system.store.reading() as session:
        return session.items.texts([key])[key]


def edges(system: System) -> set[tuple[str, str]]:
    names = {item_id("tests", origin): origin for origin in "123"}
    with system.store.reading() as session:
        return {tuple(sorted((names[edge.a], names[edge.b]))) for edge in session.items.edges(sorted(names))}  # type: ignore[misc]


def test_rule_12_a_text_that_follows_its_own_late_copy_is_a_revision(system: System, drain: Drain, clock):
    late = submitted(system, "1", OTHER)
    clock.forward(hours=1)
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    clock.forward(hours=1)
    put(system, late, submitted(system, "1", OTHER))
    drain()
    assert text_of(system, "1") == OTHER
    assert outcomes(system) == {"pending": 3}


def test_rule_12_a_late_text_neither_makes_nor_hides_likeness(system: System, drain: Drain, clock):
    late = submitted(system, "1", OTHER)
    clock.forward(hours=1)
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    clock.forward(hours=1)
    put(system, late, submitted(system, "2", OTHER), submitted(system, "3", TEXT.format(1)))
    drain()
    assert edges(system) == {("1", "3")}


@pytest.mark.parametrize("revised", [THIRD, TEXT.format(2)])
def test_rule_10_a_twin_revised_meanwhile_is_compared_as_it_is_now(
    system: System, bench: Bench, worker: Worker, drain: Drain, clock, monkeypatch: pytest.MonkeyPatch, revised: str
):
    """Two workers: one has compared with a text that the other revises before the first commits."""
    old = OTHER if revised != THIRD else TEXT.format(1)
    put(system, submitted(system, "1", old))
    drain()
    clock.forward(hours=1)
    put(system, submitted(system, "2", TEXT.format(1)))
    meant = [True]

    def meanwhile(*given, **more):
        made = assemble(*given, **more)
        if meant:
            meant.clear()
            put(system, submitted(system, "1", revised))
            by_hand(system, bench, made)
        return made

    monkeypatch.setattr("pipeline.process.worker.assemble", meanwhile)
    worker.turn(0.0)
    one, two = items(system, "1", "2")
    near = revised != THIRD
    assert (one.cluster == two.cluster, edges(system)) == (near, {("1", "2")} if near else set())


def by_hand(system: System, bench: Bench, made) -> None:
    """Another worker processes the newest submission while a batch that was assembled waits for its transaction."""
    other = Worker(bench)
    other._consumer.close()
    busy = {one.place.partition for one in made.delivered}
    consumer = system.bus.consumer("hand", ["opinions.submitted"], lambda _t, _p: 0)
    try:
        every = consumer.poll(messages=100, size=10**7, wait=0.0)
    finally:
        consumer.close()
    with system.store.reading() as session:
        at = {row.partition: row for row in session.offsets.rows(GROUP) if row.topic == "opinions.submitted"}
    (one,) = [
        one for one in every if one.place.offset >= at[one.place.partition].next and one.place.partition not in busy
    ]
    batch = assemble([one], other._workshop(apart=False))
    place = one.place
    span = Span(place.bus, place.topic, place.partition, at[place.partition].next, place.offset + 1)
    commit(system.store, batch, [span], bench.zone, bench.clock, "other")


@pytest.mark.parametrize("seed", range(3))
def test_rule_10_clusters_that_grow_batch_by_batch_are_the_components_of_their_edges(
    system: System, drain: Drain, clock, seed: int
):
    """The bridge holds two texts that have nothing else in common; one pair was parted by an editor."""
    dice = Random(seed)
    texts = [TEXT.format(1), TEXT.format(2), OTHER, THIRD, OTHER + THIRD, TEXT.format(3)] * 2
    dice.shuffle(texts)
    sent = []
    for number, text in enumerate(texts):
        clock.forward(minutes=dice.choice([-3, 5]))
        sent.append(submitted(system, str(number), text))
    dice.shuffle(sent)
    for start in range(0, len(sent), 3):
        put(system, *sent[start : start + 3])
        drain()
        assert prove_clusters(system) == (min(start + 3, len(sent)), ())
        if start == 3:
            ends = sorted(item_id("tests", one.origin) for one in sent[:2])
            with system.store.writing() as session:
                session.items.connect([Pair(ends[0], ends[1], Similarity.NEGATIVE, 1.0, by="周禾")])
                reclustered(session, ends)


def test_rule_10_one_more_copy_of_a_flood_does_not_read_the_flood(
    system: System, drain: Drain, monkeypatch: pytest.MonkeyPatch
):
    for start in (0, 50):
        put(system, *(submitted(system, str(start + number), TEXT.format(1)) for number in range(50)))
        drain()
    read: list[int] = []
    before = SqlItems.by_ids

    def counted(self: SqlItems, ids: Sequence[str]):
        read.append(len(ids))
        return before(self, ids)

    monkeypatch.setattr(SqlItems, "by_ids", counted)
    put(system, submitted(system, "new", TEXT.format(1)))
    drain()
    assert max(read) < 50
