from __future__ import annotations

from dataclasses import replace

from pipeline.clock import stored
from pipeline.operate.retention import expire_bus, keep, prove_clusters
from pipeline.records.names import SUBMITTED
from pipeline.workers import runner_of
from tests.arriving import TEXT, crawled, page, put, submitted


def work(system) -> None:
    with runner_of(system) as runner:
        assert runner.once(60)


def held(system) -> int:
    return sum(extent.end - extent.first for extent in system.bus.extent(SUBMITTED).values())


def test_rule_11_retention_never_passes_a_groups_next(system, clock) -> None:
    put(system, *(submitted(system, str(number), TEXT.format(number)) for number in range(6)))
    work(system)
    put(system, *(submitted(system, f"未读{number}", TEXT.format(number)) for number in range(4)))
    clock.forward(days=31)
    assert expire_bus(system) == 6
    assert held(system) == 4
    assert expire_bus(system) == 0


def test_young_messages_stay(system, clock) -> None:
    put(system, submitted(system, "1", TEXT))
    work(system)
    clock.forward(days=29)
    assert expire_bus(system) == 0


def test_a_slower_group_keeps_its_messages(system, clock) -> None:
    (place,) = put(system, submitted(system, "1", TEXT))
    work(system)
    with system.store.writing() as session:
        session.offsets.ensure("slower", system.bus.bus_id(SUBMITTED), SUBMITTED, place.partition, 0)
    clock.forward(days=31)
    assert expire_bus(system) == 0


def test_a_web_leads_body_expires_and_its_facts_stay(system, clock) -> None:
    put(system, crawled(system, "http://x/1", page("柳湾村桥护栏损坏", TEXT * 20)), submitted(system, "1", TEXT * 20))
    work(system)
    clock.forward(days=91)
    kept = keep(system)
    assert kept.bodies == 1
    with system.store.reading() as session:
        views = session.items.views(session.items.live_ids()).values()
    lead = next(view for view in views if view.item.kind == "web_lead")
    assert lead.excerpt
    assert len(lead.text) <= 200
    assert lead.item.url
    own = next(view for view in views if view.item.kind == "submission")
    assert not own.excerpt
    assert keep(system).bodies == 0


def test_relayed_outbox_rows_go_and_waiting_ones_stay(system, clock) -> None:
    put(system, submitted(system, "1", TEXT))
    clock.forward(days=31)
    assert keep(system).outbox == 1


def test_clusters_are_proven_from_their_edges(system) -> None:
    put(system, *(submitted(system, str(number), TEXT * 2) for number in range(3)))
    work(system)
    assert prove_clusters(system) == (3, ())
    with system.store.writing() as session:
        item = next(one for one in session.items.by_ids(session.items.live_ids()).values() if one.cluster != one.id)
        session.items.write([replace(item, cluster=item.id, version=item.version + 1)])
    assert prove_clusters(system)[1] == (item.id,)
    assert not keep(system).ok


def test_logs_past_half_a_year_go_and_younger_ones_stay(system, clock, tmp_path) -> None:
    import os

    folder = system.settings.home / "logs"
    folder.mkdir(parents=True)
    for name, days in (("minyi-2026-01-01-1.log", 200), ("minyi-2026-11-01-1.log", 20)):
        (folder / name).write_text("{}\n")
        at = clock().timestamp() - days * 86_400
        os.utime(folder / name, (at, at))
    assert keep(system).logs == ("minyi-2026-01-01-1.log",)
    assert stored(clock())
