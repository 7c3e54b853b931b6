"""The servers of a cluster as victims: a whole process tree killed with -9, or frozen and let go on, and made well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from tests.services.cluster import Cluster

GONE = 10.0  # seconds a killed tree may take to be gone


@dataclass(frozen=True)
class Victim:
    """One server: its name here, doctor's word for its part, its first process, how it is started again."""

    name: str
    part: str
    pid: Callable[[], int]
    again: Callable[[], None]

    def tree(self) -> list[psutil.Process]:
        """Its processes, parents first."""
        first = psutil.Process(self.pid())
        return [first, *first.children(recursive=True)]

    def kill(self) -> None:
        """All of them at once."""
        found = self.tree()
        for one in found:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(found, GONE)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Inside it is dead; afterwards it runs again."""
        self.kill()
        try:
            yield
        finally:
            self.again()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside it stands still, with every connection open."""
        found = self.tree()
        for one in found:
            with suppress(psutil.NoSuchProcess):
                one.suspend()
        try:
            yield
        finally:
            for one in reversed(found):
                with suppress(psutil.NoSuchProcess):
                    one.resume()


def victims(cluster: Cluster) -> dict[str, Victim]:
    """Every server of the cluster."""
    broker, node, server = cluster.broker, cluster.node, cluster.server

    def broker_again() -> None:
        broker.stop(kill=True)
        broker.start()

    def node_again() -> None:
        node.kill()
        node.start()

    def flows_again() -> None:
        cluster.flows.stop(kill=True)
        cluster.flows.start()

    found = [
        Victim("prefect", "flows", lambda: cluster.flows.pid, flows_again),
        Victim("broker", "bus", lambda: broker.pid, broker_again),
        Victim("search", "search", lambda: node.pid, node_again),
        Victim("database", "store", lambda: server.pid, server.start),
    ]
    return {one.name: one for one in found}
