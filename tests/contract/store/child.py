"""A process of its own on the store under test: `python -m tests.contract.store.child URL batches PARTITION`."""

from __future__ import annotations

import sys
from contextlib import closing

from pipeline.clock import system_clock
from pipeline.errors import Transient
from pipeline.ports.store import Store
from pipeline.records.names import CRAWLED
from pipeline.settings import load
from pipeline.wiring import open_store
from tests.contract.store.rows import BUS, batch


def batches(store: Store, partition: int, last: int | None = None) -> None:
    """Batches of 20, each a transaction, told on stdout once committed; for ever, or up to the offset `last`."""
    with store.writing() as session:
        start = session.offsets.ensure("process", BUS, CRAWLED, partition, 0).next
    while last is None or start < last:
        try:
            with store.writing() as session:
                done = batch(session, start, 20, partition)
                start = session.offsets.ensure("process", BUS, CRAWLED, partition, 0).next
        except Transient:
            continue
        print(start if done else -1, flush=True)


if __name__ == "__main__":
    url, number, *rest = sys.argv[1:]
    with closing(open_store(load({"MINYI_STORE": url}), system_clock)) as opened:
        batches(opened, int(number), int(rest[0]) if rest else None)
