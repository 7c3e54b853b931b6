"""`make services`: the servers that the tests use, for a person. They run until Ctrl-C; nothing of them is kept.

The lines it prints go into a shell: bus, store and search are empty, the tables made.
"""

from __future__ import annotations

import signal
import sys
from socket import socket
from threading import Event
from urllib.parse import urlsplit

from tests.services import cluster, debian

LOOK = 5.0  # seconds


def main() -> int:
    """Start all, print the lines, wait."""
    for line in debian.provide():
        print(line, file=sys.stderr)
    if missing := cluster.missing():
        print(f"cannot be had here: {', '.join(missing)} (see README)", file=sys.stderr)
        return 1
    stop, told = Event(), set[str]()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with cluster.running() as found:
        for name, value in {**found.lines(), "PREFECT_API_URL": found.flows.api_url}.items():
            print(f"export {name}={value}", flush=True)
        print("ready; Ctrl-C ends them", file=sys.stderr, flush=True)
        while not stop.wait(LOOK):
            for name in sorted(died := {name for name, port in doors(found).items() if not answers(port)} - told):
                print(f"{name} no longer answers; end with Ctrl-C and start again", file=sys.stderr, flush=True)
            told |= died
    return 0


def doors(found: cluster.Cluster) -> dict[str, int]:
    """The ports at which the servers answer."""
    urls = {"Elasticsearch": found.node.url, "Prefect": found.flows.api_url}
    ports = {name: urlsplit(url).port or 0 for name, url in urls.items()}
    return {"Kafka": found.broker.port, "PostgreSQL": found.server.port, **ports}


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket() as door:
        door.settimeout(LOOK)
        return door.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main())
