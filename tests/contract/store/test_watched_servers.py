"""What is watched, with the books on PostgreSQL and the messages on Kafka."""

from __future__ import annotations

from dataclasses import replace

from pipeline.operate.alarms import watch
from pipeline.operate.observed import Observer
from pipeline.records.names import SUBMITTED
from pipeline.settings import Settings, load
from pipeline.wiring import open_system
from tests.arriving import TEXT, put, submitted
from tests.conftest import StandingClock
from tests.crawlers.site import serving
from tests.services import kafka
from tests.watched_county import client, run_through, samples, value


@kafka.TOGETHER
def test_metrics_and_alarms_say_the_same_on_servers(
    settings: Settings, kafka_bus: dict[str, str], postgresql_url: str, clock: StandingClock
) -> None:
    there = load({**kafka_bus, "MINYI_STORE": postgresql_url})
    there = replace(settings, bus=there.bus, store=there.store)
    with open_system(there, clock=clock) as system, serving() as site:
        run_through(system, site)
        with system.store.reading() as session:
            balance = session.ledger.balance()
        put(system, *(submitted(system, f"n{number}", TEXT.format(number)) for number in range(8)))
        clock.forward(minutes=40)
        observer = Observer(system)
        found = {alarm.key for alarm in watch(system, observer).found}
        observer.close()
    assert found == {("lag", SUBMITTED), ("arrivals", ""), ("backup", "")}
    with client(there, clock) as web:
        seen = samples(web.get("/metrics").text)
    for row in balance:
        assert value(seen["minyi_step_in_total"], step="read", source=row.source) == row.received
    assert sum(seen["minyi_lag_messages"].values()) == 8
    assert value(seen["minyi_lag_age_seconds"], topic=SUBMITTED) == 2400
    assert value(seen["minyi_alarm"], part="lag", subject=SUBMITTED) == 1
