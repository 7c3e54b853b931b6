"""Intake with durability beside the same endpoint without: `python -m tests.benchmarks.bench_intake`.

The server is a process of its own; 100 clients on kept connections post submissions of 600 characters. Rounds
alternate, a fresh home each; medians and their ratio. Then the answer times (p50, p99) while the process flow
works through a backlog beside it: once with 100 clients that each post once a second, once with 100 that post
again as soon as they are answered (there the mean time is 100 / throughput, whatever the server does). The bare
endpoint beside it shows what of these times is the machine's.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from pipeline.clock import system_clock
from pipeline.identity import new_receipt
from pipeline.intake.drafts import Draft
from pipeline.intake.submit import FILE, Receipt, submit
from pipeline.ports.arrivals import Arrival
from pipeline.settings import load
from pipeline.web import app as web
from pipeline.wiring import System, open_system
from tests.benchmarks.figures import Figure, at_least, at_most

CLIENTS, ROUNDS, SECONDS = 100, 5, 3.0
BACKLOG = 20_000
GOAL, P99 = 0.5, 50.0
LETTERS = 600


class Bare:
    """The group writer's place, without a store behind it."""

    def __init__(self, _store: object, **_options: object) -> None: ...

    def start(self) -> None: ...

    def close(self) -> None: ...

    async def take(self, arrival: Arrival) -> Receipt:
        return Receipt(arrival.message.receipt, arrival.item, arrival.message.received_at)


def _system(home: str) -> System:
    return open_system(load({"MINYI_HOME": home}))


def serve(kind: str, home: str) -> None:
    """Serve until standard input ends; the port is printed."""
    if kind == "bare":
        web.GroupWriter = Bare  # type: ignore[misc,assignment]
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(CLIENTS)
    server = uvicorn.Server(
        uvicorn.Config(
            web.create_app(lambda: _system(home)), log_level="warning", access_log=False, timeout_keep_alive=60
        )
    )

    serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    serving.start()
    print(listener.getsockname()[1], flush=True)  # the socket queues who comes early
    sys.stdin.read()
    server.should_exit = True
    serving.join()


def flow(home: str) -> None:
    """The process flow over a backlog, until it is told that the measuring is over; prints what it did."""
    from pipeline.workers import runner_of

    with _system(home) as system, runner_of(system) as runner:
        runner.drain(2.0)
        print("ready", flush=True)
        ends = time.monotonic() + 2 * SECONDS + 20
        since, before = time.monotonic(), runner.report.messages
        while not Path(home, "over").exists() and time.monotonic() < ends:
            runner.turn(0.1)
        print(f"{(runner.report.messages - before) / (time.monotonic() - since):.0f}", flush=True)


@contextmanager
def child(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bench_intake", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def _words(chance: random.Random, letters: int) -> str:
    return "".join(chr(0x4E00 + chance.randrange(3000)) for _ in range(letters))


def _request(chance: random.Random) -> bytes:
    body = json.dumps({"title": _words(chance, 20), "text": _words(chance, LETTERS), "author": "张三"}).encode()
    head = f"POST /api/submissions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def _client(port: int, until: float, pause: float, times: list[float], seed: int, requests: list[bytes]) -> None:
    chance = random.Random(seed)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(chance.random() * pause)
    while time.perf_counter() < until:
        request = chance.choice(requests)
        since = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise AssertionError(head)
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - since)
        if pause:
            await asyncio.sleep(chance.expovariate(1 / pause))
    writer.close()
    await writer.wait_closed()


def load_of(port: int, seconds: float, pause: float = 0.0) -> list[float]:
    """Answer times in seconds of 100 clients, the first half second left out."""

    requests = [_request(random.Random(seed)) for seed in range(500)]

    async def clients(until: float, pause: float, seeds: range) -> list[float]:
        times: list[float] = []
        await asyncio.gather(*(_client(port, until, pause, times, seed, requests) for seed in seeds))
        return times

    async def main() -> list[float]:
        await clients(time.perf_counter() + 0.5, 0, range(CLIENTS))
        return await clients(time.perf_counter() + seconds, pause, range(CLIENTS, 2 * CLIENTS))

    return asyncio.run(main())


def throughput(kind: str) -> float:
    """Requests a second of one round."""
    with tempfile.TemporaryDirectory() as home, child("serve", kind, home) as server:
        port = int(server.stdout.readline())
        return len(load_of(port, SECONDS)) / SECONDS


def beside_the_flow(kind: str) -> tuple[list[float], list[float], str]:
    """Answer times at one post a second and without pause, and the flow's items a second meanwhile."""
    with tempfile.TemporaryDirectory() as home:
        _backlog(home)
        with child("serve", kind, home) as server, child("flow", home) as worker:
            port = int(server.stdout.readline())
            worker.stdout.readline()
            paced = load_of(port, 2 * SECONDS, pause=1.0)
            full = load_of(port, 2 * SECONDS)
            Path(home, "over").touch()
            return paced, full, worker.stdout.readline().strip()


def _backlog(home: str) -> None:
    chance = random.Random(1)
    with _system(home) as system:
        for _ in range(0, BACKLOG, 500):
            drafts = [Draft(title=_words(chance, 20), text=_words(chance, LETTERS)) for _ in range(500)]
            more = {"clock": system_clock, "receipts": new_receipt, "source": "积压", "bounds": FILE}
            submit(system.store, system.files, drafts, channel="import", **more)


def _row(name: str, times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"{name:<44}{len(times):>8}{cuts[49] * 1000:>10.1f}{cuts[98] * 1000:>10.1f}{max(times) * 1000:>10.1f}"


def measured(rounds: int) -> dict[str, list[float]]:
    """Requests a second with and without durability, by turns."""
    rates: dict[str, list[float]] = {"durable": [], "bare": []}
    for _ in range(rounds):
        for kind, found in rates.items():
            found.append(throughput(kind))
    return rates


def figures(quick: bool) -> Iterator[Figure]:
    rates = measured(1 if quick else ROUNDS)
    durable, bare = (statistics.median(rates[kind]) for kind in ("durable", "bare"))
    more = f" ({durable:.0f} and {bare:.0f} requests/s)"
    yield at_least("intake / the endpoint without durability", durable / bare, GOAL, more)
    paced, full, rate = beside_the_flow("durable")
    bare_paced, bare_full, _ = beside_the_flow("bare")
    beside = f" (without durability {_slowest(bare_paced):.0f} ms; flow {rate} items/s)"
    name = "intake p99, 100 clients, one post a second each"
    yield at_most(f"{name}, the flow beside it", _slowest(paced), P99, " ms", beside)
    beside = f"{_slowest(full):.0f} ms (without durability {_slowest(bare_full):.0f} ms)"
    yield Figure("the same, no pause between posts", f"{beside}, {len(full) / 2 / SECONDS:.0f} requests/s")


def _slowest(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98] * 1000


def main() -> None:
    """Measure and print."""
    rates = measured(ROUNDS)
    durable, bare = (statistics.median(rates[kind]) for kind in ("durable", "bare"))
    print(f"{'endpoint, 100 clients':<34}{'requests/s':>12}   rounds")
    for kind, found in rates.items():
        print(f"{kind:<34}{statistics.median(found):>12.0f}   {' '.join(f'{one:.0f}' for one in sorted(found))}")
    print(f"{'ratio':<34}{durable / bare:>12.2f}   goal {GOAL}")
    print(f"\n{'beside the process flow':<44}{'requests':>8}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    for kind in rates:
        paced, full, rate = beside_the_flow(kind)
        goal = f"   goal p99 {P99:.0f}" if kind == "durable" else ""
        print(_row(f"{kind}, 100 clients, 1 post a second each", paced) + goal)
        print(_row(f"{kind}, 100 clients without pause", full))
        print(f"{'the flow meanwhile, items/s':<44}{rate:>8}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", kind, home]:
            serve(kind, home)
        case ["flow", home]:
            flow(home)
        case _:
            main()
