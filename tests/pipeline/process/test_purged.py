"""OFFICE 22 and rule 1: a purge holds at every stage of a message's life."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.errors import NotFound
from pipeline.identity import item_id
from pipeline.intake.relay import relay
from pipeline.office import removal
from pipeline.office.context import office_of
from pipeline.operate.retention import expire_bus
from pipeline.ports.store import Arrival
from pipeline.process import topology
from pipeline.process.batch import assemble
from pipeline.process.replay import replay
from pipeline.process.worker import Bench, Worker
from pipeline.records.messages import Crawled, Delivered, Submitted
from pipeline.records.names import TOPICS
from pipeline.wiring import System
from pipeline.workers import projector_of
from tests.arriving import TEXT, crawled, page, put, submitted
from tests.pipeline.process.test_worker import items, outcomes

Drain = Callable[[], int]
WORDS = "护栏".encode()


def purge(system: System, key: str) -> None:
    removal.purge(office_of(system), system.bus, key, by="周禾", second="林川")


def on_the_bus(system: System) -> list[Delivered]:
    consumer = system.bus.consumer("look", TOPICS, lambda _topic, _partition: 0)
    try:
        return consumer.poll(messages=100, size=10**7, wait=0.0)
    finally:
        consumer.close()


def kept_words(system: System) -> list[str]:
    """Where the words still are."""
    found = [f"bus {one.place.offset}" for one in on_the_bus(system) if WORDS in one.value]
    with system.store.reading() as session:
        found += [
            f"quarantine {row.number}"
            for row in session.quarantine.list()
            if session.quarantine.get(row.number).payload
        ]
        found += [f"outbox {row.seq}" for row in session.arrivals.waiting(100) if WORDS in row.value]
    return found


def break_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("made to fail")

    monkeypatch.setattr(topology.clean, "clean", fails)


def arrive(system: System, message: Submitted) -> None:
    """From intake: in the store, not yet on the bus."""
    with system.store.writing() as session:
        session.arrivals.receive([Arrival(message, item_id(message.source, message.origin))])


def test_purged_in_the_outbox(system: System, drain: Drain):
    message = submitted(system, "1", TEXT.format(1))
    arrive(system, message)
    purge(system, message.receipt)
    relay(system.store, system.bus)
    drain()
    assert outcomes(system) == {"purged": 1}
    assert kept_words(system) == []


def test_purged_on_the_bus_before_it_is_read(system: System, drain: Drain):
    message = submitted(system, "1", TEXT.format(1))
    put(system, message)
    purge(system, message.receipt)
    drain()
    assert outcomes(system) == {"purged": 1}
    assert kept_words(system) == []


def test_purged_on_the_bus_and_then_failing(system: System, drain: Drain, monkeypatch: pytest.MonkeyPatch):
    message = submitted(system, "1", TEXT.format(1))
    put(system, message)
    purge(system, message.receipt)
    break_steps(monkeypatch)
    drain()
    assert outcomes(system) == {"purged": 1}
    assert kept_words(system) == []


def test_purged_in_quarantine_while_it_is_replayed(
    system: System, bench: Bench, drain: Drain, monkeypatch: pytest.MonkeyPatch
):
    put(system, submitted(system, "1", TEXT.format(1)))
    with monkeypatch.context() as broken:
        break_steps(broken)
        drain()
    with system.store.reading() as session:
        (row,) = session.quarantine.list()

    def meanwhile(*given, **more):
        purge(system, item_id("tests", "1"))
        return assemble(*given, **more)

    monkeypatch.setattr("pipeline.process.replay.assemble", meanwhile)
    with pytest.raises(Exception, match="已处理过"):
        replay(bench, row.number)
    assert outcomes(system) == {"purged": 1}
    assert kept_words(system) == []


def test_a_later_message_of_a_purged_item_is_not_kept(system: System, drain: Drain, clock):
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    purge(system, item_id("tests", "1"))
    clock.forward(hours=1)
    again = submitted(system, "1", TEXT.format(2))
    put(system, again)
    drain()
    assert outcomes(system) == {"purged": 2}
    assert kept_words(system) == []
    with system.store.reading() as session:
        assert session.arrivals.by_receipt([again.receipt])[again.receipt].message is None


def test_a_page_that_quarantine_holds_can_be_purged(system: System, drain: Drain, monkeypatch: pytest.MonkeyPatch):
    url = "https://a.example/1.html"
    put(system, crawled(system, url, page("柳湾村护栏", TEXT.format(1))))
    with monkeypatch.context() as broken:
        break_steps(broken)
        drain()
    purge(system, item_id("site", url))
    assert outcomes(system) == {"purged": 1}
    assert [one.value for one in on_the_bus(system)] == [b""]
    assert kept_words(system) == []


def test_a_withdrawal_does_not_undo_a_purge(system: System, drain: Drain):
    message = submitted(system, "1", TEXT.format(1))
    put(system, message)
    purge(system, message.receipt)
    with pytest.raises(NotFound, match="已清除"):
        removal.withdraw(office_of(system), message.receipt, by="周禾", opinion="本人要求")
    drain()
    assert outcomes(system) == {"purged": 1}


def test_every_submission_of_a_purged_item_is_emptied(system: System, drain: Drain, clock):
    sent = []
    for number in range(3):
        sent.append(submitted(system, "1", TEXT.format(number)))
        put(system, sent[-1])
        drain()
        clock.forward(hours=1)
    purge(system, item_id("tests", "1"))
    with system.store.reading() as session:
        rows = session.arrivals.by_receipt([one.receipt for one in sent])
    assert [row.message for row in rows.values()] == [None] * 3


def test_every_submission_of_an_item_purged_before_processing_is_emptied(system: System, drain: Drain, clock):
    first = submitted(system, "1", TEXT.format(1))
    clock.forward(hours=1)
    put(system, first, submitted(system, "1", TEXT.format(2)))
    purge(system, first.receipt)
    drain()
    assert outcomes(system) == {"purged": 2}
    with system.store.reading() as session:
        assert session.items.by_ids([item_id("tests", "1")]) == {}
    assert kept_words(system) == []


def test_a_purge_leaves_another_submission_its_large_text(system: System, drain: Drain):
    name = system.files.put(TEXT.format(1).encode())
    mine = submitted(system, "1", "", text_file=name)
    other = submitted(system, "2", "", text_file=name)
    put(system, mine, other)
    purge(system, mine.receipt)
    drain()
    assert outcomes(system) == {"pending": 1, "purged": 1}


def test_a_cluster_goes_on_without_its_purged_lead(system: System, drain: Drain, clock):
    for origin in "123":
        put(system, submitted(system, origin, TEXT.format(4)))
        drain()
        clock.forward(minutes=1)
    purge(system, item_id("tests", "1"))
    _, second, third = items(system, "1", "2", "3")
    assert (second.cluster, third.cluster) == (second.id, second.id)


def test_a_worker_that_had_read_a_message_before_its_purge_keeps_nothing(
    system: System, worker: Worker, monkeypatch: pytest.MonkeyPatch
):
    message = submitted(system, "1", TEXT.format(1))
    put(system, message)

    def meanwhile(*given, **more):
        made = assemble(*given, **more)
        purge(system, message.receipt)
        return made

    monkeypatch.setattr("pipeline.process.worker.assemble", meanwhile)
    worker.turn(0.0)
    assert outcomes(system) == {"purged": 1}
    assert kept_words(system) == []


def test_a_purge_leaves_the_words_in_no_file(system: System, drain: Drain):
    projector = projector_of(system)
    put(system, submitted(system, "1", TEXT.format(1)))
    drain()
    projector.drain()
    purge(system, item_id("tests", "1"))
    projector.drain()
    files = [path for path in system.settings.home.rglob("*") if path.is_file()]
    assert [path.name for path in files if WORDS in path.read_bytes()] == []


def large(system: System, url: str, text: str) -> tuple[Crawled, str]:
    """A page whose bytes lie in files, as the crawler publishes it."""
    message = crawled(system, url, page("柳湾村护栏", text))
    name = system.files.put(message.body or b"")
    return message.model_copy(update={"body": None, "body_file": name}), name


def test_a_large_page_that_was_processed_leaves_files_with_its_purge(system: System, drain: Drain):
    message, name = large(system, "https://a.example/1.html", TEXT.format(1))
    put(system, message)
    drain()
    assert outcomes(system) == {"pending": 1}
    purge(system, item_id("site", message.origin))
    assert not system.files.has(name)
    purge(system, item_id("site", message.origin))
    assert not system.files.has(name)


def test_a_large_page_is_found_when_its_message_has_expired(system: System, drain: Drain, clock):
    message, name = large(system, "https://a.example/1.html", TEXT.format(1))
    put(system, message)
    drain()
    clock.forward(days=400)
    assert expire_bus(system) == 1
    purge(system, item_id("site", message.origin))
    assert not system.files.has(name)


def test_every_version_of_a_large_page_goes(system: System, drain: Drain, clock):
    names = []
    for number in range(2):
        message, name = large(system, "https://a.example/1.html", TEXT.format(number))
        put(system, message)
        drain()
        names.append(name)
        clock.forward(hours=1)
    purge(system, item_id("site", "https://a.example/1.html"))
    assert [system.files.has(name) for name in names] == [False, False]


def test_a_purge_leaves_another_page_its_content_and_that_page_s_purge_takes_it(system: System, drain: Drain):
    (mine, name), (other, same) = (large(system, f"https://a.example/{n}.html", TEXT.format(1)) for n in (1, 2))
    assert name == same
    put(system, mine, other)
    drain()
    purge(system, item_id("site", mine.origin))
    assert system.files.has(name)
    purge(system, item_id("site", other.origin))
    assert not system.files.has(name)


def test_a_purge_leaves_a_page_that_is_not_processed_yet_its_content(system: System, drain: Drain):
    """The crawler notes whose the content is before it publishes."""
    (mine, name), (other, _) = (large(system, f"https://a.example/{n}.html", TEXT.format(1)) for n in (1, 2))
    put(system, mine)
    drain()
    with system.store.writing() as session:
        session.contents.hold([(item_id("site", other.origin), name)])
    put(system, other)
    purge(system, item_id("site", mine.origin))
    drain()
    assert outcomes(system) == {"pending": 1, "purged": 1}


def test_a_large_page_of_a_purged_item_goes_when_it_comes_again(system: System, drain: Drain, clock):
    url = "https://a.example/1.html"
    put(system, large(system, url, TEXT.format(1))[0])
    drain()
    purge(system, item_id("site", url))
    clock.forward(hours=1)
    again, name = large(system, url, TEXT.format(2))
    with system.store.writing() as session:
        session.contents.hold([(item_id("site", url), name)])
    put(system, again)
    drain()
    assert outcomes(system) == {"purged": 2}
    assert not system.files.has(name)


def test_a_purge_killed_before_its_files_went_is_ended_by_the_next(
    system: System, drain: Drain, monkeypatch: pytest.MonkeyPatch
):
    message, name = large(system, "https://a.example/1.html", TEXT.format(1))
    put(system, message)
    drain()
    with monkeypatch.context() as killed:
        killed.setattr(removal, "_remove", lambda _office: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            purge(system, item_id("site", message.origin))
    assert system.files.has(name)
    purge(system, item_id("site", message.origin))
    assert not system.files.has(name)
