"""Every benchmark, one table: `python -m tests.benchmarks [--quick] [NAME…]` (`make bench`).

Each floor is measured in the same run as what stands on it. `--quick` takes smaller amounts and fewer rounds, to
see that all of it runs. NAMEs choose among process, flow, memory, bands, crawl, intake, commands, servers, backlog,
million.
"""

from __future__ import annotations

import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator

import psutil

from tests.benchmarks import (
    bench_backlog,
    bench_bands,
    bench_commands,
    bench_crawl,
    bench_flow,
    bench_fts,
    bench_intake,
    bench_memory,
    bench_million,
    bench_process,
    bench_servers,
)
from tests.benchmarks.figures import Figure, table

BENCHMARKS: dict[str, Callable[[bool], Iterator[Figure]]] = {
    "process": bench_process.figures,
    "flow": bench_flow.figures,
    "memory": bench_memory.figures,
    "bands": bench_bands.figures,
    "crawl": bench_crawl.figures,
    "intake": bench_intake.figures,
    "commands": bench_commands.figures,
    "servers": bench_servers.figures,
    "backlog": bench_backlog.figures,
    "fts": bench_fts.figures,
    "million": bench_million.figures,
}


def main(*arguments: str) -> int:
    """Run, print; 1 when one of them failed. A goal not met is no failure: a table is read, not passed."""
    quick = "--quick" in arguments
    names = [name for name in arguments if name != "--quick"] or list(BENCHMARKS)
    if unknown := set(names) - BENCHMARKS.keys():
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    before = psutil.getloadavg()[0]
    found: list[Figure] = []
    failed = False
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            found += BENCHMARKS[name](quick)
        except Exception as error:  # noqa: BLE001 - the others' numbers are not lost with one
            traceback.print_exc()
            found.append(Figure(name, f"failed: {type(error).__name__}", met=False))
            failed = True
    print(table(found))
    python = ".".join(map(str, sys.version_info[:2]))
    machine = f"{psutil.cpu_count()} cores, Python {python}, SQLite {sqlite3.sqlite_version}"
    print(f"\n{machine}; load {before:.1f} at the start")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
