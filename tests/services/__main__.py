"""`make services`: the servers that the tests use, for a person. They run until Ctrl-C; nothing of them is kept.

The lines it prints go into a shell: bus, store and search are empty, the tables made.
"""

from __future__ import annotations

import signal
import sys
from threading import Event

from tests.services import cluster, debian


def main() -> int:
    """Start all, print the lines, wait."""
    for line in debian.provide():
        print(line, file=sys.stderr)
    if missing := cluster.missing():
        print(f"cannot be had here: {', '.join(missing)} (see README)", file=sys.stderr)
        return 1
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with cluster.running() as found:
        for name, value in {**found.lines(), "PREFECT_API_URL": found.flows.api_url}.items():
            print(f"export {name}={value}", flush=True)
        print("ready; Ctrl-C ends them", file=sys.stderr, flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
