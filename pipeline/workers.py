"""A System's parts put together for work: the worker's bench, the projector, a runner."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import ExitStack
from threading import Event

from pipeline.bands import claim
from pipeline.errors import Transient
from pipeline.figures import Teller
from pipeline.intake.resend import resend
from pipeline.process.topology import Steps
from pipeline.process.worker import Bench, Report
from pipeline.project import Projector
from pipeline.run import Patience, Runner
from pipeline.settings import child_environment
from pipeline.steps.clean import CleanRules, load
from pipeline.wiring import System


def bench_of(system: System) -> Bench:
    """A worker's parts, with a band index of its own; `bench.bands` is to be closed."""
    rules = system.rules.for_reading()
    with system.store.reading() as session:
        store_id = session.registry.store_id()
    return Bench(
        bus=system.bus,
        store=system.store,
        files=system.files,
        bands=claim(system.settings.cache_dir, store_id),
        steps=Steps(rules, CleanRules(), system.files.get),
        zone=system.settings.zone,
        clock=system.clock,
        environment=child_environment(system.settings),
    )


def projector_of(system: System) -> Projector:
    """A projector."""
    return Projector(system.store, system.search, system.settings.zone, system.clock).begin()


def teller_of(system: System) -> Teller:
    """Who puts the books' figures on the board."""
    return Teller(system.store, system.figures, system.settings.zone, system.clock)


def runner_of(system: System) -> Runner:
    """A worker with relay and projector; a context manager that leaves the group at its end."""
    resend(system.store, system.bus)
    projector, bench = projector_of(system), bench_of(system)
    load()  # before it joins: others wait for a member's first batch to get their partitions
    keep_what_stays()
    with ExitStack() as undo:
        undo.callback(bench.bands.close)
        runner = Runner(bench, projector)
        undo.pop_all()
    return runner


def follow(system: System, stopped: Event, say: Callable[[str], None] = lambda _sentence: None) -> Report:
    """Work until told to stop; what was done. A part that is away, at the start too, is asked again at a slowing
    pace, and `say` has a sentence for whoever looks on."""
    patience = Patience(stopped, say)
    while not patience.stopped:
        try:
            with runner_of(system) as runner:
                runner.follow(patience)
                return runner.report
        except Transient as error:
            patience.wait(error)
    return Report()


# A batch makes some tens of thousands of objects, and hardly any in rings.
COLLECT_AFTER = (20_000, 20, 20)
# The worker holds the store's write lock while it waits for the interpreter that the projector's thread has.
SWITCH_SECONDS = 0.001


def keep_what_stays() -> None:
    """Take rules and libraries, which live as long as the process, out of the collector's rounds (it walked them
    again with every few batches: 70 of 580 µs an item), and have it come round less often (20 of 430; measured)."""
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        sys.setswitchinterval(SWITCH_SECONDS)
