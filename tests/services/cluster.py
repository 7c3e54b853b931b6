"""All servers of a province at once, and namespaces on them: an empty bus, store and search for each user."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from kafka import KafkaAdminClient

from pipeline.settings import load
from pipeline.wiring import open_system
from tests.services import elasticsearch, kafka, postgres, prefect

MODULES: dict[str, Any] = {"Kafka": kafka, "Elasticsearch": elasticsearch, "PostgreSQL": postgres}


@dataclass
class Cluster:
    """The running servers."""

    broker: kafka.Broker
    node: elasticsearch.Node
    server: postgres.Server
    _stack: ExitStack

    @cached_property
    def flows(self) -> prefect.Server:
        """A Prefect server on this PostgreSQL, started when it is first asked for: few need it."""
        return self._stack.enter_context(prefect.running(self.server))

    def lines(self, name: str = "minyi") -> dict[str, str]:
        """The settings of a new namespace, its tables made. The bus has one only: see `forget`."""
        lines = {
            "MINYI_BUS": self.broker.url,
            "MINYI_STORE": self.server.create(name),
            "MINYI_SEARCH": f"{self.node.url}/{name}",
        }
        with tempfile.TemporaryDirectory() as home, open_system(load({**lines, "MINYI_HOME": home})) as system:
            system.store.migrate()
        return lines

    @contextmanager
    def namespace(self) -> Iterator[dict[str, str]]:
        """The settings of a namespace that goes when it is over."""
        name = f"t{uuid.uuid4().hex}"
        try:
            yield self.lines(name)
        finally:
            self.forget(name)

    def forget(self, name: str) -> None:
        """Remove what is under a name, and every topic."""
        self.server.drop(name)
        self.node.clear(name)
        with KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.broker.port}") as admin:
            kafka.forget(admin)


def missing() -> list[str]:
    """The servers that cannot be had here."""
    return [name for name, module in MODULES.items() if not module.available()]


@contextmanager
def running(*, office: bool = False) -> Iterator[Cluster]:
    """All of them, started side by side, ended whatever happens; for measurements with an office's memory."""
    with ExitStack() as stack:
        makers: dict[str, Callable[[], AbstractContextManager[Any]]] = {
            name: module.running for name, module in MODULES.items()
        }
        makers["Elasticsearch"] = partial(elasticsearch.running, office=office)
        with ThreadPoolExecutor(len(makers)) as threads:
            futures = [threads.submit(stack.enter_context, make()) for make in makers.values()]
        yield Cluster(*(future.result() for future in futures), stack)
