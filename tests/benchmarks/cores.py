"""CPU seconds of the worker's process and of each server, with all their children: what a stage takes of the whole
machine, and what a machine with more cores would give."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import psutil

from tests.services.cluster import Cluster

HERE = "here"
Cores = Mapping[str, float]


def cores_of(servers: Cluster) -> dict[str, float]:
    """CPU seconds until now, by who spent them."""
    roots = {"Kafka": servers.broker.pid, "Elasticsearch": servers.node.pid, "PostgreSQL": servers.server.pid}
    return {HERE: time.process_time(), **{name: _family(pid) for name, pid in roots.items()}}


def during(servers: Cluster, work: Callable[[], object]) -> dict[str, float]:
    """CPU seconds while something is done."""
    before = cores_of(servers)
    work()
    after = cores_of(servers)
    return {name: after[name] - before[name] for name in after}


def _family(pid: int) -> float:
    # A child that has ended counts with whoever waited for it.
    root = psutil.Process(pid)
    return sum(_seconds(one) for one in [root, *root.children(recursive=True)])


def _seconds(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return spent.user + spent.system + spent.children_user + spent.children_system


def shown(spent: Cores, count: int) -> str:
    """Core-milliseconds an item."""
    each = {name: seconds / count * 1e3 for name, seconds in spent.items()}
    parts = ", ".join(f"{name} {value:.2f}" for name, value in each.items() if value >= 0.005)
    return f"{sum(each.values()):.2f} ({parts})"


def on_cores(spent: Cores, count: int, cores: int, workers: int) -> float:
    """Items a second that so many cores and workers would give: a worker's interpreter uses one core at a time, and no
    stage of a server more than one for one worker; all of them together have the machine."""
    widest = max(seconds / (workers if name == HERE else min(workers, cores)) for name, seconds in spent.items())
    return count / max(widest, sum(spent.values()) / cores)
