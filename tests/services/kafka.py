"""An Apache Kafka of the tests' own: one KRaft node on free ports, ended with its owner."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove

from tests.services import deployed, java

POM = Path(__file__).with_name("kafka-pom.xml")
JDK = 17
TOGETHER = pytest.mark.xdist_group("kafka")  # one broker for all
HEAP = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
READY = 60.0  # seconds
# What an office's broker has otherwise (beside addresses and folders): small and quick, for hundreds of starts.
OTHERWISE = {
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    # A restart after kill -9 takes 3 s, not 12.
    "broker.session.timeout.ms": 1000,
    "broker.heartbeat.interval.ms": 100,
    "log.cleaner.dedupe.buffer.size": 4_194_304,
}
LOG = """status=warn
appender.o.type=Console
appender.o.name=O
appender.o.layout.type=PatternLayout
appender.o.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=INFO
rootLogger.appenderRef.o.ref=O
"""


class Broker:
    """One node. It outlives a parent that dies: whoever starts it ends it."""

    def __init__(self, folder: Path, **more: object) -> None:
        self.folder = folder
        self.port, self._controller = _free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._properties = folder / "server.properties"
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings(more).items()))
        (folder / "log4j2.properties").write_text(LOG)
        words = ["format", "--ignore-formatted", "--cluster-id", f"k{uuid.uuid4().hex[:21]}", "--config"]
        with (folder / "format.out").open("wb") as out:
            subprocess.run(
                self._java("kafka.tools.StorageTool", *words, self._properties), check=True, stdout=out, stderr=out
            )

    @property
    def url(self) -> str:
        return f"kafka://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until a client would be answered."""
        with (self.folder / "broker.out").open("ab") as out:
            words = self._java("kafka.Kafka", self._properties)
            self._process = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        ends = time.monotonic() + READY
        while not self._answers():
            assert self._process.poll() is None, f"the broker ended, see {self.folder / 'broker.out'}"
            assert time.monotonic() < ends, f"the broker is not ready, see {self.folder / 'broker.out'}"
            time.sleep(0.05)

    def stop(self, *, kill: bool = False) -> None:
        """End it; harmless twice."""
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(READY)

    def _answers(self) -> bool:
        # Metadata version 1 for no topic: how many brokers are alive.
        body = struct.pack(">hhih5si", 3, 1, 1, 5, b"probe", 0)
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.settimeout(2)
                connection.sendall(struct.pack(">i", len(body)) + body)
                answer = connection.makefile("rb").read(12)
                return struct.unpack(">iii", answer)[2] == 1
        except (OSError, struct.error):
            return False

    def _java(self, *words: object) -> list[str]:
        home = java.jdk(JDK)
        assert home is not None
        options = [*HEAP, f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}", "-Djava.awt.headless=true"]
        return [str(word) for word in (home / "bin" / "java", *options, "-cp", java.jars(POM) / "*", *words)]

    def _settings(self, more: dict[str, object]) -> dict[str, object]:
        here = {
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "log.dirs": self.folder / "log",
        }
        return {**deployed.kafka(), **here, **OTHERWISE, **more}


def available() -> bool:
    """Whether it can be had: a JDK and Maven, or jars fetched before."""
    return java.jdk(JDK) is not None and (shutil.which("mvn") is not None or (java.CACHE / POM.stem).exists())


@contextmanager
def running(**more: object) -> Iterator[Broker]:
    """A new node, ended and removed whatever happens."""
    with tempfile.TemporaryDirectory(prefix="kafka-") as name:
        broker = Broker(Path(name), **more)
        try:
            broker.start()
            yield broker
        finally:
            broker.stop(kill=True)


def forget(admin: KafkaAdminClient) -> None:
    """Delete the topics of the tests, and wait until they are gone: the next test makes them anew."""
    theirs = [topic for topic in admin.list_topics() if topic.startswith("opinions.")]
    admin.delete_topics(theirs)
    ends = time.monotonic() + READY
    while set(theirs) & set(admin.list_topics()):
        assert time.monotonic() < ends, f"not gone: {theirs}"
        time.sleep(0.01)


def leave(admin: KafkaAdminClient, group: str) -> None:
    """Take out of a group whoever is in it still: a killed reader would hold it up until its session ends."""
    if any(one["group_id"] == group for one in admin.list_groups()):
        members = admin.describe_groups([group])[group]["members"]
        admin.remove_group_members(group, [MemberToRemove(one["member_id"]) for one in members])


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
